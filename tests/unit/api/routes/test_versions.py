"""POST /projects/<project>/versions: three forms of a body, and every refusal."""

import base64
import io
import json
import secrets
import stat
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import Client

from receiver.config import Config
from receiver.task import BuildRequest
from receiver.task.execution import Keep
from receiver.task.project import key_of_brought
from tests.unit.api.doubles import TIP, ScriptedJobs, ScriptedProjects
from tests.unit.receiver.conftest import SECRET, ScriptedRunner

KEY = "0123456789" * 2
NOTE = {"task_key": KEY, "round": 2, "build_id": "1" * 20}
PROJECT = "owner/my-site-0123456789"
URL = "/projects/my-site-0123456789/versions"
PNG = bytes(range(256))


@pytest.fixture(autouse=True)
def project(projects: ScriptedProjects) -> None:
    projects.notes[PROJECT] = NOTE


def sent(runner: ScriptedRunner) -> BuildRequest:
    """Return what was dispatched last."""
    payload = runner.dispatched[-1]
    sealed = base64.b64decode(payload.envelope) if payload.envelope else runner.stored[payload.build_id]
    return BuildRequest.unseal(sealed, SECRET)


def zipped(files: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] = lambda _: None) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            change(entry)
            archive.writestr(entry, content)
    return body.getvalue()


def as_form(files: dict[str, bytes], **fields: Any) -> dict[str, Any]:
    parts = {f"file{n}": (io.BytesIO(body), path) for n, (path, body) in enumerate(files.items())}
    return {"data": {**fields, **parts}, "content_type": "multipart/form-data"}


FILES = {"index.html": b"<h1>\xc3\xbc</h1>", "img/logo.png": PNG}
AS_JSON = {"files": {"index.html": "<h1>ü</h1>", "img/logo.png": {"base64": base64.b64encode(PNG).decode()}}}


@pytest.mark.parametrize(
    "request_of",
    [
        lambda: {"json": {**AS_JSON, "message": "New logo", "remove": ["old.png"], "replace": True}},
        lambda: as_form(FILES, message="New logo", remove="old.png", replace="true"),
        lambda: {
            "data": zipped({f"my-site-main/{path}": body for path, body in FILES.items()}),
            "content_type": "application/zip",
            "query_string": {"message": "New logo", "remove": "old.png", "replace": "true"},
        },
    ],
    ids=["json", "form", "zip"],
)
def test_the_three_forms_are_the_same_build(
    request_of: Callable[[], Any], client: Client, runner: ScriptedRunner, owner: Any
) -> None:
    reply = client.post(URL, headers=owner, **request_of())
    assert reply.status_code == 202, reply.text
    request = sent(runner)
    assert request.upload
    assert request.upload.contents() == FILES
    assert (request.upload.remove, request.upload.replace, request.upload.by) == (("old.png",), True, "coder")
    assert (request.project, request.task.brief, request.task.round) == ("my-site-0123456789", "New logo", 2)
    assert (request.task_key, request.task.evaluation_url, request.task.email) == (KEY, "", "")
    assert reply.json == {
        "status": "accepted",
        "build_id": request.build_id,
        "task_key": KEY,
        "project": PROJECT,
        "is_new": False,
        "status_url": reply.headers["Location"],
        "message": "GitHub has the files; they are published as they are unless a gate refuses them.",
    }
    again = client.post(URL, headers=owner, json={**AS_JSON, "remove": ["old.png"], "replace": True})
    assert again.json
    assert again.json["build_id"] == request.build_id


def test_another_nonce_or_file_is_another_build(client: Client, owner: Any) -> None:
    changes: list[dict[str, Any]] = [{}, {"message": "other words"}, {"nonce": "2"}, {"files": {"a": "b"}}]
    replies = [client.post(URL, headers=owner, json={**AS_JSON, **change}).json for change in changes]
    ids = [reply["build_id"] for reply in replies if reply]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a_project_that_is_not_there_is_made(client: Client, runner: ScriptedRunner, owner: Any) -> None:
    reply = client.post("/projects/owner/Brand.new/versions", headers=owner, json=AS_JSON)
    assert reply.status_code == 202
    assert reply.json
    assert (reply.json["is_new"], reply.json["task_key"]) == (True, key_of_brought("owner/Brand.new"))
    assert (sent(runner).task.round, sent(runner).task.brief) == (1, "Bring 2 files")


def test_what_does_not_fit_in_the_event_is_stored(client: Client, runner: ScriptedRunner, owner: Any) -> None:
    noise = secrets.token_bytes(200_000)
    assert client.post(URL, headers=owner, **as_form({"noise.bin": noise})).status_code == 202
    assert runner.dispatched[0].stored
    assert (sent(runner).upload or pytest.fail("no upload")).contents() == {"noise.bin": noise}


def as_link(entry: zipfile.ZipInfo) -> None:
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16


def as_lzma(entry: zipfile.ZipInfo) -> None:
    entry.compress_type = zipfile.ZIP_LZMA


def with_flags(data: bytes, flags: int) -> bytes:
    """Return an archive whose entry says something else of itself in its directory."""
    place = data.index(b"PK\x01\x02") + 8
    return data[:place] + struct.pack("<H", flags) + data[place + 2 :]


def with_crc(data: bytes) -> bytes:
    place = data.index(b"PK\x01\x02") + 16
    return data[:place] + b"\1\2\3\4" + data[place + 4 :]


def twice() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("a.txt", "1")
        archive.writestr("b.txt", "2")
    return body.getvalue().replace(b"b.txt", b"a.txt")


def archive(data: Callable[[], bytes]) -> Callable[[], Any]:
    return lambda: {"data": data(), "content_type": "application/zip"}


def body(**fields: Any) -> Callable[[], Any]:
    return lambda: {"json": {"files": {"a.txt": "a"}, **fields}}


A = {"a.txt": b"a"}


@pytest.mark.parametrize(
    ("request_of", "field", "reason"),
    [
        (body(files={"../x": "a"}), "files.../x", "relative path"),
        (body(files={"/x": "a"}), "files./x", "relative path"),
        (body(files={"a\\b": "a"}), "files.a\\b", "backslashes"),
        (body(files={".git/config": "a"}), "files..git/config", "begin with a dot"),
        (body(files={".github/workflows/x.yml": "a"}), "files..github/workflows/x.yml", "begin with a dot"),
        (body(files={"a/" * 200_000 + "b": "a"}), f"files.{'a/' * 57}", "at most 200 bytes"),
        (body(files={"con.txt": "a"}), "files.con.txt", "Windows"),
        (body(files={"A": "a", "a": "b"}), "files.a", "collides"),
        (body(files={"a": "a", "a/b": "b"}), "files.a/b", "collides"),
        (body(files={"a": {"base64": "#"}}), "files.a", "not base64"),
        (body(files={"a": 1}), "files.a", "valid dictionary"),
        (body(files={"a": "\ud800"}), "files.a", "surrogate"),
        (body(files={"\ud800": "a"}), "files.?", "control"),
        (body(files={f"{n}": "" for n in range(196)}), "files.(all files)", "at most 195"),
        (body(files={}), "files", "must hold a file"),
        (body(remove=["../x"]), "remove.../x", "relative path"),
        (body(remove=["a.txt"]), "remove.a.txt", "both brought and removed"),
        (body(base="abc"), "base", "40 hexadecimal"),
        (body(role="Not one"), "role", "one short word"),
        (body(message=f"It is {SECRET}"), "message", "shared secret"),
        (body(files={"a.txt": f"key = {SECRET}"}), "files", "shared secret"),
        (lambda: {"data": zipped(A, as_link), "content_type": "application/zip"}, "(the archive)", "is a link"),
        (archive(lambda: zipped(A, as_lzma)), "(the archive)", "another way"),
        (archive(lambda: with_flags(zipped(A), 1)), "(the archive)", "is encrypted"),
        (archive(lambda: with_crc(zipped(A))), "(the archive)", "cannot be read (BadZipFile)"),
        (archive(twice), "(the archive)", "holds a.txt twice"),
        (archive(lambda: b"PK nothing"), "(the archive)", "cannot be read"),
        (archive(lambda: zipped({"../../etc/passwd": b"x", "b": b""})), "files.../../etc/passwd", "relative path"),
        (archive(lambda: zipped({"/etc/passwd": b"x", "b": b""})), "files./etc/passwd", "relative path"),
        (archive(lambda: zipped({"zeros": bytes(40_000_000)})), "(the archive)", "too large"),
        (archive(lambda: zipped({f"{n}": b"" for n in range(201)})), "(the archive)", "more than 200 files"),
        (lambda: {"data": b"--x", "content_type": "multipart/form-data; boundary=x"}, "(the form)", "cut off"),
        (lambda: {"data": b"--x", "content_type": "multipart/form-data"}, "(the form)", "boundary is missing"),
        (lambda: as_form({"a": b"1"}, replace="perhaps"), "replace", "boolean"),
    ],
)
def test_what_can_never_be_published_is_refused_with_its_field(
    request_of: Callable[[], Any], field: str, reason: str, client: Client, runner: ScriptedRunner, owner: Any
) -> None:
    reply = client.post(URL, headers=owner, **request_of())
    assert reply.status_code == 422, reply.text
    assert reply.json
    details = reply.json["details"]
    assert details[0]["field"] == field
    assert reason in details[0]["reason"]
    assert SECRET not in json.dumps(details, ensure_ascii=False)
    assert not runner.dispatched


@pytest.mark.parametrize(
    ("url", "change", "status", "error"),
    [
        (URL, {"base": "a" * 40}, 409, "not-the-tip"),
        (URL, {"base": TIP}, 202, None),
        ("/projects/hand-made/versions", {}, 404, "not-a-project"),
        ("/projects/renamed/versions", {}, 404, "not-a-project"),
        ("/projects/runner/versions", {}, 422, "invalid-request"),
        ("/projects/other/site/versions", {}, 422, "invalid-request"),
        ("/projects/.github/versions", {}, 422, "invalid-request"),
        ("/projects/owner.github.io/versions", {}, 422, "invalid-request"),
        ("/projects/a b/versions", {}, 422, "invalid-request"),
    ],
)
def test_only_our_projects_at_their_base_are_written_to(
    url: str,
    change: Any,
    status: int,
    error: str | None,
    client: Client,
    runner: ScriptedRunner,
    projects: ScriptedProjects,
    owner: Any,
    config: Config,
) -> None:
    projects.foreign.add("owner/hand-made")
    projects.notes["owner/renamed"] = NOTE  # its name is not that of the task
    url = url.replace("runner", config.repository.partition("/")[2])
    reply = client.post(url, headers=owner, json={**AS_JSON, **change})
    assert (reply.status_code, (reply.json or {}).get("error")) == (status, error), reply.text
    assert len(runner.dispatched) == (status == 202)


def test_without_the_key_nothing_is_read(client: Client, runner: ScriptedRunner) -> None:
    assert client.post(URL, json=AS_JSON).status_code == 401
    assert client.post(URL, data=b"x" * 30_000_000).status_code == 401
    assert not runner.dispatched


def test_a_body_that_is_too_large_is_told(client: Client, owner: Any, config: Config) -> None:
    for kind in ("application/zip", "multipart/form-data; boundary=x", "application/json"):
        data = b"x" * (config.max_request_bytes + 1)
        assert client.post(URL, data=data, content_type=kind, headers=owner).status_code == 413


def keep(client: Client, owner: Any, **more: Any) -> Any:
    body = {"project_id": "my-site-0123456789", "command": "make", "keep": True, "wait_s": 0, **more}
    return client.post("/execute", headers=owner, json=body)


def test_keep__the_command_takes_along_what_its_version_belongs_to(
    client: Client, jobs: ScriptedJobs, projects: ScriptedProjects, owner: Any
) -> None:
    projects.names.add(PROJECT)
    assert keep(client, owner, message="Built").status_code == 202
    (sent,) = jobs.dispatched
    assert sent.keep == Keep(task_key=KEY, round=2, message="Built")
    assert len(sent.model_dump(exclude_none=True)) <= 10  # as many as GitHub takes
    assert keep(client, owner, keep=False).status_code == 202
    assert jobs.dispatched[1].keep is None


def test_keep__what_was_kept_and_the_build_are_in_the_answer(
    client: Client, jobs: ScriptedJobs, projects: ScriptedProjects, owner: Any
) -> None:
    projects.names.add(PROJECT)
    jobs.changes = {"kept": "Kept: 1 file", "build_id": "b" * 20}
    reply = keep(client, owner, wait_s=10)
    assert (reply.status_code, reply.json["kept"], reply.json["build_id"]) == (200, "Kept: 1 file", "b" * 20)


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [({"ref": "v1"}, 422, "ref"), ({"message": SECRET}, 422, "message"), ({"project_id": "site"}, 404, None)],
)
def test_keep__only_the_newest_commit_of_a_project(
    change: Any, status: int, field: str | None, client: Client, jobs: ScriptedJobs, projects: ScriptedProjects,
    owner: Any,
) -> None:  # fmt: skip
    projects.names.add(PROJECT)
    projects.notes["owner/site"] = {}
    reply = keep(client, owner, **change)
    assert reply.status_code == status
    assert [detail["field"] for detail in reply.json.get("details") or []] == ([field] if field else [])
    assert not jobs.dispatched


GIT = "https://git.example.org/someone/Their.site.git"


@pytest.mark.parametrize(("name", "project"), [("", "owner/Their.site"), ("mine", "owner/mine")])
def test_import__a_job_without_secrets_gets_the_address(
    name: str, project: str, client: Client, jobs: ScriptedJobs, owner: Any
) -> None:
    reply = client.post("/projects", headers=owner, json={"git": GIT, "name": name})
    assert reply.status_code == 202
    (sent,) = jobs.dispatched
    assert sent.keep == Keep(task_key=key_of_brought(project), round=1, git=GIT)
    assert reply.json == {
        "status": "accepted",
        "job_id": sent.job_id,
        "job_url": f"http://localhost/jobs/{sent.job_id}",
        "build_id": sent.build_id,
        "task_key": key_of_brought(project),
        "project": project,
    }


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "git"),
        ({"git": "git@github.com:x/y"}, 422, "git"),
        ({"git": "https://user:word@github.com/x/y"}, 422, "git"),
        ({"git": f"https://github.com/x/{'k' * 500}"}, 422, "git"),
        ({"git": GIT, "name": ".github"}, 422, "project_id"),
        ({"git": GIT, "message": SECRET}, 422, "message"),
        ({"git": GIT, "name": "hand-made"}, 404, None),
    ],
)
def test_import__refusals(
    body: Any, status: int, field: str | None, client: Client, jobs: ScriptedJobs, projects: ScriptedProjects,
    owner: Any,
) -> None:  # fmt: skip
    projects.foreign.add("owner/hand-made")
    reply = client.post("/projects", headers=owner, json=body)
    assert reply.status_code == status, reply.text
    assert reply.json
    assert [detail["field"] for detail in reply.json.get("details") or []] == ([field] if field else [])
    assert not jobs.dispatched
    assert client.post("/projects", json=body).status_code == 401
