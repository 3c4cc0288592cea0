"""Runs and their jobs: list with filters, show, cancel, run again, delete."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import Response, jsonify, request

from embedded.github.access import github
from embedded.github.core import RunControl, full_name
from embedded.github.errors import ApiError, Conflict, Invalid, NotFound, found
from embedded.github.rest.routes import Routes, json_body, paged
from embedded.github.rest.workflows import wanted_workflow
from embedded.github.shapes.runs import annotation, job, workflow_run
from embedded.github.store import Document
from embedded.github.times import moment

route = Routes("runs", "/actions", "actions")
KEPT = timedelta(days=30)  # what a run needs to be run again
check_run = Routes("check_runs", "/check-runs", "checks")
COMPARISONS: tuple[tuple[str, Callable[[datetime, datetime], bool]], ...] = (
    (">=", lambda created, limit: created >= limit),
    ("<=", lambda created, limit: created <= limit),
    (">", lambda created, limit: created > limit),
    ("<", lambda created, limit: created < limit),
)
FILTERS = frozenset({"actor", "branch", "created", "event", "head_sha", "status"})


@route("GET /runs")
def list_runs(repo: Document) -> Response:
    """actions/list-workflow-runs-for-repo"""
    return answer_runs(repo, wanted_runs(repo))


@route("GET /workflows/<wanted>/runs")
def list_runs_of_workflow(repo: Document, wanted: str) -> Response:
    """actions/list-workflow-runs"""
    path = wanted_workflow(repo, wanted).path
    return answer_runs(repo, [run for run in wanted_runs(repo) if run["workflow_path"] == path])


def answer_runs(repo: Document, runs: list[Document]) -> Response:
    """Answer with runs, newest first."""
    return paged(runs[::-1], lambda run: workflow_run(github(), repo, run), "workflow_runs")


def wanted_runs(repo: Document) -> list[Document]:
    """Return the runs that the filters of the request let through, oldest first. With a filter, the newest are not yet
    in the list.
    """
    wanted = request.args
    equal = {"event": "event", "branch": "head_branch", "head_sha": "head_sha", "actor": "actor"}
    fields = {field: wanted[name] for name, field in equal.items() if wanted.get(name)}
    runs = github().store.find("run", repo=full_name(repo), **fields)
    if wanted.get("status"):
        runs = [run for run in runs if wanted["status"] in {run["status"], run.get("conclusion")}]
    if wanted.get("created"):
        accepts = created_filter(wanted["created"])
        runs = [run for run in runs if accepts(moment(run["created_at"]))]
    if FILTERS & set(wanted):
        indexed = datetime.now(UTC) - timedelta(seconds=github().index_seconds)
        runs = [run for run in runs if moment(run["created_at"]) <= indexed]
    return runs


def created_filter(text: str) -> Callable[[datetime], bool]:
    """Read GitHub's date filter: >=D, <=D, >D, <D, D..E or D (a whole day). Raises Invalid."""
    try:
        for sign, compare in COMPARISONS:
            if text.startswith(sign):
                limit = moment(text.removeprefix(sign))
                return lambda created: compare(created, limit)
        if ".." in text:
            first, last = (None if part == "*" else moment(part) for part in text.split("..", 1))
            return lambda created: (first is None or created >= first) and (last is None or created <= last)
        day = moment(text).date()
    except ValueError:
        raise Invalid(f"created: {text} is not a date or a range of dates") from None
    return lambda created: created.date() == day


def existing_run(repo: Document, run_id: int) -> Document:
    """Return a run of this repository. Raises NotFound."""
    run = github().store.get("run", str(run_id))
    if run is None or run["repo"].lower() != full_name(repo).lower():
        raise NotFound
    return run


@route("GET /runs/<int:run_id>")
def show_run(repo: Document, run_id: int) -> Response:
    """actions/get-workflow-run"""
    return jsonify(workflow_run(github(), repo, existing_run(repo, run_id)))


@route("DELETE /runs/<int:run_id>")
def delete_run(repo: Document, run_id: int) -> tuple[str, int]:
    """actions/delete-workflow-run, with the jobs of all attempts; what it uploaded can no longer be found either"""
    run = existing_run(repo, run_id)
    if run["status"] != "completed":
        raise ApiError(403, "Could not delete the workflow run")
    for kind in ("job", "artifact"):
        for each in github().store.find(kind, run_id=run_id):
            github().store.delete(kind, str(each["id"]))
    github().store.delete("run", str(run_id))
    return "", 204


@route("GET /runs/<int:run_id>/jobs")
@route("GET /runs/<int:run_id>/attempts/<int:attempt>/jobs")
def list_jobs(repo: Document, run_id: int, attempt: int | None = None) -> Response:
    """actions/list-jobs-for-workflow-run, and of one attempt"""
    run = existing_run(repo, run_id)
    jobs = github().store.find("job", run_id=run_id)
    if attempt is not None or request.args.get("filter") != "all":
        jobs = [each for each in jobs if each["run_attempt"] == (attempt or run["run_attempt"])]
    return paged(jobs, lambda each: job(github(), repo, run, each), "jobs")


def existing_job(repo: Document, job_id: int) -> tuple[Document, Document]:
    """Return a job and its run. Raises NotFound."""
    there = found(github().store.get("job", str(job_id)))
    return there, existing_run(repo, there["run_id"])


@route("GET /jobs/<int:job_id>")
def show_job(repo: Document, job_id: int) -> Response:
    """actions/get-job-for-workflow-run"""
    there, run = existing_job(repo, job_id)
    return jsonify(job(github(), repo, run, there))


@check_run("GET /<int:job_id>/annotations")
def list_annotations(repo: Document, job_id: int) -> Response:
    """checks/list-annotations; a job is a check run, and has its id"""
    there, run = existing_job(repo, job_id)
    return paged(there.get("annotations") or [], lambda each: annotation(github(), repo, run, each))


@route("POST /runs/<int:run_id>/cancel")
def cancel_run(repo: Document, run_id: int) -> tuple[Response, int]:
    """actions/cancel-workflow-run"""
    run = existing_run(repo, run_id)
    if run["status"] == "completed":
        raise Conflict("Cannot cancel a workflow run that is completed.")
    if run["status"] == "requested":
        raise Conflict("Cannot cancel a workflow run that has not been queued yet.")
    run_control().cancel(run_id)
    return jsonify({}), 202


@route("POST /jobs/<int:job_id>/rerun")
def rerun_job(repo: Document, job_id: int) -> tuple[Response, int]:
    """actions/re-run-job-for-workflow-run, with the jobs that need it"""
    return start_again(existing_job(repo, job_id)[1], [job_id])


@route("POST /runs/<int:run_id>/rerun")
def rerun(repo: Document, run_id: int) -> tuple[Response, int]:
    """actions/re-run-workflow"""
    return start_again(existing_run(repo, run_id), None)


@route("POST /runs/<int:run_id>/rerun-failed-jobs")
def rerun_failed_jobs(repo: Document, run_id: int) -> tuple[Response, int]:
    """actions/re-run-workflow-failed-jobs, with the jobs that need them; all when none is known"""
    run = existing_run(repo, run_id)
    jobs = github().store.find("job", run_id=run_id, run_attempt=run["run_attempt"])
    failed = [each["id"] for each in jobs if each["conclusion"] not in {"success", "skipped"}]
    return start_again(run, failed or None)


def start_again(run: Document, jobs: list[int] | None) -> tuple[Response, int]:
    """Begin the next attempt of a run that is over. Raises ApiError."""
    json_body()
    if run["status"] != "completed":
        raise ApiError(403, "This workflow is already running")
    if run.get("conclusion") == "startup_failure":
        raise ApiError(403, "This workflow run cannot be retried")
    if datetime.now(UTC) - moment(run["created_at"]) > KEPT:
        raise ApiError(403, "Unable to retry this workflow run because it was created over a month ago")
    run_control().rerun(run["id"], jobs)
    return jsonify({}), 201


def run_control() -> RunControl:
    """Return who can start and stop runs. Raises ApiError when nobody can."""
    stopped = ApiError(503, "Actions is not running on this server. Start the whole embedded system.")
    return found(github().runs, stopped)
