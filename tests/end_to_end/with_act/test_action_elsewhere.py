"""The action in another repository's workflow: `uses: owner/repo/action@v1`, with a task in a plain file."""

import json
from pathlib import Path

import pytest

from embedded.demo.follow import Snapshot, Watcher
from embedded.system.system import System
from tests.embedded.senders import BUILD_TIMEOUT_S, Sender, git

pytestmark = pytest.mark.timeout(600)

WORKFLOW = """
name: mine
on: push
run-name: build eeeeeeeeeeeeeeeeeeee
permissions:
  contents: read
jobs:
  write:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - id: write
        uses: RUNNER/action@v1
        with:
          phase: generate
          task-file: task.json
        env:
          STUDENT_SECRET: ${{ secrets.STUDENT_SECRET }}
          GITHUB_TOKEN: ${{ github.token }}
          GEMINI_API_KEY: any-that-is-long
          GEMINI_MODEL: any
          GOOGLE_GEMINI_BASE_URL: MODEL
      - run: test -s "$BUNDLE/files/index.html"
        env:
          BUNDLE: ${{ steps.write.outputs.bundle }}
"""

BUILD = "e" * 20


def test_another_repository_can_use_the_action_at_its_tag(system: System, sender: Sender, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {system.credentials.target_token}"}
    made = sender.session.post(
        f"{system.addresses.api}/user/repos", json={"name": "elsewhere"}, headers=headers, timeout=10
    )
    assert made.status_code == 201
    name = made.json()["full_name"]
    system.store.put("secret", name, {"STUDENT_SECRET": "a secret of the other repository"})
    push(tmp_path, made.json()["clone_url"], system, json.dumps(sender.task()))
    assert follow(sender, name, system).run["conclusion"] == "success"


def push(folder: Path, url: str, system: System, task: str) -> None:
    """Make a first commit with the workflow and the task."""
    workflow = folder / ".github" / "workflows" / "mine.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(WORKFLOW.replace("RUNNER", system.runner).replace("MODEL", system.own.model))
    (folder / "task.json").write_text(task)
    inside = ("-C", str(folder), "-c", "user.name=Someone", "-c", "user.email=someone@example.com")
    git(*inside, "init", "--quiet", "--initial-branch=main")
    git(*inside, "add", "--all")
    git(*inside, "commit", "--quiet", "--message", "Use the action")
    git(*inside, "push", "--quiet", url.replace("://", f"://x:{system.credentials.target_token}@"), "main")


def follow(sender: Sender, name: str, system: System) -> Snapshot:
    watcher = Watcher(sender.session, system.addresses.api, name)
    return list(watcher.follow(BUILD, BUILD_TIMEOUT_S))[-1]
