"""The door to GitHub, against GitHub's wire."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from receiver.connection import Connection
from receiver.errors import GitHubRefused
from receiver.github import RunnerRepository
from receiver.models import Build
from receiver.task import BuildRequest, Payload, StoredEnvelope, Task
from receiver.task.payload import digest, read_stored_message, stored_message

API = "https://api.github.com"
REPOSITORY = f"{API}:443/repos/owner/runner"  # PyGithub writes the port
BUILD = "0123456789abcdef0123"
PAYLOAD = Payload(
    build_id=BUILD, task_key="f" * 20, round=2, received_at=datetime(2026, 11, 20, tzinfo=UTC), envelope="c2VhbGVk"
)
REQUEST = BuildRequest(
    build_id=BUILD,
    task_key="f" * 20,
    received_at=datetime(2026, 11, 20, tzinfo=UTC),
    task=Task.model_validate(
        {
            "email": "s@example.org",
            "task": "t",
            "round": 2,
            "nonce": "n",
            "brief": "b",
            "evaluation_url": "https://e.org/",
        }
    ),
)
TOKEN = "made-up"


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    """Fails on calls that were not expected, and on expected calls that never came."""
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def door() -> RunnerRepository:
    return RunnerRepository("owner/runner", Connection(TOKEN, API, timeout_s=3))


def body_of(call: Any) -> Any:
    return json.loads(call.request.body)


def test_dispatch_sends_the_public_payload(github: responses.RequestsMock, door: RunnerRepository) -> None:
    github.post(f"{REPOSITORY}/dispatches", status=204)
    door.dispatch(PAYLOAD)
    assert body_of(github.calls[0]) == {
        "event_type": "build-task",
        "client_payload": {
            "build_id": BUILD,
            "task_key": "f" * 20,
            "round": 2,
            "received_at": "2026-11-20T00:00:00Z",
            "envelope": "c2VhbGVk",
        },
    }
    assert github.calls[0].request.headers["Authorization"] == f"token {TOKEN}"


SECOND = {"message": "You have exceeded a secondary rate limit"}


@pytest.mark.parametrize(
    ("status", "headers", "reply", "code", "retry_after_s"),
    [
        (200, {}, {}, "github-refused", 300),  # not what GitHub answers to a dispatch: some other server
        (307, {}, {}, "github-refused", 300),
        (401, {}, {"message": "Bad credentials"}, "github-refused", 300),
        (403, {}, {"message": "Resource not accessible"}, "github-refused", 300),
        (403, {"Retry-After": "42"}, SECOND, "github-rate-limit", 42),
        (403, {}, SECOND, "github-rate-limit", 60),
        (404, {}, {"message": "Not Found"}, "github-refused", 300),
        (422, {}, {"message": "Invalid"}, "github-refused", 300),
        (429, {}, {}, "github-rate-limit", 60),
        (429, {"Retry-After": "99999"}, {}, "github-rate-limit", 3600),
        (429, {"Retry-After": "soon"}, {}, "github-rate-limit", 60),
        (500, {}, {}, "github-unavailable", 30),
        (502, {}, "<html>", "github-unavailable", 30),
        (503, {"Retry-After": "5"}, {}, "github-unavailable", 5),
    ],
)
def test_dispatch__github_refuses(
    github: responses.RequestsMock,
    door: RunnerRepository,
    status: int,
    headers: dict[str, str],
    reply: Any,
    code: str,
    retry_after_s: int,
) -> None:
    body = reply if isinstance(reply, str) else json.dumps(reply)
    github.post(f"{REPOSITORY}/dispatches", status=status, headers=headers, body=body)
    with pytest.raises(GitHubRefused) as raised:
        door.dispatch(PAYLOAD)
    assert (raised.value.reply.error, raised.value.reply.retry_after_seconds) == (code, retry_after_s)
    assert str(status) in str(raised.value)
    assert len(github.calls) == 1  # no retries of its own: the sender re-sends


NEW = f"{API}:443/repositories/1"


def renamed(github: responses.RequestsMock) -> None:
    github.get(NEW, json={"full_name": "owner/new"})


def test_dispatch__a_renamed_repository_gets_the_event_and_the_owner_is_told(
    github: responses.RequestsMock, door: RunnerRepository, caplog: pytest.LogCaptureFixture
) -> None:
    renamed(github)
    moved = {"message": "Moved Permanently"}
    github.post(f"{REPOSITORY}/dispatches", status=307, headers={"Location": f"{NEW}/dispatches"}, json=moved)
    github.post(f"{NEW}/dispatches", status=204)
    door.dispatch(PAYLOAD)
    assert body_of(github.calls[-1]) == body_of(github.calls[0])
    assert "is now owner/new; use this name in RUNNER_REPOSITORY" in caplog.text


def test_store__a_renamed_repository_gets_the_whole_blob(
    github: responses.RequestsMock, door: RunnerRepository
) -> None:
    renamed(github)
    for path, reply in (("blobs", "b"), ("trees", "t"), ("commits", "c"), ("refs", "r")):
        github.post(f"{REPOSITORY}/git/{path}", status=307, headers={"Location": f"{NEW}/git/{path}"})
        github.post(f"{NEW}/git/{path}", status=201, json={"sha": reply * 40})
    assert store(door).blob == "b" * 40
    blob = next(call for call in github.calls if call.request.url == f"{NEW}/git/blobs")
    assert base64.b64decode(body_of(blob)["content"]) == b"sealed"


def test_recent_builds__of_a_renamed_repository_keep_the_query(
    github: responses.RequestsMock, door: RunnerRepository
) -> None:
    renamed(github)
    path = "/actions/workflows/build.yml/runs"
    github.get(f"{REPOSITORY}{path}", status=301, headers={"Location": f"{NEW}{path}?per_page=100"})
    query = [matchers.query_param_matcher({"per_page": "100"})]
    github.get(f"{NEW}{path}", json={"workflow_runs": []}, match=query)
    assert door.recent_builds() == []


@pytest.mark.parametrize(
    ("message", "headers", "words"),
    [
        ("Resource not accessible by personal access token", {"X-Accepted-GitHub-Permissions": "x=write"}, "(x=write)"),
        ("Resource not accessible by personal access token", {}, "waits for the approval of the organisation"),
        ("Repository was archived so is read-only.", {}, "is archived"),
        ("Resource protected by organization SAML enforcement.", {}, "single sign-on"),
    ],
)
def test_dispatch__a_403_is_told_by_githubs_words(
    github: responses.RequestsMock, door: RunnerRepository, message: str, headers: dict[str, str], words: str
) -> None:
    github.post(f"{REPOSITORY}/dispatches", status=403, headers=headers, json={"message": message})
    with pytest.raises(GitHubRefused) as raised:
        door.dispatch(PAYLOAD)
    assert words in raised.value.reply.cause


@pytest.mark.parametrize("status", [403, 429])
def test_recent_builds__a_secondary_limit_is_told_by_its_words(
    github: responses.RequestsMock, door: RunnerRepository, status: int
) -> None:
    headers = {"x-ratelimit-remaining": "4000"}
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again"
    github.get(
        f"{REPOSITORY}/actions/workflows/build.yml/runs", status=status, headers=headers, json={"message": message}
    )
    with pytest.raises(GitHubRefused) as raised:
        door.recent_builds()
    assert (raised.value.reply.error, raised.value.reply.retry_after_seconds) == ("github-rate-limit", 60)


def test_dispatch__rate_limit_says_when_it_resets(github: responses.RequestsMock, door: RunnerRepository) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 120)}
    github.post(f"{REPOSITORY}/dispatches", status=403, headers=headers, json={"message": "API rate limit exceeded"})
    with pytest.raises(GitHubRefused) as raised:
        door.dispatch(PAYLOAD)
    assert 110 <= (raised.value.reply.retry_after_seconds or 0) <= 121


def test_dispatch__retry_after_is_a_date(github: responses.RequestsMock, door: RunnerRepository) -> None:
    date = format_datetime(datetime.fromtimestamp(time.time() + 90, UTC), usegmt=True)
    github.post(f"{REPOSITORY}/dispatches", status=429, headers={"Retry-After": date})
    with pytest.raises(GitHubRefused) as raised:
        door.dispatch(PAYLOAD)
    assert 80 <= (raised.value.reply.retry_after_seconds or 0) <= 91


@pytest.mark.parametrize(
    "failure",
    [
        requests.ConnectionError("refused"),
        requests.ConnectTimeout("slow"),
        requests.ReadTimeout("slow"),
        requests.exceptions.SSLError("certificate"),
        requests.exceptions.ChunkedEncodingError("cut off"),
        ConnectionResetError("reset"),
    ],
)
def test_dispatch__github_is_away(github: responses.RequestsMock, door: RunnerRepository, failure: Exception) -> None:
    github.post(f"{REPOSITORY}/dispatches", body=failure)
    with pytest.raises(GitHubRefused) as raised:
        door.dispatch(PAYLOAD)
    assert (raised.value.reply.error, raised.value.reply.retry_after_seconds) == ("github-unreachable", 30)


def store(door: RunnerRepository) -> StoredEnvelope:
    return door.store(REQUEST.build_id, b"sealed", lambda stored: stored_message(REQUEST.payload(b"sealed", stored)))


def expect_objects(github: responses.RequestsMock) -> None:
    for kind, sha in (("blobs", "b" * 40), ("trees", "1" * 40), ("commits", "c" * 40)):
        github.post(f"{REPOSITORY}/git/{kind}", status=201, json={"sha": sha})


def test_store_writes_blob_tree_commit_and_ref(github: responses.RequestsMock, door: RunnerRepository) -> None:
    expect_objects(github)
    github.post(f"{REPOSITORY}/git/refs", status=201, json={})
    stored = store(door)
    blob, tree, commit, ref = (body_of(call) for call in github.calls)
    assert base64.b64decode(blob["content"]) == b"sealed"
    assert tree == {"tree": [{"path": "envelope", "mode": "100644", "type": "blob", "sha": "b" * 40}]}
    assert (commit["tree"], commit["parents"]) == ("1" * 40, [])
    assert read_stored_message(commit["message"]) == (REQUEST.payload(b"sealed", stored), 0)
    assert ref == {"ref": f"refs/requests/{BUILD}", "sha": "c" * 40}
    assert (stored.blob, stored.sha256) == ("b" * 40, digest(b"sealed"))


def test_store__the_task_was_sent_before(github: responses.RequestsMock, door: RunnerRepository) -> None:
    expect_objects(github)
    github.post(f"{REPOSITORY}/git/refs", status=422, json={"message": "Reference already exists"})
    github.get(f"{REPOSITORY}/git/ref/requests/{BUILD}", json={"object": {"sha": "a" * 40}})
    blob = StoredEnvelope(blob="b" * 40, sha256=digest(b"sealed"))
    on_top = {"message": stored_message(REQUEST.payload(b"", blob)), "tree": "1" * 40, "parents": ["a" * 40]}
    github.post(
        f"{REPOSITORY}/git/commits", status=201, json={"sha": "d" * 40}, match=[matchers.json_params_matcher(on_top)]
    )
    github.patch(f"{REPOSITORY}/git/refs/requests/{BUILD}", json={})
    assert store(door).blob == "b" * 40
    assert body_of(github.calls[-1]) == {"sha": "d" * 40, "force": True}


@pytest.mark.parametrize(
    "message",
    [
        "Keep a sealed request",
        "",
        "Keep a sealed request\n\n{}",
        'Keep a sealed request, sent again 1\n\n{"build_id": 1}',
    ],
)
def test_a_stored_message__of_somebody_else(message: str) -> None:
    assert read_stored_message(message) is None


@pytest.mark.parametrize("failing", ["blobs", "trees", "commits", "refs"])
def test_store__github_fails_half_way(github: responses.RequestsMock, door: RunnerRepository, failing: str) -> None:
    for kind in ("blobs", "trees", "commits", "refs"):
        if kind == failing:
            github.post(f"{REPOSITORY}/git/{kind}", status=500, json={"message": "Oops"})
            break
        github.post(f"{REPOSITORY}/git/{kind}", status=201, json={"sha": "e" * 40})
    with pytest.raises(GitHubRefused) as raised:
        store(door)
    assert raised.value.reply.error == "github-unavailable"


def run(run_id: int, title: str, **change: Any) -> dict[str, Any]:
    return {
        "id": run_id,
        "display_title": title,
        "run_attempt": 2,
        "status": "completed",
        "conclusion": "success",
        "html_url": f"https://github.com/owner/runner/actions/runs/{run_id}",
        "created_at": "2026-11-20T05:36:22Z",
        "updated_at": "2026-11-20T05:37:22Z",
        **change,
    }


def test_recent_builds_are_the_runs_whose_title_is_a_build(
    github: responses.RequestsMock, door: RunnerRepository
) -> None:
    runs = [run(3, f"build {BUILD}", status="in_progress", conclusion=None), run(2, "Fix a typo"), run(1, "build x")]
    github.get(
        f"{REPOSITORY}/actions/workflows/build.yml/runs",
        json={"total_count": 3, "workflow_runs": runs},
        match=[matchers.query_param_matcher({"per_page": "100"})],
    )
    (build,) = door.recent_builds()
    assert (build.build_id, build.run_id, build.attempt, build.is_running) == (BUILD, 3, 2, True)


@pytest.mark.parametrize(
    "reply", ["null", "[]", "{}", '{"workflow_runs": 1}', "<html>", "{", '{"workflow_runs": [{}]}']
)
def test_recent_builds__the_answer_is_not_githubs(
    github: responses.RequestsMock, door: RunnerRepository, reply: str
) -> None:
    github.get(f"{REPOSITORY}/actions/workflows/build.yml/runs", body=reply)
    if reply == '{"workflow_runs": [{}]}':
        assert door.recent_builds() == []
        return
    with pytest.raises(GitHubRefused, match="could not be read"):
        door.recent_builds()


STORAGE = "https://storage.example.net/log.txt"


def expect_jobs(github: responses.RequestsMock, *names: str) -> None:
    jobs = [
        {"id": number, "name": name, "status": "completed", "conclusion": "success"}
        for number, name in enumerate(names)
    ]
    github.get(f"{REPOSITORY}/actions/runs/7/jobs", json={"jobs": jobs})


def test_logs_follow_the_redirect_without_the_token(github: responses.RequestsMock, door: RunnerRepository) -> None:
    expect_jobs(github, "generate")
    github.get(f"{REPOSITORY}/actions/jobs/0/logs", status=302, headers={"Location": STORAGE})
    github.get(STORAGE, body="one\ntwo\nthrée\n".encode())
    (log,) = door.logs(7, 2)
    assert (log.job, log.lines) == ("generate", ["two", "thrée"])
    assert "Authorization" not in github.calls[-1].request.headers


def test_logs__a_job_that_still_runs_has_none(github: responses.RequestsMock, door: RunnerRepository) -> None:
    expect_jobs(github, "generate", "publish")
    github.get(f"{REPOSITORY}/actions/jobs/0/logs", body="one\ntwo\n")
    github.get(f"{REPOSITORY}/actions/jobs/1/logs", status=404, json={"message": "Not Found"})
    first, second = door.logs(7, 10)
    assert first.lines == ["one", "two"]
    assert "when the job has ended" in second.lines[0]


def test_logs__one_that_the_storage_lacks_is_named_and_the_others_are_shown(
    github: responses.RequestsMock, door: RunnerRepository
) -> None:
    """Of a job that is queued, runs or was cancelled, the storage has none, and says so in XML."""
    expect_jobs(github, "generate", "publish", "check")
    blob = "<Error><Code>BlobNotFound</Code><Message>The specified blob does not exist.</Message></Error>"
    for number, (status, body) in enumerate([(200, "one\n"), (404, blob), (200, "three\n")]):
        github.get(f"{REPOSITORY}/actions/jobs/{number}/logs", status=302, headers={"Location": f"{STORAGE}?{number}"})
        github.get(f"{STORAGE}?{number}", status=status, body=body)
    first, second, third = door.logs(7, 10)
    assert (first.lines, third.lines) == (["one"], ["three"])
    assert (second.job, "GitHub has no log of this job" in second.lines[0]) == ("publish", True)


def storage_is_away(github: responses.RequestsMock) -> None:
    github.get(STORAGE, body=requests.ConnectionError("gone"))


def storage_redirects_on(github: responses.RequestsMock) -> None:
    github.get(STORAGE, status=302, headers={"Location": "http://127.0.0.1/"})


@pytest.mark.parametrize("trouble", [storage_is_away, storage_redirects_on])
def test_logs__the_storage_does_not_give_them(
    github: responses.RequestsMock, door: RunnerRepository, trouble: Callable[[responses.RequestsMock], None]
) -> None:
    expect_jobs(github, "generate")
    github.get(f"{REPOSITORY}/actions/jobs/0/logs", status=302, headers={"Location": STORAGE})
    trouble(github)
    with pytest.raises(GitHubRefused):
        door.logs(7, 10)


def test_logs__a_line_without_end_is_cut(github: responses.RequestsMock, door: RunnerRepository) -> None:
    expect_jobs(github, "generate")
    github.get(f"{REPOSITORY}/actions/jobs/0/logs", body="x" * 100_000)
    assert len(door.logs(7, 10)[0].lines[0]) == 4096


def test_no_refusal_shows_the_token(github: responses.RequestsMock, door: RunnerRepository) -> None:
    github.post(f"{REPOSITORY}/dispatches", body=requests.ConnectionError(f"header Authorization: token {TOKEN}"))
    with pytest.raises(GitHubRefused) as raised:
        door.dispatch(PAYLOAD)
    assert TOKEN not in repr(raised.value) + raised.value.reply.model_dump_json()


LOCKED = "The job was not started because your account is locked due to a billing issue."


def ended(conclusion: str) -> Build:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    about = {"build_id": BUILD, "run_id": 7, "attempt": 1, "status": "completed", "run_url": "https://r"}
    return Build(**about, conclusion=conclusion, created_at=at, updated_at=at)


def test_why_a_build_was_not_started__is_githubs_note_at_its_first_job(
    github: responses.RequestsMock, door: RunnerRepository
) -> None:
    expect_jobs(github, "generate", "publish")
    notes = [("warning", "Node is old."), ("failure", LOCKED)]
    found = [{"annotation_level": level, "message": message} for level, message in notes]
    github.get(f"{REPOSITORY}/check-runs/0/annotations", json=found)
    assert door.why_not_started(ended("failure")) == LOCKED


def test_why_a_build_was_not_started__nobody_says(github: responses.RequestsMock, door: RunnerRepository) -> None:
    expect_jobs(github)
    assert "does not say why" in door.why_not_started(ended("startup_failure"))


@pytest.mark.parametrize("status", [403, 404])
def test_why_a_build_was_not_started__the_note_may_not_be_read(
    github: responses.RequestsMock, door: RunnerRepository, status: int
) -> None:
    expect_jobs(github, "generate")
    github.get(f"{REPOSITORY}/check-runs/0/annotations", status=status, json={"message": "Not Found"})
    assert "does not say why" in door.why_not_started(ended("failure"))


def test_why_a_build_was_not_started__it_was(github: responses.RequestsMock, door: RunnerRepository) -> None:
    jobs = [{"id": 1, "steps": [{"name": "Set up job"}]}, {"id": 2, "steps": []}]
    github.get(f"{REPOSITORY}/actions/runs/7/jobs", json={"jobs": jobs})
    assert door.why_not_started(ended("failure")) == ""
    assert door.why_not_started(ended("success")) == ""


def test_why_a_build_was_not_started__github_is_away__the_status_is_there_all_the_same(
    github: responses.RequestsMock, door: RunnerRepository
) -> None:
    github.get(f"{REPOSITORY}/actions/runs/7/jobs", status=502)
    assert door.why_not_started(ended("failure")) == ""
