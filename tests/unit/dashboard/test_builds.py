"""What became of a build, over all attempts at it."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

from action.record import BuildRecord, ContractRecord, Deployment, ModelCall, Publication
from dashboard.builds import builds_of, cost_of, status_of
from dashboard.ledger import BuildFolder
from dashboard.settings import ListPrices, Price, list_prices
from dashboard.tasks import newest_subject
from dashboard.timeline import received
from dashboard.totals import percentile

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LIVE = {"is_live": True}
PUBLISHED = {"repository": "owner/site", "commit_sha": "1" * 40}


def record(**more: Any) -> BuildRecord:
    return BuildRecord.model_validate(
        {"build_id": "b" * 20, "task_key": "c" * 20, "round": 1, "received_at": AT.isoformat(), **more}
    )


def callback(seconds: float, *, delivered: bool) -> dict[str, Any]:
    return {"at": (AT + timedelta(seconds=seconds)).isoformat(), "delivered": delivered}


def build(*records: BuildRecord) -> Any:
    return builds_of([BuildFolder("b" * 20, list(records), [])], "c" * 20, {})[0]


@pytest.mark.parametrize(
    ("publication", "deployment", "contract", "expected"),
    [
        (None, None, None, "failed"),
        (PUBLISHED, None, None, "not_live"),
        (PUBLISHED, {"is_live": False}, None, "not_live"),
        ({**PUBLISHED, "is_fallback": True}, LIVE, None, "fallback"),
        (PUBLISHED, LIVE, {"is_held_back": True}, "held_back"),
        (PUBLISHED, LIVE, None, "live"),
    ],
)
def test_status(publication: Any, deployment: Any, contract: Any, expected: str) -> None:
    found = status_of(
        publication and Publication.model_validate(publication),
        deployment and Deployment.model_validate(deployment),
        contract and ContractRecord.model_validate(contract),
    )
    assert found == expected


def test_a_second_attempt__completes_the_first_one() -> None:
    """The first run published and lost the callback; the second one found the commit and delivered."""
    contract = {"assertions": [{"id": "a", "origin": "given", "state": "pass"}]}
    first = record(publication=PUBLISHED, deployment=LIVE, contract=contract, callbacks=[callback(90, delivered=False)])
    second = record(callbacks=[callback(400, delivered=True)])
    found = build(first, second)
    assert (found.status, found.is_delivered, found.is_success) == ("live", True, True)
    assert (found.seconds_to_callback, found.passed, found.given) == (400.0, 1, 1)
    assert found.ended_at == AT + timedelta(seconds=400)


def test_round_1_that_is_sent_again_after_round_2__changes_nothing_but_its_callbacks() -> None:  # R15
    hours = timedelta(hours=5)
    first = record(publication=PUBLISHED, deployment=LIVE, callbacks=[callback(90, delivered=True)])
    repeat = record(
        received_at=(AT + hours).isoformat(),
        publication={**PUBLISHED, "was_published_before": True, "superseded_by": "2" * 40},
        deployment={"is_live": False},
        callbacks=[callback(hours.total_seconds() + 20, delivered=True)],
    )
    second = BuildRecord.model_validate(
        {
            **record(publication={**PUBLISHED, "commit_sha": "2" * 40}, deployment=LIVE).model_dump(),
            "build_id": "a" * 20,
            "round": 2,
            "received_at": AT + timedelta(hours=1),
        }
    )
    folders = [BuildFolder("b" * 20, [first, repeat], []), BuildFolder("a" * 20, [second], [])]
    one, two = builds_of(folders, "c" * 20, {})
    assert (one.round, one.state, one.seconds_to_callback, len(one.records)) == (1, "live", 90.0, 2)
    assert (two.round, two.status) == (2, "live")


def test_a_task_that_is_sent_again__its_callback_is_measured_from_its_own_request() -> None:
    first = record(publication=PUBLISHED, deployment=LIVE, callbacks=[callback(90, delivered=True)])
    again = record(received_at=(AT + timedelta(hours=5)).isoformat(), publication=PUBLISHED, deployment=LIVE)
    assert build(first, again).seconds_to_callback == 90.0


def test_a_live_page_whose_callback_was_refused__is_no_success() -> None:
    found = build(record(publication=PUBLISHED, deployment=LIVE, callbacks=[callback(9, delivered=False)]))
    assert (found.status, found.is_success, found.seconds_to_callback) == ("live", False, None)


def test_a_revision_that_nobody_waits_for__is_a_success_without_a_callback() -> None:
    assert build(record(publication=PUBLISHED, deployment=LIVE, wants_callback=False)).is_success


def test_the_score__counts_given_assertions_only() -> None:
    states = [("given", "pass"), ("given", "fail"), ("given", "unclear"), ("base", "fail"), ("inferred", "pass")]
    assertions = [{"id": str(n), "origin": origin, "state": state} for n, (origin, state) in enumerate(states)]
    found = build(record(publication=PUBLISHED, deployment=LIVE, contract={"assertions": assertions}))
    assert (found.passed, found.given, found.pass_rate) == (1, 3, 0.3333)


def test_cost() -> None:
    prices = {"small": Price(input=1.0, output=4.0)}
    asked = ModelCall(model="small", input_tokens=500_000, output_tokens=250_000)
    refused = ModelCall(model="other", outcome="429")
    assert cost_of([asked, refused], prices, DAY) == 1.5
    assert cost_of([asked.model_copy(update={"model": "openai:small"})], prices, DAY) == 1.5
    assert cost_of([asked, ModelCall(model="other", input_tokens=1)], prices, DAY) is None
    assert cost_of([], prices, DAY) == 0.0


def test_cost__an_answer_of_which_nobody_said_what_it_used() -> None:
    prices = {"small": Price(input=1.0, output=4.0)}
    assert cost_of([ModelCall(model="small", outcome="STOP")], prices, DAY) is None
    assert cost_of([ModelCall(model="small", outcome="HTTP 429 RESOURCE_EXHAUSTED")], prices, DAY) == 0.0


def test_cost__without_a_price_of_ones_own_is_the_list_price_of_that_day() -> None:
    calls = [ModelCall(model="gemini-3.8-flash", input_tokens=1_000_000, output_tokens=1_000_000)]
    assert cost_of(calls, {}, date(2026, 12, 31)) == 4.5
    assert cost_of(calls, {}, date(2027, 1, 1)) == 9.0
    assert cost_of(calls, {"gemini-3.8-flash": Price(input=0, output=0)}, DAY) == 0.0


def test_list_prices__each_has_a_day_and_a_page_and_one_price_for_a_day() -> None:
    known = list_prices()
    assert all(source.page and all(source.quoted) for source in known.sources.values())
    for one, other in combinations(known.prices, 2):
        assert one.model != other.model or one.until < other.since or other.until < one.since


def test_list_prices__one_without_a_source_is_refused() -> None:
    with pytest.raises(ValueError, match="without a source: heard"):
        ListPrices.model_validate(
            {"sources": {}, "prices": [{"model": "m", "input": 1, "output": 1, "source": "heard"}]}
        )


DAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("numbers", "expected"), [([], None), ([7.0], 7.0), ([float(n) for n in range(100, 0, -1)], 95.0), ([1, 2], 2)]
)
def test_percentile(numbers: list[float], expected: float | None) -> None:
    assert percentile(numbers, 95) == expected


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a b", "x"])
def test_an_address_that_could_run_something__is_dropped(address: str) -> None:
    assert Publication.model_validate({"pages_url": address}).pages_url == ""
    assert Publication.model_validate({"pages_url": "https://good.example/x"}).pages_url == "https://good.example/x"


@pytest.mark.parametrize(
    ("name", "words"), [("", "Received round 1."), ("a", "Received round 1, sent with the key a.")]
)
def test_the_timeline_names_the_key_that_sent_a_task(name: str, words: str) -> None:
    assert received(record(sent_by=name)) == words


def test_files_that_somebody_brought__are_told_as_such_and_keep_the_checks_of_their_round() -> None:
    first = record(checks=["one"], subject={"title": "The task"})
    later = record(build_id="2" * 20, brought="coder", brief="New logo", checks=[], wants_callback=False)
    found = builds_of([BuildFolder("1" * 20, [first], []), BuildFolder("2" * 20, [later], [])], "f" * 20, {})
    assert [build.brought for build in found] == ["", "coder"]
    assert [check.text for check in found[1].checks] == ["one"]
    assert received(later) == "Received files brought by coder: New logo"
    assert newest_subject(found).title == "The task"
