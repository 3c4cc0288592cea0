"""Runs of the dashboard that never started, because a newer one took their place in the line.

GitHub makes a run for every trigger of `workflow_run`, and nothing in a workflow can keep it from that. Those that were
cancelled while they waited did nothing and have no log: they only hide the other runs in the Actions tab.
"""

from typing import Any

from action.ledger.stored_requests import ApiDoor

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
