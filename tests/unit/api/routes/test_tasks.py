"""GET /tasks and what belongs to a task: from the branch, with as_of, filters and pages."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import Client

from api.errors import NO_DATA_YET
from receiver.errors import Problem
from receiver.github_errors import SLOW, SOON_S
from tests.unit.api.doubles import ScriptedData

KEY = "0123456789abcdef0123"
AS_OF = "2026-11-28T12:00:00Z"
DIGEST = "e" * 64
OLDER: dict[str, Any] = {
    "key": KEY,
    "project": "owner/site",
    "messages": [],
    "versions": [],
    "latest": None,
}  # of an earlier version


def task(number: int, **more: Any) -> dict[str, Any]:
    about = {"key": f"{number:020x}", "task": f"page-{number}", "title": "Größe", "project": f"owner/p{number}"}
    return {**about, "recipient": "0123456789ab", "state": "live", "status": "live", "headline": "Live", **more}


@pytest.fixture
def filled(data: ScriptedData) -> ScriptedData:
    tasks = [
        task(4, state="failed", status="failed", headline="Nothing published"),
        task(3, lifecycle="closed"),
        task(2, title="A map of Zürich", recipient="f" * 12),
        task(1),
    ]
    data.documents["tasks.json"] = {"version": 1, "tasks": tasks}
    data.documents["stats.json"] = {"version": 1, "tasks": 4}
    messages = [
        {"id": f"{n:020x}", "role": "evaluator" if n % 2 else "coder", "kind": "result" if n == 3 else "message"}
        for n in range(5)
    ]
    data.documents[f"tasks/{KEY}.json"] = {
        **OLDER,
        "messages": messages,
        "versions": [{"sha": "a" * 40}],
        "latest": {"build_id": "b" * 20},
        "results": [{"id": "1", "metrics": {"accuracy": 0.5}}, {"id": "2", "metrics": {"accuracy": 1.0}}],
        "averages": {"accuracy": 0.75},
        "runs": [{"job_id": "c" * 20}],
        "logs": [{"name": "train.log", "sha256": "d" * 64}, {"name": "train.log", "sha256": DIGEST}],
    }
    data.files[KEY, DIGEST] = b"<script>alert(1)</script>\xff\n"
    return data


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [4, 3, 2, 1]),
        ("state=failed", [4]),
        ("status=live&lifecycle=open", [2, 1]),
        ("lifecycle=closed", [3]),
        ("q=z%C3%9CRICH+map", [2]),
        ("q=nothing+PUBLISHED", [4]),
        ("project=P1", [1]),
        ("project=owner/p2", [2]),
        ("recipient=ffffffffffff", [2]),
        ("q=elsewhere", []),
        ("unknown=1", [4, 3, 2, 1]),
    ],
)
def test_tasks_are_filtered(client: Client, filled: ScriptedData, owner: Any, query: str, found: list[int]) -> None:
    reply: Any = client.get(f"/tasks?{query}", headers=owner).json
    assert [int(each["key"], 16) for each in reply["tasks"]] == found
    assert (reply["total"], reply["page"], reply["next"], reply["as_of"]) == (len(found), 1, None, AS_OF)


def test_pages_lead_to_the_next_one_with_the_same_filters(client: Client, filled: ScriptedData, owner: Any) -> None:
    seen, where = [], "/tasks?limit=1&status=live&q=page"
    while where:
        reply: Any = client.get(where, headers=owner).json
        assert reply["total"] == 3
        seen += [int(each["key"], 16) for each in reply["tasks"]]
        following = urlsplit(reply["next"] or "")
        where = f"{following.path}?{following.query}" if following.path else ""
    assert seen == [3, 2, 1]
    assert client.get("/tasks?page=9", headers=owner).json["tasks"] == []  # type: ignore[index]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "page=0", "page=-1", "page=1.5", f"q={'x' * 201}"]
)
def test_a_query_that_cannot_be_answered_is_422(client: Client, filled: ScriptedData, owner: Any, query: str) -> None:
    reply: Any = client.get(f"/tasks?{query}", headers=owner)
    assert (reply.status_code, reply.json["details"][0]["field"]) == (422, query.partition("=")[0])


def test_a_task_and_all_that_belongs_to_it(client: Client, filled: ScriptedData, owner: Any) -> None:
    def ask(path: str) -> Any:
        reply = client.get(f"/tasks/{KEY}{path}", headers=owner).json
        assert reply
        assert (reply["as_of"], reply["key"]) == (AS_OF, KEY)
        return reply

    assert ask("")["latest"] == {"build_id": "b" * 20}
    assert ask("/versions")["versions"] == [{"sha": "a" * 40}]
    assert (len(ask("/results")["results"]), ask("/results")["averages"]) == (2, {"accuracy": 0.75})
    assert ask("/results/latest")["result"]["id"] == "2"
    assert ask("/results/latest")["latest"] == {"build_id": "b" * 20}
    assert ask("/runs")["runs"] == [{"job_id": "c" * 20}]
    assert len(ask("/logs")["logs"]) == 2
    assert [int(each["id"], 16) for each in ask("/messages?role=evaluator")["messages"]] == [1, 3]
    assert [int(each["id"], 16) for each in ask("/messages?kind=result")["messages"]] == [3]
    assert [int(each["id"], 16) for each in ask(f"/messages?after={2:020x}&limit=1")["messages"]] == [3]
    assert client.get("/stats", headers=owner).json == {"version": 1, "tasks": 4, "as_of": AS_OF}


def test_a_message_that_is_not_there_is_404(client: Client, filled: ScriptedData, owner: Any) -> None:
    reply: Any = client.get(f"/tasks/{KEY}/messages?after=ffff", headers=owner)
    assert (reply.status_code, reply.json["error"]) == (404, "unknown-message")


@pytest.mark.parametrize("part", ["runs", "logs", "results", "versions", "messages"])
def test_a_document_of_an_earlier_version_has_empty_lists(
    client: Client, data: ScriptedData, owner: Any, part: str
) -> None:
    data.documents[f"tasks/{KEY}.json"] = OLDER
    reply: Any = client.get(f"/tasks/{KEY}/{part}", headers=owner).json
    assert (reply[part], reply["total"]) == ([], 0)
    latest: Any = client.get(f"/tasks/{KEY}/results/latest", headers=owner).json
    assert (latest["latest"], latest["result"]) == (None, None)


@pytest.mark.parametrize("name", ["train.log", DIGEST])
def test_a_log_is_downloaded_whole__and_no_browser_runs_it(
    client: Client, filled: ScriptedData, owner: Any, name: str
) -> None:
    reply = client.get(f"/tasks/{KEY}/logs/{name}", headers=owner)
    assert reply.data == b"<script>alert(1)</script>\xff\n"
    assert reply.content_type == "text/plain; charset=utf-8"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("name", ["other.log", "d" * 64, "../../secret", "%2e%2e/%00"])
def test_a_log_that_is_not_kept_is_404(client: Client, filled: ScriptedData, owner: Any, name: str) -> None:
    assert client.get(f"/tasks/{KEY}/logs/{name}", headers=owner).status_code == 404


@pytest.mark.parametrize("key", ["f" * 20, "f" * 19, "..", "%2e%2e%2fstats", "ABCDEF" * 4])
def test_a_task_that_is_not_collected__is_404_and_says_where_it_may_be(
    client: Client, filled: ScriptedData, owner: Any, key: str
) -> None:
    reply: Any = client.get(f"/tasks/{key}", headers=owner)
    assert reply.status_code == 404
    if len(key) == 20:
        assert "not collected yet" in reply.json["cause"]
        assert "/status/<build id>" in reply.json["next_step"]
    assert "stats.json" not in filled.reads


@pytest.mark.parametrize("path", ["/tasks", f"/tasks/{KEY}", f"/tasks/{KEY}/logs/x", "/stats"])
def test_without_a_branch__or_github__or_a_key(client: Client, data: ScriptedData, owner: Any, path: str) -> None:
    data.at = Problem(NO_DATA_YET)
    none_yet: Any = client.get(path, headers=owner)
    assert (none_yet.status_code, none_yet.json["error"]) == (404, "no-data-yet")
    assert "gh workflow run dashboard.yml" in none_yet.json["next_step"]
    data.at = Problem(SLOW, retry_after_s=SOON_S)
    assert client.get(path, headers=owner).headers["Retry-After"] == "30"
    assert client.get(path).status_code == 401


def test_a_branch_without_its_list_is_503_and_says_what_to_do(client: Client, data: ScriptedData, owner: Any) -> None:
    reply: Any = client.get("/tasks", headers=owner)
    assert (reply.status_code, reply.json["error"]) == (503, "unreadable-data")
    assert "dashboard.yml" in reply.json["next_step"]
