"""Each wait of the product has a limit of its own, and goes by Retry-After where a server can send one."""

import ast
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from action.console import Console
from action.deadline import Deadline, seconds_asked
from action.errors import UserError
from action.gates.http import Fetched, GuardedHttp
from action.github.api import MOST_WAITING, RunnerApi
from action.github.target_api import GitHub, connect
from action.model.gemini import wait_of
from action.model.retry_policy import LONGEST_WAIT, Do, Event, Kind, decide
from action.record import Publication
from action.steps.notify import Notifier
from action.steps.tokens import look_at
from receiver.github_errors import LONGEST_S, retry_after
from tests.unit.action.conftest import NOW, Clock, make_request

ROOT = Path(__file__).parents[3]
API = "https://api.example:443/api/v3"
# Where the product waits, and the test that shows the limit. A new wait gets a line here, and its test.
WAITS = {
    "action/browser/schedule.py Tabs._prepare_after": "unit/action/browser/test_tour.py",
    "action/browser/steps.py Actor._answer": "embedded/test_behaviour.py",
    "action/browser/steps.py Actor._do": "embedded/test_behaviour.py",
    "action/browser/steps.py Actor._found": "embedded/test_behaviour.py",
    "action/browser/visit.py Rest.waited_for": "embedded/test_browser.py",
    "action/browser/visit.py ask": "embedded/test_browser.py",
    "action/browser/visit.py seen": "embedded/test_browser.py",
    "action/execution/clone.py Cloner._fetch": "unit/action/execution/test_clone.py",
    "action/execution/limits.py end_descendants": "unit/action/execution/test_run.py",
    "action/github/api.py patiently": "unit/action/test_waits.py",
    "action/github/clone.py PublicRepositories._patiently": "unit/action/github/test_current_files.py",
    "action/github/git.py Git._transfer": "unit/action/github/test_git.py",
    "action/github/live_pages.py LivePages.wrong_with": "unit/action/github/test_live_pages.py",
    "action/github/pages.py Pages.enable_pages": "unit/action/github/test_pages.py",
    "action/github/repositories.py Targets._ready_branch": "unit/action/github/test_target.py",
    "action/github/runs.py RunWatcher.log": "unit/action/github/test_watch_runs.py",
    "action/github/runs.py RunWatcher.wait": "unit/action/github/test_watch_runs.py",
    "action/github/target_api.py GitHub.pause": "unit/action/github/test_pages.py",
    "action/github/target_api.py Rereader.requestJson": "unit/action/github/test_limits.py",
    "action/github/target_api.py WithinDeadline.increment": "unit/action/test_waits.py",
    "action/model/fallback.py Fallback._ask_one": "unit/action/model/test_fallback.py",
    "action/steps/deploy.py Deployer.wait_for": "unit/action/steps/test_deploy.py",
    "action/steps/deploy_dashboard.py DashboardDeployer._try": "unit/action/steps/test_deploy_dashboard.py",
    "action/steps/deploy_dashboard.py DashboardDeployer.deploy": "unit/action/steps/test_deploy_dashboard.py",
    "action/steps/dispatch.py run": "unit/action/steps/test_agent_events.py",
    "action/steps/dispatch.py send": "unit/action/steps/test_agent_events.py",
    "action/steps/notify.py Notifier.notify": "unit/action/test_waits.py",
    "action/steps/verify.py Verifier.fetch": "unit/action/steps/test_verify.py",
    "action/steps/verify.py Verifier.wait": "unit/action/steps/test_verify.py",
    "api/waiting.py WaitingRoom.moments": "unit/api/routes/test_execute.py",
}


def waits_in(path: Path) -> Iterator[str]:
    """Yield the functions of a file that sleep."""

    def walk(node: ast.AST, name: str) -> Iterator[str]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{name}.{node.name}".lstrip(".")
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called.lstrip("_") in {"sleep", "doze", "pause"}:
                yield f"{path.relative_to(ROOT).as_posix()} {name}"
        for child in ast.iter_child_nodes(node):
            yield from walk(child, name)

    yield from walk(ast.parse(path.read_text()), "")


def test_each_wait__is_listed_with_its_test() -> None:
    files = (path for room in ("action", "api", "receiver") for path in (ROOT / room).rglob("*.py"))
    found = {wait for path in files for wait in waits_in(path)}
    assert found == set(WAITS)
    assert [test for test in WAITS.values() if not (ROOT / "tests" / test).exists()] == []


class Busy(GuardedHttp):
    """Answers 503 for ever, with a Retry-After."""

    def __init__(self, asked: str) -> None:
        super().__init__()
        self._asked = asked

    def post_json(self, url: str, body: Any, *, timeout_s: float, redirects: int = 3) -> Fetched:
        return Fetched(503, {"retry-after": self._asked}, b"", url)


def busy(asked: str) -> responses.RequestsMock:
    """Return a GitHub that answers 503 to everything, with a Retry-After."""
    mock = responses.RequestsMock(assert_all_requests_are_fired=False)
    for method in ("GET", "POST"):
        mock.add(method, re.compile(".*"), status=503, headers={"Retry-After": asked})
    return mock


def notify(asked: str, clock: Clock, deadline: Deadline) -> None:
    """Send a callback that nobody takes."""
    there = Publication(repository="o/n", repo_url="https://g/o/n", branch="main", commit_sha="1" * 40,
                        pages_url="https://o.g/n/")  # fmt: skip
    Notifier(Busy(asked), deadline, Console(), clock.sleep, clock).notify(make_request(), there, [])


def publishing(_asked: str, clock: Clock, deadline: Deadline) -> None:
    """Ask with the publishing token."""
    api = connect("made-up", api_url=API, seconds_between_writes=0, deadline=deadline, sleep=clock.sleep)
    GitHub(api, deadline, clock.sleep).get("/repos/o/n")


def as_run(ask: Callable[[RunnerApi], object]) -> Callable[[str, Clock, Deadline], None]:
    """Return what asks with the run's token."""

    def wait(_asked: str, clock: Clock, _deadline: Deadline) -> None:
        session = requests.Session()
        ask(RunnerApi(session, api_url=API, repository="o/r", token="t", sleep=clock.sleep))

    return wait


def publishing_token(_asked: str, clock: Clock, _deadline: Deadline) -> None:
    """Look at when the publishing token ends."""
    look_at("made-up", requests.Session(), API, NOW, sleep=clock.sleep)


ASKING = {
    "callback": notify,
    "publishing token": publishing,
    "run's token, read": as_run(lambda api: api.get("/x")),
    "run's token, write": as_run(lambda api: api.post("/x", {})),
    "run's token, event": as_run(lambda api: api.dispatch("build-task", {})),
    "run's token, envelope": as_run(lambda api: api.blob("a" * 40)),
    "tokens' end": publishing_token,
}


@pytest.mark.parametrize("what", ASKING)
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after__is_waited_for_in_both_forms(what: str, form: str, clock: Clock) -> None:
    if what != "callback":  # clients of GitHub go by the time of this machine
        clock.time = datetime.now(UTC).timestamp()
    moment = datetime.fromtimestamp(clock.time + 30, UTC)
    asked = "30" if form == "seconds" else format_datetime(moment, usegmt=True)
    waited_for(what, asked, clock)
    assert clock.slept[0] == pytest.approx(30, abs=2)


@pytest.mark.parametrize("what", ASKING)
@pytest.mark.parametrize("asked", ["9" * 12, "9" * 5_000, "Fri, 31 Dec 9999 23:59:59 GMT", "soon", "-5", "٣", "nan"])
def test_absurd__no_wait_outlasts_its_limit(what: str, asked: str, clock: Clock) -> None:
    began = clock.time
    waited_for(what, asked, clock)
    limit = 600.0 if what == "callback" else MOST_WAITING
    assert clock.time - began <= limit
    assert len(clock.slept) <= 12


def waited_for(what: str, asked: str, clock: Clock) -> None:
    """Let something wait until it gives up."""
    deadline = Deadline(datetime.fromtimestamp(clock.time, UTC), clock=clock)
    with busy(asked), pytest.raises(UserError):
        ASKING[what](asked, clock, deadline)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0.0), (" 7 ", 7.0), ("1.5", 1.5), ("", None), ("soon", None), ("-1", None), ("1e9", None), ("²", None)],
)
def test_seconds_asked(text: str, expected: float | None) -> None:
    assert seconds_asked(text, NOW.timestamp()) == expected


def test_seconds_asked__a_date() -> None:
    assert seconds_asked(format_datetime(NOW + timedelta(seconds=9), usegmt=True), NOW.timestamp()) == 9
    assert seconds_asked(format_datetime(NOW - timedelta(days=9), usegmt=True), NOW.timestamp()) == 0


def test_the_model__who_asks_for_more_than_a_minute_is_left() -> None:
    for asked in ("70", "9" * 12, "Fri, 31 Dec 9999 23:59:59 GMT"):
        event = Event(Kind.STATUS, status=503, wait=wait_of([], {"retry-after": asked}))
        assert decide(event, failures=0, remaining=600).do is Do.NEXT_MODEL
    event = Event(Kind.STATUS, status=503, wait=wait_of([], {"retry-after": "7"}))
    assert decide(event, failures=0, remaining=600).after == 7 < LONGEST_WAIT


def test_the_receiver__waits_for_nothing_and_tells_senders_an_hour_at_most() -> None:
    assert retry_after({"retry-after": "9" * 12}) == LONGEST_S
    assert retry_after({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}) == LONGEST_S
