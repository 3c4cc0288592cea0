"""The contract once more, on the live page: what held before publishing shall hold there too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from action.contract.candidate import Candidate
from action.contract.contract import PATH, Contract
from action.contract.evaluate import evaluate
from action.contract.verdict import Report, Result
from action.contract.visit import Screenshots, Site
from action.errors import LivePageDiffers
from action.plain_text import without_addresses
from action.record import BuildRecord, LiveCheck, LiveDifference, Publication

DECIDED = {"pass", "fail"}
LONGEST_FOUND = 300
MOST_DIFFERENCES = 50


@dataclass(frozen=True)
class Look:
    """What a look at the live page showed."""

    live: LiveCheck
    report: Report
    screenshots: Screenshots | None


@dataclass(frozen=True)
class Checker:
    """`files_at` takes a repository's name and a commit, `open_live` the page's address."""

    files_at: Callable[[str, str], Mapping[str, bytes]]
    open_live: Callable[[str], Site | None]

    def check(self, publication: Publication, before: Mapping[str, str]) -> Look | None:
        """Compare with the states before publishing, by id; None when the commit holds no contract.

        Raises what the doors raise, and ValueError when the contract cannot be read.
        """
        files = self.files_at(publication.repository.partition("/")[2], publication.commit_sha)
        if PATH not in files:
            return None
        contract = Contract.from_storage(files[PATH])
        seen = evaluate(contract, Candidate(files), self.open_live(publication.pages_url), screenshots=True)
        return Look(compare(seen.report, before), seen.report, seen.screenshots)


def states_before(record: BuildRecord) -> dict[str, str]:
    """Return what was known of the files that were published; of a page that stayed as it was, nothing is."""
    contract, publication = record.contract, record.publication
    if contract is None or contract.is_held_back or (publication and publication.is_fallback):
        return {}
    return {assertion.id: assertion.state for assertion in contract.assertions}


def compare(report: Report, before: Mapping[str, str]) -> LiveCheck:
    """Return what differs. What could not be decided, then or now, differs from nothing."""
    decided = [
        result
        for result in report.results
        if result.verdict.state in DECIDED and before.get(result.assertion.id) in DECIDED
    ]
    different = [result for result in decided if result.verdict.state != before[result.assertion.id]]
    return LiveCheck(
        headline=report.headline(),
        compared=len(decided),
        differences=[difference(result, before[result.assertion.id]) for result in different[:MOST_DIFFERENCES]],
        failing=len(report.failures()),
        seconds=report.seconds,
    )


def difference(result: Result, before: str) -> LiveDifference:
    """Return one difference for the record."""
    verdict, assertion = result.verdict, result.assertion
    found = without_addresses(verdict.actual or verdict.detail)[:LONGEST_FOUND]
    return LiveDifference(id=assertion.id, sentence=assertion.sentence, before=before, live=verdict.state, found=found)


def differs(live: LiveCheck, publication: Publication) -> LivePageDiffers:
    """Return the error of a live page that is worse than its files were."""
    examples = "; ".join(f"{item.sentence} ({item.found})" if item.found else item.sentence for item in live.worse[:3])
    return LivePageDiffers(
        f"{len(live.worse)} of {live.compared} assertions held before publishing and fail on the live page: {examples}",
        "the page loads something from the internet that differs or is missing there, or a cache serves an old file.",
        f"Open {publication.pages_url} and its console; in ten minutes, when caches have expired, run this job again.",
    )
