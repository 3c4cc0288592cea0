"""What was unclear before the push is settled afterwards, in the record of the build."""

from collections.abc import Callable, Mapping
from typing import Protocol

from action.contract.assertion import Assertion
from action.contract.contract import PATH, Contract
from action.contract.verdict import Verdict
from action.record import ContractRecord

LONGEST_FOUND = 300


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
