"""The work turn by turn: each row once at a time, nothing stops the others, and the end is the end."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from action.gates.http import Fetched
from evaluator.check_processes import CheckBroke, CheckProcesses
from evaluator.course import Classroom
from evaluator.db import Folder
from evaluator.errors import CannotCheck
from evaluator.marks import passed
from evaluator.progress import count, lines_of, table
from evaluator.queue import Sender, Workers
from evaluator.running import Steps, work
from evaluator.settings import Settings
from tests.unit.evaluator.doubles import Clock, callback_for, student

ALL = Steps(rounds=2, sends=True, checks=True, waits=True)


class Quiet:
    """Shows nothing, and counts how often it should have."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, int]] = []
        self.stopped = False

    def show(self, sending: int, checking: int) -> None:
        self.shown.append((sending, checking))

    def stopping(self, under_way: int) -> None:
        self.stopped = True


class Class(Classroom):
    """A class whose students answer at once and whose submissions are all good, unless a test says otherwise."""

    answer = 200
    breaks: dict[str, BaseException]

    def sender(self) -> Sender:
        return Sender(self.outbox, self, "https://e.example/notify", 5)

    def post_json(self, url: str, body: dict[str, object], *, timeout_s: float) -> Fetched:
        request = next(each for each in map(self.outbox.read, self.outbox.due()) if each.nonce == body["nonce"])
        if self.answer == 200:
            self.inbox.take(callback_for(request))
        return Fetched(self.answer, {}, b"", url)

    def open_checks(self) -> CheckProcesses:
        classroom = self

        class InThisProcess(CheckProcesses):
            def check(self, request: int) -> None:
                classroom.judge(request)

        return InThisProcess((), {}, self.folder.log, 5)

    def judge(self, request: int) -> None:
        handed_in = self.gradebook.read(request)
        if handed_in.email in self.breaks:
            raise self.breaks[handed_in.email]
        self.gradebook.save(request, handed_in.callback, [passed("rule", "all is good")])


@pytest.fixture
def classroom(tmp_path: Path, templates: Path, clock: Clock) -> Iterator[Class]:
    folder = Folder(tmp_path / "class")
    folder.make()
    settings = Settings(
        public_url="https://e.example", seed="a seed", task_folder=str(templates), retry_after_minutes=(1, 3)
    )
    classroom = Class(folder, settings, {}, clock)
    classroom.breaks = {}
    classroom.roster.add([student("ann"), student("bob"), student("eve")])
    yield classroom
    classroom.close()


@pytest.fixture
def sleep(clock: Clock) -> Callable[[float], None]:
    """Time goes on a minute with each turn; the workers get a moment of real time."""

    def slept(_: float) -> None:
        clock.time += 60
        threading.Event().wait(0.02)

    return slept


def test_everybody_gets_both_rounds_and_all_marks(classroom: Class, sleep: Callable[[float], None]) -> None:
    work(classroom, ALL, Quiet(), sleep)
    tally = count(classroom.store)
    assert [tuple(map(row.__getitem__, ("round", "asked", "accepted", "checked"))) for row in tally.rounds] == [
        (1, 3, 3, 3),
        (2, 3, 3, 3),
    ]
    assert dict(lines_of(tally.rounds[0]))["of the checks passed"] == "100%"
    shown = table(tally)
    assert [column.header for column in shown.columns] == ["3 students", "round 1", "round 2"]
    assert list(shown.columns[1].cells)[:2] == ["3", "3"]
    assert classroom.store.number("SELECT count(*) FROM attempts") == 6


def test_who_never_answers_is_asked_as_often_as_the_settings_say__and_the_work_ends(
    classroom: Class, sleep: Callable[[float], None]
) -> None:
    classroom.answer = 500
    shows = Quiet()
    work(classroom, ALL, shows, sleep)
    (tally,) = count(classroom.store).rounds
    assert (tally["asked"], tally["never"], tally["called_back"]) == (3, 3, 0)
    assert classroom.store.number("SELECT count(*) FROM attempts") == 9
    assert shows.shown[-1] == (0, 0)


def a_moment(_: float) -> None:
    threading.Event().wait(0.02)


def test_sending_only__ends_although_attempts_wait_for_later(classroom: Class) -> None:
    classroom.answer = 500
    work(classroom, Steps(rounds=1, sends=True), Quiet(), a_moment)
    (tally,) = count(classroom.store).rounds
    assert (tally["wait"], classroom.store.number("SELECT count(*) FROM attempts")) == (3, 3)


def test_a_submission_whose_check_breaks_is_unclear__and_the_others_are_checked(
    classroom: Class, sleep: Callable[[float], None]
) -> None:
    classroom.breaks = {"bob@x.example": CheckBroke("the check took longer than 5 s and was stopped")}
    work(classroom, Steps(rounds=1, sends=True, checks=True, waits=True), Quiet(), sleep)
    states = {row["email"]: (row["state"], row["reason"]) for row in classroom.store.rows("SELECT * FROM results")}
    assert states["ann@x.example"][0] == states["eve@x.example"][0] == "pass"
    assert states["bob@x.example"][0] == "unclear"
    assert "longer than 5 s" in states["bob@x.example"][1]


def test_a_missing_browser_concerns_everybody__so_the_work_stops_and_says_so(
    classroom: Class, sleep: Callable[[float], None]
) -> None:
    classroom.breaks = {"bob@x.example": CannotCheck("There is no browser.")}
    shows = Quiet()
    with pytest.raises(CannotCheck):
        work(classroom, ALL, shows, sleep)
    assert shows.stopped
    assert classroom.gradebook.unchecked() >= 1


def test_a_row_is_never_worked_on_twice_at_the_same_time() -> None:
    begun, go_on = list[int](), threading.Event()

    def wait(row: int) -> None:
        begun.append(row)
        assert go_on.wait(20)

    with Workers(4, wait, "test") as workers:
        for _ in range(3):
            workers.offer([1, 2])
        assert workers.busy == 2
        go_on.set()
        while workers.busy:
            assert all(error is None for _, error in workers.take_finished())
        assert sorted(begun) == [1, 2]


def test_what_waits_for_a_thread_is_dropped_in_the_end__what_has_begun_is_finished() -> None:
    finished, begun, go_on = list[int](), threading.Event(), threading.Event()

    def wait(row: int) -> None:
        begun.set()
        assert go_on.wait(20)
        finished.append(row)

    with Workers(1, wait, "test") as workers:
        workers.offer([1, 2, 3])
        assert begun.wait(20)
        threading.Timer(0.05, go_on.set).start()
    assert finished == [1]
