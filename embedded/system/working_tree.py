"""Puts the checkout, as it is on the disk now, into the embedded GitHub as the runner repository.

The commit is made with git's plumbing inside the bare repository and emits no push event: a push would start the
runner repository's own `ci.yml`, which runs the tests, which start an embedded system, and so on.
"""

import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from embedded.github.bare_git import BareGit, GitRefused, Person

BRANCH = "refs/heads/main"
TAG = "refs/tags/v1"
WRITTEN_BY_TOOLS = (".venv", ".data", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".env")


class CannotPushTheWorkingTree(Exception):
    """git refused to make a commit of the working tree."""


@dataclass(frozen=True)
class WorkingTree:
    """A folder with the project's files; it need not be a git checkout. `hidden` is left out when it is inside."""

    folder: Path
    hidden: Path

    def push(self, git: BareGit, author: str) -> str:
        """Make the branch main and the tag v1 show the folder's files; return the commit's id.

        Raises CannotPushTheWorkingTree.
        """
        try:
            return self.commit(git, author)
        except GitRefused as error:
            raise CannotPushTheWorkingTree(
                f"The working tree could not become the runner repository: {error} Perhaps a file cannot be read, "
                "or the disk is full. Mend the file or free some space, then start again."
            ) from None

    def commit(self, git: BareGit, author: str) -> str:
        """Commit the folder's files unless the branch shows them already."""
        tree, head = self.write_tree(git), git.resolve(BRANCH)
        if head is None or git.resolve(BRANCH, "tree") != tree:
            person = Person(author, f"{author}@users.noreply.localhost", datetime.now(UTC).isoformat())
            head = git.write_commit(tree, [head] if head else [], "Take the working tree as it is", person, person)
            git.update_ref(BRANCH, head)
        git.update_ref(TAG, head)
        return head

    def write_tree(self, git: BareGit) -> str:
        """Store the folder's files and return their tree."""
        with tempfile.TemporaryDirectory(prefix="pagewright-") as scratch:
            environment = {"GIT_WORK_TREE": str(self.folder), "GIT_INDEX_FILE": f"{scratch}/index"}
            ignored = Path(scratch) / "ignored"
            ignored.write_text("".join(f"{pattern}\n" for pattern in self.left_out()), encoding="utf-8")
            # The threshold makes git write one pack instead of a thousand files, which each job's clone then copies.
            settings = ["-c", f"core.excludesFile={ignored}", "-c", "core.autocrlf=false"]
            settings += ["-c", "core.bigFileThreshold=1"]
            git.run(
                "-C", str(self.folder), *settings, "-c", "advice.addEmbeddedRepo=false", "add", "--all", "--", ".",
                environment=environment,
            )  # fmt: skip
            return git.text("write-tree", environment=environment)

    def left_out(self) -> list[str]:
        """Return patterns, as in a .gitignore, for what must not be committed even where no .gitignore says so.

        A pathspec would not do: git refuses one that names what a .gitignore names too, such as .data.
        """
        folder, hidden = self.folder.resolve(), self.hidden.resolve()
        is_inside = folder in hidden.parents
        return [*WRITTEN_BY_TOOLS, *([f"/{escaped(hidden.relative_to(folder))}"] if is_inside else [])]


def escaped(path: Path) -> str:
    """Return a path as a .gitignore pattern that matches it alone."""
    return re.sub(r"([\\*?\[ ])", r"\\\1", path.as_posix())
