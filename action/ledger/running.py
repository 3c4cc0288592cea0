"""The builds that have not ended, for the dashboard: the ledger only knows those that left a record."""

from typing import Any

from action.ledger.build_runs import RUNS, ApiDoor
from action.runner_api import NotThere
from receiver.task.run_title import id_in_title

STATUSES = ("in_progress", "queued", "pending")


def running_builds(api: ApiDoor) -> list[dict[str, Any]]:
    """Return the builds that run or wait, in the order in which they were asked for. Raises UserError."""
    found: dict[int, dict[str, Any]] = {}
    for status in STATUSES:
        try:
            runs = api.get(RUNS, status=status, per_page=100).get("workflow_runs") or []
        except NotThere:  # a runner repository without this workflow calls it from one of its own
            return []
        for run in runs:
            if build_id := id_in_title("build", run):
                found[int(run["id"])] = described(build_id, run)
    return [found[number] for number in sorted(found)]


def described(build_id: str, run: dict[str, Any]) -> dict[str, Any]:
    """Return what the dashboard shows of a run."""
    return {
        "build_id": build_id,
        "run_url": str(run.get("html_url", "")),
        "status": str(run.get("status", "")),
        "started_at": str(run.get("run_started_at") or run.get("created_at") or ""),
    }
