"""A dry run on the dashboard: its verdicts are shown, it is no page, and the task is what its last real build is."""

from dashboard.builds import builds_of
from dashboard.ledger import BuildFolder
from dashboard.tasks import newest_build
from tests.unit.dashboard.test_builds import LIVE, PUBLISHED, build, record

CONTRACT = {
    "attempts": [{"number": 1, "is_kept": True}],
    "assertions": [
        {"id": "a", "origin": "given", "state": "pass", "checks": [1], "states": ["pass"]},
        {"id": "b", "origin": "given", "state": "fail", "checks": [2], "states": ["fail"]},
    ],
}
DRY = {"dry_run": True, "wants_callback": False, "checks": ["one", "two"], "brief": "x"}


def test_a_dry_run_says_how_the_checks_did() -> None:
    found = build(record(**DRY, contract=CONTRACT))
    assert (found.status, found.state, found.tone, found.is_success) == ("dry_run", "dry_run", "idle", False)
    assert found.headline == "Dry run, 1 of 2 checks fails"
    assert build(record(**DRY)).headline == "Dry run, no page"


def test_a_dry_run_changes_nothing_of_what_the_task_is() -> None:
    real = record(publication=PUBLISHED, deployment=LIVE, checks=["one"], brief="y", wants_callback=False)
    dry = record(**DRY, contract=CONTRACT).model_copy(update={"build_id": "d" * 20})
    later = record(brought="coder", wants_callback=False).model_copy(update={"build_id": "e" * 20})
    folders = [BuildFolder(each.build_id, [each], []) for each in (real, dry, later)]
    first, tried, brought = builds_of(folders, "c" * 20, {})
    assert [first.status, tried.status, brought.headline] == ["live", "dry_run", "Nothing new published"]
    newest = newest_build([first, tried])
    assert newest
    assert newest.build_id == first.build_id
    assert newest_build([tried]) == tried
    assert newest_build([]) is None
