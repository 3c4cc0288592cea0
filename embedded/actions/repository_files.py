"""Reading files out of the bare repositories at a commit, and preparing the directory that act starts from."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from embedded.actions.act_workflow import for_act
from embedded.actions.workflow import InvalidWorkflow, Workflow, parse
from embedded.github.bare_git import EMPTY_TREE, BareGit, GitRefused
from embedded.github.store import Document

WORKFLOWS = ".github/workflows"


class RepositoryFiles:
    """The repositories under `root`, as <owner>/<name>.git."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def git(self, repo: str) -> BareGit:
        """Return the bare repository ("owner/name")."""
        return BareGit(self._root / f"{repo}.git")

    def read(self, repo: str, ref: str, path: str) -> str | None:
        """Return a file's text at a commit, branch or tag; None when there is no such file."""
        try:
            return self.git(repo).run("show", f"{ref}:{path}").decode(errors="replace")
        except GitRefused:
            return None

    def commit_of(self, repo: str, ref: str) -> str | None:
        """Return the commit that a ref names."""
        return self.git(repo).resolve(ref)

    def changed(self, repo: str, before: str, after: str) -> Iterable[str]:
        """Return the paths that differ between two commits; all paths when `before` is no commit."""
        git = self.git(repo)
        known = bool(before.strip("0")) and git.kind(before) is not None
        return [path for _, path in git.changed_paths(before if known else EMPTY_TREE, after)]

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
        try:
            entries = self.git(repo).tree(sha, path=f"{WORKFLOWS}/")
        except GitRefused:
            return []
        return [entry.path for entry in entries if entry.path.endswith((".yml", ".yaml"))]

    def prepare(self, run: Document, kept: Mapping[str, Document], directory: Path) -> None:
        """Make the directory that act starts from: the commit as HEAD, and only .github in the tree."""
        repo, sha = run["repo"], run["head_sha"]
        directory.mkdir(parents=True)
        git = BareGit(directory / ".git")
        git.run("init", "--quiet")
        alternates = git.path / "objects" / "info" / "alternates"
        alternates.write_text(f"{(self.git(repo).path / 'objects').resolve()}\n")
        git.run("update-ref", "--no-deref", "HEAD", sha)
        git.run("--work-tree", str(directory), "checkout", "--quiet", sha, "--", ".github")
        for workflow in (directory / WORKFLOWS).glob("*.y*ml"):
            is_main = workflow == directory / run["workflow_path"]
            workflow.write_text(for_act(workflow.read_text(), kept if is_main else {}))
