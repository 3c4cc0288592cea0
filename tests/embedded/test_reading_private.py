"""A private runner repository without Pages is read through the API: what was collected, and the project's versions."""

import hashlib
import io
import json
import secrets
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import requests
from werkzeug.test import Client

from action.ledger.layout import file_path
from api.app import create_app
from api.dashboard_data import DashboardData
from api.jobs import ExecuteWorkflow
from api.messages import FeedbackWorkflow
from api.projects import Projects
from api.starts import Starts
from api.versions import History
from embedded.github.repositories import change_repository
from embedded.github.tokens import create_token
from embedded.system.bootstrap import RECEIVER_PERMISSIONS
from receiver.config import Config
from receiver.connection import Connection
from receiver.github import RunnerRepository
from tests.embedded.little_github import MAIN, OWNER, LittleGitHub
from tests.embedded.test_ledger import ROOT, RUNNER, Jobs, jobs
from tests.unit.action.ledger.example_ledger import opaque

__all__ = ["jobs"]  # a fixture
SECRET = secrets.token_hex(8)
PAGE = b"<script>document.title = 'run'</script>\n"


def reader(github: LittleGitHub) -> tuple[Client, DashboardData]:
    """The API, and its way to the branches, with a token as the receiver's: for the runner repository only."""
    token = create_token(github.store, OWNER, RECEIVER_PERMISSIONS, repositories=[RUNNER])
    config = Config(SECRET, token, RUNNER, api_url=github.core.api_url)
    connection = Connection.of(config)
    data = DashboardData(RUNNER, connection)
    app = create_app(
        config,
        RunnerRepository(RUNNER, connection),
        ExecuteWorkflow(RUNNER, connection),
        FeedbackWorkflow(RUNNER, connection),
        Projects(connection),
        data,
        History(connection),
        Starts(RUNNER, connection),
    )
    return app.test_client(), data


def project(github: LittleGitHub) -> str:
    note = json.dumps({"build_id": "b" * 20, "task_key": opaque("task 1"), "round": 1})
    files = {"index.html": PAGE.decode(), ".pagewright/build.json": note}
    sha = github.repository("page", files)
    assert github.core.git(github.core.repository(f"{OWNER}/page") or {}).resolve(MAIN) == sha
    return sha


def write_the_branch(jobs: Jobs, tmp_path: Path) -> None:
    """Do what dashboard.yml does after it has collected: render without a token, then replace the branch."""
    ledger, out = tmp_path / "ledger", tmp_path / "dashboard"
    ledger.mkdir()
    subprocess.run(["tar", "-x", "-C", str(ledger)], input=jobs.git.run("archive", "refs/heads/ledger"), check=True)
    subprocess.run([sys.executable, "-m", "dashboard", str(ledger), str(out)], cwd=ROOT, check=True)
    commit = jobs.git.resolve("refs/heads/ledger") or ""
    handed_over = tmp_path / "handed-over"
    (out / "api").rename(handed_over)
    for other in ("files", "index", "screenshots"):
        subprocess.run(["rm", "-rf", str(handed_over / other)], check=True)
    jobs.finish(jobs.start(phase="write_data", DASHBOARD_DATA=str(handed_over), DASHBOARD_COMMIT=commit))


def test_a_private_runner_repository_without_pages_is_read_completely(jobs: Jobs, tmp_path: Path) -> None:
    sha = project(jobs.github)
    jobs.build()
    jobs.build(f"{OWNER}/page")
    runner = jobs.github.core.repository(RUNNER)
    assert runner
    change_repository(jobs.github.core, runner, {"private": True})
    jobs.finish(jobs.start())
    (client, _), key = reader(jobs.github), {"X-API-KEY": SECRET}

    def get(path: str, status: int = 200) -> Any:
        reply = client.get(path, headers=key)
        assert reply.status_code == status, reply.text
        return reply.json if reply.mimetype == "application/json" else reply

    assert get("/tasks", 404)["error"] == "no-data-yet"
    write_the_branch(jobs, tmp_path)
    web = f"{jobs.github.core.web_url}/{RUNNER}"
    for closed in (f"{web}/raw/dashboard-data/api/tasks.json", f"{jobs.github.core.api_url}/repos/{RUNNER}/pages"):
        assert requests.get(closed, timeout=10).status_code == 404  # nobody else reads it

    client, data = reader(jobs.github)  # the first answer is kept for five seconds
    listed = get("/tasks?limit=1")
    assert (listed["total"], len(listed["tasks"])) == (2, 1)
    [task] = get("/tasks?project=page")["tasks"]
    document = get(f"/tasks/{task['key']}")
    assert document["as_of"] == listed["as_of"]
    assert get(f"/tasks/{task['key']}/results/latest")["latest"]["build_id"] == document["builds"][-1]["build_id"]
    assert get(f"/tasks/{task['key']}/messages?kind=received")["total"] == 1
    [version] = get(f"/tasks/{task['key']}/versions")["versions"]
    assert version["sha"] == sha
    for part in ("results", "runs", "logs"):
        assert get(f"/tasks/{task['key']}/{part}")["total"] == 0
    assert get("/stats")["tasks"] == 2

    digest = hashlib.sha256(PAGE).hexdigest()  # the ledger keeps files by digest, as it keeps logs
    assert file_path(task["key"], digest) in jobs.paths()
    assert data.file(task["key"], digest) == PAGE

    assert [each["sha"] for each in get("/projects/page/versions")["versions"]] == [sha]
    shown = get(f"/projects/{OWNER}/page/versions/{sha[:9]}")
    assert {"index.html", ".pagewright/build.json"} == {file["path"] for file in shown["files"]}
    page = get(f"/projects/page/versions/{sha}/files/index.html")
    assert (page.data, page.content_type) == (PAGE, "text/plain; charset=utf-8")
    with zipfile.ZipFile(io.BytesIO(get(f"/projects/page/versions/{sha}.zip").data)) as archive:
        assert archive.read(f"page-{sha[:7]}/index.html") == PAGE
    assert list(jobs.github.core.unknown_routes) == []
