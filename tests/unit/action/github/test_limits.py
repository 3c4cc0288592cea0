"""What both clients of GitHub's API do about limits, trouble and refusals: answers that GitHub was seen to give."""

import time
from typing import Any

import pytest
import requests
import responses
from github import GithubException

from action.deadline import Deadline
from action.errors import GitHubUnavailable, RateLimitReached, RunRefused, TokenInsufficient, UserError
from action.github.api import RunnerApi
from action.github.refusals import Refusal
from action.github.target_api import GitHub, connect, explain

API = "https://api.example:443/api/v3"
RUNNER = "https://api.example/repos/owner/runner"
LEFT = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4000"}
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again"
CONTENT = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry"
    " your request again later. If you reach out to GitHub Support for help, please include the request ID 1."
)
ABUSE = "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again."
UNICORN = "<!DOCTYPE html>\n<html>\n  <head>\n    <title>Unicorn! &middot; GitHub</title>\n  </head>\n</html>\n"
LIMITED = [
    pytest.param(403, LEFT, SECONDARY, 60.0, id="403 by its words"),
    pytest.param(403, LEFT, CONTENT, 60.0, id="403 content creation"),
    pytest.param(403, {"retry-after": "60"}, ABUSE, 60.0, id="403 abuse detection"),
    pytest.param(429, {"retry-after": "8"}, SECONDARY, 8.0, id="429 that says how long"),
    pytest.param(429, {}, SECONDARY, 60.0, id="429 that does not"),
]


@pytest.fixture
def github(deadline: Deadline, clock: Any) -> GitHub:
    return GitHub(
        connect("made-up", api_url=API, seconds_between_writes=0, deadline=deadline, sleep=clock.sleep),
        deadline,
        clock.sleep,
    )


@pytest.fixture
def runner(clock: Any) -> RunnerApi:
    return RunnerApi(
        requests.Session(), api_url="https://api.example", repository="owner/runner", token="t", sleep=clock.sleep
    )


@pytest.mark.parametrize(("status", "headers", "message", "wait"), LIMITED)
def test_a_secondary_limit__is_waited_out_by_both_clients(
    github: GitHub,
    runner: RunnerApi,
    http: responses.RequestsMock,
    clock: Any,
    status: int,
    headers: dict[str, str],
    message: str,
    wait: float,
) -> None:
    for url in (f"{API}/repos/o/n", f"{RUNNER}/x"):
        http.get(url, status=status, headers=headers, json={"message": message})
        http.get(url, json={"it": "went on"})
    assert github.get("/repos/o/n")["it"] == "went on"
    assert runner.get("/x") == {"it": "went on"}
    assert clock.slept == [wait, wait]


@pytest.mark.parametrize("body", [UNICORN, '{"it": "went', "[" * 100_000])
def test_an_answer_that_is_no_json__is_asked_for_again_by_both_clients(
    github: GitHub, runner: RunnerApi, http: responses.RequestsMock, clock: Any, body: str
) -> None:
    for url in (f"{API}/repos/o/n", f"{RUNNER}/x"):
        http.get(url, body=body)
        http.get(url, json={"it": "went on", "full_name": "o/n", "url": url})
    assert github.api.get_repo("o/n").full_name == "o/n"
    assert runner.get("/x")["it"] == "went on"
    assert clock.slept == [1.0, 1.0]


def test_an_answer_that_is_cut_off_on_its_way__is_asked_for_again_by_both_clients(
    github: GitHub, runner: RunnerApi, http: responses.RequestsMock, clock: Any
) -> None:
    for url in (f"{API}/repos/o/n", f"{RUNNER}/x"):
        http.get(url, body=requests.exceptions.ChunkedEncodingError("IncompleteRead"))
        http.get(url, json={"it": "went on"})
    assert github.get("/repos/o/n")["it"] == "went on"
    assert runner.get("/x") == {"it": "went on"}
    assert clock.slept == [1.0, 1.0]


def test_an_answer_that_stays_unreadable__ends_soon_and_a_change_is_not_made_twice(
    github: GitHub, runner: RunnerApi, http: responses.RequestsMock, clock: Any
) -> None:
    http.get(f"{API}/repos/o/n", body=UNICORN)
    http.post(f"{RUNNER}/x", body=UNICORN)
    with pytest.raises(GitHubUnavailable, match="InvalidJSONError"):
        github.get("/repos/o/n")
    assert clock.slept == [1.0, 4.0, 15.0]
    with pytest.raises(GitHubUnavailable, match="without JSON"):
        runner.post("/x", {})
    http.assert_call_count(f"{RUNNER}/x", 1)


def test_a_secondary_limit_that_stays__ends_within_the_deadline_and_is_told_as_what_it_is(
    github: GitHub, http: responses.RequestsMock, clock: Any, deadline: Deadline
) -> None:
    clock.time += 360  # 240 seconds are left
    http.get(f"{API}/repos/o/n", status=403, headers=LEFT, json={"message": SECONDARY})
    with pytest.raises(RateLimitReached, match="secondary rate limit"):
        github.get("/repos/o/n")
    assert clock.slept == [60.0, 60.0, 60.0]
    assert deadline.remaining() == 60.0


def test_a_secondary_limit_that_stays__is_given_up_by_the_runs_token(
    runner: RunnerApi, http: responses.RequestsMock, clock: Any
) -> None:
    http.post(f"{RUNNER}/dispatches", status=403, headers=LEFT, json={"message": SECONDARY})
    with pytest.raises(RateLimitReached, match="secondary rate limit"):
        runner.dispatch("build-task", {})
    assert sum(clock.slept) == 120.0


def test_limits__are_waited_for_so_long_in_one_step_and_not_for_each_request(
    runner: RunnerApi, http: responses.RequestsMock, clock: Any
) -> None:
    http.get(f"{RUNNER}/x", status=403, headers=LEFT, json={"message": SECONDARY})
    for _ in range(10):
        with pytest.raises(RateLimitReached):
            runner.get("/x")
    assert sum(clock.slept) == 120.0


def test_a_limit_that_lasts_too_long_is_not_asked_again(
    runner: RunnerApi, http: responses.RequestsMock, clock: Any
) -> None:
    http.get(f"{RUNNER}/x", status=429, headers={"Retry-After": "900"})
    with pytest.raises(RateLimitReached):
        runner.get("/x")
    assert clock.slept == []


def test_the_hours_limit__is_waited_for_if_it_ends_in_time() -> None:
    now = time.time()
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(now) + 30)}
    used_up = Refusal(403, headers, "API rate limit exceeded for installation ID 1.")
    assert used_up.is_used_up
    assert 29 < used_up.wait(now) <= 31
    assert Refusal(403, {}, "API rate limit exceeded for installation ID 1.").is_used_up


def test_the_hours_limit_of_a_runs_token__is_told_with_its_number(
    runner: RunnerApi, http: responses.RequestsMock
) -> None:
    http.get(f"{RUNNER}/x", status=403, json={"message": "API rate limit exceeded for installation ID 1."})
    with pytest.raises(RateLimitReached, match="1,000 an hour"):
        runner.get("/x")


def test_a_page_of_html__is_trouble_of_githubs_that_passes(
    github: GitHub, runner: RunnerApi, http: responses.RequestsMock, clock: Any
) -> None:
    for url in (f"{API}/repos/o/n", f"{RUNNER}/x"):
        http.get(url, status=503, body=UNICORN, content_type="text/html; charset=utf-8")
        http.get(url, json={"it": "went on"})
    assert github.get("/repos/o/n")["it"] == "went on"
    assert runner.get("/x") == {"it": "went on"}


def test_a_page_of_html_that_stays__is_named_by_its_status(
    github: GitHub, runner: RunnerApi, http: responses.RequestsMock, clock: Any
) -> None:
    for url in (f"{API}/repos/o/n", f"{RUNNER}/x"):
        http.get(url, status=503, body=UNICORN, content_type="text/html; charset=utf-8")
    with pytest.raises(GitHubUnavailable, match="answered 503") as ours:
        github.get("/repos/o/n")
    with pytest.raises(GitHubUnavailable, match="answered 503") as of_the_run:
        runner.get("/x")
    assert "<" not in f"{ours.value} {of_the_run.value}"


def test_a_failed_connection__is_named(github: GitHub, http: responses.RequestsMock, clock: Any) -> None:
    http.get(f"{API}/repos/o/n", body=requests.ConnectionError("reset"))
    with pytest.raises(GitHubUnavailable, match="ConnectionError"):
        github.get("/repos/o/n")


NOT_ACCESSIBLE = "Resource not accessible by personal access token"


@pytest.mark.parametrize(
    ("message", "headers", "words"),
    [
        (NOT_ACCESSIBLE, {"x-accepted-github-permissions": "administration=write"}, "administration=write"),
        (NOT_ACCESSIBLE, {}, "Administration: write"),
        (NOT_ACCESSIBLE, {}, "waits for the organisation's approval"),
        ("You need admin access to the organization before adding a repository to it.", {}, "add repositories"),
        ("Resource protected by organization SAML enforcement.", {}, "single sign-on"),
        ("`lab` forbids access via a personal access token (classic).", {}, "takes no classic tokens"),
        ("Something new.", {}, "Something new."),
    ],
)
def test_a_403__is_told_by_githubs_words(message: str, headers: dict[str, str], words: str) -> None:
    found = explain(GithubException(403, {"message": message}, headers), "create it", "Administration: write")
    assert isinstance(found, TokenInsufficient)
    assert words in str(found)


def test_a_403_about_a_permission__is_not_asked_again(github: GitHub, http: responses.RequestsMock, clock: Any) -> None:
    http.get(f"{API}/repos/o/n", status=403, headers=LEFT, json={"message": NOT_ACCESSIBLE})
    with pytest.raises(TokenInsufficient):
        github.get("/repos/o/n")
    assert clock.slept == []


@pytest.mark.parametrize(
    ("status", "message", "words"),
    [
        (403, "This workflow run cannot be retried", "cannot be retried"),
        (403, "Unable to retry this workflow run because it was created over a month ago", "more than a month old"),
        (403, "This workflow is already running", "it is running"),
        (409, "Cannot cancel a workflow run that has not been queued yet.", "not queued yet"),
        (409, "Cannot cancel a workflow run that is completed.", "it is over"),
    ],
)
def test_what_github_does_not_do_with_a_run__is_no_missing_permission(
    runner: RunnerApi, http: responses.RequestsMock, status: int, message: str, words: str
) -> None:
    http.post(f"{RUNNER}/actions/runs/1/rerun", status=status, json={"message": message})
    with pytest.raises(RunRefused, match=words):
        runner.post("/actions/runs/1/rerun", {})


NEW = "https://api.example/repositories/1"


@pytest.mark.parametrize("location", [f"{NEW}/actions/runs", f"{NEW}/actions/runs?per_page=7"])
def test_a_renamed_runner_repository__is_followed_with_the_query(
    runner: RunnerApi, http: responses.RequestsMock, location: str
) -> None:
    http.get(f"{RUNNER}/actions/runs", status=301, headers={"Location": location})
    match = [responses.matchers.query_param_matcher({"per_page": "7"})]
    http.get(f"{NEW}/actions/runs", json={"found": 1}, match=match)
    assert runner.get("/actions/runs", per_page=7) == {"found": 1}


def test_a_renamed_runner_repository__a_change_is_followed_with_its_body(
    runner: RunnerApi, http: responses.RequestsMock
) -> None:
    http.post(f"{RUNNER}/x", status=307, headers={"Location": f"{NEW}/x"})
    http.post(f"{NEW}/x", json=[1], match=[responses.matchers.json_params_matcher({"a": 1})])
    assert runner.post("/x", {"a": 1}) == [1]


def test_a_redirect_to_another_host__never_sees_the_token(runner: RunnerApi, http: responses.RequestsMock) -> None:
    http.get(f"{RUNNER}/x", status=301, headers={"Location": "https://elsewhere.example/x"})
    with pytest.raises(UserError):
        runner.get("/x")
