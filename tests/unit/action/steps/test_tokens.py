"""One issue before the publishing token expires: opened once, closed when the token is renewed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import responses
from responses import matchers

from action.console import Console
from action.errors import GitHubUnavailable
from action.steps import tokens

API = "https://api.example"
ISSUES = f"{API}/repos/owner/runner/issues"
EXPIRES = datetime.now(UTC) + timedelta(days=9, hours=1)
TITLE = f"The publishing token expires on {EXPIRES:%Y-%m-%d}"
Step = Callable[[], None]


@pytest.fixture
def step(tmp_path: Path, console: Console) -> Step:
    environ = {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "owner/runner",
        "GITHUB_API_URL": API,
        "GITHUB_TOKEN": "of-the-run",
        "TARGET_TOKEN": "publishing",
    }
    return lambda: tokens.run(environ, console)


def token_is(http: responses.RequestsMock, status: int = 200, expires: datetime | None = EXPIRES) -> None:
    headers = {"GitHub-Authentication-Token-Expiration": f"{expires:%Y-%m-%d %H:%M:%S} UTC"} if expires else {}
    match = [matchers.header_matcher({"Authorization": "Bearer publishing"})]
    http.get(f"{API}/user", status=status, json={"login": "owner"}, headers=headers, match=match)


def issue(title: str, state: str = "open", user: str = tokens.BOT, number: int = 7) -> dict[str, Any]:
    return {"title": title, "state": state, "user": {"login": user}, "number": number}


def issues_are(http: responses.RequestsMock, *issues: dict[str, Any]) -> None:
    http.get(ISSUES, json=list(issues), match=[matchers.header_matcher({"Authorization": "Bearer of-the-run"})])


def opened(http: responses.RequestsMock) -> responses.BaseResponse:
    made: responses.BaseResponse = http.post(ISSUES, status=201, json={"number": 8})
    return made


def test_two_weeks_before__one_issue_says_when_and_what_to_do(step: Step, http: responses.RequestsMock) -> None:
    token_is(http)
    issues_are(http, issue("Something of mine", user="owner"))
    made = opened(http)
    step()
    body = str(made.calls[0].request.body)
    assert TITLE in body
    assert "in 9 days" in body
    assert "docs/own.md" in body


@pytest.mark.parametrize("state", ["open", "closed"])
def test_the_same_date__no_second_issue_even_when_somebody_closed_the_first(
    step: Step, http: responses.RequestsMock, state: str
) -> None:
    token_is(http)
    issues_are(http, issue(TITLE, state))
    step()


@pytest.mark.parametrize("expires", [None, EXPIRES + timedelta(days=80)])
def test_a_renewed_token__its_issues_are_closed_and_nobody_elses(
    step: Step, http: responses.RequestsMock, expires: datetime | None
) -> None:
    token_is(http, expires=expires)
    issues_are(http, issue(TITLE), issue(TITLE, user="owner", number=9), issue(TITLE, "closed", number=3))
    http.patch(f"{ISSUES}/7", json={}, match=[matchers.json_params_matcher({"state": "closed"})])
    step()


def test_an_expired_token__says_that_and_closes_the_warning(step: Step, http: responses.RequestsMock) -> None:
    token_is(http, 401, None)
    issues_are(http, issue(TITLE), issue("GitHub does not accept the publishing token.", "closed", number=2))
    http.patch(f"{ISSUES}/7", json={})
    made = opened(http)
    step()
    assert "does not accept the publishing token" in str(made.calls[0].request.body)


def test_a_repository_without_issues__is_a_warning_in_the_run(
    step: Step, http: responses.RequestsMock, log: Any
) -> None:
    token_is(http)
    http.get(ISSUES, status=410, json={"message": "Issues are disabled for this repo"})
    step()
    assert "::warning title=E-TOKEN::The publishing token expires on" in log.getvalue()


def test_github_has_trouble__nothing_is_said_about_the_token(step: Step, http: responses.RequestsMock) -> None:
    http.get(f"{API}/user", status=403, json={"message": "Forbidden"})
    with pytest.raises(GitHubUnavailable, match="403 when it was asked about the publishing token"):
        step()


def test_no_publishing_token__nothing_is_asked_about_it(
    tmp_path: Path, console: Console, log: Any, http: responses.RequestsMock
) -> None:
    issues_are(http)
    environ = {"RUNNER_TEMP": "x", "GITHUB_EVENT_PATH": "x", "GITHUB_REPOSITORY": "owner/runner"}
    tokens.run({**environ, "GITHUB_TOKEN": "of-the-run", "GITHUB_API_URL": API}, console)
    assert "all is well" in log.getvalue()


def test_the_dispatch_token__is_known_by_what_setup_wrote_down(
    tmp_path: Path, console: Console, http: responses.RequestsMock
) -> None:
    issues_are(http, issue(TITLE))
    http.patch(f"{ISSUES}/7", json={})
    made = opened(http)
    environ = {"RUNNER_TEMP": "x", "GITHUB_EVENT_PATH": "x", "GITHUB_REPOSITORY": "owner/runner"}
    known = {"DISPATCH_TOKEN_EXPIRES": f"{EXPIRES:%Y-%m-%d %H:%M:%S} UTC"}
    tokens.run({**environ, **known, "GITHUB_TOKEN": "of-the-run", "GITHUB_API_URL": API}, console)
    body = str(made.calls[0].request.body)
    assert f"The dispatch token expires on {EXPIRES:%Y-%m-%d}" in body
    assert "receiver" in body
    assert "run make setup" in body
