"""The dashboard's deployment: under the ledger's commit, tried twice, and its words when Pages does not take it."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import responses

from action.__main__ import main
from action.console import Console
from action.errors import DashboardNotDeployed, GitHubUnavailable
from action.github.api import NotThere, RunnerApi
from action.steps.deploy_dashboard import MOST_LOOKS, DashboardDeployer, NoSite

COMMIT = "5" * 40
API = "https://api.example/repos/owner/runner"


class FakeApi(RunnerApi):
    """Deployments end as `fates` say, one after another; a refusal among them is raised."""

    def __init__(self, *fates: str | Exception, has_site: bool = True, reply: Mapping[str, str] | None = None) -> None:
        self.fates, self.has_site, self.reply = list(fates), has_site, reply or {"id": "n"}
        self.bodies: list[dict[str, Any]] = []
        self.cancelled: list[str] = []
        self.looks = 0

    def post(self, path: str, body: dict[str, Any]) -> Any:
        if path.endswith("/cancel"):
            self.cancelled.append(path.split("/")[3])
            return None
        assert path == "/pages/deployments"
        self.bodies.append(body)
        fate = self.fates[len(self.bodies) - 1] if self.has_site else NotThere()
        if isinstance(fate, Exception):
            raise fate
        return {"page_url": "https://owner.pages.example/runner/", **self.reply}

    def get(self, path: str, **query: str | int) -> Any:
        if path == "/pages":
            if not self.has_site:
                raise NotThere
            return {}
        self.asked = path
        self.looks += 1
        return {"status": "deployment_in_progress" if self.looks % 3 else self.fates[len(self.bodies) - 1]}


def deployer(api: FakeApi, slept: list[float]) -> DashboardDeployer:
    tokens = iter(range(9))
    return DashboardDeployer(api, lambda: f"identity {next(tokens)}", slept.append)


def test_the_deployment_names_the_ledgers_commit() -> None:
    api, slept = FakeApi("succeed"), list[float]()
    assert deployer(api, slept).deploy(7, COMMIT) == "https://owner.pages.example/runner/"
    assert api.bodies == [
        {
            "artifact_id": 7,
            "pages_build_version": COMMIT,
            "environment": "github-pages",
            "oidc_token": "identity 0",
        }
    ]
    assert slept == [5.0, 5.0]


def test_a_failed_deployment_is_tried_once_more() -> None:
    api, slept = FakeApi("deployment_failed", "succeed"), list[float]()
    deployer(api, slept).deploy(7, COMMIT)
    assert [body["oidc_token"] for body in api.bodies] == ["identity 0", "identity 1"]
    assert 30.0 in slept


@pytest.mark.parametrize("fates", [("deployment_failed", "deployment_lost"), ("deployment_queued",)])
def test_what_pages_does_not_take_is_an_error(fates: tuple[str, ...]) -> None:
    api, slept = FakeApi(*fates), list[float]()
    with pytest.raises(DashboardNotDeployed, match=fates[-1]):
        deployer(api, slept).deploy(7, COMMIT)
    assert api.looks <= MOST_LOOKS


def test_a_deployment_that_does_not_end_is_cancelled__it_would_refuse_the_next_one() -> None:
    api = FakeApi("deployment_queued")
    with pytest.raises(DashboardNotDeployed):
        deployer(api, []).deploy(7, COMMIT)
    assert (api.looks, api.cancelled) == (MOST_LOOKS, ["n"])


def test_what_is_in_the_way_is_cancelled() -> None:
    said = f"Deployment request failed for {COMMIT} due to in progress deployment. Please cancel {'4' * 40} first"
    api = FakeApi(GitHubUnavailable(f"it answered 400: {said} or wait for it to complete.", "c", "n"), "succeed")
    assert deployer(api, []).deploy(7, COMMIT)
    assert api.cancelled == ["4" * 40]


def test_another_refusal_stays_one() -> None:
    with pytest.raises(GitHubUnavailable):
        deployer(FakeApi(GitHubUnavailable("it answered 500", "c", "n")), []).deploy(7, COMMIT)


@pytest.mark.parametrize(
    ("reply", "number"),
    [
        ({"id": "5"}, "5"),
        ({"status_url": "https://api.example/pages/deployments/6"}, "6"),
        ({"preview_url": ""}, COMMIT),
    ],
)
def test_a_deployment_is_known_by_its_id__its_address_or_its_commit(reply: dict[str, str], number: str) -> None:
    api = FakeApi("succeed", reply=reply)
    deployer(api, []).deploy(7, COMMIT)
    assert api.asked == f"/pages/deployments/{number}"


def test_a_commit_that_pages_does_not_see_yet_is_tried_once_more() -> None:
    api, slept = FakeApi(NotThere(), "succeed"), list[float]()
    assert deployer(api, slept).deploy(7, COMMIT)
    assert slept[0] == 30.0
    with pytest.raises(DashboardNotDeployed, match="not_found"):
        deployer(FakeApi(NotThere(), NotThere()), []).deploy(7, COMMIT)


def test_without_a_site_there_is_nothing_to_deploy_to() -> None:
    with pytest.raises(NoSite):
        deployer(FakeApi(has_site=False), []).deploy(7, COMMIT)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_EVENT_PATH": "/nowhere",
        "GITHUB_REPOSITORY": "owner/runner",
        "GITHUB_API_URL": "https://api.example",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_TOKEN": "made-up",
        "DASHBOARD_ARTIFACT": "7",
        "DASHBOARD_COMMIT": COMMIT,
        "ACTIONS_ID_TOKEN_REQUEST_URL": "https://oidc.example/token",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "also-made-up",
    }


def test_the_step__asks_for_an_identity_and_says_where_the_page_is(
    environ: dict[str, str], console: Console, http: responses.RequestsMock
) -> None:
    asks = responses.matchers.header_matcher({"Authorization": "Bearer also-made-up"})
    http.get("https://oidc.example/token", json={"value": "who I am"}, match=[asks])
    sent = responses.matchers.json_params_matcher({"oidc_token": "who I am"}, strict_match=False)
    http.post(f"{API}/pages/deployments", json={"id": 1, "page_url": "https://page.example/"}, match=[sent])
    http.get(f"{API}/pages/deployments/1", json={"status": "succeed"})
    assert main(["deploy_dashboard"], environ, console) == 0
    assert "\nhttps://page.example/\n" in Path(environ["GITHUB_OUTPUT"]).read_text()


def test_the_step__without_pages_is_a_warning(
    environ: dict[str, str], console: Console, log: StringIO, http: responses.RequestsMock
) -> None:
    http.get("https://oidc.example/token", json={"value": "who I am"})
    http.post(f"{API}/pages/deployments", status=404)
    http.get(f"{API}/pages", status=404)
    assert main(["deploy_dashboard"], environ, console) == 0
    assert "::warning::The dashboard is rendered, but this repository has no GitHub Pages." in log.getvalue()


def test_the_step__without_an_identity_says_which_permission_is_missing(
    environ: dict[str, str], console: Console, log: StringIO, http: responses.RequestsMock
) -> None:
    http.get("https://oidc.example/token", status=403)
    assert main(["deploy_dashboard"], environ, console) == DashboardNotDeployed.exit_code
    assert "id-token: write" in log.getvalue()
