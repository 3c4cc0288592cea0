"""The line of the log about an attempt."""

from action.contract.assertion import FileExists
from action.contract.contract import Report, Result
from action.contract.verdict import PASS, failed
from action.generate.candidate import Draft
from action.generate.trial import Attempt, Progress
from action.record import ModelCall

GOOD = Result(assertion=FileExists(file="a"), verdict=PASS)
BAD = Result(assertion=FileExists(file="b"), verdict=failed("it is missing"))


def attempt(number: int, *results: Result, lost: tuple[Result, ...] = ()) -> Attempt:
    return Attempt(number, Draft(), {}, Report(results=results, seconds=1.2), lost=lost)


def call(seconds: float, read: int | None, written: int | None) -> ModelCall:
    return ModelCall(model="m", outcome="STOP", seconds=seconds, input_tokens=read, output_tokens=written)


def test_each_attempt_is_told_with_what_itself_cost() -> None:
    calls = [call(0.4, None, None), call(39.2, 12_000, 6_204)]
    progress = Progress(calls, most=4)
    assert progress.line(attempt(1, GOOD, BAD)) == "attempt 1/4: 1 of 2 assertions, 41 s, 18k tokens"
    calls.append(call(2, 300, 40))
    assert progress.line(attempt(2, GOOD, GOOD)) == "attempt 2/4: 2 of 2 assertions, 3 s, 340 tokens"


def test_what_worked_before_and_is_lost_is_said() -> None:
    line = Progress().line(attempt(1, GOOD, BAD, lost=(BAD,)))
    assert line == "attempt 1/1: 1 of 2 assertions (1 that worked before are lost), 1 s, 0 tokens"
