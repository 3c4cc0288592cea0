"""Whether the page, the repository and the callback agree: asked from outside, as a grader would."""

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

MARKER = "pagewright-commit.txt"


class PageDisagrees(Exception):
    """The page, the repository and the callback do not say the same."""


@dataclass(frozen=True)
class Outside:
    """Looks with plain HTTP and plain git; `git_environment` is the environment that git runs in."""

    session: requests.Session
    git_environment: Mapping[str, str]

    def compare(self, callback: dict[str, Any]) -> int:
        """Return how many files the page serves exactly as they were committed. Raises PageDisagrees."""
        with tempfile.TemporaryDirectory(prefix="pagewright-clone-") as scratch:
            clone = Path(scratch) / "clone"
            head = self.clone(callback["repo_url"], clone)
            if head != callback["commit_sha"]:
                raise PageDisagrees(f"git clone shows commit {head}, but the callback says {callback['commit_sha']}.")
            served = self.fetch(callback["pages_url"], MARKER).decode(errors="replace").strip()
            if served != head:
                raise PageDisagrees(f"The page serves commit {served or 'unknown'}, but the repository is at {head}.")
            files = [path for path in sorted(clone.rglob("*")) if path.is_file() and is_served(path.relative_to(clone))]
            for path in files:
                name = path.relative_to(clone).as_posix()
                if self.fetch(callback["pages_url"], name) != path.read_bytes():
                    raise PageDisagrees(f"The page serves other bytes for {name} than the commit has.")
            return len(files)

    def clone(self, url: str, folder: Path) -> str:
        """Clone a repository and return the commit that it shows."""
        self.git("clone", "--quiet", url, str(folder))
        return self.git("-C", str(folder), "rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        """Return what git prints. Raises PageDisagrees."""
        done = subprocess.run(
            ["git", *arguments], env={**self.git_environment}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise PageDisagrees(f"git {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def fetch(self, pages_url: str, name: str) -> bytes:
        """Return what the page serves under a file's name. Raises PageDisagrees."""
        answer = self.session.get(f"{pages_url.rstrip('/')}/{quote(name)}", timeout=10)
        if answer.status_code != 200:
            raise PageDisagrees(f"The page answers {answer.status_code} for {name}.")
        return answer.content


def is_served(path: Path) -> bool:
    """Whether Pages shows a committed file: nothing whose name begins with a dot."""
    return not any(part.startswith(".") for part in path.parts)
