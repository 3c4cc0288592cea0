"""What follows from changed refs: the default branch, the time of the last push, and a push event for each branch."""

from typing import Any

from embedded.github.bare_git import NO_COMMIT, BareGit, Commit
from embedded.github.core import GitHub, full_name
from embedded.github.events import Event
from embedded.github.shapes.git import CHANGES, short_commit
from embedded.github.shapes.repositories import full_repository, web_address
from embedded.github.shapes.users import simple_user
from embedded.github.store import Document
from embedded.github.times import timestamp
from embedded.github.tokens import Caller

ANNOUNCED = ("refs/heads/", "refs/tags/")
MOST_COMMITS = 20
Refs = dict[str, str]


def refs_changed(core: GitHub, repo: Document, before: Refs, after: Refs, who: Caller) -> None:
    """Take note of a push: `before` and `after` are all refs of the repository."""
    changed = [ref for ref in after if before.get(ref) != after[ref]]
    if not changed and before.keys() == after.keys():
        return
    repo = remember_push(core, repo, before, after)
    for ref in changed:
        if ref.startswith(ANNOUNCED):
            announce(core, repo, ref, before.get(ref, NO_COMMIT), after[ref], who)


def remember_push(core: GitHub, repo: Document, before: Refs, after: Refs) -> Document:
    """Note the time; the first branch that is ever pushed becomes the default one, unless `main` came with it."""
    with core.store.change("repo", full_name(repo).lower()) as document:
        document["pushed_at"] = timestamp()
        had_branches = any(ref.startswith("refs/heads/") for ref in before)
        branches = [ref.removeprefix("refs/heads/") for ref in after if ref.startswith("refs/heads/")]
        if not had_branches and branches and document["default_branch"] not in branches:
            document["default_branch"] = branches[0]
            core.git(document).set_head(branches[0])
    return document


def announce(core: GitHub, repo: Document, ref: str, before: str, after: str, who: Caller) -> None:
    """Emit the push event of one branch or tag."""
    actor = who.login or repo["owner"]
    core.events.emit(
        Event(
            name="push",
            repo=full_name(repo),
            ref=ref,
            sha=core.git(repo).resolve(after) or after,
            payload=push_payload(core, repo, ref, before, after, actor),
            actor=actor,
            by_run_token=who.kind == "run",
        )
    )


def push_payload(core: GitHub, repo: Document, ref: str, before: str, after: str, actor: str) -> dict[str, Any]:
    """Return what workflows see as github.event."""
    git = core.git(repo)
    is_new = before == NO_COMMIT
    head = git.resolve(after) or after
    revision = head if is_new else f"{before}..{head}"
    commits = [push_commit(core, repo, git, commit) for commit in reversed(git.history(revision, limit=MOST_COMMITS))]
    return {
        "ref": ref,
        "before": before,
        "after": after,
        "created": is_new,
        "deleted": False,
        "forced": not is_new and not git.is_ancestor(before, head),
        "base_ref": None,
        "compare": f"{web_address(core, repo)}/commit/{head}",
        "commits": commits,
        "head_commit": push_commit(core, repo, git, git.commit(head)),
        "repository": full_repository(core, repo),
        "pusher": {"name": actor},
        "sender": simple_user(core, actor),
    }


def push_commit(core: GitHub, repo: Document, git: BareGit, commit: Commit) -> dict[str, Any]:
    """Return a commit as push events list it."""
    paths = git.changed_paths_of(commit)
    return {
        **short_commit(commit),
        "url": f"{web_address(core, repo)}/commit/{commit.sha}",
        "distinct": True,
        **{CHANGES[letter]: [path for each, path in paths if each == letter] for letter in "AMD"},
    }


def touches_workflows(git: BareGit, new: str) -> str | None:
    """Return a path under .github/workflows that commits not yet in any ref change, or None."""
    options = ("--format=", "--name-only", "--no-renames", "-m", "--first-parent", "-z")
    output = git.text("log", *options, new, "--not", "--all", "--", ".github/workflows")
    return next((path for path in output.replace("\n", "\0").split("\0") if path), None)
