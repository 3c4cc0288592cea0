"""Pages of a target repository, against GitHub's answers."""

from typing import Any

import pytest
import responses
from github import Auth, Github
from responses import matchers

from action.deadline import Deadline
from action.errors import CannotEnablePages, RepositoryArchived, TokenInsufficient
from action.github.pages import Pages
from action.github.target_api import GitHub

API = "https://api.example:443/api/v3"
REPOSITORY = f"{API}/repos/owner/page"
PAGE = {"html_url": "https://owner.pages.example/page", "build_type": "workflow"}


@pytest.fixture
def pages(deadline: Deadline, clock: Any) -> Pages:
    api = Github(
        auth=Auth.Token("made-up"), base_url=API, seconds_between_requests=0, seconds_between_writes=0, retry=None
    )
    return Pages(GitHub(api, deadline, clock.sleep))


def test_enable__a_workflow_publishes(pages: Pages, http: responses.RequestsMock) -> None:
    match = [matchers.json_params_matcher({"build_type": "workflow"})]
    http.post(f"{REPOSITORY}/pages", json=PAGE, status=201, match=match)
    assert pages.enable_pages("owner/page", is_new=True) == "https://owner.pages.example/page/"


def test_enable__enabled_before(pages: Pages, http: responses.RequestsMock) -> None:
    http.post(f"{REPOSITORY}/pages", json={"message": "GitHub Pages is already enabled."}, status=409)
    http.get(f"{REPOSITORY}/pages", json=PAGE)
    assert pages.enable_pages("owner/page", is_new=True) == "https://owner.pages.example/page/"


def test_enable__of_a_repository_that_is_not_new__nothing_is_written(
    pages: Pages, http: responses.RequestsMock
) -> None:
    http.get(f"{REPOSITORY}/pages", json=PAGE)
    assert pages.enable_pages("owner/page", is_new=False) == "https://owner.pages.example/page/"


def test_enable__of_one_whose_first_build_ended_before(pages: Pages, http: responses.RequestsMock) -> None:
    http.get(f"{REPOSITORY}/pages", json={"message": "Not Found"}, status=404)
    http.post(f"{REPOSITORY}/pages", json=PAGE, status=201)
    assert pages.enable_pages("owner/page", is_new=False) == "https://owner.pages.example/page/"


def test_enable__a_legacy_site_becomes_one_of_a_workflow(pages: Pages, http: responses.RequestsMock) -> None:
    http.post(f"{REPOSITORY}/pages", json={}, status=409)
    http.get(f"{REPOSITORY}/pages", json={**PAGE, "build_type": "legacy"})
    http.put(f"{REPOSITORY}/pages", status=204, match=[matchers.json_params_matcher({"build_type": "workflow"})])
    pages.enable_pages("owner/page", is_new=True)


def test_enable__404_and_422_pass_after_1_2_4_seconds(pages: Pages, http: responses.RequestsMock, clock: Any) -> None:
    for status in (404, 422, 404):
        http.post(f"{REPOSITORY}/pages", json={"message": "not yet"}, status=status)
    http.post(f"{REPOSITORY}/pages", json=PAGE, status=201)
    pages.enable_pages("owner/page", is_new=True)
    assert clock.slept == [1, 2, 4]


def test_enable__never__the_schedule_ends_after_a_minute(
    pages: Pages, http: responses.RequestsMock, clock: Any
) -> None:
    http.post(f"{REPOSITORY}/pages", json={"message": "Validation Failed"}, status=422)
    with pytest.raises(CannotEnablePages, match="Validation Failed"):
        pages.enable_pages("owner/page", is_new=True)
    assert clock.slept == [1, 2, 4, 8, 15, 30]


def test_enable__missing_permission(pages: Pages, http: responses.RequestsMock) -> None:
    headers = {"x-accepted-github-permissions": "pages=write,administration=write"}
    http.post(f"{REPOSITORY}/pages", json={"message": "Resource not accessible"}, status=403, headers=headers)
    with pytest.raises(TokenInsufficient, match="pages=write,administration=write"):
        pages.enable_pages("owner/page", is_new=True)


def test_enable__an_archived_repository_is_told_as_what_it_is(pages: Pages, http: responses.RequestsMock) -> None:
    http.post(f"{REPOSITORY}/pages", json={"message": "Repository was archived so is read-only."}, status=403)
    with pytest.raises(RepositoryArchived, match="Unarchive it"):
        pages.enable_pages("owner/page", is_new=True)


def test_deployment_of__is_asked_by_commit(pages: Pages, http: responses.RequestsMock) -> None:
    http.get(f"{REPOSITORY}/pages/deployments/{'1' * 40}", json={"status": "syncing_files"})
    assert pages.deployment_of("owner/page", "1" * 40) == "syncing_files"


@pytest.mark.parametrize("status", [204, 404])
def test_cancel_deployment__over_or_not__is_the_same(pages: Pages, http: responses.RequestsMock, status: int) -> None:
    http.post(f"{REPOSITORY}/pages/deployments/{'1' * 40}/cancel", status=status)
    pages.cancel_deployment("owner/page", "1" * 40)


def test_cancel_deployment__without_the_permission(pages: Pages, http: responses.RequestsMock) -> None:
    http.post(f"{REPOSITORY}/pages/deployments/{'1' * 40}/cancel", status=403, json={"message": "Resource not"})
    with pytest.raises(TokenInsufficient, match="Pages: write"):
        pages.cancel_deployment("owner/page", "1" * 40)


def test_deployment_of__none_yet(pages: Pages, http: responses.RequestsMock) -> None:
    http.get(f"{REPOSITORY}/pages/deployments/{'1' * 40}", status=404, json={"message": "Not Found"})
    assert pages.deployment_of("owner/page", "1" * 40) is None
