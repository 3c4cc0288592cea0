"""Finding and creating target repositories, against GitHub's answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses
from github import Auth, Github
from responses import matchers

from action.deadline import Deadline
from action.errors import BundleInvalid, CannotCreateRepository, GitHubUnavailable, RepositoryMissing, TokenInsufficient
from action.github.repositories import BuildInRepository, Target, Targets
from action.github.target_api import AcceptedToken, GitHub, connect, expiry_in

API = "https://api.example:443/api/v3"  # PyGithub always writes the port
NOW = datetime.fromisoformat("2026-11-20T05:36:22Z")
KEY = "c0ffee" + "d" * 14
BUILD = BuildInRepository("b" * 20, NOW, "Add the numbers.")
NAME = "sum-of-sales-c0ffeedddd"
INITIAL = ("0" * 40, "Initial commit")


@pytest.fixture
def github(deadline: Deadline, clock: Any) -> GitHub:
    api = Github(auth=Auth.Token("made-up"), base_url=API, seconds_between_requests=0, seconds_between_writes=0)
    return GitHub(api, deadline, clock.sleep)


@pytest.fixture
def targets(github: GitHub, http: responses.RequestsMock) -> Targets:
    found = Targets(github, "owner")
    http.get(f"{API}/user", json={"login": "owner"})
    found.check_token()
    return found


def repository(name: str = NAME, created_at: str = "2026-11-20T05:36:30Z") -> dict[str, Any]:
    full_name = f"owner/{name}"
    url = f"{API}/repos/{full_name}"
    return {
        "name": name, "full_name": full_name, "default_branch": "main", "created_at": created_at, "url": url
    }  # fmt: skip


def exists(http: responses.RequestsMock, name: str, *commits: tuple[str, str], **fields: str) -> None:
    """There is a repository; a build of which another run knows is named in its commits."""
    http.get(f"{API}/repos/owner/{name}", json=repository(name, **fields))
    listed = [{"sha": sha, "commit": {"message": message}} for sha, message in commits]
    http.get(f"{API}/repos/owner/{name}/commits", json=listed)


def absent(http: responses.RequestsMock, *names: str) -> None:
    for name in names:
        http.get(f"{API}/repos/owner/{name}", status=404, json={"message": "Not Found"})


def created(http: responses.RequestsMock, name: str, **expected: Any) -> None:
    body = {"name": name, "auto_init": True, "private": False, "has_wiki": False, "description": "Add the numbers."}
    body |= {"homepage": f"https://owner.github.io/{name}/"}
    match = [matchers.json_params_matcher({**body, **expected})]
    http.post(f"{API}/user/repos", json=repository(name), status=201, match=match)


def branch_is_ready(http: responses.RequestsMock, name: str) -> None:
    http.get(f"{API}/repos/owner/{name}", json=repository(name))
    http.get(f"{API}/repos/owner/{name}/branches/main", json={"name": "main"})


def built(build_id: str, task_key: str = KEY) -> str:
    return f"Build round 1\n\nPagewright-Build: {build_id}\nPagewright-Task: {task_key}\nPagewright-Round: 1\n"


def test_round_1__no_repository__one_is_created(targets: Targets, http: responses.RequestsMock) -> None:
    absent(http, NAME, f"{NAME}-2")
    created(http, NAME)
    branch_is_ready(http, NAME)
    assert targets.find_or_create("Sum of Sales!", KEY, 1, BUILD) == Target(f"owner/{NAME}", "main", is_new=True)


def test_the_same_build_again__its_newest_commit_is_found_and_nothing_is_created(
    targets: Targets, http: responses.RequestsMock
) -> None:
    again = ("2" * 40, built(BUILD.build_id).replace("Build round 1", "Deploy again"))
    exists(http, NAME, ("3" * 40, built("e" * 20)), again, ("1" * 40, built(BUILD.build_id)), INITIAL)
    absent(http, f"{NAME}-2", f"{NAME}-3")
    found = targets.find_or_create("sum-of-sales", KEY, 1, BUILD)
    assert found == Target(f"owner/{NAME}", "main", commit_sha="2" * 40)


def test_round_1__new_nonce__the_next_free_name(targets: Targets, http: responses.RequestsMock) -> None:
    exists(http, NAME, ("1" * 40, built("e" * 20)), INITIAL)
    absent(http, f"{NAME}-2", f"{NAME}-3")
    created(http, f"{NAME}-2")
    branch_is_ready(http, f"{NAME}-2")
    assert targets.find_or_create("sum-of-sales", KEY, 1, BUILD).full_name == f"owner/{NAME}-2"


def renamed(http: responses.RequestsMock, *commits: tuple[str, str]) -> None:
    """The owner calls the repository "page" now: GitHub leads there by its number."""
    http.get(f"{API}/repos/owner/{NAME}", status=301, headers={"Location": f"{API}/repositories/1"}, json={})
    http.get(f"{API}/repositories/1", json=repository("page"))
    listed = [{"sha": sha, "commit": {"message": message}} for sha, message in commits]
    http.get(f"{API}/repos/owner/page/commits", json=listed)


def test_round_2__a_renamed_repository_is_used_under_its_new_name(
    targets: Targets, http: responses.RequestsMock
) -> None:
    renamed(http, ("1" * 40, built("e" * 20)))
    absent(http, f"{NAME}-2", f"{NAME}-3")
    found = targets.find_or_create("sum-of-sales", KEY, 2, BUILD)
    assert found == Target("owner/page", "main", was_called=NAME)


def test_round_1__the_old_name_of_a_renamed_repository_is_not_free(
    targets: Targets, http: responses.RequestsMock
) -> None:
    renamed(http, ("1" * 40, built("e" * 20)))
    absent(http, f"{NAME}-2", f"{NAME}-3")
    created(http, f"{NAME}-2")
    branch_is_ready(http, f"{NAME}-2")
    assert targets.find_or_create("sum-of-sales", KEY, 1, BUILD).full_name == f"owner/{NAME}-2"


def test_round_1__unfinished_repository_of_this_request__it_is_adopted(
    targets: Targets, http: responses.RequestsMock
) -> None:
    exists(http, NAME, INITIAL)
    absent(http, f"{NAME}-2", f"{NAME}-3")
    branch_is_ready(http, NAME)
    assert targets.find_or_create("sum-of-sales", KEY, 1, BUILD) == Target(f"owner/{NAME}", "main", is_new=True)


def test_round_1__unfinished_repository_from_before_the_request__it_is_not_adopted(
    targets: Targets, http: responses.RequestsMock
) -> None:
    exists(http, NAME, INITIAL, created_at="2026-11-20T04:00:00Z")
    absent(http, f"{NAME}-2", f"{NAME}-3")
    created(http, f"{NAME}-2")
    branch_is_ready(http, f"{NAME}-2")
    assert targets.find_or_create("sum-of-sales", KEY, 1, BUILD).full_name == f"owner/{NAME}-2"


def test_create__already_exists_is_the_answer_to_our_own_success__it_is_adopted(
    targets: Targets, http: responses.RequestsMock
) -> None:
    absent(http, NAME, f"{NAME}-2")
    errors = [{"message": "name already exists on this account"}]
    http.post(f"{API}/user/repos", status=422, json={"message": "Repository creation failed.", "errors": errors})
    exists(http, NAME, INITIAL)
    branch_is_ready(http, NAME)
    assert targets.find_or_create("sum-of-sales", KEY, 1, BUILD).full_name == f"owner/{NAME}"


def test_round_2__the_newest_repository_of_the_task(targets: Targets, http: responses.RequestsMock) -> None:
    exists(http, NAME, ("1" * 40, built("e" * 20)))
    absent(http, f"{NAME}-2")  # deleted by its owner
    exists(http, f"{NAME}-3", ("1" * 40, built("f" * 20)))
    absent(http, f"{NAME}-4", f"{NAME}-5")
    found = targets.find_or_create("sum-of-sales", KEY, 2, BUILD)
    assert found == Target(f"owner/{NAME}-3", "main")


def test_round_2__a_repository_where_another_task_built_last_is_left_alone(
    targets: Targets, http: responses.RequestsMock
) -> None:
    exists(http, NAME, ("2" * 40, "a change by hand"), ("1" * 40, built("e" * 20)))
    exists(http, f"{NAME}-2", ("4" * 40, "by hand"), ("3" * 40, built("f" * 20, "0" * 20)), ("1" * 40, built("e" * 20)))
    absent(http, f"{NAME}-3", f"{NAME}-4")
    assert targets.find_or_create("sum-of-sales", KEY, 2, BUILD) == Target(f"owner/{NAME}", "main")


def test_round_1__the_name_of_another_tasks_repository_is_not_free(
    targets: Targets, http: responses.RequestsMock
) -> None:
    exists(http, NAME, ("1" * 40, built("e" * 20, "0" * 20)))
    absent(http, f"{NAME}-2", f"{NAME}-3")
    created(http, f"{NAME}-2")
    branch_is_ready(http, f"{NAME}-2")
    assert targets.find_or_create("sum-of-sales", KEY, 1, BUILD).full_name == f"owner/{NAME}-2"


def test_round_2__no_repository__a_new_one_and_that_is_said(targets: Targets, http: responses.RequestsMock) -> None:
    absent(http, NAME, f"{NAME}-2")
    created(http, NAME)
    branch_is_ready(http, NAME)
    assert targets.find_or_create("sum-of-sales", KEY, 2, BUILD).is_first_round_missing


def test_create__a_new_repository_is_404_for_a_while__1_2_4_8_seconds(
    targets: Targets, http: responses.RequestsMock, clock: Any
) -> None:
    absent(http, NAME, f"{NAME}-2")
    created(http, NAME)
    absent(http, NAME, NAME)
    http.get(f"{API}/repos/owner/{NAME}", json=repository())
    http.get(f"{API}/repos/owner/{NAME}/branches/main", status=404, json={"message": "Branch not found"})
    branch_is_ready(http, NAME)
    targets.find_or_create("sum-of-sales", KEY, 1, BUILD)
    assert clock.slept == [1, 2, 4]


def test_create__for_an_organisation(github: GitHub, http: responses.RequestsMock) -> None:
    targets = Targets(github, "class-of-26")
    http.get(f"{API}/user", json={"login": "owner"})
    targets.check_token()
    for name in (NAME, f"{NAME}-2"):
        http.get(f"{API}/repos/class-of-26/{name}", status=404, json={"message": "Not Found"})
    http.get(f"{API}/orgs/class-of-26", json={"login": "class-of-26", "url": f"{API}/orgs/class-of-26"})
    full = {**repository(), "full_name": f"class-of-26/{NAME}", "url": f"{API}/repos/class-of-26/{NAME}"}
    http.post(f"{API}/orgs/class-of-26/repos", json=full, status=201)
    http.get(f"{API}/repos/class-of-26/{NAME}", json=full)
    http.get(f"{API}/repos/class-of-26/{NAME}/branches/main", json={"name": "main"})
    assert targets.find_or_create("sum-of-sales", KEY, 1, BUILD).full_name == f"class-of-26/{NAME}"


def test_create__unknown_owner__the_message_names_the_variable(github: GitHub, http: responses.RequestsMock) -> None:
    targets = Targets(github, "nobody")
    http.get(f"{API}/user", json={"login": "owner"})
    targets.check_token()
    for name in (NAME, f"{NAME}-2"):
        http.get(f"{API}/repos/nobody/{name}", status=404, json={"message": "Not Found"})
    http.get(f"{API}/orgs/nobody", status=404, json={"message": "Not Found"})
    with pytest.raises(TokenInsufficient, match="TARGET_OWNER"):
        targets.find_or_create("sum-of-sales", KEY, 1, BUILD)


def test_create__missing_permission__it_is_named_with_the_place_to_set_it(
    targets: Targets, http: responses.RequestsMock
) -> None:
    absent(http, NAME, f"{NAME}-2")
    message = {"message": "Resource not accessible by personal access token"}
    http.post(f"{API}/user/repos", status=403, json=message)
    with pytest.raises(TokenInsufficient, match=r"Administration: write.*TARGET_TOKEN"):
        targets.find_or_create("sum-of-sales", KEY, 1, BUILD)


def test_create__an_organisation_that_lets_no_member_create__is_told_in_its_words(
    github: GitHub, http: responses.RequestsMock
) -> None:
    targets = Targets(github, "class-of-26")
    http.get(f"{API}/user", json={"login": "owner"})
    targets.check_token()
    for name in (NAME, f"{NAME}-2"):
        http.get(f"{API}/repos/class-of-26/{name}", status=404, json={"message": "Not Found"})
    http.get(f"{API}/orgs/class-of-26", json={"login": "class-of-26", "url": f"{API}/orgs/class-of-26"})
    message = "You need admin access to the organization before adding a repository to it."
    http.post(f"{API}/orgs/class-of-26/repos", status=403, json={"message": message})
    with pytest.raises(TokenInsufficient, match=r"may not add repositories to the organisation.*Member privileges"):
        targets.find_or_create("sum-of-sales", KEY, 1, BUILD)


def test_create__another_422_is_not_taken_for_a_taken_name(targets: Targets, http: responses.RequestsMock) -> None:
    absent(http, NAME, f"{NAME}-2")
    errors = [{"message": "description control characters are not allowed"}]
    http.post(f"{API}/user/repos", status=422, json={"message": "Validation Failed", "errors": errors})
    with pytest.raises(CannotCreateRepository, match="control characters are not allowed"):
        targets.find_or_create("sum-of-sales", KEY, 1, BUILD)


def test_check_token__bad_credentials(github: GitHub, http: responses.RequestsMock) -> None:
    http.get(f"{API}/user", status=401, json={"message": "Bad credentials"})
    with pytest.raises(TokenInsufficient, match=r"does not accept the publishing token.*TARGET_TOKEN"):
        Targets(github, "owner").check_token()


NO_ACCOUNT = {"message": "Resource not accessible by integration"}


def test_check_token__an_app_for_a_personal_account_is_told_before_anything_is_done(
    github: GitHub, http: responses.RequestsMock
) -> None:
    http.get(f"{API}/user", status=403, json=NO_ACCOUNT)
    http.get(f"{API}/users/owner", json={"login": "owner", "type": "User"})
    with pytest.raises(TokenInsufficient, match=r"cannot create repositories for owner.*TARGET_OWNER"):
        Targets(github, "owner").check_token()


def test_check_token__an_app_for_an_organisation_creates_there(github: GitHub, http: responses.RequestsMock) -> None:
    targets = Targets(github, "lab")
    http.get(f"{API}/user", status=403, json=NO_ACCOUNT)
    http.get(f"{API}/users/lab", json={"login": "lab", "type": "Organization"})
    targets.check_token()
    for name in (NAME, f"{NAME}-2"):
        http.get(f"{API}/repos/lab/{name}", status=404, json={"message": "Not Found"})
    http.get(f"{API}/orgs/lab", json={"login": "lab", "url": f"{API}/orgs/lab"})
    full = {**repository(), "full_name": f"lab/{NAME}", "url": f"{API}/repos/lab/{NAME}"}
    http.post(f"{API}/orgs/lab/repos", json=full, status=201)
    http.get(f"{API}/repos/lab/{NAME}", json=full)
    http.get(f"{API}/repos/lab/{NAME}/branches/main", json={"name": "main"})
    assert targets.find_or_create("sum-of-sales", KEY, 1, BUILD).full_name == f"lab/{NAME}"


def test_check_token__a_classic_token_without_workflow(github: GitHub, http: responses.RequestsMock) -> None:
    http.get(f"{API}/user", json={"login": "owner"}, headers={"X-OAuth-Scopes": "repo, gist"})
    with pytest.raises(TokenInsufficient, match="scope workflow"):
        Targets(github, "owner").check_token()


def test_check_token__a_classic_token_with_both_scopes(github: GitHub, http: responses.RequestsMock) -> None:
    http.get(f"{API}/user", json={"login": "owner"}, headers={"X-OAuth-Scopes": "repo, workflow"})
    targets = Targets(github, "owner")
    targets.check_token()
    assert targets.owner == "owner"


def test_a_rate_limit_that_outlasts_the_deadline_is_not_waited_for(
    http: responses.RequestsMock, deadline: Deadline
) -> None:
    api = connect("made-up", api_url=API, seconds_between_writes=0, deadline=deadline)
    message = "API rate limit exceeded for user ID 1."
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4102444800"}
    http.get(f"{API}/user", status=403, json={"message": message}, headers=headers)
    with pytest.raises(GitHubUnavailable, match="rate limit"):
        Targets(GitHub(api, deadline), "owner").check_token()


def certain(github: GitHub) -> Targets:
    return Targets(github, "owner", f"{NAME}-2")


@pytest.mark.parametrize("round_number", [1, 2])
def test_a_change_to_a_certain_project__no_other_repository_is_looked_at(
    github: GitHub, http: responses.RequestsMock, round_number: int
) -> None:
    exists(http, f"{NAME}-2", ("1" * 40, built("e" * 20)))
    found = certain(github).find_or_create("sum-of-sales", KEY, round_number, BUILD)
    assert found == Target(f"owner/{NAME}-2", "main")


def test_a_change_to_a_project_that_is_gone__none_is_created(github: GitHub, http: responses.RequestsMock) -> None:
    absent(http, f"{NAME}-2")
    with pytest.raises(RepositoryMissing, match=f"no project {NAME}-2"):
        certain(github).find_or_create("sum-of-sales", KEY, 1, BUILD)


def test_a_change_to_a_project_where_another_task_has_built_since(github: GitHub, http: responses.RequestsMock) -> None:
    exists(http, f"{NAME}-2", ("1" * 40, built("e" * 20, "0" * 20)))
    with pytest.raises(RepositoryMissing):
        certain(github).find_or_create("sum-of-sales", KEY, 2, BUILD)


def test_check_token__says_when_it_expires(github: GitHub, http: responses.RequestsMock) -> None:
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(days=20)
    headers = {"GitHub-Authentication-Token-Expiration": f"{moment:%Y-%m-%d %H:%M:%S} UTC"}
    http.get(f"{API}/user", json={"login": "owner"}, headers=headers)
    assert Targets(github, "owner").check_token() == AcceptedToken(moment)


def test_a_token__warns_in_its_last_two_weeks_only() -> None:
    assert AcceptedToken(NOW + timedelta(days=14, hours=1)).warning(NOW) is None
    assert AcceptedToken(None).warning(NOW) is None
    soon = AcceptedToken(NOW + timedelta(days=13, hours=1)).warning(NOW)
    assert soon
    assert soon.what == "The publishing token expires on 2026-12-03, in 13 days."


def test_an_expiry_that_cannot_be__is_no_news() -> None:
    """GitHub has sent the present moment for tokens without an end; one that it accepts has not expired."""
    for text in ("2026-11-20 05:36:20 UTC", "2026-11-20 05:37:00 UTC", "soon", ""):
        assert AcceptedToken.of({"github-authentication-token-expiration": text}, NOW).expires_at is None


@pytest.mark.parametrize("text", ["2027-03-01 12:30:00 UTC", "2027-03-01 04:30:00 -0800", "2027-03-01 14:30:00 +02:00"])
def test_each_form_of_an_expiry(text: str) -> None:
    assert expiry_in(text) == datetime(2027, 3, 1, 12, 30, tzinfo=UTC)


BROUGHT = replace(BUILD, ready=lambda: None)


def entitled(github: GitHub, http: responses.RequestsMock) -> Targets:
    http.get(f"{API}/user", json={"login": "owner"})
    found = certain(github)
    found.check_token()
    return found


def test_files_for_a_project_that_is_not_there__it_is_made_under_its_own_name__when_there_is_something_for_it(
    github: GitHub, http: responses.RequestsMock
) -> None:
    def nothing() -> None:
        raise BundleInvalid("There is no bundle.", "c", "n")

    absent(http, f"{NAME}-2")
    with pytest.raises(BundleInvalid):
        entitled(github, http).find_or_create("site", KEY, 1, replace(BUILD, ready=nothing))
    absent(http, f"{NAME}-2")
    created(http, f"{NAME}-2")
    branch_is_ready(http, f"{NAME}-2")
    found = entitled(github, http).find_or_create("site", KEY, 1, BROUGHT)
    assert found == Target(f"owner/{NAME}-2", "main", is_new=True)


def test_files_for_a_project_that_an_earlier_run_began__it_is_finished(
    github: GitHub, http: responses.RequestsMock
) -> None:
    exists(http, f"{NAME}-2", INITIAL)
    branch_is_ready(http, f"{NAME}-2")
    assert entitled(github, http).find_or_create("site", KEY, 1, BROUGHT).is_new


def test_files_for_a_repository_of_another_task__are_not_put_there(
    github: GitHub, http: responses.RequestsMock
) -> None:
    exists(http, f"{NAME}-2", ("1" * 40, built("e" * 20, "0" * 20)))
    errors = [{"message": "name already exists on this account"}]
    http.post(f"{API}/user/repos", status=422, json={"message": "Repository creation failed.", "errors": errors})
    http.get(f"{API}/repos/owner/{NAME}-2", json=repository(f"{NAME}-2"))
    http.get(f"{API}/repos/owner/{NAME}-2/commits", json=[{"sha": "1" * 40, "commit": {"message": built("e" * 20)}}])
    with pytest.raises(CannotCreateRepository, match="is not this project"):
        entitled(github, http).find_or_create("site", KEY, 1, BROUGHT)
