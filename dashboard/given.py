"""What became of the checks that the sender gave: as many as were sent, whatever the contract made of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from action.record import AssertionRecord, BuildRecord, ContractRecord, LiveCheck
from dashboard.task_document import CheckResult, Score

NOTHING_READS_IT = "no rule could read it, and the model made nothing of it that can be tried"
NOT_TRIED = "it was not tried on this page"


@dataclass(frozen=True)
class Asked:
    """The checks of a round as they were sent, and the ids of the assertions that decide each, by its number."""

    texts: list[str]
    deciding: dict[int, list[str]] = field(default_factory=dict)


def asked_by(records: Iterable[BuildRecord], contract: ContractRecord | None) -> Asked | None:
    """Return what a round's sender gave; None when its records are of an earlier version and do not say it."""
    texts = next((record.checks for record in reversed(list(records)) if record.checks is not None), None)
    if texts is None:
        return None
    deciding: dict[int, list[str]] = {}
    for assertion in contract.assertions if contract else []:
        for number in assertion.checks:
            deciding.setdefault(number, []).append(assertion.id)
    return Asked(texts, deciding)


def as_seen(contract: ContractRecord | None, live: LiveCheck | None) -> dict[str, AssertionRecord]:
    """Return the assertions by id, with what the live page showed where that differs."""
    found = {each.id: each for each in contract.assertions} if contract else {}
    for each in live.differences if live else []:
        if each.id in found:
            found[each.id] = found[each.id].model_copy(update={"state": each.live, "found": each.found})
    return found


def results(asked: Asked, seen: dict[str, AssertionRecord]) -> list[CheckResult]:
    """Return one result for each check that was sent."""
    return [result(text, asked.deciding.get(number, []), seen) for number, text in enumerate(asked.texts, start=1)]


def result(text: str, ids: list[str], seen: dict[str, AssertionRecord]) -> CheckResult:
    """Return what became of a check: it fails with one of its assertions, and holds with all of them."""
    if not ids:
        return CheckResult(text=text, state="unclear", found=NOTHING_READS_IT if seen else NOT_TRIED)
    tried = [seen[id] for id in ids if id in seen]
    failing = [each.found for each in tried if each.state == "fail"]
    if failing:
        return CheckResult(text=text, state="fail", found="; ".join(filter(None, failing)))
    unclear = [each.found for each in tried if each.state != "pass"]
    if unclear or len(tried) < len(ids):
        return CheckResult(text=text, state="unclear", found="; ".join(filter(None, unclear)) or NOT_TRIED)
    return CheckResult(text=text, state="pass")


def score_of(states: Iterable[str], counts: Literal["checks", "assertions"]) -> Score:
    """Count states."""
    found = list(states)
    passed, failed = found.count("pass"), found.count("fail")
    return Score(
        given=len(found),
        passed=passed,
        failed=failed,
        undecided=len(found) - passed - failed,
        pass_rate=round(passed / len(found), 4) if found else None,
        counts=counts,
    )


def failing(seen: dict[str, AssertionRecord], is_wanted: Callable[[AssertionRecord], bool]) -> int:
    """Count assertions that fail, among those that are wanted."""
    return sum(each.state == "fail" and is_wanted(each) for each in seen.values())
