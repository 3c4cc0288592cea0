"""Judges what a student handed in: repository, page, checks, opinion. All of it may be hostile."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from action.contract.assertion import InPage
from action.contract.contract import Contract, Report
from action.contract.evaluate import evaluate
from action.contract.verdict import Candidate
from evaluator.criteria import Wish, Wishes, wishes_of
from evaluator.gradebook import Gradebook, Submission, protocol_marks
from evaluator.marks import Mark, failed, mark_of, masked, passed, unchecked, unclear
from evaluator.model_opinion import Critic, without_model
from evaluator.page import SHOWN, Pages, site_path_of
from evaluator.repository import Repositories, RepositoryProblem, Snapshot
from evaluator.repository_marks import RepositoryRules, unreadable
from evaluator.workflow_runs import WorkflowRuns, verdicts_after_push

SECONDS_BETWEEN_LOOKS = 20.0
NO_BROWSER = "the browser is switched off in evaluator.toml"
LATER_ROUND = "the page shows a later round by now"
NOT_READ = "the repository could not be read, so this was not looked at"


class Looks(Protocol):
    """Evaluates a contract on files and page."""

    def look(self, contract: Contract, candidate: Candidate, pages_url: str) -> Report: ...


@dataclass(frozen=True)
class Checker:
    """The doors of this part. `looks`, `critic` and `runs` may be missing: what needs them is then not decided."""

    gradebook: Gradebook
    repositories: Repositories
    rules: RepositoryRules
    pages: Pages
    looks: Looks | None
    critic: Critic | None
    runs: WorkflowRuns | None
    seconds_for_page: float
    now: Callable[[], float]

    def check(self, request: int) -> None:
        """Save the marks of a request; look again later when its page is not there yet. Raises NoBrowser."""
        handed_in = self.gradebook.read(request)
        marks = self.marks(handed_in, self.gradebook.earlier(request))
        if marks is None:
            self.gradebook.postpone(request, SECONDS_BETWEEN_LOOKS)
        else:
            all_marks = [*protocol_marks(handed_in), *marks]
            kept = [masked(mark, handed_in.secret, handed_in.nonce) for mark in all_marks]
            self.gradebook.save(request, handed_in.callback, kept)

    def marks(self, handed_in: Submission, earlier: Sequence[Submission]) -> list[Mark] | None:
        """Return the marks, None while it is worth waiting for page or repository."""
        is_fresh = self.now() < handed_in.received_at + self.seconds_for_page
        has_time = is_fresh and not handed_in.is_superseded
        if has_time and self.pages.problem(handed_in.pages_url, None):
            return None  # the repository need not be fetched yet
        wishes = wishes_of(handed_in, earlier)
        try:
            snapshot = self.read(handed_in, wishes)
        except RepositoryProblem as problem:
            if problem.is_certain:
                return [*unreadable(problem, handed_in), *self.decided(handed_in, wishes, {}, "")]
            return None if has_time else [*unreadable(problem, handed_in), *undecided(wishes.wishes)]
        shown = self.shown(handed_in, snapshot.files.get("index.html"))
        if has_time and shown.state == "fail":
            return None
        return [
            *self.rules.marks(snapshot, handed_in, earlier),
            shown,
            *self.decided(handed_in, wishes, snapshot.files, snapshot.full_name),
            *self.opinions(wishes, snapshot.files),
        ]

    def shown(self, handed_in: Submission, committed: bytes | None) -> Mark:
        """Return the mark for whether the page is that of the commit."""
        if handed_in.is_superseded:
            return unchecked("repository", SHOWN, LATER_ROUND)
        problem = self.pages.problem(handed_in.pages_url, committed)
        return failed("repository", SHOWN, problem) if problem else passed("repository", SHOWN)

    def read(self, handed_in: Submission, wishes: Wishes) -> Snapshot:
        """Read the repository. Raises RepositoryProblem."""
        secrets = (handed_in.secret, handed_in.nonce)
        theirs = wishes.attachments.values()
        return self.repositories.read(handed_in.repo_url, handed_in.commit_sha, known=secrets, foreign=theirs)

    def decided(self, handed_in: Submission, wishes: Wishes, files: Mapping[str, bytes], full_name: str) -> list[Mark]:
        """Return the marks of what a program can decide."""
        candidate = Candidate(files, wishes.attachments, site_path_of(handed_in.pages_url))
        looks, why_not = (None, LATER_ROUND) if handed_in.is_superseded else (self.looks, NO_BROWSER)
        report = (
            looks.look(wishes.contract, candidate, handed_in.pages_url)
            if looks
            else evaluate(wishes.contract, candidate, None).report
        )
        verdicts = {result.assertion.id: result.verdict for result in report.results}
        read_runs = partial(self.runs.of, full_name, handed_in) if self.runs and full_name else None
        fetch = partial(self.pages.fetch, handed_in.pages_url)
        after_push = verdicts_after_push(wishes.contract, candidate, fetch, read_runs)
        return [
            unchecked(wish.origin, wish.check, why_not)
            if is_about_pages(wish) and not looks
            else mark_of(wish.origin, wish.check, [after_push(a) or verdicts[a.id] for a in wish.assertions])
            for wish in wishes.decidable
        ]

    def opinions(self, wishes: Wishes, files: Mapping[str, bytes]) -> list[Mark]:
        """Return the marks of what only a model can judge."""
        return self.critic.marks(wishes.undecidable, files) if self.critic else without_model(wishes.undecidable)


def is_about_pages(wish: Wish) -> bool:
    """Whether a check needs the browser."""
    return any(isinstance(assertion, InPage) for assertion in wish.assertions)


def undecided(wishes: Sequence[Wish]) -> list[Mark]:
    """Return the marks of a submission whose repository could not be read for a reason that is not the student's."""
    return [unclear(wish.origin, wish.check, NOT_READ) for wish in wishes]
