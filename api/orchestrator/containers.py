"""Containers under the names that clients know: each is a job, one run of a command in a version of the code."""

from typing import Any

from flask import g, url_for

from api.artifacts import ArtifactExpired
from api.context import Api
from api.errors import EXPIRED_JOB, UNKNOWN_JOB
from api.ids import is_new, new_id
from api.orchestrator.code import chosen, numbered
from api.orchestrator.replies import Container
from api.orchestrator.requests import NewContainer
from api.orchestrator.task_ids import known_task
from api.project_request import invalid_field, refuse_secret
from api.routes.jobs_by_id import cancelled, find_run, job_of
from receiver.errors import Problem
from receiver.task import Execution

SERVE = (
    "python3 -m http.server 8000 --bind 127.0.0.1 >/dev/null 2>&1 & server=$!; sleep 1;"
    ' python3 -c \'import urllib.request as u; r = u.urlopen("http://127.0.0.1:8000/");'
    ' print("index.html: HTTP", r.status, len(r.read()), "bytes")\'; code=$?; kill $server; exit $code'
)
COMMANDS = {  # the first file that is there says what is run
    "run.sh": "bash run.sh",
    "main.py": "python3 main.py",
    "app.py": "python3 app.py",
    "package.json": "npm start",
    "index.js": "node index.js",
    "main.js": "node main.js",
    "Makefile": "make",
    "index.html": SERVE,
}


def spawn_container(api: Api, asked: NewContainer) -> Container:
    """Run a task's code once."""
    task = known_task(api, asked.task_id)
    shown = chosen(task, numbered(api, task), asked.version)
    command = asked.command or usual_command(api, task.project, shown.commit)
    refuse_secret("command", command)
    g.job_id = new_id()
    api.jobs.dispatch(
        Execution(job_id=g.job_id, project=task.project, command=command, ref=shown.commit, timeout_s=asked.timeout)
    )
    return Container(task_id=task.key, commit=shown.commit, command=command, **identity(g.job_id, "queued"))


def usual_command(api: Api, name: str, commit: str) -> str:
    """Return what is run of a version when nobody says it. Raises Problem (422)."""
    _, files, _ = api.history.commit(name, commit)
    paths = {each.path for each in files}
    command = next((command for path, command in COMMANDS.items() if path in paths), None)
    if command is None:
        raise invalid_field("command", f"is needed: this version has none of {', '.join(COMMANDS)}")
    return command


def container_status(api: Api, container_id: str) -> Container:
    """Say how a run is doing."""
    run = find_run(api, container_id)
    if run is None:
        if not is_new(container_id):
            raise Problem(UNKNOWN_JOB)
        return Container(**identity(container_id, "queued"))
    try:
        job = job_of(api, run)
    except ArtifactExpired:
        raise Problem(EXPIRED_JOB) from None
    result = job.result
    if result is None:
        status = "running" if job.state == "in_progress" else "queued"
        return Container(**identity(container_id, status), run_url=job.run_url)
    ended = "completed" if result.return_code == 0 else "stopped" if run.conclusion == "cancelled" else "failed"
    return Container(
        **identity(container_id, ended),
        run_url=job.run_url,
        commit=result.commit or None,
        exit_code=result.return_code,
        stdout=result.stdout,
        stderr=result.stderr,
        seconds=result.duration_s,
        error=result.error,
    )


def stop_container(api: Api, container_id: str) -> Container:
    """Stop a run."""
    found = cancelled(api, container_id)
    return Container(**identity(container_id, "stopping"), run_url=found.run_url)


def identity(container_id: str, status: str) -> dict[str, Any]:
    """Return which run it is, how it is doing, and where to ask again."""
    where = url_for("orchestrator.get_container_status", container_id=container_id, _external=True)
    return {"container_id": container_id, "status": status, "status_url": where}
