"""What stays of the loop: the contract for later rounds, and the record of the attempts."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from action.contract.contract import PATH, Contract, Report, Retired
from action.contract.verdict import Verdict
from action.gates.private_values import without
from action.gates.secret_scan import scan
from action.gates.text import without_addresses
from action.generate.inputs import Inputs
from action.generate.trial import Attempt
from action.record import AssertionRecord, AttemptRecord, ContractRecord, RetiredRecord

LONGEST_FOUND = 300


def earlier_contract(inputs: Inputs) -> Contract | None:
    """Return the contract that the rounds before left in the repository. Raises ValueError when it cannot be read."""
    stored = inputs.current.get(PATH)
    return Contract.from_storage(stored) if stored else None


def contract_file(contract: Contract, private: Iterable[str]) -> dict[str, bytes]:
    """Return the contract as a file of the repository, without assertions that speak of private values."""
    values = [value.casefold() for value in private if value]
    public = [a for a in contract.assertions if is_public(a.model_dump_json(), values)]
    return {PATH: Contract(assertions=tuple(public)).for_storage()}


def is_public(text: str, values: Iterable[str]) -> bool:
    """Whether a text holds no private value, in whatever spelling, and nothing that looks like a secret."""
    folded = text.casefold()
    return not any(value in folded for value in values) and not scan({PATH: text.encode()}, values)


def contract_record(
    attempts: list[Attempt],
    best: Attempt,
    before: Report | None,
    private: Iterable[str],
    retired: Iterable[Retired] = (),
    checks: Mapping[str, list[int]] = MappingProxyType({}),
) -> ContractRecord:
    """Return what anybody may know of the attempts. `checks`: numbers of the sender's checks, by assertion."""
    values = [value for value in private if value]
    change = best.report.change_since(before) if before else None
    return ContractRecord(
        attempts=[
            AttemptRecord(number=a.number, headline=a.headline(), seconds=a.report.seconds, is_kept=a is best)
            for a in attempts
        ],
        assertions=[
            AssertionRecord(
                id=result.assertion.id,
                kind=result.assertion.kind,
                origin=result.assertion.origin,
                round=result.assertion.round,
                sentence=without(values, result.assertion.sentence),
                states=[state_of(result.assertion.id, a.report) for a in attempts],
                state=result.verdict.state,
                found=without(values, found_in(result.verdict))[:LONGEST_FOUND],
                checks=checks.get(result.assertion.id, []),
                objection=without(values, result.assertion.objection)[:LONGEST_FOUND],
            )
            for result in best.report.results
        ],
        kept=list(change.kept) if change else [],
        gained=list(change.gained) if change else [],
        lost=list(change.lost) if change else [],
        retired=[retired_record(it, values) for it in retired],
    )


def found_in(verdict: Verdict) -> str:
    """Return what was found instead; the network first, where that is to blame."""
    if verdict.is_excused:
        return f"{verdict.detail}; found: {verdict.actual}"
    return verdict.actual or verdict.detail


def retired_record(retired: Retired, private: Iterable[str]) -> RetiredRecord:
    """Return what is not demanded any more, and the words that say so, as far as anybody may read them."""
    assertion = retired.assertion
    return RetiredRecord(
        id=assertion.id,
        origin=assertion.origin,
        round=assertion.round,
        sentence=without(private, assertion.sentence),
        words=without(private, without_addresses(retired.words))[:LONGEST_FOUND],
        by=retired.by,
    )


def state_of(assertion_id: str, report: Report) -> str:
    """Return the state of an assertion in a report."""
    found = (result.verdict.state for result in report.results if result.assertion.id == assertion_id)
    return next(found, "unclear")
