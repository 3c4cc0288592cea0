"""Files that somebody brings, over HTTP: a project that was not there, its page, and what a command leaves in it."""

import secrets
from typing import Any

import pytest

from embedded.system.system import System
from receiver.task.project import key_of_brought
from tests.embedded.senders import Sender, no_browser, record_of

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]


def bring(sender: Sender, project: str, **body: Any) -> dict[str, Any]:
    """Send files; return the reply."""
    url = f"{sender.system.addresses.receiver}/projects/{project}/versions"
    answer = sender.session.post(url, json=body, headers={"X-API-KEY": sender.system.secret}, timeout=60)
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def test_files_without_a_page_become_a_project_with_a_live_listing(sender: Sender, system: System) -> None:
    project = f"brought-{secrets.token_hex(3)}"
    with no_browser(system):
        files = {"data/points.csv": "x,y\n1,2\n", "ü & b.txt": {"base64": "aGVsbG8="}}
        reply = bring(sender, project, files=files, message="Points of the week", role="linter")
        run = sender.follow(reply["build_id"]).run
        record = record_of(system.store, run["id"], f"record-{reply['build_id']}-1")
    assert record.brought == "linter"
    assert record.publication
    assert record.publication.is_new_repository
    assert record.deployment
    assert record.deployment.is_live
    page = sender.get(record.publication.pages_url).decode()
    assert '<a href="./data/points.csv">' in page
    assert sender.get(f"{record.publication.pages_url}data/points.csv") == b"x,y\n1,2\n"
    assert reply["task_key"] == record.task_key == key_of_brought(reply["project"])
