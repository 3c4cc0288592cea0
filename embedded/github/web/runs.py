"""Pages about runs: the list, a run with its jobs and summary, a job with its log."""

from flask import Blueprint, Response

from embedded.github.access import github
from embedded.github.core import full_name
from embedded.github.rest.run_files import log_path
from embedded.github.rest.runs import existing_job, existing_run
from embedded.github.store import Document
from embedded.github.web.log_view import read_log
from embedded.github.web.parts import markdown, page, visible_repository

MOST_RUNS = 100


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes."""
    blueprint.add_url_rule("/<owner>/<name>/actions", "runs", list_runs)
    blueprint.add_url_rule("/<owner>/<name>/actions/runs/<int:run_id>", "run", show_run)
    blueprint.add_url_rule("/<owner>/<name>/actions/runs/<int:run_id>/attempts/<int:attempt>", "attempt", show_run)
    blueprint.add_url_rule("/<owner>/<name>/actions/runs/<int:run_id>/job/<int:job_id>", "job", show_job)


def list_runs(owner: str, name: str) -> Response:
    """List the runs, the newest first."""
    repo = visible_repository(owner, name)
    runs = github().store.find("run", repo=full_name(repo))[-MOST_RUNS:][::-1]
    return page("runs", repo=repo, runs=runs, is_moving=any(run["status"] != "completed" for run in runs[:10]))


def show_run(owner: str, name: str, run_id: int, attempt: int | None = None) -> Response:
    """Show an attempt of a run: its jobs, its annotations, its summary."""
    repo = visible_repository(owner, name)
    run = existing_run(repo, run_id)
    attempt = attempt or run["run_attempt"]
    artifacts = github().store.find("artifact", run_id=run_id, finalized=True)
    return page(
        "run",
        repo=repo,
        run=run,
        attempt=attempt,
        jobs=github().store.find("job", run_id=run_id, run_attempt=attempt),
        summary=summary_of(run, attempt),
        artifacts=artifacts,
        is_moving=run["status"] != "completed",
    )


def summary_of(run: Document, attempt: int) -> str | None:
    """Return the summary that the steps wrote, as HTML."""
    file = github().store.data / "runs" / str(run["id"]) / str(attempt) / "summary.md"
    return markdown(file.read_text(errors="replace")) if file.is_file() else None


def show_job(owner: str, name: str, run_id: int, job_id: int) -> Response:
    """Show the steps and the log of a job."""
    repo = visible_repository(owner, name)
    job, run = existing_job(repo, job_id)
    file = log_path(github(), run, job)
    lines = read_log(file.read_text(errors="replace")) if file.is_file() else []
    return page("job", repo=repo, run=run, job=job, lines=lines, is_moving=job["status"] != "completed")
