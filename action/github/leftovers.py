"""What somebody must tidy up in the runner repository: stored requests, and dashboard runs that never started."""

from typing import Any, Protocol

from action.github.api import NotThere

PREFIX = "refs/requests/"
MOST_REMOVED = 100  # at once; each is one request


class ApiDoor(Protocol):
    """The runner repository's API."""

    def get(self, path: str, **query: str | int) -> Any: ...

    def delete(self, path: str) -> None: ...


class StoredRequests:
    """Lists and removes."""

    def __init__(self, api: ApiDoor) -> None:
        self._api = api

    def builds(self) -> list[str]:
        """Return the ids of the builds with a stored envelope. Raises UserError."""
        try:
            found = self._api.get("/git/matching-refs/requests/")
        except NotThere:
            return []
        return [str(ref["ref"]).removeprefix(PREFIX) for ref in found]

    def remove(self, builds: list[str]) -> int:
        """Remove envelopes; return how many. Raises UserError."""
        removed = 0
        for build_id in builds[:MOST_REMOVED]:
            try:
                self._api.delete(f"/git/{PREFIX}{build_id}")
                removed += 1
            except NotThere:
                continue
        return removed


DASHBOARD_RUNS = "/actions/workflows/dashboard.yml/runs"
MOST_RUNS = 20  # at once; two requests each, of the 1,000 that a run's token has in an hour


def remove_superseded(api: ApiDoor) -> int:
    """Remove them from the Actions tab; return how many. Raises NotThere, UserError."""
    cancelled = api.get(DASHBOARD_RUNS, status="cancelled", per_page=MOST_RUNS).get("workflow_runs") or []
    removed = 0
    for run in cancelled:
        if run.get("conclusion") == "cancelled" and never_started(api, run):
            api.delete(f"/actions/runs/{run['id']}")
            removed += 1
    return removed


def never_started(api: ApiDoor, run: dict[str, Any]) -> bool:
    """Whether no job of a run has done anything. What a person cancelled while it worked stays, with its log."""
    jobs = api.get(f"/actions/runs/{run['id']}/jobs", filter="all", per_page=50).get("jobs") or []
    return not any(job.get("steps") for job in jobs)
