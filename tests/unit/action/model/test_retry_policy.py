"""The retry table, row by row, as pure decisions."""

import pytest

from action.model.retry_policy import BLOCKED, BUSY, Action, Do, Event, Kind, decide

HICCUPS = [
    Event(Kind.TRANSPORT),
    Event(Kind.MALFORMED),
    Event(Kind.NO_CANDIDATES),
    Event(Kind.NO_FINISH_REASON),
    Event(Kind.FINISHED, reason="RECITATION", has_text=True),
    Event(Kind.FINISHED, reason="OTHER"),
    Event(Kind.FINISHED, reason="A_REASON_OF_TOMORROW"),
    Event(Kind.FINISHED, reason="STOP"),
]


def status(code: int, **more: object) -> Event:
    return Event(Kind.STATUS, status=code, **more)  # type: ignore[arg-type]


def test_an_answer_is_accepted() -> None:
    assert decide(Event(Kind.FINISHED, reason="STOP", has_text=True), failures=3, remaining=1).do is Do.ACCEPT


@pytest.mark.parametrize(
    "event", [status(429, is_daily_quota=True, wait=5.0), status(403), status(404), status(400), status(413)]
)
def test_a_daily_quota_and_what_a_model_will_never_accept_lead_to_the_next_model_at_once(event: Event) -> None:
    assert decide(event, failures=0, remaining=300) == Action(Do.NEXT_MODEL)


@pytest.mark.parametrize("code", sorted(BUSY))
def test_a_busy_provider_is_asked_again_after_doubling_waits(code: int) -> None:
    actions = [decide(status(code), failures=failures, remaining=300) for failures in range(5)]
    assert actions[:4] == [Action(Do.RETRY, wait) for wait in (2.0, 4.0, 8.0, 16.0)]
    assert actions[4].do is Do.NEXT_MODEL


def test_one_silence_leads_to_the_next_model() -> None:
    assert decide(Event(Kind.SILENT), failures=0, remaining=300) == Action(Do.NEXT_MODEL)


def test_the_provider_says_how_long_to_wait() -> None:
    assert decide(status(429, wait=37.0), failures=0, remaining=300) == Action(Do.RETRY, 37.0)
    assert decide(status(429, wait=0.0), failures=0, remaining=300) == Action(Do.RETRY, 0.0)


@pytest.mark.parametrize(("wait", "remaining"), [(65.5, 300.0), (37.0, 36.0)])
def test_a_wait_that_is_too_long_for_us_or_for_the_deadline_leads_to_the_next_model(
    wait: float, remaining: float
) -> None:
    assert decide(status(503, wait=wait), failures=0, remaining=remaining) == Action(Do.NEXT_MODEL)


@pytest.mark.parametrize("event", HICCUPS, ids=str)
def test_a_hiccup_is_retried_and_then_left_to_the_next_model(event: Event) -> None:
    assert decide(event, failures=0, remaining=300) == Action(Do.RETRY, 1.0)
    assert decide(event, failures=2, remaining=300) == Action(Do.NEXT_MODEL)
    assert decide(event, failures=0, remaining=0.5) == Action(Do.NEXT_MODEL)


def test_a_cut_off_answer_is_kept() -> None:
    assert decide(Event(Kind.FINISHED, reason="MAX_TOKENS", has_text=True), failures=0, remaining=300).do is Do.ACCEPT


@pytest.mark.parametrize("reason", ["RECITATION", "SAFETY", "CLOSED", "A_REASON_OF_TOMORROW"])
def test_an_answer_that_the_provider_ended_is_kept_when_it_holds_files(reason: str) -> None:
    event = Event(Kind.FINISHED, reason=reason, has_text=True, has_files=True)
    assert decide(event, failures=0, remaining=300).do is Do.ACCEPT


def test_an_answer_that_was_all_thinking_is_asked_for_once_more_with_low_thinking() -> None:
    event = Event(Kind.FINISHED, reason="MAX_TOKENS")
    assert decide(event, failures=0, remaining=300).do is Do.RETRY_WITH_LOW_THINKING
    assert decide(event, failures=1, remaining=300, low_thinking=True).do is Do.NEXT_MODEL


@pytest.mark.parametrize("reason", sorted(BLOCKED))
def test_safety_stops_everything(reason: str) -> None:
    assert decide(Event(Kind.FINISHED, reason=reason), failures=0, remaining=300).do is Do.STOP_BLOCKED
    assert decide(Event(Kind.PROMPT_BLOCKED, reason=reason), failures=0, remaining=300).do is Do.STOP_BLOCKED


@pytest.mark.parametrize("event", [status(401), *(status(code, is_key_invalid=True) for code in (400, 403))])
def test_a_refused_key_stops_everything(event: Event) -> None:
    assert decide(event, failures=0, remaining=300).do is Do.STOP_KEY


def test_events_read_as_text() -> None:
    assert (
        str(status(429, reason="RESOURCE_EXHAUSTED", is_daily_quota=True))
        == "HTTP 429 RESOURCE_EXHAUSTED (daily quota)"
    )
    assert str(Event(Kind.NO_CANDIDATES)) == "the answer was empty"
