"""Requests as people and programs really send them, by kind; the ids are those of the collected cases."""

import base64
import json
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nacl.secret import SecretBox
from werkzeug.test import Client

from receiver.app import create_app
from receiver.config import Config
from receiver.errors import ErrorKind, GitHubRefused
from receiver.task import BuildRequest, Keys
from receiver.task.envelope import SALT_BYTES

CONTENT = base64.b64encode(b"hello").decode()
URI = f"data:text/plain;base64,{CONTENT}"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


@pytest.fixture
def sent(task: dict[str, Any]) -> dict[str, Any]:
    return {**task, "attachments": [], "evaluation_url": "https://eval.example/notify"}


def opened(runner: Any, keys: Keys) -> BuildRequest:
    """Open the last envelope with the key at hand."""
    box = base64.b64decode(runner.dispatched[-1].envelope or "")[3 + SALT_BYTES :]
    return BuildRequest.model_validate_json(zlib.decompress(SecretBox(keys.sealing).decrypt(box)[4:]))


@pytest.mark.parametrize(
    ("given", "name", "content"),
    [
        ({"name": "README.md", "url": URI}, "README.md", b"hello"),  # R1
        ({"name": "readme.md", "url": URI}, "readme.md", b"hello"),  # R2
        ({"name": "Screenshot 10:30.png", "url": URI}, "Screenshot 10:30.png", b"hello"),  # R4
        ({"name": "data?.csv", "url": URI}, "data?.csv", b"hello"),  # R4
        ({"filename": "sales.csv", "content": "a,b\n1,ä"}, "sales.csv", "a,b\n1,ä".encode()),  # R6
        ({"filename": "mockup.png", "data": PNG}, "mockup.png", b"\x89PNG\r\n\x1a\n"),  # R6
        ({"filename": "mockup.png", "content": PNG}, "mockup.png", b"\x89PNG\r\n\x1a\n"),
        ({"name": "d.csv", "mediaType": "text/csv", "encoding": "base64", "content": CONTENT}, "d.csv", b"hello"),  # R6
        ({"name": "d.csv", "encoding": "utf-8", "content": CONTENT}, "d.csv", CONTENT.encode()),
        ({"name": "words.txt", "data": CONTENT}, "words.txt", b"hello"),
        ({"name": "words.txt", "data": "no base64"}, "words.txt", b"no base64"),
        ({"name": "words.txt", "content": "four"}, "words.txt", b"four"),
        ({"fileName": "a.txt", "content": URI}, "a.txt", b"hello"),
        ({"name": "empty.txt", "content": ""}, "empty.txt", b""),
    ],
)
def test_an_attachment_is_taken_in_the_words_that_senders_use(
    client: Client, runner: Any, keys: Keys, sent: Any, given: Any, name: str, content: bytes
) -> None:
    reply: Any = client.post("/ready", json={**sent, "attachments": [given]})
    assert (reply.status_code, reply.json.get("notes")) == (200, [])
    (attachment,) = opened(runner, keys).task.attachments
    assert (attachment.name, attachment.inline_bytes()) == (name, content)


def test_an_address_with_an_encoded_question_mark_keeps_it_in_the_name(
    client: Client, runner: Any, keys: Keys, sent: Any
) -> None:  # R4
    assert client.post("/ready", json={**sent, "attachments": "https://x.example/data%3Fv=2.csv"}).status_code == 200
    assert opened(runner, keys).task.attachments[0].name == "data?v=2.csv"


@pytest.mark.parametrize("nothing", [{"name": None, "url": None}, {}, None, "", {"name": "", "url": ""}])
def test_an_entry_that_says_nothing_is_no_attachment(
    client: Client, runner: Any, keys: Keys, sent: Any, nothing: Any
) -> None:  # R5
    assert client.post("/ready", json={**sent, "attachments": [nothing]}).status_code == 200
    assert opened(runner, keys).task.attachments == ()


@pytest.mark.parametrize("entry", [{"name": "a.csv"}, {"name": "a.csv", "url": None}, {"url": ["x"], "name": "a"}])
def test_a_name_without_anything_behind_it_is_refused(client: Client, sent: Any, entry: Any) -> None:
    assert client.post("/ready", json={**sent, "attachments": [entry]}).status_code == 422


def test_content_that_cannot_be_read_is_unavailable__and_the_answer_says_so(
    client: Client, runner: Any, sent: Any
) -> None:  # R7
    broken = [{"name": f"s{number}.png", "url": "data:image/png;base64,iVBORw..."} for number in range(12)]
    reply: Any = client.post("/ready", json={**sent, "attachments": broken})
    assert reply.status_code == 200
    assert len(runner.dispatched) == 1
    assert reply.json["notes"][0].startswith('The attachment "s0.png" says base64 but its content is not base64; ')
    assert reply.json["notes"][-1] == "2 more attachments cannot be read."


NEVER = {
    "https://host/your url bro": "space",
    "http://localhost:8000/notify": "public internet",
    "http://LOCALHOST./notify": "public internet",
    "http://evaluator.localhost/": "public internet",
    "http://printer.local/": "public internet",
    "http://evaluator/notify": "public internet",
    "http://10.0.0.5/": "public internet",
    "http://192.168.1.7:5000/": "public internet",
    "http://127.1/": "public internet",
    "http://2130706433/": "public internet",
    "http://0x7f.0.0.1/": "public internet",
    "http://[::1]/": "public internet",
    "http://[::ffff:10.0.0.1]/": "public internet",
    "http://169.254.169.254/latest": "public internet",
    "http://256.1.1.1/": "public internet",
    "https://user@eval.example/": "user name",
    "https://eval.example:0/": "port 0",
    "https://eval.example:99999/": "port",
    "https://eval.example:x/": "port",
    "https://ev%61l.example/": "encoded",
    'https://eval.example/"a"': "character",
}


@pytest.mark.parametrize("url", NEVER)
def test_what_can_never_be_called_back_is_refused_with_the_reason(
    client: Client, runner: Any, sent: Any, url: str
) -> None:  # R8
    reply: Any = client.post("/ready", json={**sent, "evaluation_url": url})
    assert reply.status_code == 422
    (detail,) = reply.json["details"]
    assert detail["field"] == "evaluation_url"
    assert NEVER[url] in detail["reason"]
    assert not runner.dispatched


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://eval.example/notify",
            "http://eval.example:8080/a%20b?x=a b",
            "https://93.184.215.14/",
            "https://a.bc",
        ),
        *("http://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", "https://xn--bcher-kva.example/"),
    ],
)
def test_what_perhaps_can_be_called_back_is_taken_without_asking_anybody(client: Client, sent: Any, url: str) -> None:
    assert client.post("/ready", json={**sent, "evaluation_url": url}).status_code == 200


@pytest.mark.parametrize(
    ("allowed", "url", "status"),
    [
        ("localhost, eval.intern", "http://localhost:8000/notify", 200),
        ("127.0.0.1", "http://127.0.0.1:5/notify", 200),
        ("eval:8080", "http://EVAL:8080/notify", 200),
        ("eval:8080", "http://eval/notify", 422),
        ("eval:443", "https://eval/notify", 200),
        ("localhost", "http://localhost:0/notify", 422),
    ],
)
def test_the_owner_says_which_private_hosts_are_called_back(
    runner: Any, keys: Keys, sent: Any, secret: str, allowed: str, url: str, status: int
) -> None:
    environ = {"STUDENT_SECRET": secret, "GITHUB_TOKEN": "t", "RUNNER_REPOSITORY": "o/r", "ALLOWED_HOSTS": allowed}
    app = create_app(Config.from_environ(environ), runner, keys)
    assert app.test_client().post("/ready", json={**sent, "evaluation_url": url}).status_code == status


def test_unknown_fields_are_ignored_and_named__at_most_ten_of_them(client: Client, sent: Any) -> None:  # R9
    reply: Any = client.post("/ready", json={**sent, "round2": [{"a": 1}], "echo": {}})
    assert reply.json["notes"] == ['These fields are not known and were ignored: "round2".']
    many = {str(number) + '\ud800"x' * 50: 1 for number in range(30)}
    reply = client.post("/ready", json={**sent, "nonce": "other", **many})
    assert reply.status_code == 200
    assert reply.json["notes"][0].endswith(" and 20 more.")
    assert len(reply.json["notes"][0]) < 6000


def test_json_within_a_json_string_is_explained(client: Client, sent: Any) -> None:  # R11
    reply: Any = client.post("/ready", json=json.dumps(sent))
    assert reply.status_code == 400
    assert "encoded twice" in reply.json["message"]


@pytest.mark.parametrize("given", [None, "", "  ", "leave out"])
def test_without_an_evaluation_url_it_is_built_and_the_answer_says_that_nobody_is_called(
    client: Client, runner: Any, keys: Keys, sent: Any, owner: Any, given: Any
) -> None:  # R12: with a key that may, in a header; the protocol's senders always name one
    body = {**sent, "evaluation_url": given}
    del body["secret"]
    if given == "leave out":
        del body["evaluation_url"]
    reply: Any = client.post("/ready", json=body, headers=owner)
    assert reply.status_code == 200
    assert "nobody is called" in reply.json["message"]
    assert opened(runner, keys).task.evaluation_url == ""


def test_the_same_request_again_is_told_that_it_is_known(client: Client, sent: Any) -> None:  # R13
    first: Any = client.post("/ready", json=sent)
    second: Any = client.post("/ready", json=sent)
    other: Any = client.post("/ready", json={**sent, "nonce": "another"})
    assert first.json["notes"] == other.json["notes"] == []
    (note,) = second.json["notes"]
    assert "nothing is built again, and its callback is sent again" in note
    assert "words" not in note


@pytest.mark.parametrize(
    "change", [{"brief": "Other words."}, {"checks": ["js: true"]}, {"attachments": [{"name": "a", "url": URI}]}]
)
def test_the_same_nonce_with_other_words_is_told_that_they_are_ignored(
    client: Client, sent: Any, change: Any
) -> None:  # R14
    client.post("/ready", json=sent)
    reply: Any = client.post("/ready", json={**sent, **change})
    assert "The words of this request differ, and are ignored: send another nonce" in reply.json["notes"][0]


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ({"status": "in_progress"}, "If this request has other words, they are ignored"),
        ({"conclusion": "success"}, "If this request has other words, they are ignored"),
        ({"conclusion": "failure"}, "its build failed: it is tried again"),
    ],
)
def test_a_build_of_hours_ago_is_known_by_githubs_list_of_runs(
    client: Client, runner: Any, sent: Any, keys: Keys, make_build: Any, ending: Any, said: str
) -> None:  # R13, R14, with a receiver that was started since
    build_id = keys.name("build", sent["email"], sent["task"], sent["round"], sent["nonce"])
    earlier = make_build(build_id, **ending)
    runner.builds = [earlier.model_copy(update={"created_at": datetime.now(UTC) - timedelta(hours=5)})]
    reply: Any = client.post("/ready", json=sent)
    assert said in reply.json["notes"][0]


def test_the_run_that_begins_just_now_is_no_earlier_one(
    client: Client, runner: Any, sent: Any, keys: Keys, make_build: Any
) -> None:
    build_id = keys.name("build", sent["email"], sent["task"], sent["round"], sent["nonce"])
    runner.builds = [make_build(build_id).model_copy(update={"created_at": datetime.now(UTC)})]
    assert client.post("/ready", json=sent).get_json()["notes"] == []


def test_a_list_that_takes_long_delays_no_sender(client: Client, runner: Any, sent: Any) -> None:
    released, began = threading.Event(), time.monotonic()
    client.application.extensions["receiver"].recent_builds._fetch = lambda: released.wait(20) and []  # type: ignore[attr-defined]
    assert client.post("/ready", json=sent).status_code == 200
    assert time.monotonic() - began < 10
    released.set()


def test_a_list_of_runs_that_github_refuses_costs_only_that_sentence(client: Client, runner: Any, sent: Any) -> None:
    def refuse() -> Any:
        raise GitHubRefused(ErrorKind(503, "github-rate-limit", "No.", "Too many.", "Later."))

    runner.recent_builds = refuse
    client.application.extensions["receiver"].recent_builds._fetch = refuse  # type: ignore[attr-defined]
    assert client.post("/ready", json=sent).status_code == 200


@pytest.mark.parametrize("path", ["/handle_task", "/api/task", "/api/build", "/api/build/", "http://host//ready"])
def test_paths_that_senders_hard_code_take_a_task(client: Client, sent: Any, path: str) -> None:  # R17
    environ = {"PATH_INFO": "//ready"} if path.endswith("//ready") else {}
    reply: Any = client.post("/ready" if environ else path, json=sent, environ_overrides=environ)
    assert reply.status_code == 200
    assert reply.json["status_url"].startswith("http://localhost/status/")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json, text/html", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/html, application/json", "text/html"),
    ],
)
def test_the_root_is_a_page_only_for_who_asks_for_one_first(
    client: Client, accept: str | None, media_type: str
) -> None:  # R18
    reply: Any = client.get("/", headers={"Accept": accept} if accept else {})
    assert reply.mimetype == media_type
    if media_type == "application/json":
        assert reply.json["status"] == "ok"
        assert "/ready" in reply.json["message"]


def test_the_answer_has_the_words_and_keys_that_clients_look_for(client: Client, sent: Any) -> None:  # R19
    reply: Any = client.post("/ready", json=sent)
    assert reply.json["status"] == "accepted"
    assert (reply.json["task"], reply.json["round"]) == (sent["task"], sent["round"])
    assert all(word in reply.json["message"] for word in ("received", "accepted", "processing"))
    for refused in (
        client.post("/ready", json={**sent, "secret": "no"}),
        client.post("/nowhere"),
        client.put("/ready"),
    ):
        answer: Any = refused.json
        assert answer["detail"] == answer["message"]
