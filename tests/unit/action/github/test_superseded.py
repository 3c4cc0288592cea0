"""Runs of the dashboard that waited in vain are removed; whatever did something stays."""

from typing import Any

from action.github.api import RunnerApi
from action.github.runner_runs import MOST_RUNS, remove_superseded


class FakeApi(RunnerApi):
    """Cancelled runs with the steps of their job; None for a run without jobs."""

    def __init__(self, runs: dict[int, list[str] | None], conclusion: str = "cancelled", after: str = "build") -> None:
        self.runs, self.conclusion = runs, conclusion
        self.title = f"dashboard · collect after {after} {'a' * 20} · owner/page"
        self.deleted: list[str] = []

    def get(self, path: str, **query: str | int) -> Any:
        if path == "/actions/workflows/dashboard.yml/runs":
            assert query == {"per_page": 100}  # no filter: such a list can be hours late
            return {
                "workflow_runs": [
                    {"id": number, "conclusion": self.conclusion, "display_title": self.title} for number in self.runs
                ]
            }
        steps = self.runs[int(path.split("/")[3])]
        assert (path.split("/")[4], query["filter"]) == ("jobs", "all")
        return {"jobs": [] if steps is None else [{"conclusion": "cancelled", "steps": steps}]}

    def delete(self, path: str) -> None:
        self.deleted.append(path)


def test_what_never_started_is_removed__what_a_person_ended_stays() -> None:
    api = FakeApi({5: None, 4: [], 3: ["Set up job"], 2: None})
    assert remove_superseded(api) == 3
    assert api.deleted == ["/actions/runs/5", "/actions/runs/4", "/actions/runs/2"]


def test_at_most_so_many_at_once() -> None:
    assert remove_superseded(FakeApi(dict.fromkeys(range(30)))) == MOST_RUNS


def test_a_stale_list_removes_nothing_that_did_not_end_cancelled() -> None:
    api = FakeApi({5: None}, conclusion="success")
    assert remove_superseded(api) == 0
    assert api.deleted == []


def test_of_the_runs_after_commands_the_newest_stays() -> None:
    api = FakeApi(dict.fromkeys((9, 7, 5)), conclusion="success", after="execute")
    assert remove_superseded(api) == 2
    assert api.deleted == ["/actions/runs/7", "/actions/runs/5"]
    assert remove_superseded(FakeApi(dict.fromkeys((9, 7)), conclusion="failure", after="execute")) == 0
