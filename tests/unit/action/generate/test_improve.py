"""The loop keeps only what is better, and stops: on success, without progress, without budget, without time."""

import io
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from action.console import Console
from action.contract.assertion import FileExists, Origin
from action.contract.contract import Report, Result
from action.contract.verdict import State, Verdict
from action.deadline import Deadline, at_most
from action.errors import ModelUnavailable, UserError
from action.generate.candidate import Draft
from action.generate.loop import Loop
from action.generate.repair import Author, Proposal
from action.generate.trial import Attempt

Question = tuple[str, int, tuple[str, ...]]
"""What was asked for, of which attempt, after which misfits."""

Shape = str
"""A verdict for each assertion: p, f, u or x (excused); capital letters gate, and L is lost besides. "-" is no page."""


def result(number: int, sign: str) -> Result:
    states: dict[str, State] = {"p": "pass", "f": "fail", "u": "unclear", "x": "unclear", "l": "fail"}
    origin: Origin = "given" if sign.isupper() else "inferred"
    assertion = FileExists(file=f"{number}.txt", origin=origin, sentence=f"{number}.txt exists.")
    return Result(assertion=assertion, verdict=Verdict(state=states[sign.lower()], is_excused=sign == "X"))


def attempt(number: int, shape: Shape, problems: tuple[str, ...] = ()) -> Attempt:
    results = tuple(result(place, sign) for place, sign in enumerate(shape.replace("-", "")))
    lost = tuple(entry for entry, sign in zip(results, shape.replace("-", ""), strict=True) if sign == "L")
    files = {} if "-" in shape else {"index.html": b"<p>x"}
    return Attempt(number, Draft(), files, Report(results=results), problems, lost)


@dataclass
class Story(Author):
    """Runs a loop whose answers are shapes, misfits (a tuple), errors, or nothing to change (None)."""

    answers: Sequence[Shape | tuple[str, ...] | UserError | None]
    calls: int | None = None  # as many as there are answers
    remaining: Callable[[int], float] = lambda asked: 300.0
    most_attempts: int = 99
    asked: list[Question] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)

    def repair(self, best: Attempt, misfits: tuple[str, ...], deadline: Deadline) -> Proposal:
        return self.answer(("repair", best.number, misfits))

    def start_over(self, best: Attempt, deadline: Deadline) -> Proposal:
        return self.answer(("start over", best.number, ()))

    def answer(self, question: Question) -> Proposal:
        answer = self.answers[len(self.asked)]
        self.asked.append(question)
        if isinstance(answer, UserError):
            raise answer
        if answer is None:
            return Proposal(nothing="the check is wrong")
        if isinstance(answer, tuple):
            return Proposal(misfits=answer)
        self.next = answer
        return Proposal(Draft())

    def run(self, first: Shape, problems: tuple[str, ...] = ()) -> Attempt:
        received = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
        deadline = Deadline(received, clock=lambda: received.timestamp() + 600 - self.remaining(len(self.asked)))
        most = len(self.answers) if self.calls is None else self.calls
        loop = Loop(
            self,
            lambda number, draft, problems: attempt(number, self.next, problems),
            lambda: "all calls are used" if len(self.asked) >= most else "",
            Console(self.log),
            deadline,
            self.most_attempts,
        )
        return loop.improve(attempt(1, first, problems))


def test_a_good_first_answer_is_kept_without_another_question() -> None:
    story = Story([])
    assert story.run("PPp").number == 1
    assert story.asked == []


def test_each_improvement_is_the_beginning_of_the_next() -> None:
    story = Story(["PFFp", "PPFp", "PPPp"])
    assert story.run("FFFp").number == 4
    assert story.asked == [("repair", 1, ()), ("repair", 2, ()), ("repair", 3, ())]


@pytest.mark.parametrize("worse", ["FPFp", "FFFp", "PFFf", "-PPp", "PFLp"])
def test_what_is_no_better_is_dropped_however_often_it_comes(worse: Shape) -> None:
    story = Story([worse, worse, worse])
    assert story.run("PFFp").number == 1
    assert [number for _, number, _ in story.asked] == [1, 1, 1]
    assert "Attempt 1 is kept: all calls are used" in story.log.getvalue()


def test_after_a_repair_in_vain_the_model_starts_over_until_that_is_better() -> None:
    story = Story(["FFFF", "FFFF", "FFFF", "PPFF", "PPPF", "FFFF", "PPPP"])
    assert story.run("PFFF").number == 8
    ways = ["repair", "start over", "start over", "start over", "repair", "repair", "start over"]
    assert [way for way, *_ in story.asked] == ways
    assert story.log.getvalue().count("the model starts over") == 4


def test_a_second_beginning_that_is_better_is_repaired_in_its_turn() -> None:
    story = Story(["FFF", "PPF", "PPP"])
    assert story.run("PFF").number == 4
    assert story.asked == [("repair", 1, ()), ("start over", 1, ()), ("repair", 3, ())]


def test_an_answer_that_keeps_what_worked_before_is_better_than_one_with_more_passes() -> None:
    assert Story(["PPLP", "FFPP", "PPLP", "PPLP"]).run("PPLF").number == 3


def test_a_page_is_better_than_none() -> None:
    assert Story(["FFF", "-PPP", "-PPP"]).run("-PPP").number == 2


def test_complaints_of_the_file_policy_alone_are_a_reason_to_ask() -> None:
    story = Story(["PP"])
    assert story.run("PP", problems=("a: is empty",)).number == 2


def test_misfits_go_back_with_the_next_question_and_the_log_names_them() -> None:
    story = Story([("a does not fit\nNearby text: x",), "PP"])
    assert story.run("PF").number == 2
    assert story.asked == [("repair", 1, ()), ("repair", 1, ("a does not fit\nNearby text: x",))]
    assert "a does not fit" in story.log.getvalue()
    assert "Nearby text" not in story.log.getvalue()


def test_misfits_are_answered_before_the_model_starts_over() -> None:
    story = Story(["FF", ("a",), "FF", "PP"])
    assert story.run("PF").number == 4
    assert [(way, misfits) for way, _, misfits in story.asked] == [
        ("repair", ()),
        ("start over", ()),
        ("repair", ("a",)),
        ("start over", ()),
    ]


def test_what_is_only_wished_for_gets_one_more_try() -> None:
    story = Story(["PPf"])
    assert story.run("PPf").number == 1
    assert len(story.asked) == 1
    assert Story(["PPp"]).run("PPf").number == 2


def test_what_only_the_network_kept_from_working_costs_no_question() -> None:
    story = Story([])
    assert story.run("PX").number == 1
    assert story.asked == []
    assert "only the network here kept from working" in story.log.getvalue()


def test_an_answer_that_changes_nothing_and_says_why_ends_the_loop() -> None:
    story = Story([None, "PP"])
    assert story.run("PF").number == 1
    assert len(story.asked) == 1
    assert "the model finds nothing to change" in story.log.getvalue()
    assert "the check is wrong" in story.log.getvalue()


def test_what_cannot_be_decided_is_no_reason_to_ask() -> None:
    story = Story([])
    assert story.run("PUu").number == 1


def test_the_budget_ends_it() -> None:
    story = Story(["PF", "PP"], calls=1)
    assert story.run("FF").number == 2
    assert "all calls are used" in story.log.getvalue()


def test_no_candidate_is_asked_for_that_would_not_be_looked_at() -> None:
    story = Story(["PF", "PP"], most_attempts=2)
    assert story.run("FF").number == 2
    assert "all 2 candidates of this build are used" in story.log.getvalue()


def test_the_deadline_ends_it() -> None:
    story = Story(["PF", "PP"], remaining=lambda asked: 19.0 if asked else 21.0)
    assert story.run("FF").number == 2
    assert "belongs to publishing" in story.log.getvalue()


def test_a_model_that_does_not_answer_any_more_ends_it() -> None:
    story = Story(["PF", ModelUnavailable("No model answered.", "x", "y")])
    assert story.run("FF").number == 2
    assert "Attempt 2 is kept: No model answered." in story.log.getvalue()


def test_a_repair_that_hangs_costs_the_repair_and_not_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def soon(seconds: float, doing: str) -> AbstractContextManager[None]:
        given.append(seconds)
        return at_most(0.2, doing)

    class Endless(Story):
        def repair(self, best: Attempt, misfits: tuple[str, ...], deadline: Deadline) -> Proposal:
            while True:
                pass

    monkeypatch.setattr("action.generate.loop.at_most", soon)
    story = Endless(["PP"])
    assert story.run("PF").number == 1
    assert given == [330]  # what is left, and the time for a look at the last answer
    assert "Attempt 1 is kept: The repair did not come to an end" in story.log.getvalue()
