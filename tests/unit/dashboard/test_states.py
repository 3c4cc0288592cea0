"""What a build is called: whatever is wrong with a page, it never looks like success."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from action.record import BuildRecord
from dashboard.builds import builds_of
from dashboard.ledger import BuildFolder
from dashboard.state import STATES, SUCCESSES, Facts, judge
from dashboard.task_document import Build, Score

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "publication": {"repository": "owner/site", "commit_sha": "1" * 40},
    "deployment": {"is_live": True},
    "parity": {"compared": 5, "identical": 5, "marker_is_current": True},
    "callbacks": [{"at": AT.isoformat(), "status": 200, "delivered": True}],
    "phases": [{"name": name, "started_at": AT.isoformat()} for name in ("generate", "publish", "verify", "notify")],
}
REFUSED = [{"at": AT.isoformat(), "status": 400, "said": "no such nonce"}]
SENT = ["The title is x", "The mood is good", "js: two()", "MIT; README", "js: five()"]


def assertion(id: str, state: str, *checks: int, origin: str = "given", **more: Any) -> dict[str, Any]:
    return {"id": id, "origin": origin, "state": state, "checks": checks, "found": f"{id} says so", **more}


def contract(**states: str) -> dict[str, Any]:
    """Return a contract of the five checks: the fourth became two assertions, and the model read the second one."""
    seen = {"title": "pass", "mood": "pass", "two": "pass", "mit": "pass", "readme": "pass", "five": "pass", **states}
    numbers = {"title": 1, "mood": 2, "two": 3, "mit": 4, "readme": 4, "five": 5}
    model = {"mood": "inferred"}
    return {
        "assertions": [assertion(id, state, numbers[id], origin=model.get(id, "given")) for id, state in seen.items()]
    }


def record(number: int = 1, **more: Any) -> BuildRecord:
    fixed = {
        "build_id": f"{number:020x}",
        "task_key": "c" * 20,
        "received_at": (AT + timedelta(hours=number)).isoformat(),
    }
    return BuildRecord.model_validate({**fixed, "round": 1, "checks": SENT, "contract": contract(), **GOOD, **more})


def builds(*records: BuildRecord) -> list[Build]:
    return builds_of([BuildFolder(each.build_id, [each], []) for each in records], "c" * 20, {})


def only(**more: Any) -> Build:
    return builds(record(**more))[0]


@pytest.mark.parametrize(
    ("more", "state", "headline"),
    [
        ({}, "live", "Live"),
        ({"checks": [], "contract": None}, "live", "Live"),
        ({"contract": contract(title="fail", two="fail", mit="fail")}, "checks_fail", "Live, 3 of 5 checks fail"),
        ({"contract": contract(five="fail")}, "checks_fail", "Live, 1 of 5 checks fails"),
        ({"contract": contract(five="fail", mood="unclear")}, "checks_fail", "Live, 1 of 5 checks fails, 1 undecided"),
        ({"contract": contract(mood="unclear")}, "undecided", "Live, 4 of 5 checks pass, 1 undecided"),
        ({"contract": None}, "undecided", "Live, 5 checks undecided"),
        ({"callbacks": REFUSED}, "not_reported", "Live, not reported"),
        ({"callbacks": []}, "not_reported", "Live, not reported"),
        ({"callbacks": [], "wants_callback": False}, "live", "Live"),
        (
            {"callbacks": REFUSED, "contract": contract(five="fail")},
            "checks_fail",
            "Live, 1 of 5 checks fails, not reported",
        ),
        ({"parity": {"compared": 5, "identical": 4, "marker_is_current": True}}, "not_verified", "Live, not verified"),
        ({"parity": {"compared": 5, "identical": 5}}, "not_verified", "Live, not verified"),
        ({"runs": [{"workflow": "ci.yml", "conclusion": "failure"}]}, "run_failed", "Live, the run failed"),
        ({"deployment": None}, "not_live", "Not live"),
        ({"deployment": None, "callbacks": REFUSED}, "not_live", "Not live, not reported"),
        ({"publication": None}, "failed", "Nothing published"),
    ],
)
def test_a_build_is_called(more: dict[str, Any], state: str, headline: str) -> None:
    found = only(**more)
    assert (found.state, found.headline, found.tone) == (state, headline, STATES[found.state][1])
    assert found.is_success == (state in {"live", "undecided"})


def failed(name: str) -> list[dict[str, Any]]:
    return [*GOOD["phases"], {"name": name, "started_at": AT.isoformat(), "outcome": "failed"}]


def test_a_red_run__is_said__and_a_refused_callback_is_not_said_twice() -> None:
    assert only(phases=failed("deploy")).headline == "Live, the run failed"
    assert only(phases=failed("notify"), callbacks=REFUSED).headline == "Live, not reported"
    assert only(phases=failed("notify")).headline == "Live, the run failed"
    assert only(phases=failed("check")).headline == "Live"  # that job fails no run


def test_what_fails_on_the_live_page_only__counts() -> None:
    different = {"id": "five", "before": "pass", "live": "fail", "found": "404"}
    found = only(live={"differences": [different]})
    assert found.headline == "Live, 1 of 5 checks fails"
    assert (found.checks[4].state, found.checks[4].found) == ("fail", "404")


def test_a_page_that_was_not_tried__decides_nothing() -> None:
    held = only(contract={**contract(), "is_held_back": True})
    fallback = only(publication={**GOOD["publication"], "is_fallback": True}, callbacks=REFUSED)
    assert [(each.headline, each.passed, each.undecided) for each in (held, fallback)] == [
        ("Held back", 0, 5),
        ("Fallback page, not reported", 0, 5),
    ]


def test_the_denominator__is_what_the_sender_sent() -> None:
    found = only(contract=contract(readme="fail", mood="unclear"))
    assert (found.given, found.passed, found.failed, found.undecided, found.pass_rate) == (5, 3, 1, 1, 0.6)
    assert [each.text for each in found.checks] == SENT
    assert [each.state for each in found.checks] == ["pass", "unclear", "pass", "fail", "pass"]
    assert (found.checks[3].found, found.counts) == ("readme says so", "checks")


def test_a_check_that_nothing_reads__is_undecided_and_says_why() -> None:
    found = only(checks=[*SENT, "It is beautiful"])
    assert found.headline == "Live, 5 of 6 checks pass, 1 undecided"
    assert "no rule could read it" in found.checks[5].found


def test_other_checks_that_fail__are_told_apart() -> None:
    more = [
        assertion("old", "fail"),
        assertion("loads", "fail", origin="base"),
        assertion("hope", "fail", origin="inferred"),
    ]
    found = only(contract={"assertions": [*contract()["assertions"], *more]})
    assert found.headline == "Live, 1 check given in earlier rounds fails, 1 check of every page fails"
    assert found.state == "checks_fail"


def test_records_of_an_earlier_version__count_assertions_and_say_so() -> None:
    states = [("a", "pass"), ("b", "fail"), ("c", "unclear")]
    found = only(checks=None, contract={"assertions": [assertion(id, state) for id, state in states]})
    assert (found.headline, found.counts) == ("Live, 1 of 3 assertions fails, 1 undecided", "assertions")
    assert (found.given, found.passed, found.checks) == (3, 1, [])


def test_a_revision__still_owes_what_its_round_was_asked_for() -> None:
    revision = {"revision": "f" * 20, "checks": [], "wants_callback": False, "callbacks": []}
    first, second, better = builds(
        record(1, contract=contract(five="fail")),
        record(2, contract=contract(five="fail"), **revision),
        record(3, contract=contract(), **revision),
    )
    assert [each.headline for each in (first, second, better)] == ["Live, 1 of 5 checks fails"] * 2 + ["Live"]
    assert [each.given for each in (first, second, better)] == [5, 5, 5]


def test_a_revision_of_a_round_that_was_not_reported__is_not_reported_either() -> None:
    revision = {"revision": "f" * 20, "checks": [], "wants_callback": False, "callbacks": []}
    assert builds(record(1, callbacks=REFUSED), record(2, **revision))[1].headline == "Live, not reported"


def test_a_restored_version__was_not_tried_with_the_checks_of_later_rounds() -> None:
    later = [*SENT[:4], "js: six()"]
    six = {"assertions": [*contract()["assertions"][:-1], assertion("six", "pass", 5)]}
    restored = {"revision": "f" * 20, "restored": "1" * 40, "checks": [], "wants_callback": False, "callbacks": []}
    found = builds(record(1), record(2, round=2, checks=later, contract=six), record(3, round=2, **restored))[2]
    assert found.headline == "Live, 4 of 5 checks pass, 1 undecided"
    assert found.checks[4].found == "it was not tried on this page"


def test_nothing_new__leaves_the_page_before() -> None:
    found = builds(record(1), record(2, publication=None, deployment=None))[1]
    assert (found.headline, found.tone) == ("Nothing new published", "bad")


def test_one_of_one() -> None:
    assert judge(Facts("live", Score(given=1, failed=1)))[1] == "Live, 1 of 1 check fails"
    assert judge(Facts("live", Score(given=1, undecided=1)))[1] == "Live, 1 check undecided"
    assert judge(Facts("live", Score(given=3, passed=1, undecided=2)))[1] == "Live, 1 of 3 checks passes, 2 undecided"


def test_only_what_nothing_is_wrong_with__is_green() -> None:
    assert [state for state, (_, tone) in STATES.items() if tone == "good"] == ["live"]
    assert {STATES[state][1] for state in SUCCESSES} == {"good", "unclear"}
