"""A task that asks for a workflow: refused first, then admitted, run by real act, and publishing what it made.

It is published with the token of a GitHub App, into an organisation, by a runner repository without TARGET_TOKEN.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.contract.compile import compile_contract
from action.contract.contract import Contract
from action.contract.evaluate import evaluate
from action.contract.verdict import Candidate
from action.gates.workflow_rules import known_actions
from embedded.github.apps import install_app, register_app
from embedded.system.bootstrap import TARGET_PERMISSIONS
from embedded.system.system import System
from receiver.task import Task
from tests.app_key import key_pair
from tests.embedded.sales_page import files
from tests.embedded.scripted_model import ScriptedModelServer, says, scripted_model
from tests.embedded.senders import Sender, git, record_of, variables

pytestmark = pytest.mark.timeout(300)

WORKFLOW = ".github/workflows/count.yml"
BRIEF = """Publish a page titled "Trains" that shows the number of trains from result.json in #trains. Add a GitHub
Actions workflow .github/workflows/count.yml that runs python3 tools/count.py on push and publishes its result.json with
GitHub Pages. Do not commit result.json. data.json holds three trains."""
CHECKS: list[Any] = [
    "The workflow .github/workflows/count.yml is triggered by push",
    'The workflow runs "python3 tools/count.py"',
    "The workflow run succeeds",
    'The step "Count the trains" ran',
    'The log of the workflow shows "3 trains counted"',
    "result.json is not committed but served",
    'In result.json "trains" is a number',
    {"js": "document.title === 'Trains'"},
    {"js": "document.querySelector('#trains').textContent === '3'"},
]
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Trains</title><link rel="icon" href="data:,">
<script>document.addEventListener("DOMContentLoaded", async () => {
  const answer = await fetch("result.json");
  const shown = document.querySelector("#trains");
  shown.textContent = answer.ok ? (await answer.json()).trains : "not there yet";
});</script></head><body><main><h1>Trains</h1><p id="trains" aria-live="polite"></p></main></body></html>
"""
TOOL = """import json
from pathlib import Path

trains = json.loads(Path("data.json").read_text())
print(len(trains), "trains counted")
Path("result.json").write_text(json.dumps({"trains": len(trains)}))
"""
REFUSED = """name: Count
on:
  push:
  schedule:
    - cron: "0 5 * * *"
permissions:
  contents: write
jobs:
  count:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: python3 tools/count.py
      - uses: stefanzweifel/git-auto-commit-action@v5
"""
ADMITTED = """name: Count
on:
  push:
    branches: [main]
  workflow_dispatch:
jobs:
  count:
    runs-on: ubuntu-latest
    steps:
      - name: Check out
        uses: actions/checkout@v4
      - name: Count the trains
        run: python3 tools/count.py
      - name: Pack the page
        uses: actions/upload-pages-artifact@v3
        with:
          path: .
      - name: Publish the page
        uses: actions/deploy-pages@v4
"""
SITE = {"index.html": PAGE, "data.json": '["a", "b", "c"]\n', "tools/count.py": TOOL, "README.md": "# Trains\n"}
ANSWERS = (says(files({**SITE, WORKFLOW: REFUSED})), says(files({WORKFLOW: ADMITTED})))


@pytest.fixture
def model(system: System) -> Iterator[ScriptedModelServer]:
    """For a while the runner repository's variables name a model that writes a forbidden workflow first."""
    with (
        scripted_model(*ANSWERS) as server,
        variables(system, GEMINI_MODEL="scripted", GOOGLE_GEMINI_BASE_URL=server.url),
    ):
        yield server


@pytest.fixture
def organisation(system: System) -> Iterator[str]:
    """For a while an App that is installed on an organisation takes the place of the publishing token."""
    store, before = system.store, system.store.get("secret", system.runner) or {}
    store.put("user", "trains-lab", {"login": "trains-lab", "id": store.next_id("user"), "type": "Organization"})
    app = register_app(store, system.owner, "page-writer", TARGET_PERMISSIONS, key_pair()[1])
    install_app(store, app, "trains-lab")
    secrets = {name: value for name, value in before.items() if name != "TARGET_TOKEN"}
    store.put("secret", system.runner, {**secrets, "APP_PRIVATE_KEY": key_pair()[0]})
    with variables(system, APP_ID=app["client_id"], TARGET_OWNER="trains-lab"):
        yield "trains-lab"
    store.put("secret", system.runner, before)


def test_the_workflow_is_refused_repaired_run_and_its_log_and_file_are_part_of_the_contract(
    sender: Sender, system: System, model: ScriptedModelServer, organisation: str, clone: Callable[[str], Path]
) -> None:
    task = sender.task(brief=BRIEF, checks=CHECKS)
    build_id = sender.post(task)
    run = sender.follow(build_id).run
    (callback,) = sender.callbacks.of(task["nonce"])
    asked = [json.dumps(question.body) for question in model.asked]
    assert len(asked) == 2
    assert callback["repo_url"].startswith(f"{system.addresses.web}/{organisation}/")
    pushed = system.store.find("run", repo=callback["repo_url"].removeprefix(f"{system.addresses.web}/"))
    assert {each["actor"] for each in pushed} == {"page-writer[bot]"}
    assert [token for token in system.store.find("token") if token["kind"] == "app"] == [], (
        "revoked when the run is over"
    )
    kept = [path.read_text(errors="replace") for path in (system.data.path / "runs").rglob("*") if path.is_file()]
    assert [text for text in kept if key_pair()[0].splitlines()[1] in text or "ghs_" in text] == []
    assert "actions/deploy-pages" in asked[0], "the policy is told beforehand"
    for reason in ("not on 'schedule'", "not contents: write", "git-auto-commit-action"):
        assert reason in asked[1], "what was refused goes back, with the reason"

    folder = clone(callback["repo_url"])
    git("-C", str(folder), "checkout", "--quiet", callback["commit_sha"])
    assert [path.name for path in (folder / ".github/workflows").iterdir()] == ["count.yml"], "ours is left out"
    steps = yaml.safe_load((folder / WORKFLOW).read_text())["jobs"]["count"]["steps"]
    pins = {pin.reference for pin in known_actions().values()}
    assert {step["uses"] for step in steps if "uses" in step} <= pins
    assert not (folder / "result.json").exists()
    assert json.loads(sender.get(callback["pages_url"] + "result.json")) == {"trains": 3}
    assert failing_in_a_browser(task, callback["pages_url"], sender) == []

    record = record_of(system.store, run["id"], f"record-{build_id}-1")
    assert record.contract
    assert record.publication
    given = [entry for entry in record.contract.assertions if entry.origin == "given"]
    open_still = [entry for entry in given if entry.state != "pass"]
    assert [(entry.kind, entry.state) for entry in open_still] == [("js", "unclear")], "the page needs the run's file"
    assert record.publication.deploying_workflow == WORKFLOW
    assert [(run.workflow, run.conclusion) for run in record.runs] == [(WORKFLOW, "success")]
    assert "Count the trains" in record.runs[0].steps
    assert record.parity
    assert record.parity.is_complete
    assert record.failures == []


def failing_in_a_browser(task: dict[str, Any], page: str, sender: Sender) -> list[str]:
    """Return what is not so of the task's assertions about its page, as whoever visits the live page sees it."""
    contract = compile_contract(Task.model_validate(task))
    given = Contract(assertions=tuple(a for a in contract.assertions if a.origin == "given" and a.kind == "js"))
    assert len(given.assertions) == 2
    served = Candidate({name: sender.get(page + name) for name in ("index.html", "result.json")})
    allowed = frozenset({urlsplit(page).netloc})
    with PageBrowser(find_browser(search_path=os.environ["PATH"]), os.environ, allowed_hosts=allowed) as browser:
        report = evaluate(given, served, browser.open_live(page)).report
    return [str(result) for result in report.results if result.verdict.state != "pass"]
