"""What stays of the loop says nothing private, and later rounds can read it."""

from datetime import UTC, datetime

import pytest

from action.contract.assertion import Assertion, FileExists, Js
from action.contract.contract import PATH, Contract, Report, Result, Retired
from action.contract.verdict import State, Verdict
from action.gates.private_values import without
from action.generate.attachments import Attached
from action.generate.candidate import Draft
from action.generate.contract_memory import contract_file, contract_record, earlier_contract
from action.generate.inputs import Inputs
from action.generate.trial import Attempt
from receiver.task import BuildRequest, Task

PRIVATE = ("someone@example.org", "the-nonce", "https://evaluator.example/notify", "")
A = FileExists(file="a.txt", origin="given", sentence="The file a.txt exists.")
B = Js(expression="document.title === 'the-nonce'", origin="given", sentence="The title is the-nonce.")


def inputs(current: dict[str, bytes]) -> Inputs:
    task = {
        "email": PRIVATE[0],
        "task": "t",
        "nonce": PRIVATE[1],
        "brief": "A page.",
        "evaluation_url": PRIVATE[2],
    }
    received = datetime(2026, 11, 20, tzinfo=UTC)
    request = BuildRequest(build_id="0" * 20, task_key="1" * 20, received_at=received, task=Task.model_validate(task))
    return Inputs(request, Attached({}, ()), current)


def report(first: State, second: State) -> Report:
    def result(assertion: Assertion, state: State) -> Result:
        return Result(assertion=assertion, verdict=Verdict(state=state, actual="found the-nonce"))

    return Report(results=(result(A, first), result(B, second)), seconds=1.5)


def test_the_next_round_reads_the_contract_that_this_one_left() -> None:
    stored = contract_file(Contract(assertions=(A,), uncompiled=("It is nice",)), PRIVATE)
    assert earlier_contract(inputs(stored)) == Contract(assertions=(A,))


def test_an_assertion_that_speaks_of_a_private_value_is_not_stored() -> None:
    stored = contract_file(Contract(assertions=(A, B)), PRIVATE)[PATH]
    assert b"the-nonce" not in stored
    assert Contract.from_storage(stored).assertions == (A,)


def test_without_a_stored_contract_there_is_none_and_a_broken_one_is_an_error() -> None:
    assert earlier_contract(inputs({})) is None
    with pytest.raises(ValueError, match="Invalid JSON"):
        earlier_contract(inputs({PATH: b"{"}))


def test_the_record_tells_of_each_attempt_and_assertion_without_private_values() -> None:
    attempts = [Attempt(1, Draft(), {}, report("fail", "pass")), Attempt(2, Draft(), {}, report("pass", "fail"))]
    record = contract_record(attempts, attempts[1], report("pass", "pass"), PRIVATE)
    assert [(entry.number, entry.is_kept, entry.seconds) for entry in record.attempts] == [
        (1, False, 1.5),
        (2, True, 1.5),
    ]
    assert [entry.states for entry in record.assertions] == [["fail", "pass"], ["pass", "fail"]]
    assert [entry.state for entry in record.assertions] == ["pass", "fail"]
    assert (record.kept, record.gained, record.lost) == ([A.id], [], [B.id])
    assert "the-nonce" not in record.model_dump_json()


def test_what_is_retired_is_recorded_with_the_new_words_and_without_private_values() -> None:
    words = "drop a.txt, tell the-nonce at https://evaluator.example/notify"
    attempt = Attempt(1, Draft(), {}, report("pass", "pass"))
    record = contract_record([attempt], attempt, None, PRIVATE, [Retired(assertion=A, words=words)])
    (retired,) = record.retired
    assert (retired.id, retired.origin, retired.round, retired.sentence) == (A.id, "given", 1, A.sentence)
    assert retired.words.startswith("drop a.txt, tell ***")
    assert "evaluator.example" not in retired.words


def test_the_record_says_which_of_the_senders_checks_an_assertion_decides() -> None:
    attempt = Attempt(1, Draft(), {}, report("pass", "pass"))
    record = contract_record([attempt], attempt, None, PRIVATE, checks={B.id: [1, 3]})
    assert [entry.checks for entry in record.assertions] == [[], [1, 3]]


def test_in_the_first_round_nothing_is_kept_gained_or_lost() -> None:
    attempt = Attempt(1, Draft(), {}, report("pass", "pass"))
    record = contract_record([attempt], attempt, None, PRIVATE)
    assert (record.kept, record.gained, record.lost) == ([], [], [])


def test_private_values_are_masked_and_left_out_whatever_their_case() -> None:
    loud = B.model_copy(update={"expression": "document.title === 'The-NONCE'", "sentence": "The title is The-NONCE."})
    assert Contract.from_storage(contract_file(Contract(assertions=(A, loud)), PRIVATE)[PATH]).assertions == (A,)
    assert without(PRIVATE[:3], loud.sentence) == "The title is ***."
