"""The rules for a repository as such: public, made for this task, its history kept and free of secrets."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluator.gradebook import Submission
from evaluator.marks import Mark, failed, passed, unclear
from evaluator.repository import Ages, RepositoryProblem, Snapshot, shown

PUBLIC = "The repository is public and has the commit of the callback"
CREATED = "The repository was created after the task was sent"
NEW_COMMIT = "The commit was made after this round was sent"
SAME = "The repository is that of the round before, with its history"
CLEAN = "No secret is in the history of the repository"
SECONDS_OF_DOUBT = 120.0  # clocks differ


@dataclass(frozen=True)
class RepositoryRules:
    """`ages` knows when repositories were created."""

    ages: Ages

    def marks(self, snapshot: Snapshot, handed_in: Submission, earlier: Sequence[Submission]) -> list[Mark]:
        """Return the marks for what could be read."""
        place = self.created(snapshot, handed_in) if not earlier else same_repository(snapshot, handed_in, earlier[-1])
        return [passed("repository", PUBLIC), place, made_in_time(snapshot, handed_in), no_secret(snapshot)]

    def created(self, snapshot: Snapshot, handed_in: Submission) -> Mark:
        """A repository from before the task cannot have been made for it."""
        asked = f"the task was sent {shown(handed_in.first_sent_at)}"
        created_at = self.ages.created_at(snapshot.full_name)
        if created_at is not None:
            evidence = f"it was created {shown(created_at)}; {asked}"
        else:
            created_at = snapshot.first_committed_at
            if created_at is None:
                return unclear("repository", CREATED, "the server did not say when it was created")
            evidence = f"its first commit says {shown(created_at)}, the server did not say when; {asked}"
        if created_at < handed_in.first_sent_at - SECONDS_OF_DOUBT:
            return failed("repository", CREATED, "it is older than the task", evidence)
        return passed("repository", CREATED, evidence)


def same_repository(snapshot: Snapshot, handed_in: Submission, before: Submission) -> Mark:
    """A later round revises the same repository, and its commit stands on the one before."""
    if plain(handed_in.repo_url) != plain(before.repo_url):
        return failed("repository", SAME, "it is another repository", f"round {before.round}: {before.repo_url}")
    if before.commit_sha in snapshot.commits:
        return passed("repository", SAME)
    if not snapshot.is_whole:
        return unclear("repository", SAME, "the history is too long to be looked at completely")
    return failed("repository", SAME, f"commit {before.commit_sha[:10]} of round {before.round} is not in the history")


def plain(repo_url: str) -> str:
    """Return an address without what makes no difference."""
    return repo_url.rstrip("/").removesuffix(".git").lower()


def made_in_time(snapshot: Snapshot, handed_in: Submission) -> Mark:
    """A commit from before the request is not the answer to it. Its time is what its author's computer said."""
    committed_at = snapshot.commits.get(handed_in.commit_sha, 0.0)
    evidence = f"committed {shown(committed_at)}; sent {shown(handed_in.first_sent_at)}"
    if committed_at < handed_in.first_sent_at - SECONDS_OF_DOUBT:
        return failed("repository", NEW_COMMIT, "the commit is older than the request", evidence)
    return passed("repository", NEW_COMMIT, evidence)


def no_secret(snapshot: Snapshot) -> Mark:
    """What was committed once stays public, even after it was removed."""
    if snapshot.findings:
        what = f"{len(snapshot.findings)} places look like secrets"
        return failed("repository", CLEAN, what, "; ".join(snapshot.findings))
    if not snapshot.is_scanned:
        return unclear("repository", CLEAN, "nothing was found, but not everything is small enough to be scanned")
    return passed("repository", CLEAN, f"{len(snapshot.commits)} commits were scanned")


def unreadable(problem: RepositoryProblem, handed_in: Submission) -> list[Mark]:
    """Return the mark for a repository that could not be read."""
    evidence = f"{handed_in.repo_url} at {handed_in.commit_sha}"
    if problem.is_certain:
        return [failed("repository", PUBLIC, str(problem), evidence)]
    return [unclear("repository", PUBLIC, f"{problem}; check again later")]
