"""What only the run of a workflow, after the push, can bring: what is excused until then."""

from dataclasses import replace
from urllib.parse import unquote, urlsplit

from action.contract.assertion import Assertion, FileAbsent, PageServesFile
from action.contract.contract import Contract
from action.contract.verdict import Candidate
from action.contract.visit import FailedRequest, Visit


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
