"""The builds that run or wait."""

from collections.abc import Iterator
from typing import Any

from action.github.api import NotThere, RunnerApi
from action.github.runner_runs import running_builds


class FakeApi(RunnerApi):
    """Runs by their status; None for a repository without the workflow."""

    def __init__(self, runs: dict[str, list[dict[str, Any]]] | None) -> None:
        self.runs = runs

    def get(self, path: str, **query: str | int) -> Any:
        assert path == "/actions/workflows/build.yml/runs"
        if self.runs is None:
            raise NotThere
        return {"workflow_runs": self.runs.get(str(query["status"]), [])}

    def pages(self, path: str, key: str, **query: str | int) -> Iterator[list[dict[str, Any]]]:
        raise AssertionError

    def post(self, path: str, body: dict[str, Any]) -> Any:
        raise AssertionError


def run(number: int, status: str, title: str = "") -> dict[str, Any]:
    return {
        "id": number,
        "display_title": title or f"build {str(number) * 20}",
        "status": status,
        "html_url": f"https://github.example/runs/{number}",
        "created_at": "2026-11-20T09:00:00Z",
        "run_started_at": "2026-11-20T09:01:00Z",
    }


def test_builds_that_run_or_wait_are_listed_in_their_order() -> None:
    api = FakeApi(
        {
            "in_progress": [run(3, "in_progress"), run(1, "in_progress")],
            "queued": [run(2, "queued"), run(9, "queued", "started by hand")],
            "pending": [run(4, "pending")],
        }
    )
    found = running_builds(api)
    assert [build["build_id"][0] for build in found] == ["1", "2", "3", "4"]
    assert found[1] == {
        "build_id": "2" * 20,
        "run_url": "https://github.example/runs/2",
        "status": "queued",
        "started_at": "2026-11-20T09:01:00Z",
    }


def test_a_repository_that_calls_the_build_from_a_workflow_of_its_own_has_none() -> None:
    assert running_builds(FakeApi(None)) == []
