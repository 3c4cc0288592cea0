"""The runner repository's API: what passes is tried again, what does not is explained, and no store sees the token."""

import pytest
import requests
import responses

from action.errors import GitHubUnavailable, RateLimitReached, TokenInsufficient
from action.github.api import NotThere, RunnerApi, TooLarge

API = "https://api.example"
REPO = f"{API}/repos/owner/runner"
STORE = "https://store.example/zip?sig=1"


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def api(slept: list[float]) -> RunnerApi:
    session = requests.Session()
    return RunnerApi(session, api_url=API, repository="owner/runner", token="made-up", sleep=slept.append)


def test_get__with_the_token_and_the_query(api: RunnerApi, http: responses.RequestsMock) -> None:
    query = responses.matchers.query_param_matcher({"status": "queued", "per_page": "100"})
    header = responses.matchers.header_matcher({"Authorization": "Bearer made-up"})
    http.get(f"{REPO}/actions/runs", json={"a": 1}, match=[query, header])
    assert api.get("/actions/runs", status="queued", per_page=100) == {"a": 1}


def test_pages__until_one_is_not_full(api: RunnerApi, http: responses.RequestsMock) -> None:
    for number, size in ((1, 100), (2, 100), (3, 7)):
        match = [responses.matchers.query_param_matcher({"per_page": "100", "page": str(number)})]
        http.get(f"{REPO}/actions/artifacts", json={"artifacts": [{}] * size}, match=match)
    assert [len(page) for page in api.pages("/actions/artifacts", "artifacts")] == [100, 100, 7]


@pytest.mark.parametrize("failure", [502, 503, 429, requests.ConnectionError("x")])
def test_what_passes_is_tried_again(
    api: RunnerApi, http: responses.RequestsMock, slept: list[float], failure: int | Exception
) -> None:
    if isinstance(failure, int):
        http.get(f"{REPO}/x", status=failure, headers={"Retry-After": "7"})
    else:
        http.get(f"{REPO}/x", body=failure)
    http.get(f"{REPO}/x", json=[])
    assert api.get("/x") == []
    assert slept == [7.0 if isinstance(failure, int) else 1.0]


def test_what_does_not_pass_is_given_up(api: RunnerApi, http: responses.RequestsMock, slept: list[float]) -> None:
    http.get(f"{REPO}/x", status=500)
    with pytest.raises(GitHubUnavailable, match="answered 500"):
        api.get("/x")
    assert slept == [1.0, 2.0, 4.0, 8.0]


def test_a_request_that_changes_something_is_not_repeated_when_its_answer_is_lost(
    api: RunnerApi, http: responses.RequestsMock, slept: list[float]
) -> None:
    http.post(f"{REPO}/x", body=requests.ConnectionError("x"))
    with pytest.raises(GitHubUnavailable, match="ConnectionError"):
        api.post("/x", {})
    assert slept == []


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (404, {}, NotThere),
        (410, {}, NotThere),
        (401, {}, TokenInsufficient),
        (403, {"x-accepted-github-permissions": "actions=write"}, TokenInsufficient),
        (403, {"x-ratelimit-remaining": "0"}, RateLimitReached),
        (429, {"x-ratelimit-remaining": "0"}, RateLimitReached),
        (422, {}, GitHubUnavailable),
    ],
)
def test_refusals(
    api: RunnerApi,
    http: responses.RequestsMock,
    slept: list[float],
    status: int,
    headers: dict[str, str],
    expected: type[Exception],
) -> None:
    http.get(f"{REPO}/x", status=status, headers=headers)
    with pytest.raises(expected) as caught:
        api.get("/x")
    assert slept == []
    assert "made-up" not in str(caught.value)
    assert "accepted" not in str(caught.value)
    if "x-accepted-github-permissions" in headers:
        assert "actions=write" in str(caught.value)


def test_a_download_follows_one_redirect_without_the_token(api: RunnerApi, http: responses.RequestsMock) -> None:
    def store(request: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        assert "Authorization" not in request.headers
        return (200, {}, b"zip bytes")

    http.get(f"{REPO}/actions/artifacts/1/zip", status=302, headers={"Location": STORE})
    http.add_callback(responses.GET, STORE, store)
    assert api.download("/actions/artifacts/1/zip", 100) == b"zip bytes"


@pytest.mark.parametrize(
    ("status", "location", "store_status", "expected"),
    [
        (410, "", 0, NotThere),
        (302, STORE, 404, NotThere),
        (302, STORE, 302, GitHubUnavailable),
        (302, STORE, 500, GitHubUnavailable),
        (302, STORE, 200, TooLarge),
        (200, "", 0, GitHubUnavailable),
    ],
)
def test_downloads_that_fail(
    api: RunnerApi,
    http: responses.RequestsMock,
    status: int,
    location: str,
    store_status: int,
    expected: type[Exception],
) -> None:
    http.get(f"{REPO}/z", status=status, headers={"Location": location} if location else {})
    if store_status:
        http.get(STORE, status=store_status, body=b"x" * 101, headers={"Location": "https://elsewhere.example/"})
    with pytest.raises(expected):
        api.download("/z", 100)


def test_a_refusal_is_told_in_githubs_words(api: RunnerApi, http: responses.RequestsMock) -> None:
    said = f"Deployment request failed for {'1' * 40} due to in progress deployment. Please cancel {'2' * 40} first"
    http.post(f"{REPO}/pages/deployments", status=400, json={"message": said, "documentation_url": "https://docs"})
    with pytest.raises(GitHubUnavailable, match=said):
        api.post("/pages/deployments", {})
