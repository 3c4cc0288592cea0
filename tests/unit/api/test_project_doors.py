"""The doors to the workflow that runs commands and to projects, against GitHub's wire."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import responses
from responses import matchers

from api.artifacts import LARGEST_ZIP, ArtifactExpired
from api.ids import new_id
from api.jobs import LARGEST_RESULT, ExecuteWorkflow
from api.projects import File, Folder, Other, Projects
from receiver.connection import Connection
from receiver.errors import GitHubRefused, Problem
from receiver.task import Execution, ExecutionResult
from tests.unit.api.doubles import job_run, result_of

API = "https://api.github.com"
RUNNER = f"{API}:443/repos/owner/runner"  # PyGithub writes the port
SITE = f"{API}:443/repos/owner/site"
STORAGE = "https://storage.example.net/result.zip"
JOB = new_id()
TOKEN = "made-up"


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def workflow() -> ExecuteWorkflow:
    return ExecuteWorkflow("owner/runner", Connection(TOKEN, API, 3))


@pytest.fixture
def projects() -> Projects:
    return Projects(Connection(TOKEN, API, 3))


def zipped(content: bytes, name: str = "result.json") -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return archive.getvalue()


def as_result(**changes: Any) -> bytes:
    return result_of(JOB, **changes).model_dump_json().encode()


def expect_artifact(github: responses.RequestsMock, *, expired: bool = False) -> None:
    artifacts = [
        {"id": 3, "name": f"result-{JOB}", "expired": False},
        {"id": 4, "name": f"result-{JOB}", "expired": expired},
        {"id": 9, "name": f"result-{JOB}-other", "expired": False},
    ]
    github.get(
        f"{RUNNER}/actions/runs/7/artifacts",
        json={"artifacts": artifacts},
        match=[matchers.query_param_matcher({"name": f"result-{JOB}"})],
    )


def test_dispatch_sends_the_execution(github: responses.RequestsMock, workflow: ExecuteWorkflow) -> None:
    github.post(f"{RUNNER}/dispatches", status=204)
    workflow.dispatch(Execution(job_id=JOB, project="owner/site", command='echo "$HOME"', ref="a" * 40, timeout_s=9))
    assert json.loads(github.calls[0].request.body or b"") == {
        "event_type": "execute-command",
        "client_payload": {
            "job_id": JOB,
            "project": "owner/site",
            "command": 'echo "$HOME"',
            "ref": "a" * 40,
            "timeout_s": 9,
        },
    }


def run(run_id: int, title: str) -> dict[str, Any]:
    url = f"https://github.com/owner/runner/actions/runs/{run_id}"
    about = {"status": "queued", "conclusion": None, "html_url": url, "created_at": "2026-11-20T05:36:22Z"}
    return {"id": run_id, "display_title": title, **about}


def test_runs_are_found_by_their_title(github: responses.RequestsMock, workflow: ExecuteWorkflow) -> None:
    runs = [run(4, "execute by hand"), run(3, f"execute {JOB}"), run(2, f"build {JOB}"), run(1, "execute ../../x")]
    url = f"{RUNNER}/actions/workflows/execute.yml/runs"
    github.get(url, json={"workflow_runs": runs}, match=[matchers.query_param_matcher({"per_page": "30"})])
    (found,) = workflow.recent()
    assert (found.job_id, found.run_id, found.state) == (JOB, 3, "queued")


def test_older_runs_are_asked_for_by_their_time(github: responses.RequestsMock, workflow: ExecuteWorkflow) -> None:
    created = "2026-11-20T05:34:22Z..2026-11-20T05:38:22Z"
    github.get(
        f"{RUNNER}/actions/workflows/execute.yml/runs",
        json={"workflow_runs": [run(3, f"execute {JOB}")]},
        match=[matchers.query_param_matcher({"per_page": "100", "created": created})],
    )
    assert len(workflow.accepted_at(datetime(2026, 11, 20, 5, 36, 22, tzinfo=UTC))) == 1


def test_the_result_is_fetched_without_the_token(github: responses.RequestsMock, workflow: ExecuteWorkflow) -> None:
    expect_artifact(github)
    github.get(f"{RUNNER}/actions/artifacts/4/zip", status=302, headers={"Location": STORAGE})
    github.get(STORAGE, body=zipped(as_result(return_code=5)))
    result = workflow.result(job_run(JOB))
    assert result
    assert result.return_code == 5
    assert "Authorization" in github.calls[1].request.headers
    assert "Authorization" not in github.calls[2].request.headers


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no zip",
        zipped(as_result(), "other.json"),
        zipped(b"{}"),
        zipped(b"[" * 100_000),
        zipped(as_result().replace(b'"return_code":0', b'"return_code":-1')),
        zipped(result_of(new_id()).model_dump_json().encode()),
        zipped(b'{"stdout": "' + b" " * LARGEST_RESULT + b'"}'),
        zipped(as_result())[:-30],
        b"x" * (LARGEST_ZIP + 1),
    ],
    ids=["empty", "no zip", "other file", "no result", "deep", "code", "other job", "bomb", "cut off", "large"],
)
def test_a_result_that_is_none_is_none(github: responses.RequestsMock, workflow: ExecuteWorkflow, body: bytes) -> None:
    expect_artifact(github)
    github.get(f"{RUNNER}/actions/artifacts/4/zip", status=302, headers={"Location": STORAGE})
    github.get(STORAGE, body=body)
    assert workflow.result(job_run(JOB)) is None


def test_a_run_without_an_artifact_has_no_result(github: responses.RequestsMock, workflow: ExecuteWorkflow) -> None:
    github.get(f"{RUNNER}/actions/runs/7/artifacts", json={"artifacts": []})
    assert workflow.result(job_run(JOB)) is None


def test_an_expired_result_says_so(github: responses.RequestsMock, workflow: ExecuteWorkflow) -> None:
    expect_artifact(github, expired=True)
    with pytest.raises(ArtifactExpired):
        workflow.result(job_run(JOB))


def test_a_result_that_expires_in_this_moment_says_so(
    github: responses.RequestsMock, workflow: ExecuteWorkflow
) -> None:
    expect_artifact(github)
    github.get(f"{RUNNER}/actions/artifacts/4/zip", status=410, json={"message": "expired"})
    with pytest.raises(ArtifactExpired):
        workflow.result(job_run(JOB))


@pytest.mark.parametrize("status", [200, 403, 500])
def test_a_result_that_github_does_not_hand_out(
    github: responses.RequestsMock, workflow: ExecuteWorkflow, status: int
) -> None:
    expect_artifact(github)
    github.get(f"{RUNNER}/actions/artifacts/4/zip", status=status, json={})
    with pytest.raises(GitHubRefused):
        workflow.result(job_run(JOB))


def test_the_storage_redirecting_on_is_refused(github: responses.RequestsMock, workflow: ExecuteWorkflow) -> None:
    expect_artifact(github)
    github.get(f"{RUNNER}/actions/artifacts/4/zip", status=302, headers={"Location": STORAGE})
    github.get(STORAGE, status=302, headers={"Location": "http://127.0.0.1/"})
    with pytest.raises(GitHubRefused):
        workflow.result(job_run(JOB))


@pytest.mark.parametrize(("status", "is_cancelled"), [(202, True), (409, False)])
def test_cancel(github: responses.RequestsMock, workflow: ExecuteWorkflow, status: int, is_cancelled: bool) -> None:
    github.post(f"{RUNNER}/actions/runs/7/cancel", status=status, json={})
    assert workflow.cancel(7) is is_cancelled


def test_cancel__the_run_is_not_queued_yet(github: responses.RequestsMock, workflow: ExecuteWorkflow) -> None:
    message = "Cannot cancel a workflow run that has not been queued yet."
    github.post(f"{RUNNER}/actions/runs/7/cancel", status=409, json={"message": message})
    with pytest.raises(Problem) as raised:
        workflow.cancel(7)
    assert (raised.value.reply.error, raised.value.reply.retry_after_seconds) == ("not-queued-yet", 5)


def renamed(github: responses.RequestsMock, path: str, status: int = 301) -> str:
    """An old address leads to the number of the repository; the answer does not carry the query."""
    github.get(f"{API}:443/repositories/1", json={"full_name": "owner/new"})
    github.get(f"{SITE}{path}", status=status, headers={"Location": f"{API}/repositories/1{path}"})
    return f"{API}:443/repositories/1{path}"


def test_a_renamed_project__is_read_at_the_same_ref_and_the_new_name_is_logged(
    github: responses.RequestsMock, projects: Projects, caplog: pytest.LogCaptureFixture
) -> None:
    new = renamed(github, "/contents/a.txt")
    found = {"type": "file", "sha": "d" * 40, "size": 1, "encoding": "base64", "content": "YQ=="}
    github.get(new, json=found, match=[matchers.query_param_matcher({"ref": "v1"})])
    assert projects.read("owner/site", "a.txt", "v1") == File("d" * 40, 1, b"a")
    assert "is now owner/new" in caplog.text


def test_cancel__the_token_may_not(github: responses.RequestsMock, workflow: ExecuteWorkflow) -> None:
    github.post(f"{RUNNER}/actions/runs/7/cancel", status=403, json={"message": "Resource not accessible"})
    with pytest.raises(GitHubRefused) as raised:
        workflow.cancel(7)
    assert "Actions: write" in raised.value.reply.cause


@pytest.mark.parametrize(("status", "is_project"), [(200, True), (404, False)])
def test_a_project_is_what_has_the_build_note(
    github: responses.RequestsMock, projects: Projects, status: int, is_project: bool
) -> None:
    github.get(f"{SITE}/contents/.pagewright/build.json", status=status, json={"type": "file"})
    assert projects.is_project("owner/site") is is_project


@pytest.mark.parametrize(
    ("note", "task_key"),
    [
        (b'{"task_key": "%s"}' % (b"7" * 20), "7" * 20),
        (b'{"task_key": "x"}', ""),
        (b"[]", ""),
        (b"{", ""),
        (b"\xff", ""),
    ],
)
def test_a_project_says_its_task(
    github: responses.RequestsMock, projects: Projects, note: bytes, task_key: str
) -> None:
    content = {"type": "file", "content": base64.b64encode(note).decode()}
    github.get(f"{SITE}/contents/.pagewright/build.json", json=content)
    assert projects.task_of("owner/site") == task_key


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_ref_that_is_not_there_has_no_commit(github: responses.RequestsMock, projects: Projects, status: int) -> None:
    github.get(f"{SITE}/commits/feature/a%2Bb", status=status, json={"message": "No"})
    assert projects.commit("owner/site", "feature/a+b") is None


def test_a_ref_becomes_a_commit_id(github: responses.RequestsMock, projects: Projects) -> None:
    only_the_id = matchers.header_matcher({"Accept": "application/vnd.github.sha"})
    github.get(f"{SITE}/commits/HEAD", body="a" * 40, match=[only_the_id])
    assert projects.commit("owner/site", None) == "a" * 40


def test_a_commit_that_is_no_id_is_not_githubs(github: responses.RequestsMock, projects: Projects) -> None:
    github.get(f"{SITE}/commits/HEAD", json={"sha": "a" * 40})
    with pytest.raises(GitHubRefused):
        projects.commit("owner/site", None)


def file(content: bytes, *, size: int | None = None, encoding: str = "base64") -> dict[str, Any]:
    text = base64.encodebytes(content).decode() if encoding == "base64" else ""
    about = {"type": "file", "sha": "d" * 40, "size": len(content) if size is None else size}
    return {**about, "content": text, "encoding": encoding}


def test_a_file_is_read_with_its_path_quoted(github: responses.RequestsMock, projects: Projects) -> None:
    github.get(
        f"{SITE}/contents/a%20b/%C3%BC%3F%23%25.txt",
        json=file(b"x\r\n\xff"),
        match=[matchers.query_param_matcher({"ref": "v1"})],
    )
    assert projects.read("owner/site", "a b/ü?#%.txt", "v1") == File("d" * 40, 4, b"x\r\n\xff")


def test_a_file_above_one_megabyte_is_read_as_a_blob(github: responses.RequestsMock, projects: Projects) -> None:
    content = b"x" * 1_500_000
    github.get(f"{SITE}/contents/large", json=file(content, encoding="none"))
    github.get(f"{SITE}/git/blobs/{'d' * 40}", json={"content": base64.encodebytes(content).decode()})
    assert projects.read("owner/site", "large", None) == File("d" * 40, len(content), content)


def test_a_file_above_the_limit_is_not_read(github: responses.RequestsMock, projects: Projects) -> None:
    github.get(f"{SITE}/contents/large", json=file(b"", size=6_000_000, encoding="none"))
    assert projects.read("owner/site", "large", None) == File("d" * 40, 6_000_000, None)


def test_a_file_above_githubs_own_limit_is_not_read(github: responses.RequestsMock, projects: Projects) -> None:
    github.get(f"{SITE}/contents/huge", status=403, json={"errors": [{"code": "too_large"}]})
    assert projects.read("owner/site", "huge", None) == File(None, None, None)


def test_a_folder_a_link_and_nothing(github: responses.RequestsMock, projects: Projects) -> None:
    listing = [{"name": "a.txt", "type": "file"}, {"name": "sub", "type": "dir"}]
    github.get(f"{SITE}/contents/folder", json=listing)
    github.get(f"{SITE}/contents/link", json={"type": "symlink", "sha": "e" * 40, "target": "/etc/passwd"})
    github.get(f"{SITE}/contents/nothing", status=404, json={"message": "Not Found"})
    assert projects.read("owner/site", "folder", None) == Folder(["a.txt", "sub/"])
    assert projects.read("owner/site", "link", None) == Other("symlink", "e" * 40)
    assert projects.read("owner/site", "nothing", None) is None


@pytest.mark.parametrize("reply", ["<html>", "5", '{"type": "file"}'])
def test_an_answer_that_is_not_githubs(github: responses.RequestsMock, projects: Projects, reply: str) -> None:
    github.get(f"{SITE}/contents/a", body=reply)
    with pytest.raises(GitHubRefused):
        projects.read("owner/site", "a", None)


def test_a_result_is_read_back_as_it_was_written() -> None:
    result = result_of(JOB, stdout="\0\x1b[0m ü", truncated={"stdout": True}, isolation=("limits",), timed_out=True)
    assert ExecutionResult.model_validate_json(result.model_dump_json()) == result
