"""The branch dashboard-data and the ledger's files against GitHub's wire: how often it is asked, what it may say."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from responses import matchers

from api.dashboard_data import DashboardData
from receiver.connection import Connection
from receiver.errors import GitHubRefused, Problem
from tests.unit.api.doubles import Clock

API = "https://api.github.com"
RUNNER = f"{API}:443/repos/owner/runner"
BRANCH = f"{RUNNER}/branches/dashboard-data"
SHA = "c" * 40


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def data(clock: Clock) -> DashboardData:
    return DashboardData("owner/runner", Connection("made-up", API, 3), clock)


def branch(sha: str = SHA) -> dict[str, Any]:
    return {"commit": {"sha": sha, "commit": {"committer": {"date": "2026-11-28T12:00:00Z"}}}}


def content(body: bytes, **more: Any) -> dict[str, Any]:
    about = {"type": "file", "sha": "b" * 40, "size": len(body), "encoding": "base64"}
    return {**about, "content": base64.b64encode(body).decode(), **more}


def expect_file(github: responses.RequestsMock, path: str, ref: str, **answer: Any) -> Any:
    match = [matchers.query_param_matcher({"ref": ref})]
    return github.get(f"{RUNNER}/contents/{path}", match=match, **answer)


def test_the_tip_is_asked_for_every_five_seconds_at_most__and_then_whether_it_has_moved(
    github: responses.RequestsMock, data: DashboardData, clock: Clock
) -> None:
    github.get(BRANCH, json=branch(), headers={"ETag": 'W/"1"'})
    first = data.tip()
    assert (first.commit, first.as_of.isoformat()) == (SHA, "2026-11-28T12:00:00+00:00")
    assert data.tip() is first
    assert len(github.calls) == 1
    clock.now += 6
    github.replace(responses.GET, BRANCH, status=304)
    assert data.tip() == first
    assert github.calls[1].request.headers["If-None-Match"] == 'W/"1"'


def test_a_document_is_read_once_for_each_commit(
    github: responses.RequestsMock, data: DashboardData, clock: Clock
) -> None:
    github.get(BRANCH, json=branch())
    old = expect_file(github, "api/tasks.json", SHA, json=content(b'{"tasks": []}'))
    tip = data.tip()
    for _ in range(3):
        found = data.document("tasks.json", tip)
        assert found == {"tasks": []}
        found["tasks"] = "changed by whoever got it"
    assert old.call_count == 1
    clock.now += 6
    github.replace(responses.GET, BRANCH, json=branch("d" * 40))
    expect_file(github, "api/tasks.json", "d" * 40, json=content(b'{"tasks": [1]}'))
    assert data.document("tasks.json", data.tip()) == {"tasks": [1]}


def test_a_list_above_one_megabyte_is_read_as_a_blob(github: responses.RequestsMock, data: DashboardData) -> None:
    body = json.dumps({"tasks": ["x" * 10] * 600_000}).encode()
    github.get(BRANCH, json=branch())
    expect_file(github, "api/tasks.json", SHA, json=content(body, content="", encoding="none"))
    github.get(f"{RUNNER}/git/blobs/{'b' * 40}", json=content(body))
    found = data.document("tasks.json", data.tip())
    assert found
    assert len(found["tasks"]) == 600_000


def test_what_is_kept_is_bounded(
    github: responses.RequestsMock, data: DashboardData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.dashboard_data.MOST_KEPT", 25)
    github.get(BRANCH, json=branch())
    files = {name: expect_file(github, f"api/{name}", SHA, json=content(b'{"a": "b"}')) for name in "123"}
    tip = data.tip()
    for name in "1213":
        data.document(name, tip)
    assert sum(map(len, data._kept.values())) == 20
    data.document("1", tip)
    data.document("2", tip)
    assert {name: each.call_count for name, each in files.items()} == {"1": 1, "2": 2, "3": 1}


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_503_and_not_a_bug(
    github: responses.RequestsMock, data: DashboardData, body: bytes
) -> None:
    github.get(BRANCH, json=branch())
    expect_file(github, "api/stats.json", SHA, json=content(body))
    with pytest.raises(Problem) as raised:
        data.document("stats.json", data.tip())
    assert (raised.value.status, raised.value.reply.error) == (503, "unreadable-data")


def test_a_file_by_its_digest_comes_from_the_ledger(github: responses.RequestsMock, data: DashboardData) -> None:
    key, digest = "a" * 20, "e" * 64
    expect_file(github, f"tasks/{key}/files/{digest}", "ledger", json=content(b"log\0"))
    assert data.file(key, digest) == b"log\0"
    expect_file(github, f"tasks/{key}/files/{'f' * 64}", "ledger", status=404, json={"message": "Not Found"})
    assert data.file(key, "f" * 64) is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 404, "json": {"message": "Branch not found"}}, "no-data-yet"),
        ({"status": 404, "json": {"message": "Not Found"}}, "github-refused"),  # the repository, or the right to see it
        ({"status": 403, "json": {"message": "API rate limit exceeded"}}, "github-rate-limit"),
        ({"status": 502, "body": "<html>"}, "github-unavailable"),
        ({"status": 200, "body": "<html>"}, "github-unreachable"),
        ({"status": 200, "json": {"commit": None}}, "github-unreachable"),
        ({"status": 304}, "github-refused"),
    ],
)
def test_why_there_is_no_tip__and_nobody_asks_again_at_once(
    github: responses.RequestsMock, data: DashboardData, clock: Clock, answer: dict[str, Any], error: str
) -> None:
    github.get(BRANCH, **answer)
    for _ in range(2):
        with pytest.raises(Problem) as raised:
            data.tip()
        assert raised.value.reply.error == error
        assert isinstance(raised.value, GitHubRefused) == (error != "no-data-yet")
    assert len(github.calls) == 1
    clock.now += 6
    github.replace(responses.GET, BRANCH, json=branch())
    assert data.tip().commit == SHA
