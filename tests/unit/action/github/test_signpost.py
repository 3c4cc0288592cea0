"""Homepage and topics of a target repository, with as few writes as possible."""

from typing import Any

import pytest
import responses
from responses import matchers

from action.deadline import Deadline
from action.errors import GitHubUnavailable, TokenInsufficient
from action.github.naming import usual_address
from action.github.pages import TOPICS, Signpost
from action.github.target_api import GitHub, connect

API = "https://api.example:443/api/v3"  # PyGithub always writes the port
REPOSITORY = f"{API}/repos/owner/site"
PAGE = "https://owner.github.io/site/"
OWN = "https://pages.example.org/site/"


@pytest.fixture
def signpost(deadline: Deadline, clock: Any) -> Signpost:
    api = connect("made-up", api_url=API, seconds_between_writes=0, deadline=deadline, is_patient=False)
    return Signpost(GitHub(api, deadline, clock.sleep))


def has(http: responses.RequestsMock, topics: list[str], homepage: str | None) -> None:
    http.get(REPOSITORY, json={"full_name": "owner/site", "topics": topics, "homepage": homepage})


def gets_topics(http: responses.RequestsMock, *names: str) -> None:
    match = [matchers.json_params_matcher({"names": list(names)})]
    http.put(f"{REPOSITORY}/topics", json={"names": list(names)}, match=match)


def gets_homepage(http: responses.RequestsMock, homepage: str) -> None:
    http.patch(REPOSITORY, json={}, match=[matchers.json_params_matcher({"homepage": homepage})])


def test_a_new_repository_has_its_homepage__one_write_for_the_topics(
    signpost: Signpost, http: responses.RequestsMock
) -> None:
    has(http, [], usual_address("Owner/site"))
    gets_topics(http, *TOPICS)
    signpost.lead_to("owner/site", PAGE)


def test_a_page_at_another_address_than_the_usual_one(signpost: Signpost, http: responses.RequestsMock) -> None:
    has(http, list(TOPICS), PAGE)
    gets_homepage(http, OWN)
    signpost.lead_to("owner/site", OWN)


def test_a_repository_from_before_gets_both__and_keeps_its_topics(
    signpost: Signpost, http: responses.RequestsMock
) -> None:
    has(http, ["tides", "github-pages"], None)
    gets_topics(http, "tides", "github-pages", "pagewright")
    gets_homepage(http, PAGE)
    signpost.lead_to("owner/site", PAGE)


def test_what_the_owner_chose_stays__and_nothing_is_written(signpost: Signpost, http: responses.RequestsMock) -> None:
    has(http, [f"topic-{number}" for number in range(20)], "https://elsewhere.example/")
    signpost.lead_to("owner/site", PAGE)


def test_a_refusal_names_the_permission(signpost: Signpost, http: responses.RequestsMock) -> None:
    has(http, [], PAGE)
    http.put(f"{REPOSITORY}/topics", status=403, json={"message": "Resource not accessible by personal access token"})
    with pytest.raises(TokenInsufficient, match="Administration: write"):
        signpost.lead_to("owner/site", PAGE)


@pytest.mark.parametrize("status", [429, 502])
def test_github_has_no_time__it_is_asked_once_only(
    signpost: Signpost, http: responses.RequestsMock, clock: Any, status: int
) -> None:
    asked = http.get(REPOSITORY, status=status, json={"message": "Later"}, headers={"Retry-After": "60"})
    with pytest.raises(GitHubUnavailable):
        signpost.lead_to("owner/site", PAGE)
    assert (asked.call_count, clock.slept) == (1, [])


def test_there_is_hardly_time_left__nothing_is_asked(
    signpost: Signpost, http: responses.RequestsMock, clock: Any, deadline: Deadline
) -> None:
    clock.sleep(deadline.remaining() - 10)
    signpost.lead_to("owner/site", PAGE)
    assert len(http.calls) == 0
