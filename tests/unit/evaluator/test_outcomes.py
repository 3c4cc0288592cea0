"""Why somebody has no score, or less than the full one: each way to fail has its state, reason and next step."""

from collections.abc import Callable
from pathlib import Path

import pytest

from evaluator.callbacks import Inbox
from evaluator.db import Store
from evaluator.deadlines import shown_moment
from evaluator.export import export
from evaluator.gradebook import BROKEN, Gradebook, protocol_marks
from evaluator.marks import Mark, failed, passed, unclear
from evaluator.outcomes import Outcome, Outcomes
from evaluator.page import SHOWN
from evaluator.queue import Outbox, Request
from evaluator.reasons import MOST_NAMES
from evaluator.repository_marks import PUBLIC
from evaluator.roster import Roster
from evaluator.settings import Weights
from evaluator.showing import failed_rows
from evaluator.task_book import TaskBook
from tests.unit.evaluator.doubles import Clock, callback_for, student
from tests.unit.evaluator.test_export import read

Send = Callable[..., None]
Mark_ = Callable[..., Outcome]


@pytest.fixture
def ann(asked: list[Request], send: Send) -> Request:
    """Ann's round 1, which her endpoint accepted."""
    send(asked[0])
    return asked[0]


@pytest.fixture
def marked(ann: Request, inbox: Inbox, gradebook: Gradebook, outcomes: Outcomes) -> Mark_:
    """Give Ann these marks besides those for the protocol, and return what came of it."""

    def made(*marks: Mark) -> Outcome:
        inbox.take(callback_for(ann))
        handed_in = gradebook.read(ann.id)
        gradebook.save(ann.id, handed_in.callback, [*protocol_marks(handed_in), *marks])
        return outcomes.read()[0]

    return made


def test_who_was_never_asked_has_a_line__with_what_was_seen_at_the_endpoint(
    roster: Roster, store: Store, outcomes: Outcomes, clock: Clock
) -> None:
    roster.add([student("ann"), student("bob", template="bird-count")])
    with store.change() as connection:
        connection.execute(
            "INSERT INTO endpoint_checks SELECT id, endpoint, 0, 'unreachable', 'No answer: its host is unknown.'"
            " FROM students WHERE email LIKE 'bob%'"
        )
    ann, bob = outcomes.read()
    assert (ann.state, ann.reason, ann.next_step, ann.round, ann.score.total) == (
        *("not asked", "nothing was sent yet", "`run`"),
        *(1, None),
    )
    assert bob.reason == "nothing was sent yet; a look at the endpoint: No answer: its host is unknown."
    assert (bob.task, ann.is_open, ann.verdict) == ("bird-count", True, "not checked")
    roster.add([student("bob", template="bird-count", endpoint="https://new.example")])
    assert outcomes.read()[1].reason == "nothing was sent yet", "the look was at another address"


@pytest.mark.parametrize(
    ("status", "said", "state", "reason", "step"),
    [
        (
            401,
            "401 Unauthorized: wrong secret",
            "refused",
            "the endpoint answered 401 Unauthorized: wrong",
            "the secret",
        ),
        (404, "404 Not Found", "refused", "the endpoint answered 404 Not Found", "the endpoint"),
        (503, "503 Service Unavailable", "refused", "the endpoint answered 503 Service", "`send --retry-now`"),
        (None, "No answer: it took too long.", "unreachable", "no answer: it took too long (1 att", "once it is up"),
        (
            None,
            "No answer: its host name cannot be resolved.",
            "unreachable",
            "no answer: its host name",
            "the endpoint",
        ),
    ],
)
def test_an_endpoint_that_did_not_accept_is_said_with_what_it_answered_and_when_it_is_asked_again(
    asked: list[Request], outbox: Outbox, outcomes: Outcomes, clock: Clock, status: int | None, said: str, state: str,
    reason: str, step: str,
) -> None:  # fmt: skip
    attempt = outbox.begin(asked[0].id)
    assert attempt
    outbox.end(asked[0].id, attempt, status, said)
    ann = outcomes.read()[0]
    assert (ann.state, ann.score.total, ann.is_open) == (state, None, True)
    assert ann.reason.startswith(reason)
    assert ann.reason.endswith(f"(1 attempt; the next one is at {shown_moment(clock.time + 60)})")
    assert step in ann.next_step


def test_an_attempt_that_was_cut_off_is_no_answer(asked: list[Request], outbox: Outbox, outcomes: Outcomes) -> None:
    outbox.begin(asked[0].id)
    assert outcomes.read()[0].reason.startswith("the attempt was cut off (1 attempt;")


def test_a_refused_callback_is_the_reason__also_when_only_its_email_is_ours(
    ann: Request, asked: list[Request], send: Send, inbox: Inbox, outcomes: Outcomes
) -> None:
    send(asked[1])
    inbox.take(callback_for(ann, round=7))
    inbox.take(callback_for(asked[1], nonce="made-up"))
    inbox.take({"email": "\ud800", "nonce": "x" * 5_000})
    first, second = outcomes.read()
    assert (first.state, first.reason) == (
        "callback refused",
        "a callback was refused: round does not match what was sent",
    )
    assert (second.state, second.reason) == (
        "callback refused",
        "a callback was refused: nonce does not match what was sent",
    )


def test_a_callback_that_is_to_be_checked_is_said_to_be__and_whether_its_page_is_waited_for(
    ann: Request, inbox: Inbox, gradebook: Gradebook, outcomes: Outcomes
) -> None:
    inbox.take(callback_for(ann))
    assert outcomes.read()[0].reason == "called back, not checked yet"
    gradebook.postpone(ann.id, 20)
    found = outcomes.read()[0]
    assert (found.state, found.reason) == (
        "not checked",
        "called back; its page does not show the commit yet, not checked yet",
    )


def test_a_check_that_broke_is_no_score(ann: Request, inbox: Inbox, gradebook: Gradebook, outcomes: Outcomes) -> None:
    inbox.take(callback_for(ann))
    broken = unclear("protocol", BROKEN, "the check took longer than 5 s and was stopped")
    gradebook.save(ann.id, gradebook.read(ann.id).callback, [broken])
    found = outcomes.read()[0]
    assert (found.state, found.reason, found.score.total, found.verdict) == (
        *("check broke", "the check took longer than 5 s and was stopped"),
        *(None, "unclear"),
    )


def test_failing_given_checks_are_named__the_long_ones_cut__and_undecided_ones_counted(
    marked: Mark_,
) -> None:
    found = marked(
        passed("given", "a"),
        failed("given", "b exists.", "no"),
        failed("given", "js: " + "x" * 200, "no"),
        unclear("given", "c", "?"),
        failed("rule", "README has sections", "no"),
    )
    assert (found.state, found.score.given_passed, found.score.given_total) == ("checked", 1, 4)
    assert found.reason == (
        f"given 1 of 4; fails: b exists | js: {'x' * 72} ...; 1 given not decided;"
        " other checks that fail: README has sections"
    )
    many = [failed("given", f"c{number}", "no") for number in range(MOST_NAMES + 3)]
    assert marked(*many).reason.endswith("c4 and 3 more")


def test_a_repository_or_page_that_is_missing_is_the_first_reason(marked: Mark_) -> None:
    gone = [failed("repository", PUBLIC, "it was not found"), failed("given", "a", "no")]
    found = marked(*gone)
    assert (found.state, found.reason) == (
        "repository missing",
        "the repository cannot be read: it was not found; given 0 of 1; fails: a",
    )
    found = marked(
        passed("repository", PUBLIC), failed("repository", SHOWN, "the page answers 404"), passed("given", "a")
    )
    assert (found.state, found.reason) == ("page missing", "the page never showed the commit: the page answers 404")


def test_when_no_given_check_was_decided_there_is_no_score(marked: Mark_) -> None:
    found = marked(passed("rule", "r"), unclear("given", "a", "no browser"))
    assert (found.state, found.reason, found.score.total) == ("undecided", "given 0 of 1; 1 given not decided", None)


def test_a_late_callback_is_a_reason(ann: Request, marked: Mark_, clock: Clock) -> None:
    clock.time += 601
    found = marked(passed("given", "a"))
    assert (found.callback, found.reason) == ("late", "other checks that fail: the callback came late")


def test_who_has_everything_needs_no_reason(marked: Mark_) -> None:
    found = marked(passed("given", "a"), Mark("model", "m", "not checked", "no key"), failed("model", "n", "ugly"))
    assert (found.reason, found.next_step, found.is_fine, found.verdict) == ("", "", True, "pass")


def test_a_model_s_verdict_is_a_reason_where_it_counts(marked: Mark_, ann: Request, store: Store, clock: Clock) -> None:
    marked(passed("given", "a"), failed("model", "n", "ugly"))
    found = Outcomes(store, Weights(model=1), clock).read()[0]
    assert found.score.total is not None
    assert found.score.total < 1
    assert found.reason == "other checks that fail: n"


def test_the_next_round_of_who_handed_in_one_has_a_line_too(
    ann: Request, marked: Mark_, store: Store, book: TaskBook, clock: Clock
) -> None:
    marked(passed("given", "a"))
    both = Outcomes(store, Weights(), clock, rounds=2, rounds_of=book.rounds_of).read()
    assert [(each.email[:3], each.round, each.state) for each in both] == [
        ("ann", 1, "checked"),
        ("ann", 2, "not asked"),
        ("bob", 1, "not asked"),
    ]
    only = Outcomes(store, Weights(), clock, rounds=1, rounds_of=book.rounds_of).read()
    assert [(each.email[:3], each.round) for each in only] == [("ann", 1), ("bob", 1)]


def test_the_same_words_stand_in_both_tables_and_on_the_screen(
    marked: Mark_, outcomes: Outcomes, store: Store, tmp_path: Path
) -> None:
    marked(failed("given", "a", "no"))
    found = outcomes.read()
    export(found, store, tmp_path)
    summary = [(row["email"], row["state"], row["reason"]) for row in read(tmp_path / "summary.csv")]
    results = [
        (row["email"], row["check"], row["reason"])
        for row in read(tmp_path / "results.csv")
        if row["origin"] == "total"
    ]
    screen = sorted((row[0], row[2], row[-1].partition(". -> ")[0]) for row in failed_rows(found))
    assert summary == results == screen
    assert all(reason for *_, reason in summary)
