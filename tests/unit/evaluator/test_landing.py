"""What people see who open the address of a server in a browser."""

import os
from pathlib import Path

from embedded.evaluation_server import Evaluator, Journal
from embedded.evaluation_server import create_app as create_evaluator
from embedded.model.stand_in import StandIn
from embedded.model.wire import create_app as create_model
from embedded.pages.app import create_app as create_pages

COPIED = {"email": "e@example.org", "task": "<i>tea</i>", "round": 1, "nonce": "n"}
CALLBACK = {**COPIED, "repo_url": "http://h/o/r", "pages_url": "http://h/r/", "commit_sha": "0123456789" * 4}


def evaluator(folder: Path) -> Evaluator:
    return Evaluator(Journal(folder), receiver="http://receiver", own_url="http://evaluator", secret="s3cret")


def test_pages__says_that_there_are_none_and_what_to_do(tmp_path: Path) -> None:
    shown = create_pages(tmp_path / "not there").test_client().get("/").get_data(as_text=True)
    assert "There is no page yet" in shown
    assert "Send a task" in shown


def test_pages__lists_the_newest_first__with_its_title(tmp_path: Path) -> None:
    for age, name in enumerate(("old", "new")):
        site = tmp_path / "owner" / name
        site.mkdir(parents=True)
        (site / "index.html").write_text(f"<title>The {name}\n &lt;b&gt; one</title>")
        os.utime(site, (age, age))
    (tmp_path / "owner" / ".new").mkdir()
    client = create_pages(tmp_path).test_client()
    shown = client.get("/").get_data(as_text=True)
    assert shown.index("The new &lt;b&gt; one") < shown.index("The old &lt;b&gt; one")
    assert client.get("/owner/new/").status_code == 200
    assert shown.count('href="/owner/') == 2


def test_model__says_what_it_is_and_how_to_ask_it() -> None:
    app = create_model(StandIn(), "the-name", StandIn.description)
    shown = app.test_client().get("/").get_data(as_text=True)
    assert "built-in stand-in, and no language model" in shown
    assert "http://localhost/v1beta/models/the-name:generateContent" in shown


def test_evaluation__shows_callbacks_with_the_reason_of_a_refusal__escaped(tmp_path: Path) -> None:
    known = evaluator(tmp_path)
    client = create_evaluator(known).test_client()
    assert "No task has been sent yet" in client.get("/").get_data(as_text=True)
    known.remember({**COPIED, "brief": "Tea."})
    assert "no callback yet" in client.get("/").get_data(as_text=True)
    client.post("/notify", json={**CALLBACK, "nonce": {"a": 1}, "pages_url": "javascript:alert(1)"})
    client.post("/notify", json="text")
    client.post("/notify", json=CALLBACK)
    shown = client.get("/").get_data(as_text=True)
    assert shown.index("accepted") < shown.index("nonce does not match what was sent")
    assert "<i>" not in shown
    assert 'href="javascript' not in shown
    assert 'href="http://h/r/"' in shown
    assert "no callback yet" not in shown


def test_a_task_of_somebody_else_is_expected_once(tmp_path: Path) -> None:
    known = evaluator(tmp_path)
    assert known.take(CALLBACK) == ["no task was ever sent from here"]
    for _ in range(2):
        known.expect({**COPIED, "brief": "Tea."})
    assert known.take(CALLBACK) == []
    assert len(known.journal.all("tasks")) == 1
    assert known.take({**CALLBACK, "nonce": "other"}) == ["nonce does not match what was sent"]
