"""Reading files out of the bare repositories at a commit, and preparing the directory that act starts from."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from embedded.actions.workflow import InvalidWorkflow, Workflow, parse

WORKFLOWS = ".github/workflows"
QUEUE = re.compile(
    r"^[ \t]+queue:[ \t]*(?:max|single)[ \t]*(?:#.*)?$|,[ \t]*queue:[ \t]*(?:max|single)\b", re.MULTILINE
)
GIT_ENVIRONMENT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "LC_ALL": "C"}


class RepositoryFiles:
    """The repositories under `root`, as <owner>/<name>.git."""

    def __init__(self, root: Path, path: str) -> None:
        self._root = root
        self._environment = {**GIT_ENVIRONMENT, "PATH": path}

    def exists(self, repo: str) -> bool:
        """Whether there is such a repository ("owner/name")."""
        return self.bare(repo).is_dir()

    def bare(self, repo: str) -> Path:
        """Return the directory of the bare repository."""
        return self._root / f"{repo}.git"

    def read(self, repo: str, ref: str, path: str) -> str | None:
        """Return a file's text at a commit, branch or tag; None when there is no such file."""
        return self._git(self.bare(repo), "show", f"{ref}:{path}") if self.exists(repo) else None

    def commit_of(self, repo: str, ref: str) -> str | None:
        """Return the commit that a ref names."""
        found = self._git(self.bare(repo), "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        return found.strip() if found else None

    def changed(self, repo: str, before: str, after: str) -> Iterable[str]:
        """Return the paths that differ between two commits; all paths when `before` is no commit."""
        known = before.strip("0") and self._git(self.bare(repo), "cat-file", "-e", before) is not None
        command = ["diff", "--name-only", before, after] if known else ["ls-tree", "-r", "--name-only", after]
        return (self._git(self.bare(repo), *command) or "").splitlines()

    def workflows(self, repo: str, sha: str) -> tuple[list[Workflow], dict[str, InvalidWorkflow]]:
        """Return the workflows at a commit, and the error for each file that is not one."""
        good, bad = [], {}
        for path in self.workflow_paths(repo, sha):
            try:
                good.append(parse(self.read(repo, sha, path) or "", path))
            except InvalidWorkflow as error:
                bad[path] = error
        return good, bad

    def workflow_paths(self, repo: str, sha: str) -> list[str]:
        """Return the workflow files at a commit."""
        listing = self._git(self.bare(repo), "ls-tree", "--name-only", sha, f"{WORKFLOWS}/") or ""
        return [path for path in listing.splitlines() if path.endswith((".yml", ".yaml"))]

    def prepare(self, repo: str, sha: str, directory: Path) -> None:
        """Make the directory that act starts from: the commit as HEAD, and only .github in the tree."""
        directory.mkdir(parents=True)
        self._git(directory, "init", "--quiet")
        alternates = directory / ".git" / "objects" / "info" / "alternates"
        alternates.write_text(f"{(self.bare(repo) / 'objects').resolve()}\n")
        self._git(directory, "update-ref", "--no-deref", "HEAD", sha)
        self._git(directory, "checkout", "--quiet", sha, "--", ".github")
        for workflow in (directory / WORKFLOWS).glob("*.y*ml"):  # act's schema is older than `queue`, which we heed
            workflow.write_text(QUEUE.sub("", workflow.read_text()))

    def _git(self, directory: Path, *arguments: str) -> str | None:
        done = subprocess.run(
            ["git", "-C", str(directory), *arguments], capture_output=True, env=self._environment, check=False
        )
        return done.stdout.decode(errors="replace") if done.returncode == 0 else None
