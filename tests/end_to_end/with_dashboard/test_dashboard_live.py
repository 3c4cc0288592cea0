"""The dashboard through act: a task is posted, watched live, collected, opened, compared, visited and brought back."""

import json
import re
import secrets
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from embedded.actions.service import summary_of
from embedded.github.deployments import unpublish
from embedded.github.events import Event
from embedded.system.bootstrap import DASHBOARD_WORKFLOW
from tests.embedded.dashboard.visitor import DESKTOP, Visitor
from tests.embedded.senders import Sender, git, no_browser

pytestmark = pytest.mark.timeout(1800)
SECONDS = 500  # a build, and the runs that render; the machine may be slow
SOON_MS = 60_000
BUILD_MS = 560_000  # a build, and the run that collects and renders; the machine may be slow


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


@dataclass(frozen=True)
class Sent:
    """A task whose build was watched and collected, the page about it, and the ledger's commit that has just that."""

    task: dict[str, Any]
    page: Page
    visitor: Visitor
    ledger: str


@pytest.fixture(scope="module")
def sent(browser: Browser, sender: Sender) -> Iterator[Sent]:
    assert wait_for(lambda: document(sender, "api/tasks.json") is not None)  # rendered although there is no task
    addresses = sender.system.addresses
    visitor = Visitor(browser, addresses.dashboard)
    asked_and_visited = f"{re.escape(addresses.api)}/repos/|{re.escape(addresses.pages)}/"
    visitor.expected = [f"^another origin: ({asked_and_visited})", "Failed to load resource"]
    brief = 'A page with the title "First words" and a file named data.json.'
    task = sender.task(brief=brief, checks=[{"js": "document.querySelector('h1') !== null"}])
    with visitor.context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(f"{addresses.dashboard}index.html")
        watch(page, sender.post(task))
        open_task(page, task["task"])
        yield Sent(task, page, visitor, git("-C", ledger(sender), "rev-parse", "ledger").decode().strip())


@pytest.fixture(scope="module")
def revised(sent: Sent, sender: Sender) -> dict[str, Any]:
    """Round 2, which arrives on the page that is open; then its page is visited."""
    changed = {"brief": 'Now the title is "Last words".', "checks": []}
    task = {**sent.task, **changed, "round": 2, "nonce": f"{sent.task['nonce']}-2"}
    sender.build(task)
    compare(sent.page)
    visit(sent.page)
    return task


def test_a_task__is_posted_watched_live_opened_compared_and_visited(sent: Sent, revised: dict[str, Any]) -> None:
    assert revised["task"] == sent.task["task"]
    assert sent.page.title() == "Last words"
    assert sent.visitor.complaints == []


def watch(page: Page, build_id: str) -> None:
    """See the build run, step by step, until it is over; nobody loads the page again."""
    run = page.locator(f"#running [data-build='{build_id}']")
    expect(run).to_be_visible(timeout=SOON_MS)
    expect(run.locator(".jobs .step.in_progress").first).to_be_visible(timeout=BUILD_MS)
    expect(run.locator(".jobs")).to_contain_text("Write the files")
    expect(run).to_be_hidden(timeout=BUILD_MS)


def open_task(page: Page, name: str) -> None:
    """Find the task among the newest ones when it was collected, and open it."""
    link = page.locator("table.tasks a", has_text=name)
    expect(link).to_be_visible(timeout=BUILD_MS)
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator("#timeline")).to_contain_text("The callback was accepted")
    expect(page.locator("#checks .origin").first).to_be_visible()
    expect(page.locator("#screenshots img")).to_have_count(2, timeout=BUILD_MS)
    expect(page.get_by_role("link", name=re.compile("^Whole log of run"))).to_be_visible()


def compare(page: Page) -> None:
    """See round 2 arrive on the page that is open, and what it changed."""
    expect(page.locator("#timeline")).to_contain_text("Received round 2.", timeout=2 * BUILD_MS)
    changed = page.get_by_role("region", name="Changes in index.html")
    expect(changed.locator("tr.added", has_text="Last words").first).to_be_visible(timeout=BUILD_MS)
    expect(changed.locator("tr.removed", has_text="First words").first).to_be_visible()


def visit(page: Page) -> None:
    """Go to the page that was built."""
    page.get_by_role("link", name="Open the page").click()
    expect(page).to_have_title("Last words")


def test_a_result_with_its_log_and_a_command__come_into_the_ledger_and_the_json(sender: Sender, sent: Sent) -> None:
    """The log is too large for the event. What looks like a key reaches neither."""
    system, key = sender.system, f"ghp_{secrets.token_hex(20)}"
    [task] = [each for each in document(sender, "api/tasks.json")["tasks"] if each["task"] == sent.task["task"]]
    about = {"project_id": task["project"]}
    log = "".join(f"{secrets.token_hex(500)}\n" for _ in range(100)) + f"I have {key}\nthe end\n"
    result = {**about, "kind": "result", "role": "tester", "text": "Measured.", "metrics": {"accuracy": 0.5}}
    for path, body in (
        ("/execute", {**about, "command": f"echo hello; echo {key}", "wait_s": 0}),
        ("/messages", {**result, "log": log, "log_name": "run.log"}),
    ):
        url, headers = f"{system.addresses.receiver}{path}", {"X-API-KEY": system.secret}
        assert sender.session.post(url, json=body, headers=headers, timeout=60).status_code == 202
    path = f"api/tasks/{task['key']}.json"
    found = wait_for(lambda: (seen := document(sender, path)) and seen["runs"] and seen["results"] and seen)
    assert (found["averages"]["accuracy"], found["latest"]["result"]["metrics"]) == (0.5, {"accuracy": 0.5})
    assert [(run["return_code"], run["stdout"]["preview"].split("\n")[0]) for run in found["runs"]] == [(0, "hello")]
    assert {each["name"] for each in found["logs"]} == {"run.log", "stdout.txt"}
    [kept] = [each for each in found["logs"] if each["name"] == "run.log"]
    url = f"{system.addresses.dashboard}api/files/{task['key']}/{kept['sha256']}"
    lines = sender.session.get(url, timeout=10).text.splitlines()
    assert (lines[:100], lines[-1]) == (log.splitlines()[:100], "the end")
    assert key not in "\n".join(lines) + json.dumps(found)
    git("-C", ledger(sender), "cat-file", "-e", f"ledger:tasks/{task['key']}/runs/{found['runs'][0]['job_id']}.json")
    assert git("-C", ledger(sender), "for-each-ref", f"refs/requests/{found['results'][0]['id']}")


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


def read(sender: Sender, commit: str, path: str) -> Any:
    return json.loads(git("-C", ledger(sender), "show", f"{commit}:{path}"))


def test_the_ledger_holds_the_build_its_pictures_and_its_versions(sender: Sender, sent: Sent) -> None:
    commit = sent.ledger  # other tests of this file collect more builds
    paths = ledger_paths(sender, commit=commit)
    records = {path: read(sender, commit, path) for path in paths if "/builds/" in path and path.endswith(".json")}
    [(path, record)] = [each for each in records.items() if each[1]["subject"]["task"] == sent.task["task"]]
    paths = [each for each in paths if each.split("/")[1] == path.split("/")[1]]
    assert record["checked_attempt"] == 1
    assert record["screenshots"] == ["desktop.webp", "mobile.webp"]
    pictures = [path for path in paths if path.endswith(".webp")]
    assert len(pictures) == 2
    for path in pictures:
        body = git("-C", ledger(sender), "show", f"{commit}:{path}")
        assert (body[:4], body[8:12]) == (b"RIFF", b"WEBP")
    versions = [read(sender, commit, path) for path in paths if "/versions/" in path]
    assert {version["sha"] for version in versions} >= {record["publication"]["commit_sha"]}
    assert [version["build_id"] for version in versions if version["parent"]] == [record["build_id"]]


def test_the_api_reads_the_task_from_its_branch__and_the_build_says_what_it_published(
    sender: Sender, sent: Sent
) -> None:
    """The wiring of dashboard.yml: what it rendered is on the branch, as one commit without history."""
    receiver, key = sender.system.addresses.receiver, {"X-API-KEY": sender.system.secret}

    def get(path: str) -> Any:
        return sender.session.get(f"{receiver}{path}", headers=key, timeout=30).json()

    [task] = wait_for(lambda: get(f"/tasks?q={sent.task['task']}").get("tasks"))
    found = get(f"/tasks/{task['key']}")
    first = found["builds"][0]
    assert first["commit_sha"] in {version["sha"] for version in found["versions"]}
    build = get(f"/status/{first['build_id']}")
    assert (build["repository"], build["commit"]) == (task["project"], first["commit_sha"])
    assert build["verdict"]["failed"] == 0
    assert get("/health")["queue"]["age_s"] < 60
    assert git("-C", ledger(sender), "rev-list", "--count", "dashboard-data").decode().strip() == "1"


def test_nobody_can_read_who_asked_in_the_ledger_or_on_the_dashboard(
    sender: Sender, sent: Sent, tmp_path: Path
) -> None:
    git("clone", "--quiet", "--branch", "ledger", ledger(sender), str(tmp_path / "ledger"))
    site = sender.system.data.path / "pages" / sender.system.runner
    private = [sent.task["email"], sent.task["nonce"], sent.task["evaluation_url"], sender.system.secret]
    bodies = [
        path.read_bytes()
        for root in (tmp_path / "ledger" / "tasks", site)
        for path in root.rglob("*.*")
        if path.is_file()
    ]
    assert len(bodies) > 10
    assert [value for value in private if any(value.encode() in body for body in bodies)] == []


def test_each_deployment_names_another_commit_of_the_ledger(sender: Sender, sent: Sent) -> None:
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
    record["subject"]["task"] = "another"
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


def test_builds_that_end_together_give_few_runs__and_each_of_them_is_collected(sender: Sender, sent: Sent) -> None:
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


def test_reconcile_brings_a_page_back_that_is_gone(sender: Sender, revised: dict[str, Any]) -> None:
    system = sender.system
    [callback] = sender.callbacks.of(revised["nonce"])
    page = f"{callback['pages_url']}?{secrets.token_hex(4)}"
    unpublish(system.data.path / "pages" / system.owner / callback["repo_url"].rpartition("/")[2])
    assert sender.session.get(page, timeout=10).status_code == 404
    with no_browser(system):
        run = system.actions.wait(system.start_by_hand(".github/workflows/reconcile.yml"), SECONDS)
        assert run
        assert run["conclusion"] == "success"
        again = sender.callbacks.wait(revised["nonce"], 2, SECONDS)[1]
    assert sender.session.get(f"{again['pages_url']}?{secrets.token_hex(4)}", timeout=10).status_code == 200
    assert again["repo_url"] == callback["repo_url"]
    assert again["commit_sha"] != callback["commit_sha"]  # GitHub takes a commit once
