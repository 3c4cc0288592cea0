"""What only a run after the push can bring: what is excused until then, and the verdicts that settle the record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol
from urllib.parse import unquote, urlsplit

from action.contract.assertion import Assertion, FileAbsent, OfFiles, OfRuns, PageServesFile
from action.contract.contract import PATH, Contract
from action.contract.verdict import PASS, Candidate, Verdict, failed
from action.contract.visit import FailedRequest, Visit
from action.record import ContractRecord, RunSeen

LONGEST_FOUND = 300


def with_generated(contract: Contract, candidate: Candidate) -> Candidate:
    """Return the candidate with the files that the page shall serve and that a workflow has yet to make."""
    served = {a.file for a in contract.assertions if isinstance(a, PageServesFile)}
    can_be_made = bool(candidate.workflow_files)
    return replace(candidate, generated=frozenset(served - candidate.files.keys()) if can_be_made else frozenset())


def is_generated(assertion: Assertion, candidate: Candidate) -> bool:
    """Whether an assertion is about the content of a file that a run makes."""
    return not isinstance(assertion, FileAbsent) and getattr(assertion, "file", None) in candidate.generated


def excused(visit: Visit, candidate: Candidate) -> Visit:
    """Return a visit in which a request for a file that a run has yet to make is nobody's fault."""
    return visit.with_requests(
        lambda request: replace(request, blame="early") if is_early(request, candidate) else request
    )


def is_early(request: FailedRequest, candidate: Candidate) -> bool:
    """Whether a request was for a file that a run has yet to make."""
    return unquote(urlsplit(request.url).path).removeprefix(candidate.site_path) in candidate.generated


def run_verdict(assertion: Assertion, runs: Sequence[RunSeen]) -> Verdict | None:
    """Return the verdict on an assertion about runs; None for one about anything else."""
    return assertion.after_push(runs) if isinstance(assertion, OfRuns) else None


def served_verdict(assertion: Assertion, candidate: Candidate, served: Mapping[str, bytes]) -> Verdict | None:
    """Return the verdict on a file that the page serves or should; None for an assertion about anything else.

    `candidate` is the commit, its `generated` files are those that the page was asked for.
    """
    if isinstance(assertion, PageServesFile):
        return PASS if assertion.file in served else failed(f"the page does not serve {assertion.file}")
    if not isinstance(assertion, OfFiles) or not is_generated(assertion, candidate):
        return None
    whole = Candidate({**candidate.files, **served}, candidate.attachments, candidate.site_path)
    return assertion.verdict(whole)


class GitDoor(Protocol):
    """Reads files of a commit."""

    def read(self, commit: str, path: str) -> bytes | None: ...


def contract_at(git: GitDoor, commit: str) -> Contract | None:
    """Return the contract that a commit holds, None when it has none that can be read."""
    stored = git.read(commit, PATH)
    try:
        return Contract.from_storage(stored) if stored else None
    except ValueError:
        return None


def settle(
    record: ContractRecord | None, contract: Contract, verdict_on: Callable[[Assertion], Verdict | None]
) -> Mapping[str, Verdict]:
    """Put the verdicts into the record and return them by id; what `verdict_on` says nothing about stays."""
    found = {a.id: verdict for a in contract.assertions if (verdict := verdict_on(a)) is not None}
    for entry in record.assertions if record else []:
        if verdict := found.get(entry.id):
            entry.state = verdict.state
            entry.found = (verdict.actual or verdict.detail)[:LONGEST_FOUND]
    return found
