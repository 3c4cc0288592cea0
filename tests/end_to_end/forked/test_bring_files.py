"""Files that somebody brings, over HTTP: a project that was not there, its page, and what a command leaves in it."""

import secrets
import time
from typing import Any

import pytest

from action.record import BuildRecord, Publication
from embedded.system.system import System
from receiver.task.project import key_of_brought
from tests.embedded.senders import Sender, no_browser, record_of

pytestmark = pytest.mark.timeout(600)


class Coder:
    """Somebody with the key who brings files and follows what comes of them."""

    def __init__(self, sender: Sender) -> None:
        self.sender, self.system = sender, sender.system

    def ask(self, method: str, path: str, body: Any = None, status: int = 202) -> dict[str, Any]:
        url = path if path.startswith("http") else self.system.addresses.receiver + path
        headers = {"X-API-KEY": self.system.secret}
        answer = self.sender.session.request(method, url, json=body, headers=headers, timeout=180)
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    def cancel(self, build_id: str) -> None:
        """Cancel a build as soon as GitHub lists its run."""
        url, key = f"{self.system.addresses.receiver}/jobs/{build_id}", {"X-API-KEY": self.system.secret}
        end = time.monotonic() + 60
        while self.sender.session.delete(url, headers=key, timeout=60).status_code == 404:
            assert time.monotonic() < end, build_id
            time.sleep(0.3)

    def record(self, build_id: str) -> BuildRecord:
        """Return the record of a build when it is over and its page is live."""
        run = self.sender.follow(build_id).run
        record = record_of(self.system.store, run["id"], f"record-{build_id}-{run['run_attempt']}")
        assert record.deployment
        assert record.deployment.is_live
        return record

    def result(self, job_url: str) -> dict[str, Any]:
        """Return the result of a job when it is over."""
        end = time.monotonic() + 120
        while (job := self.ask("GET", job_url, status=200))["state"] != "completed":
            assert time.monotonic() < end, job
            time.sleep(0.5)
        return dict(job["result"])


def published(record: BuildRecord) -> Publication:
    assert record.publication
    return record.publication


def test_files_become_a_project__a_command_makes_its_next_version__and_it_can_be_imported(
    sender: Sender, system: System
) -> None:
    coder, name = Coder(sender), f"brought-{secrets.token_hex(3)}"
    with no_browser(system):
        files = {"data/points.csv": "x,y\n1,2\n", "ü & b.txt": {"base64": "aGVsbG8="}}
        body = {"files": files, "message": "Points of the week", "role": "linter"}
        reply = coder.ask("POST", f"/projects/{name}/versions", body)
        first = coder.record(reply["build_id"])
        assert published(first).is_new_repository
        assert (first.brought, first.task_key) == ("linter", key_of_brought(reply["project"]))
        page = published(first).pages_url
        assert '<a href="./data/points.csv">' in sender.get(page).decode()
        assert sender.get(f"{page}data/points.csv") == b"x,y\n1,2\n"

        command = "rm data/points.csv; mkdir .cache; touch .cache/x; echo '<!doctype html><h1>Kept</h1>' > index.html"
        job = coder.ask("POST", "/execute", {"project_id": name, "command": command, "keep": True, "wait_s": 0})
        result = coder.result(job["job_url"])
        assert result["kept"].startswith("Kept: 1 file, 1 removed; ")
        assert "left out: .cache/x" in result["kept"]
        second = coder.record(result["build_id"])
        assert second.brought == f"command {job['job_id']}"
        assert b"<h1>Kept</h1>" in sender.get(page)
        assert not published(second).is_new_repository

        address = f"{system.addresses.web}/{reply['project']}.git"
        imported = coder.ask("POST", "/projects", {"git": address, "name": f"{name}-again"})
        result = coder.result(imported["job_url"])
        assert result["build_id"] == imported["build_id"], result
        assert f"{address} at commit {published(second).commit_sha}" in result["stdout"]
        coder.cancel(imported["build_id"])  # from here on it is a build like the first one
