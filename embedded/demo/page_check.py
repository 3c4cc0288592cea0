"""Whether the page, the repository and the callback agree: asked from outside, as a grader would."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from action.errors import UserError
from action.github.clone import PublicHistory, PublicRepositories
from action.github.git import GitFailed
from action.record import MARKER
from action.steps.verify import is_served


class PageDisagrees(Exception):
    """The page, the repository and the callback do not say the same."""


@dataclass(frozen=True)
class Outside:
    """Looks with plain HTTP and plain git; `git_environment` is the environment that git runs in."""

    session: requests.Session
    git_environment: Mapping[str, str]

    def compare(self, callback: dict[str, Any]) -> int:
        """Return how many files the page serves exactly as they were committed. Raises PageDisagrees."""
        server, owner, name = callback["repo_url"].rsplit("/", 2)
        with tempfile.TemporaryDirectory(prefix="pagewright-clone-") as scratch:
            clones = PublicRepositories(server, owner, Path(scratch), self.git_environment)
            try:
                history = PublicHistory.open(clones, name)
                head, files = history.tip(), history.files(history.tip())
            except (UserError, GitFailed) as error:
                raise PageDisagrees(f"The repository cannot be read: {error}") from None
        if head != callback["commit_sha"]:
            raise PageDisagrees(f"git shows commit {head}, but the callback says {callback['commit_sha']}.")
        served = self.fetch(callback["pages_url"], MARKER).decode(errors="replace").strip()
        if served != head:
            raise PageDisagrees(f"The page serves commit {served or 'unknown'}, but the repository is at {head}.")
        shown = {path: body for path, body in files.items() if is_served(path)}
        for path, body in shown.items():
            if self.fetch(callback["pages_url"], path) != body:
                raise PageDisagrees(f"The page serves other bytes for {path} than the commit has.")
        return len(shown)

    def fetch(self, pages_url: str, name: str) -> bytes:
        """Return what the page serves under a file's name. Raises PageDisagrees."""
        answer = self.session.get(f"{pages_url.rstrip('/')}/{quote(name)}", timeout=10)
        if answer.status_code != 200:
            raise PageDisagrees(f"The page answers {answer.status_code} for {name}.")
        return answer.content
