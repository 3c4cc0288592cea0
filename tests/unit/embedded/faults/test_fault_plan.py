"""Faults on demand: which requests a plan is about, how often, what is answered, and the API of the plan."""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from embedded.faults.layer import Faulty, service_of
from embedded.faults.plan import CannotPlan, FaultPlan
from tests.unit.embedded.faults.fault_table import table
from tests.unit.test_links import ROOT

RUNS = {"total_count": 1, "workflow_runs": [{"id": 1}]}


class Caller:
    """Asks a server that answers everything with one JSON object, through the layer of faults."""

    def __init__(self, *entries: object, service: str = "github") -> None:
        self.plan = FaultPlan(list(entries))
        self.asked: list[str] = []
        self._layer = Faulty(self.serve, service, self.plan)

    def serve(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self.asked.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "999")])
        return [json.dumps(RUNS).encode()]

    def __call__(self, method: str, path: str, body: object = None, **more: str) -> tuple[int, dict[str, str], bytes]:
        given: list[Any] = []
        sent = json.dumps(body).encode() if body is not None else b""
        path, _, query = path.partition("?")
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, **more}
        environ |= {"CONTENT_LENGTH": str(len(sent)), "wsgi.input": io.BytesIO(sent)}  # type: ignore[dict-item]
        pieces = list(self._layer(environ, lambda *head: given.extend(head)))  # type: ignore[arg-type]
        return int(given[0].split()[0]), dict(given[1]), b"".join(pieces)


def test_fault__happens_as_often_as_planned_and_only_where_it_is_about() -> None:
    call = Caller({"fault": "rest-503", "where": "rest GET /repos/*/*", "times": 2, "after": 1})
    assert [call("GET", "/api/v3/user")[0], call("GET", "/api/v3/repos/a/b/pages")[0]] == [200, 200]
    assert [call("GET", "/api/v3/repos/a/b")[0] for _ in range(4)] == [200, 503, 503, 200]
    assert [played["request"] for played in call.plan.played] == ["rest GET /repos/a/b"] * 2


def test_fault__always() -> None:
    call = Caller({"fault": "rest-503", "times": 0})
    assert {call("GET", "/api/v3/user")[0] for _ in range(9)} == {503}


def test_limit__says_when_it_is_over_in_the_headers_of_the_recordings() -> None:
    call = Caller({"fault": "limit-secondary-with-time", "seconds": 8})
    status, headers, body = call("GET", "/api/v3/user")
    assert (status, headers["retry-after"], headers["x-ratelimit-remaining"]) == (429, "8", "4979")
    assert json.loads(body)["message"].startswith("You have exceeded a secondary rate limit.")


def test_server_error__is_githubs_page() -> None:
    status, headers, body = Caller("rest-502")("GET", "/api/v3/user")
    assert status == 502
    assert headers["content-type"].startswith("text/html")
    assert b"Unicorn!" in body


def test_list__is_late() -> None:
    status, headers, body = Caller("lists-late")("GET", "/api/v3/repos/a/b/actions/runs?head_sha=1")
    assert (status, json.loads(body)) == (200, {"total_count": 0, "workflow_runs": []})
    assert headers["Content-Length"] == str(len(body))


def test_answer_lost__after_the_work_was_done() -> None:
    call = Caller("rest-answer-lost")
    with pytest.raises(ConnectionResetError):
        call("POST", "/api/v3/user/repos")
    assert call.asked == ["/api/v3/user/repos"]


def test_reset__before_the_work_is_done() -> None:
    call = Caller("rest-reset")
    with pytest.raises(ConnectionResetError):
        call("POST", "/api/v3/user/repos")
    assert call.asked == []


def test_cut__in_the_middle() -> None:
    call = Caller("page-cut", service="pages")
    layer = Faulty(call.serve, "pages", call.plan)
    environ: Any = {"REQUEST_METHOD": "GET", "PATH_INFO": "/a/b/", "QUERY_STRING": ""}
    pieces = iter(layer(environ, lambda *_: None))  # type: ignore[arg-type]
    assert 0 < len(next(iter(pieces))) < len(json.dumps(RUNS))
    with pytest.raises(ConnectionResetError):
        next(pieces)


def test_process__is_killed_before_or_after_the_request() -> None:
    killed: list[str] = []
    call = Caller("receiver-killed", "receiver-killed-when-done")
    call.plan.victims["receiver"] = lambda: killed.append(f"after {len(call.asked)} requests")
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            call("POST", "/api/v3/repos/a/b/dispatches")
    assert killed == ["after 0 requests", "after 1 requests"]


def test_fate__of_runs_and_deployments() -> None:
    plan = FaultPlan(["deployment-failed", "runner-dies"])
    assert plan.fate("deployment START a/b") == "deployment_failed"
    assert plan.fate("deployment START a/b") is None
    assert plan.fate("run START a/b/.github/workflows/pages.yml") is None
    assert plan.fate("run START a/b/.github/workflows/build.yml") == "runner dies"


def test_plan__over_http() -> None:
    call = Caller()
    assert call("POST", "/_faults", ["rest-503", {"fault": "page-404", "times": 5}])[0] == 200
    call("GET", "/api/v3/user")
    told = json.loads(call("GET", "/_faults")[2])
    assert [(entry["fault"], entry["left"]) for entry in told["plan"]] == [("rest-503", 0), ("page-404", 5)]
    assert told["played"] == [{"fault": "rest-503", "request": "rest GET /user"}]
    assert told["seen"] == ["rest GET /user"]
    call("DELETE", "/_faults")
    assert json.loads(call("GET", "/_faults")[2]) == {"plan": [], "played": [], "seen": []}


@pytest.mark.parametrize("body", ["no-such-fault", [{"fault": "rest-503", "often": 3}], [3]])
def test_plan__that_cannot_be_used(body: object) -> None:
    status, _, answer = Caller()("POST", "/_faults", body)
    assert status == 422
    assert "docs/faults.md" in json.loads(answer)["error"]


def test_plan__is_not_for_pages_in_a_browser() -> None:
    call = Caller()
    assert call("POST", "/_faults", ["rest-503"], HTTP_ORIGIN="http://evil.example")[0] == 403
    assert call("GET", "/api/v3/user")[0] == 200


def test_plan__from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text('["rest-503", {"fault": "model-quota", "times": 2}]')
    assert len(FaultPlan.from_file(file).as_json()["plan"]) == 2
    file.write_text("not JSON")
    with pytest.raises(CannotPlan, match=r"plan\.json cannot be read"):
        FaultPlan.from_file(file)


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/v3/user", ("rest", "/user")),
        ("/alice/site.git/info/refs", ("git", "/alice/site.git/info/refs")),
        ("/twirp/a.Service/Create", ("artifacts", "/twirp/a.Service/Create")),
        ("/_results/blob/1", ("artifacts", "/_results/blob/1")),
        ("/alice/site", ("web", "/alice/site")),
    ],
)
def test_service__by_the_path(path: str, service: tuple[str, str]) -> None:
    assert service_of(path) == service


def test_documentation__has_the_table_as_it_is() -> None:
    assert table() in (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
