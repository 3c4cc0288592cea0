"""The builds that run or wait."""

from collections.abc import Iterator
from typing import Any

import pytest

from action.github.api import NotThere, RunnerApi
from action.github.runner_runs import running_builds


class FakeApi(RunnerApi):
    """Pages of runs; None for a repository without the workflow."""

    def __init__(self, *runs: list[dict[str, Any]] | None) -> None:
        self.runs, self.read = runs, 0

    def get(self, path: str, **query: str | int) -> Any:
        raise AssertionError

    def pages(self, path: str, key: str, **query: str | int) -> Iterator[list[dict[str, Any]]]:
        assert (path, query) == ("/actions/workflows/build.yml/runs", {}), "a list with a filter can be hours late"
        for page in self.runs:
            if page is None:
                raise NotThere
            self.read += 1
            yield page

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
        [run(9, "queued", "started by hand"), run(4, "pending"), run(3, "in_progress"), run(2, "queued")],
        [run(1, "in_progress")],
    )
    found = running_builds(api)
    assert [build["build_id"][0] for build in found] == ["1", "2", "3", "4"]
    assert found[1] == {
        "build_id": "2" * 20,
        "run_url": "https://github.example/runs/2",
        "status": "queued",
        "started_at": "2026-11-20T09:01:00Z",
    }


@pytest.mark.parametrize("status", ["queued", "in_progress", "pending", "waiting", "requested"])
def test_whatever_has_not_ended_is_listed(status: str) -> None:
    assert [build["status"] for build in running_builds(FakeApi([run(1, status)]))] == [status]


def test_it_looks_no_further_than_to_a_page_of_ended_runs() -> None:
    api = FakeApi([run(5, "queued")], [run(4, "completed")], [run(3, "completed")])
    assert [build["build_id"][0] for build in running_builds(api)] == ["5"]
    assert api.read == 2


def test_a_repository_that_calls_the_build_from_a_workflow_of_its_own_has_none() -> None:
    assert running_builds(FakeApi(None)) == []
