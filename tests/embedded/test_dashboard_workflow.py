"""dashboard.yml through act: builds are collected, rendered and deployed, while the commit of main stays the same."""

import json
import secrets
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedded.actions.service import summary_of
from embedded.github.deployments import unpublish
from embedded.github.events import Event
from embedded.system.bootstrap import DASHBOARD_WORKFLOW
from embedded.system.system import System
from tests.embedded.senders import CallbackServer, Sender, git

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(1200)]
SECONDS = 500  # a build, and the runs that render; the machine may be slow


@pytest.fixture(scope="module")
def sender(system_with_dashboard: System, callbacks: CallbackServer) -> Sender:
    return Sender(system_with_dashboard, callbacks)


def document(sender: Sender, path: str) -> Any:
    """Return JSON of the dashboard, None while it is not there."""
    url = f"{sender.system.addresses.dashboard}{path}?{secrets.token_hex(4)}"
    answer = sender.session.get(url, timeout=10)
    return answer.json() if answer.status_code == 200 else None


def wait_for(look: Callable[[], Any]) -> Any:
    end = time.monotonic() + SECONDS
    while not (found := look()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(1)
    return found


@pytest.fixture(scope="module")
def sent(sender: Sender) -> dict[str, Any]:
    """A task whose build has been collected with its live check, and the ledger's commit that has just that."""
    assert wait_for(lambda: document(sender, "api/tasks.json") is not None)  # rendered although there is no task
    task = sender.task(checks=[{"js": "document.title === 'A test'"}])
    sender.build(task)
    wait_for(lambda: document(sender, "api/tasks.json")["tasks"])
    wait_for(lambda: ledger_paths(sender, ".webp"))
    return {**task, "ledger": git("-C", ledger(sender), "rev-parse", "ledger").decode().strip()}


def ledger(sender: Sender) -> str:
    store = sender.system.github
    repo = store.repository(sender.system.runner)
    assert repo
    return str(store.repository_path(repo))


def ledger_paths(sender: Sender, ending: str = "", commit: str = "ledger") -> list[str]:
    try:
        names = git("-C", ledger(sender), "ls-tree", "-r", "--name-only", commit).decode().splitlines()
    except Exception:  # noqa: BLE001 - the branch does not exist yet
        return []
    return [name for name in names if name.startswith("tasks/") and name.endswith(ending)]


def test_the_ledger_holds_the_build_its_pictures_and_its_versions(sender: Sender, sent: dict[str, Any]) -> None:
    commit = sent["ledger"]  # other tests of this file collect more builds
    paths = ledger_paths(sender, commit=commit)
    [record_path] = [path for path in paths if "/builds/" in path and path.endswith(".json")]
    record = json.loads(git("-C", ledger(sender), "show", f"{commit}:{record_path}"))
    assert record["subject"]["task"] == sent["task"]
    assert record["checked_attempt"] == 1
    assert record["screenshots"] == ["desktop.webp", "mobile.webp"]
    pictures = [path for path in paths if path.endswith(".webp")]
    assert len(pictures) == 2
    for path in pictures:
        body = git("-C", ledger(sender), "show", f"{commit}:{path}")
        assert (body[:4], body[8:12]) == (b"RIFF", b"WEBP")
    versions = [
        json.loads(git("-C", ledger(sender), "show", f"{commit}:{path}")) for path in paths if "/versions/" in path
    ]
    assert {version["sha"] for version in versions} >= {record["publication"]["commit_sha"]}
    assert [version["build_id"] for version in versions if version["parent"]] == [record["build_id"]]


def test_nobody_can_read_who_asked_in_the_ledger_or_on_the_dashboard(
    sender: Sender, sent: dict[str, Any], tmp_path: Path
) -> None:
    git("clone", "--quiet", "--branch", "ledger", ledger(sender), str(tmp_path / "ledger"))
    site = sender.system.data.path / "pages" / sender.system.runner
    private = [sent["email"], sent["nonce"], sent["evaluation_url"], sender.system.secret]
    bodies = [
        path.read_bytes()
        for root in (tmp_path / "ledger" / "tasks", site)
        for path in root.rglob("*.*")
        if path.is_file()
    ]
    assert len(bodies) > 10
    assert [value for value in private if any(value.encode() in body for body in bodies)] == []


def test_each_deployment_names_another_commit_of_the_ledger(sender: Sender, sent: dict[str, Any]) -> None:
    """Pages takes each commit once: named after main's, all but the first dashboard would be dropped."""
    deployments = sender.system.store.find("deployment", repo=sender.system.runner, status="succeed")
    commits = git("-C", ledger(sender), "log", "--format=%H", "ledger").decode().split()
    assert len(deployments) >= 2
    assert {deployment["sha"] for deployment in deployments} <= set(commits)
    runs = sender.system.store.find("run", workflow_path=DASHBOARD_WORKFLOW, status="completed")
    assert {run["conclusion"] for run in runs} <= {"success", "cancelled"}
    assert document(sender, "api/tasks.json")["tasks"]


def dashboard_runs(sender: Sender) -> dict[int, str]:
    """Return what the Actions tab shows of the workflow: each run's conclusion, or its status while it has none."""
    runs = sender.system.store.find("run", repo=sender.system.runner, workflow_path=DASHBOARD_WORKFLOW)
    return {run["id"]: run["conclusion"] or run["status"] for run in runs}


def is_idle(sender: Sender) -> bool:
    return not {"queued", "in_progress"} & set(dashboard_runs(sender).values())


def end_of_a_build(sender: Sender) -> str:
    """A build of another task, with a copy of a record, ends; return where its record belongs."""
    system, build_id = sender.system, secrets.token_hex(10)
    artifact = next(each for each in system.store.find("artifact") if each["name"].startswith("record-"))
    run = system.store.get("run", str(artifact["run_id"]))
    assert run
    number = system.store.next_id("run")
    run = {**run, "id": number, "run_name": f"build {build_id} · task {'c' * 20} round 1"}
    system.store.put("run", str(number), run)
    with zipfile.ZipFile(artifact["path"]) as archive:
        record = json.loads(archive.read("record.json"))
    record |= {"build_id": build_id, "task_key": "c" * 20, "run": {**record["run"], "run_id": number}}
    record |= {"publication": None, "deployment": None}  # nothing that reconcile would look after
    made = system.store.next_id("artifact")
    path = Path(artifact["path"]).with_name(f"{made}.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("record.json", json.dumps(record))
    copy = {
        "id": made,
        "run_id": number,
        "name": f"record-{build_id}-1",
        "path": str(path),
        "size": path.stat().st_size,
    }
    system.store.put("artifact", str(made), {**artifact, **copy})
    payload = {"action": "completed", "workflow_run": summary_of(run)}
    sha = git("-C", ledger(sender), "rev-parse", "main").decode().strip()
    system.actions.on_event(Event("workflow_run", system.runner, "refs/heads/main", sha, payload, system.owner))
    return f"tasks/{record['task_key']}/builds/{build_id}/{number}-1.json"


def test_builds_that_end_together_give_few_runs__and_each_of_them_is_collected(
    sender: Sender, sent: dict[str, Any]
) -> None:
    """Each end is a run that GitHub makes. Those that are replaced while they wait do not stay in the Actions tab."""
    wait_for(lambda: is_idle(sender))
    before = dashboard_runs(sender)
    records = [end_of_a_build(sender) for _ in range(6)]
    wait_for(lambda: "in_progress" in dashboard_runs(sender).values())
    records.append(end_of_a_build(sender))  # while a collection is running
    wait_for(lambda: is_idle(sender))
    after = {number: ended for number, ended in dashboard_runs(sender).items() if number not in before}
    assert set(records) <= set(ledger_paths(sender, ".json"))
    assert set(after.values()) == {"success"}
    assert len(after) <= 3


def test_reconcile_brings_a_page_back_that_is_gone(sender: Sender, sent: dict[str, Any]) -> None:
    system = sender.system
    [callback] = sender.callbacks.of(sent["nonce"])
    page = f"{callback['pages_url']}?{secrets.token_hex(4)}"
    unpublish(system.data.path / "pages" / system.owner / callback["repo_url"].rpartition("/")[2])
    assert sender.session.get(page, timeout=10).status_code == 404
    run = system.actions.wait(system.start_by_hand(".github/workflows/reconcile.yml"), SECONDS)
    assert run
    assert run["conclusion"] == "success"
    again = sender.callbacks.wait(sent["nonce"], 2, SECONDS)[1]
    assert sender.session.get(f"{again['pages_url']}?{secrets.token_hex(4)}", timeout=10).status_code == 200
    assert again["repo_url"] == callback["repo_url"]
    assert again["commit_sha"] != callback["commit_sha"]  # GitHub takes a commit once
