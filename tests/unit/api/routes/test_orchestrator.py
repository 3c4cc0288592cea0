"""The names that clients know, path by path: what each maps to, each form of a body, and each refusal."""

import base64
import io
import secrets
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client

from api.errors import NO_DATA_YET
from api.orchestrator.containers import COMMANDS
from api.orchestrator.requests import as_role, as_status
from api.orchestrator.task_ids import signed
from api.version_replies import VersionFile, VersionSummary
from receiver.errors import Problem
from receiver.task import BuildRequest, Keys, open_envelope
from tests.unit.api.doubles import ScriptedData, ScriptedHistory, ScriptedJobs, ScriptedMessages, ScriptedProjects
from tests.unit.receiver.conftest import SECRET, ScriptedRunner

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
SHAS = [letter * 40 for letter in "abc"]  # oldest first
BUILDS = [digit * 20 for digit in "123"]
PROJECT = "owner/task-0123456789"
OTHER = "f" * 20  # of a task that came another way
ZIPPED = {"main.py": b"print(1)\n", "logo.png": bytes(range(256)), "LICENSE": b"MIT"}
LOG = {"name": "eval.log", "sha256": "d" * 64, "size": 9, "preview": "epoch 2", "at": AT.isoformat(), "of": "5" * 20}
SAID = {"id": "5" * 20, "role": "evaluator", "at": AT.isoformat(), "metrics": {"accuracy": 0.5}}
DOCUMENT = {
    "title": "Count",
    "project": PROJECT,
    "lifecycle": "closed",
    "created_at": AT.isoformat(),
    "messages": [
        {**SAID, "kind": "message", "title": "Count", "text": "Counts words."},
        {**SAID, "kind": "feedback", "title": "", "text": "Good."},
        {**SAID, "kind": "published", "title": "", "text": "3 files went there."},
    ],
    "results": [{**SAID, "sha": SHAS[0]}],
    "averages": {"accuracy": 0.5, "loss": None, "runtime": None},
    "latest": {"headline": "Live"},
    "logs": [LOG],
    "versions": [{"sha": SHAS[2], "is_hidden": True}],
}


def zip_of(files: dict[str, bytes], folder: str = "") -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(folder + name, content)
    return body.getvalue()


@pytest.fixture
def task_id(keys: Keys) -> str:
    return signed(keys, "0123456789")


@pytest.fixture
def published(task_id: str, projects: ScriptedProjects, history: ScriptedHistory, data: ScriptedData) -> str:
    """The task has three versions after the commit that GitHub began with, and is collected."""
    projects.names.add(PROJECT)
    projects.task_key = task_id
    projects.notes[PROJECT] = {"task_key": task_id, "round": 1}
    projects.commits |= {sha: sha for sha in SHAS}
    begun = VersionSummary(
        sha="9" * 40, parents=[], committed_at=AT, subject="Initial", build_id=None, task_key=None, url="https://g/9"
    )
    made = [
        begun.model_copy(update={"sha": sha, "parents": ["9" * 40], "build_id": build})
        for sha, build in zip(SHAS, BUILDS, strict=True)
    ]
    history.versions = [*reversed(made), begun]
    history.files = [VersionFile(path="main.py", kind="file", size=9, sha="e" * 40)]
    history.archive = zip_of(ZIPPED, "task-0123456789-ccccccc/")
    data.documents |= {f"tasks/{task_id}.json": DOCUMENT, "tasks.json": {"tasks": [{"key": task_id, **DOCUMENT}]}}
    data.documents["stats.json"] = {"tasks": 1}
    data.files[task_id, "d" * 64] = b"epoch 1\nepoch 2"
    return task_id


def as_json(fields: dict[str, Any]) -> dict[str, Any]:
    return {"json": fields}


def as_form(fields: dict[str, Any]) -> dict[str, Any]:
    return {"data": urlencode(fields), "content_type": "application/x-www-form-urlencoded"}


def as_multipart(fields: dict[str, Any]) -> dict[str, Any]:
    return {"data": dict(fields), "content_type": "multipart/form-data"}


FORMS = [as_json, as_form, as_multipart]
WRITES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [  # path, body, what is dispatched
    ("/upload_message", {"sender": "The Coder", "message": "Hi"}, {"kind": "message", "role": "the-coder"}),
    ("/upload_feedback", {"feedback": "More"}, {"kind": "feedback", "role": "evaluator", "text": "More"}),
    ("/upload_results", {"accuracy": "0.5", "loss": 1}, {"kind": "result", "metrics": {"accuracy": 0.5, "loss": 1}}),
    ("/upload_results", {"metrics": '{"f1": 1}'}, {"kind": "result", "metrics": {"f1": 1}, "text": "Results: f1 1."}),
    ("/update_task/ID", {"status": "Completed"}, {"kind": "state", "state": "closed", "title": ""}),
    ("/update_task/ID", {"title": "New"}, {"kind": "message", "title": "New", "text": "New"}),
    ("/update_task/ID", {"description": "One\ntwo", "status": "in progress"}, {"title": "One", "state": "open"}),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("path", "fields", "expected"), WRITES)
def test_what_is_said_is_the_same_in_every_form(
    client: Client,
    owner: Any,
    messages: ScriptedMessages,
    task_id: str,
    form: Any,
    path: str,
    fields: Any,
    expected: Any,
) -> None:
    about = {} if path.endswith("ID") else {"task_id": task_id}
    reply: Any = client.post(path.replace("ID", task_id), headers=owner, **form({**about, **fields}))
    assert reply.status_code == 200, reply.text
    (said,) = messages.said
    assert said.model_dump() | expected == said.model_dump()
    assert (said.task_key, said.project) == (task_id, "")
    assert reply.json["status_url"].endswith(f"/feedback/{said.message_id}")


@pytest.mark.parametrize("form", FORMS)
def test_a_task_is_a_message_with_a_title__and_its_id_is_known_at_once(
    client: Client, owner: Any, messages: ScriptedMessages, runner: ScriptedRunner, form: Any
) -> None:
    reply: Any = client.post("/upload_task", headers=owner, **form({"title": "A\ntitle", "description": "Words."}))
    (said,) = messages.said
    assert (said.task_key, said.title, said.text, said.kind) == (reply.json["task_id"], "A title", "Words.", "message")
    assert (reply.json["status"], reply.json["build_id"], runner.dispatched) == ("open", None, [])
    shown = client.get(f"/get_task/{reply.json['task_id']}", headers=owner).json
    assert shown
    assert (shown["is_collected"], shown["title"]) == (False, "")


def test_a_task_can_begin_closed__and_be_built_when_that_is_asked_for(
    client: Client, owner: Any, messages: ScriptedMessages, runner: ScriptedRunner
) -> None:
    closed = client.post("/upload_task", json={"title": "A", "status": "done"}, headers=owner).json
    assert closed
    assert (messages.said[0].state, closed["status"]) == ("closed", "closed")
    built = client.post("/upload_task", json={"title": "Page", "description": "A clock.", "build": True}, headers=owner)
    assert built.json
    build = BuildRequest.unseal(base64.b64decode(runner.dispatched[0].envelope or ""), SECRET)
    assert (build.build_id, build.task_key) == (built.json["build_id"], built.json["task_id"])
    assert (build.task.brief, build.task.task, build.task.evaluation_url) == ("Page\n\nA clock.", "task", "")


PNG = bytes(range(256))
UPLOADS: list[tuple[dict[str, Any], dict[str, bytes]]] = [
    (as_json({"file_content": "print(1)"}), {"main.py": b"print(1)"}),
    (as_json({"code": "<h1>", "filename": ""}), {"index.html": b"<h1>"}),
    (as_form({"file_content": "x=1", "filename": "a/b.py"}), {"a/b.py": b"x=1"}),
    (as_json({"files": {"a": "1", "b": {"base64": base64.b64encode(PNG).decode()}}}), {"a": b"1", "b": PNG}),
    (as_form({"files": '{"a": "1"}'}), {"a": b"1"}),
    (as_multipart({"file_content": (io.BytesIO(PNG), "c.png")}), {"c.png": PNG}),
    (as_multipart({"file_content": (io.BytesIO(b"1"), "up.py"), "filename": "main.py"}), {"main.py": b"1"}),
    (as_multipart({"file_content": (io.BytesIO(zip_of(ZIPPED)), "all.zip")}), ZIPPED),
    (
        as_multipart({"one": (io.BytesIO(b"1"), "1.py"), "two": (io.BytesIO(b"2"), "2.py")}),
        {"1.py": b"1", "2.py": b"2"},
    ),
]


@pytest.mark.parametrize("number", range(len(UPLOADS)))
def test_code_in_every_form_becomes_the_build_of_its_tasks_project(
    client: Client, owner: Any, runner: ScriptedRunner, task_id: str, number: int
) -> None:
    sent, files = UPLOADS[number]
    form = sent.get("json") or sent["data"]
    if isinstance(form, str):
        sent = {**sent, "data": f"{form}&task_id={task_id}"}
    else:
        form["task_id"] = task_id
    reply: Any = client.post("/upload_code", headers=owner, **sent)
    assert reply.status_code == 200, reply.text
    build = BuildRequest.unseal(base64.b64decode(runner.dispatched[0].envelope or ""), SECRET)
    assert build.upload
    assert build.upload.contents() == files
    assert (build.project, build.task_key, build.upload.by) == ("task-0123456789", task_id, "coder")
    assert (reply.json["version"], reply.json["is_new"]) == (build.build_id, True)


def test_the_same_code_after_other_code_is_a_version_of_its_own(
    client: Client, owner: Any, published: str, projects: ScriptedProjects
) -> None:
    def upload() -> Any:
        return client.post("/upload_code", json={"task_id": published, "code": "1"}, headers=owner).json["build_id"]  # type: ignore[index]

    first = upload()
    assert upload() == first
    projects.commits[None] = SHAS[1]
    assert upload() != first


def test_code_goes_to_the_project_of_a_task_that_came_another_way__and_to_no_other_tasks(
    client: Client, owner: Any, runner: ScriptedRunner, data: ScriptedData, projects: ScriptedProjects
) -> None:
    data.documents[f"tasks/{OTHER}.json"] = {**DOCUMENT, "project": "owner/page-ffffffffff"}
    projects.notes["owner/page-ffffffffff"] = {"task_key": OTHER, "round": 2}
    body = {"task_id": OTHER, "file_content": "1"}
    assert client.post("/upload_code", json=body, headers=owner).json["project"] == "owner/page-ffffffffff"  # type: ignore[index]
    projects.notes["owner/page-ffffffffff"] = {"task_key": "e" * 20, "round": 2}
    assert client.post("/upload_code", json=body, headers=owner).status_code == 404
    assert len(runner.dispatched) == 1


@pytest.mark.parametrize(
    ("word", "number"),
    [("1", 1), ("3", 3), ("latest", 2), ("LATEST", 2), (SHAS[0], 1), (SHAS[0][:7], 1), (BUILDS[1], 2)],
)
def test_a_version_is_a_number_a_commit_a_build_or_latest(
    client: Client, owner: Any, published: str, word: str, number: int
) -> None:
    found: Any = client.get(f"/get_code/{published}/{word}", headers=owner).json
    assert (found["version"], found["commit"]) == (number, SHAS[number - 1])


@pytest.mark.parametrize("word", ["0", "4", "00", "a", "d" * 40, "9" * 40, "nothing", "a" * 6, "x" * 300])
def test_a_version_that_is_not_there_is_404(client: Client, owner: Any, published: str, word: str) -> None:
    for path in (f"/get_code/{published}/{word}", f"/download_code/{published}/{word}"):
        answer = client.get(path, headers=owner)
        assert answer.json
        assert (answer.status_code, answer.json["error"]) == (404, "no-such-version")


def test_the_newest_code_has_its_files__and_lists_what_is_not_hidden(
    client: Client, owner: Any, published: str, history: ScriptedHistory
) -> None:
    found: Any = client.get(f"/get_code/{published}", headers=owner).json
    assert (found["version"], found["filename"], found["file_content"]) == (2, "main.py", "print(1)\n")
    assert found["files"]["logo.png"] == {"base64": base64.b64encode(ZIPPED["logo.png"]).decode()}
    assert [each["version"] for each in found["versions"]] == [2, 1]
    found = client.get(f"/get_code/{published}?hidden=true&filename=LICENSE", headers=owner).json
    assert (found["file_content"], [each["version"] for each in found["versions"]]) == ("MIT", [3, 2, 1])
    history.archive = zip_of({"big.bin": bytes(2_000_001), "main.py": b"1"}, "x/")
    found = client.get(f"/get_code/{published}", headers=owner).json
    assert (found["left_out"], list(found["files"])) == (["big.bin"], ["main.py"])


def test_before_anything_is_published_there_is_no_code(client: Client, owner: Any, task_id: str) -> None:
    found: Any = client.get(f"/get_code/{task_id}", headers=owner).json
    assert (found["version"], found["files"], found["versions"]) == (None, {}, [])
    assert client.get(f"/get_code/{task_id}/1", headers=owner).status_code == 404


@pytest.mark.parametrize("method", ["DELETE", "POST"])
def test_deleted_code_is_hidden__the_same_message_however_often(
    client: Client, owner: Any, published: str, messages: ScriptedMessages, method: str
) -> None:
    for word in ("1", SHAS[0], BUILDS[0]):
        reply: Any = client.open(f"/delete_code/{published}-{word}", method=method, headers=owner)
        assert (reply.status_code, reply.json["commit"]) == (200, SHAS[0])
        assert "Nothing is deleted" in reply.json["message"]
    path = f"/projects/task-0123456789/versions/{SHAS[0]}"
    assert client.delete(path, headers=owner).status_code == 202
    assert {(each.kind, each.hides, each.project) for each in messages.said} == {("state", SHAS[0], PROJECT)}
    assert len({each.message_id for each in messages.said}) == 1
    for unknown in (f"{published}-7", f"{published}", "x", "-"):
        assert client.open(f"/delete_code/{unknown}", method=method, headers=owner).status_code == 404


def test_hidden_versions_are_listed_when_that_is_asked_for(client: Client, owner: Any, published: str) -> None:
    for path, name in ((f"/tasks/{published}/versions", "sha"), ("/projects/task-0123456789/versions", "sha")):
        shown: Any = client.get(path, headers=owner).json
        every: Any = client.get(f"{path}?hidden=true", headers=owner).json
        assert SHAS[2] not in {each[name] for each in shown["versions"]}
        assert [each["is_hidden"] for each in every["versions"] if each[name] == SHAS[2]] == [True]


READS: list[tuple[str, Callable[[Any], Any], Any]] = [
    ("/get_tasks", lambda found: found["tasks"][0]["title"], "Count"),
    ("/get_tasks?status=completed&q=COUNT", lambda found: found["total"], 1),
    ("/get_tasks?status=open", lambda found: found["tasks"], []),
    ("/get_task/ID", lambda found: (found["title"], found["description"]), ("Count", "Counts words.")),
    ("/get_task/ID", lambda found: (found["status"], found["project"]), ("closed", PROJECT)),
    ("/get_messages/ID", lambda found: [each["text"] for each in found["messages"]], ["Counts words.", "Good."]),
    ("/get_messages/ID?limit=1", lambda found: found["next"], "http://localhost/get_messages/ID?limit=1&page=2"),
    ("/get_feedback/ID", lambda found: [each["text"] for each in found["feedback"]], ["Good."]),
    ("/get_results/ID", lambda found: (found["results"][0]["accuracy"], found["averages"]["accuracy"]), (0.5, 0.5)),
    ("/get_latest_results/ID", lambda found: found["result"]["raw_logs"], "epoch 2"),
    ("/get_latest_results/ID", lambda found: found["build"], {"headline": "Live"}),
    ("/get_logs/ID", lambda found: found["logs"][0]["filename"], "eval.log"),
    ("/stats", lambda found: found["tasks"], 1),
    ("/healthcheck", lambda found: found["status"], "ok"),
]


@pytest.mark.parametrize("number", range(len(READS)))
def test_what_is_collected_is_told_in_the_clients_words(
    client: Client, owner: Any, published: str, number: int
) -> None:
    path, look, expected = READS[number]
    answer = client.get(path.replace("ID", published), headers=owner)
    assert answer.status_code == 200, answer.text
    found = look(answer.json)
    assert found == (expected.replace("ID", published) if isinstance(expected, str) else expected)


def test_files_are_sent_whole(client: Client, owner: Any, published: str) -> None:
    assert client.get(f"/download_log/{published}/eval.log", headers=owner).data == b"epoch 1\nepoch 2"
    where = client.get(f"/get_logs/{published}", headers=owner).json["logs"][0]["download_url"]  # type: ignore[index]
    assert client.get(where.removeprefix("http://localhost"), headers=owner).data == b"epoch 1\nepoch 2"
    assert client.get(f"/download_code/{published}/1", headers=owner).mimetype == "application/zip"


READ_OF_A_TASK = ("/get_messages", "/get_feedback", "/get_results", "/get_latest_results", "/get_logs", "/get_task")


def test_a_task_that_is_not_collected_yet_has_empty_lists__an_unknown_one_is_404(
    client: Client, owner: Any, data: ScriptedData, task_id: str
) -> None:
    for at in (data.at, Problem(NO_DATA_YET)):
        data.at = at
        for path in READ_OF_A_TASK:
            assert client.get(f"{path}/{task_id}", headers=owner).status_code == 200
            for unknown in (OTHER, "x", task_id[:-1] + ("0" if task_id[-1] != "0" else "1"), task_id.upper() + "A"):
                assert client.get(f"{path}/{unknown}", headers=owner).status_code == 404
    assert client.get("/get_tasks", headers=owner).json == {
        "as_of": None,
        "tasks": [],
        "total": 0,
        "page": 1,
        "next": None,
    }


@pytest.mark.parametrize("file", COMMANDS)
def test_a_container_is_a_run_of_what_the_files_suggest(
    client: Client, owner: Any, published: str, jobs: ScriptedJobs, history: ScriptedHistory, file: str
) -> None:
    history.files = [VersionFile(path=file, kind="file", size=1, sha="e" * 40)]
    reply: Any = client.post("/spawn_container", json={"task_id": published}, headers=owner)
    (started,) = jobs.dispatched
    assert (started.project, started.command, started.ref) == (PROJECT, COMMANDS[file], SHAS[1])
    assert (reply.json["container_id"], reply.json["status"]) == (started.job_id, "queued")


def test_a_container_runs_the_command_and_the_version_that_are_given(
    client: Client, owner: Any, published: str, jobs: ScriptedJobs
) -> None:
    for form in FORMS:
        body = {"task_id": published, "command": "make test", "version": "1", "timeout": "9"}
        assert client.post("/spawn_container", headers=owner, **form(body)).status_code == 200
    assert {(each.command, each.ref, each.timeout_s) for each in jobs.dispatched} == {("make test", SHAS[0], 9)}


@pytest.mark.parametrize(
    ("course", "changes", "status"),
    [
        (["unlisted"], {}, "queued"),
        (["queued"], {}, "queued"),
        (["in_progress"], {}, "running"),
        (["completed"], {}, "completed"),
        (["completed"], {"return_code": 3}, "failed"),
    ],
)
def test_a_container_says_how_it_is_doing(
    client: Client, owner: Any, published: str, jobs: ScriptedJobs, course: Any, changes: Any, status: str
) -> None:
    jobs.course, jobs.changes = course, changes
    started: Any = client.post("/spawn_container", json={"task_id": published}, headers=owner).json
    found: Any = client.get(f"/container_status/{started['container_id']}", headers=owner).json
    assert (found["status"], found["status_url"]) == (status, started["status_url"])
    assert found["stdout"] == ("hello\n" if course == ["completed"] else "")


def test_a_container_is_stopped(client: Client, owner: Any, published: str, jobs: ScriptedJobs) -> None:
    jobs.course = ["in_progress"]
    started: Any = client.post("/spawn_container", json={"task_id": published}, headers=owner).json
    where = f"/container/{started['container_id']}"
    assert client.delete(where, headers=owner).json["status"] == "stopping"  # type: ignore[index]
    jobs.course, jobs.conclusion, jobs.leaves_nothing = ["completed"], "cancelled", True
    assert client.get(where.replace("r/", "r_status/"), headers=owner).json["status"] == "stopped"  # type: ignore[index]
    assert client.delete(where, headers=owner).status_code == 409


def test_a_log_may_be_a_file__and_travels_sealed(
    client: Client, owner: Any, messages: ScriptedMessages, task_id: str
) -> None:
    form = {"task_id": task_id, "logs": (io.BytesIO(b"one\ntwo"), "my run (1).log")}
    reply = client.post("/upload_results", data=form, content_type="multipart/form-data", headers=owner)
    assert reply.status_code == 200, reply.text
    log = messages.said[0].log
    assert log
    assert log.name == "my_run__1_.log"
    assert open_envelope(base64.b64decode(log.envelope or ""), SECRET).endswith(b"\none\ntwo")


def test_feedback_that_asks_for_a_revision_is_about_the_project(
    client: Client, owner: Any, messages: ScriptedMessages, published: str
) -> None:
    body = {"task_id": published, "text": "Bigger.", "revise": "true"}
    assert client.post("/upload_feedback", data=body, headers=owner).status_code == 200
    assert (messages.said[0].project, messages.said[0].revise) == (PROJECT, True)


LONG = "x" * 9_000
REFUSED: list[tuple[str, dict[str, Any], str]] = [  # path, body, the field that is named
    ("/upload_task", as_json({}), "title"),
    ("/upload_task", as_json({"title": " \n"}), "title"),
    ("/upload_task", as_json({"title": "x" * 201}), "title"),
    ("/upload_task", as_json({"title": "a", "status": "sideways"}), "status"),
    ("/upload_task", as_json({"title": "a", "description": LONG}), "description"),
    ("/upload_task", as_json({"title": f"It is {SECRET}"}), "title"),
    ("/update_task/ID", as_json({}), "(the whole task)"),
    ("/update_task/ID", as_form({"status": "x" * 100}), "status"),
    ("/upload_code", as_json({"file_content": "1"}), "task_id"),
    ("/upload_code", as_json({"task_id": "ID"}), "files"),
    ("/upload_code", as_json({"task_id": "ID", "file_content": "1", "filename": "../x"}), "files.../x"),
    ("/upload_code", as_json({"task_id": "ID", "code": "1", "filename": "a", "files": {"a": "2"}}), "filename"),
    ("/upload_code", as_json({"task_id": "ID", "files": {"a": {"base64": "!"}}}), "files.a"),
    ("/upload_code", as_form({"task_id": "ID", "files": "{"}), "files"),
    ("/upload_code", as_json({"task_id": "ID", "code": f"k = '{SECRET}'"}), "files"),
    (
        "/upload_code",
        as_json({"task_id": "ID", "files": dict.fromkeys(map(str, range(1_000)), "")}),
        "files.(all files)",
    ),
    ("/upload_results", as_json({"task_id": "ID"}), "(the whole task)"),
    ("/upload_results", as_json({"task_id": "ID", "accuracy": "much"}), "accuracy"),
    ("/upload_results", as_json({"task_id": "ID", "metrics": {"a b": 1}}), "metrics"),
    ("/upload_results", as_form({"task_id": "ID", "metrics": "[" * 100_000}), "metrics"),
    ("/upload_results", as_json({"task_id": "ID", "raw_logs": "x" * 1_000_001}), "raw_logs"),
    ("/upload_results", as_json({"task_id": "ID", "accuracy": 1, "raw_logs": f"{SECRET}"}), "log"),
    ("/upload_feedback", as_json({"task_id": "ID"}), "text"),
    ("/upload_message", as_json({"task_id": "ID", "text": LONG}), "text"),
    ("/upload_message", as_json({"task_id": "id", "text": "a"}), "task_id"),
    ("/spawn_container", as_json({"task_id": "ID", "command": "a" * 5_000}), "command"),
    ("/spawn_container", as_json({"task_id": "ID", "command": f"echo {SECRET}"}), "command"),
    ("/spawn_container", as_json({"task_id": "ID", "timeout": 0}), "timeout"),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_cannot_be_accepted_is_refused_with_its_field__and_nothing_is_started(
    client: Client, owner: Any, published: str, messages: Any, runner: Any, jobs: Any, number: int
) -> None:
    path, sent, field = REFUSED[number]
    sent = {
        name: value.replace("ID", published)
        if isinstance(value, str)
        else {key: published if each == "ID" else each for key, each in value.items()}
        for name, value in sent.items()
    }
    reply: Any = client.post(path.replace("ID", published), headers=owner, **sent)
    assert reply.status_code == 422, reply.text
    found = {each["field"] for each in reply.json["details"]}
    assert any(each.startswith(field.partition(".(")[0]) for each in found), found
    assert (messages.said, runner.dispatched, jobs.dispatched) == ([], [], [])


TEXTS: dict[str, dict[str, Any]] = {
    "/upload_task": {"title": "a"},
    "/upload_message": {"text": "a"},
    "/upload_feedback": {"text": "a"},
}
ABOUT: dict[str, dict[str, Any]] = {
    **TEXTS,
    "/upload_results": {"loss": 1},
    "/upload_code": {"code": "1"},
    "/spawn_container": {"command": "ls"},
}


@pytest.mark.parametrize("path", ABOUT)
def test_too_large_broken_and_foreign_bodies_are_refused(
    client: Client, owner: Any, messages: Any, runner: Any, jobs: Any, path: str
) -> None:
    large = b"x" * 4_000_000
    for body, kind, status in (
        (b'{"more": "%s"}' % large, "application/json", 413),
        (b"more=%s" % large, "application/x-www-form-urlencoded", 413),
        (b"--x\r\n%s" % large, "multipart/form-data; boundary=x", 413),
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"a=1", "text/plain", 415),
        (b"--x\r\n", "multipart/form-data", 422),
        (b"&".join(b"a=1" for _ in range(200)), "application/x-www-form-urlencoded", 422),
        (b"a=%ff", "application/x-www-form-urlencoded", 422),
    ):
        assert client.post(path, data=body, content_type=kind, headers=owner).status_code == status
    if path != "/upload_task":
        assert client.post(path, json={**ABOUT[path], "task_id": OTHER}, headers=owner).status_code == 404
    assert (messages.said, runner.dispatched, jobs.dispatched) == ([], [], [])


def test_a_text_and_a_file__nobody_could_say_which_is_meant(client: Client, owner: Any, task_id: str) -> None:
    several: list[dict[str, Any]] = [{"message": "a"}, {"b": (io.BytesIO(b"2"), "b.txt")}]
    for more in several:
        form = {"task_id": task_id, "a": (io.BytesIO(b"1"), "a.txt"), **more}
        reply = client.post("/upload_message", data=form, content_type="multipart/form-data", headers=owner)
        assert reply.status_code == 422


def test_a_zip_that_is_no_good_is_refused(client: Client, owner: Any, task_id: str) -> None:
    for content in (b"PK\x03\x04" + secrets.token_bytes(40), zip_of({"../a": b"1"}), zip_of({"a": bytes(9_000_000)})):
        form = {"task_id": task_id, "file_content": (io.BytesIO(content), "a.zip")}
        reply = client.post("/upload_code", data=form, content_type="multipart/form-data", headers=owner)
        assert reply.status_code == 422


@pytest.mark.parametrize(
    ("given", "role"),
    [("Evaluator", "evaluator"), ("The 2nd Coder!", "the-2nd-coder"), ("42", "client"), ("", "client"), (7, 7)],
)
def test_any_name_is_a_role(given: object, role: object) -> None:
    assert as_role(given) == role


def test_words_for_a_state() -> None:
    assert [as_status(each) for each in ("OPEN", "In-Progress", " done ", "archived")] == [
        *("open", "open", "closed", "archived")
    ]
