"""What must be true at the end of a cell, whatever happened on the way: each broken promise as a sentence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from action.github.git import BUILD_FILE, read_note
from embedded.github.bare_git import BareGit, Commit
from tests.chaos.outside import Json, Outside

BUILD = re.compile(r"^Pagewright-Build: (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Sent:
    """A round that the sender has a 200 for. `build_id` is the receiver's word."""

    task: str
    nonce: str
    round: int
    build_id: str


@dataclass(frozen=True)
class Judge:
    """Looks at the store, at the repository with git, at the page over HTTP, and at the callbacks."""

    outside: Outside
    answers_lost: int = 0

    def problems(self, rounds: list[Sent]) -> list[str]:
        """Return what is not as it must be. A callback whose answer was lost is sent once more."""
        return list(self._problems(rounds))

    def _problems(self, rounds: list[Sent]) -> Iterator[str]:
        found = self.outside.repositories(rounds[0].task)
        if len(found) != 1:
            yield f"{len(found)} repositories instead of one"
            return
        repo = found[0]
        git = BareGit(self.outside.data / "repositories" / repo["owner"] / f"{repo['name']}.git")
        if git.is_empty():
            yield "no commit"
            return
        history = git.history("HEAD", limit=50)[::-1]
        for sent in rounds:
            yield from self._problems_of_round(sent, git, history, repo)
        yield from self._problems_of_page(git, repo)

    def _problems_of_round(self, sent: Sent, git: BareGit, history: list[Commit], repo: Json) -> Iterator[str]:
        name = f"round {sent.round}"
        commits = [commit for commit in history if sent.build_id in BUILD.findall(commit.message)]
        written = [commit for commit in commits if commit.tree != tree_before(commit, history)]
        plain = [
            bool(read_note(git.run("cat-file", "blob", f"{each.sha}:{BUILD_FILE}")).get("degraded")) for each in written
        ]
        if plain not in ([False], [True, False]):
            said = ", ".join("plain" if each else "files" for each in plain) or "none"
            yield f"{name}: its commits are {said}, instead of one with files"
        runs = self.outside.builds(sent.build_id)
        if not runs:
            yield f"{name}: no run"
        if any(run["conclusion"] != "success" for run in runs[-1:]):
            yield f"{name}: its last run ended with {runs[-1]['conclusion']}"
        callbacks = self.outside.callbacks(sent.nonce)
        if not callbacks:
            yield f"{name}: no callback was accepted"
        attempts = sum(int(run["run_attempt"]) for run in runs) + self.answers_lost
        if len(callbacks) > attempts:
            yield f"{name}: {len(callbacks)} callbacks were accepted in {attempts} attempts"
        for callback in callbacks:
            yield from untrue(callback, commits, repo, self.outside.ready, name)
        trees = {commit.sha: commit.tree for commit in commits}  # a commit that deploys again has the same files
        if callbacks and commits and trees.get(callbacks[-1]["commit_sha"]) != commits[-1].tree:
            yield f"{name}: the last callback does not name the last commit, nor one with its files"

    def _problems_of_page(self, git: BareGit, repo: Json) -> Iterator[str]:
        url = f"{self.outside.ready['pages']}/{repo['owner']}/{repo['name']}"
        for entry in git.tree("HEAD", recursive=True):
            if entry.kind == "blob" and not any(part.startswith(".") for part in entry.path.split("/")):
                answer = self.outside.session.get(f"{url}/{quote(entry.path)}", timeout=10)
                if answer.status_code != 200 or answer.content != git.run("cat-file", "blob", entry.sha):
                    yield f"the page's {entry.path} is not the committed one (HTTP {answer.status_code})"


def tree_before(commit: Commit, history: list[Commit]) -> str | None:
    """Return the tree of the commit before."""
    trees = {each.sha: each.tree for each in history}
    return trees.get(commit.parents[0]) if commit.parents else None


def untrue(callback: Json, commits: list[Commit], repo: Json, ready: Json, name: str) -> Iterator[str]:
    """Yield each value of a callback that is not true."""
    if callback["commit_sha"] not in {commit.sha for commit in commits}:
        yield f"{name}: a callback names a commit that is not one of this build"
    if callback["repo_url"] != f"{ready['web']}/{repo['owner']}/{repo['name']}":
        yield f"{name}: a callback names another repository"
    if callback["pages_url"] != f"{ready['pages']}/{repo['owner']}/{repo['name']}/":
        yield f"{name}: a callback names another page"
