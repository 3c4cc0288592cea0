"""`python -m action deploy_dashboard`: hand the rendered dashboard to GitHub Pages."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import requests
from pydantic import Field

from action.console import Console
from action.errors import DashboardNotDeployed
from action.github.api import NotThere, RunnerApi
from action.github.pages import FAILED_DEPLOYMENTS
from action.job.job import Job
from action.job.settings import GithubToken, Settings, WholeNumber

NO_SITE = (
    "The dashboard is rendered, but this repository has no GitHub Pages.\n"
    "Next step: open Settings, Pages, and choose 'GitHub Actions' as the source; then run this workflow by hand."
)


DEPLOYMENTS = "/pages/deployments"
SUCCEEDED = "succeed"
SECONDS_BETWEEN_LOOKS = 5.0
MOST_LOOKS = 96  # eight minutes
SECONDS_BEFORE_THE_SECOND_TRY = 30.0  # Pages sometimes takes after a moment what it just refused


class DashboardSettings(Settings):
    """The run's own token and identity."""

    github_token: GithubToken
    artifact: WholeNumber = Field(0, validation_alias="DASHBOARD_ARTIFACT")
    commit: str = Field(validation_alias="DASHBOARD_COMMIT")
    identity_url: str = Field(validation_alias="ACTIONS_ID_TOKEN_REQUEST_URL", repr=False)
    identity_token: str = Field(validation_alias="ACTIONS_ID_TOKEN_REQUEST_TOKEN", repr=False)


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError."""
    settings = DashboardSettings.from_environ(environ)
    runner = settings.runner
    with requests.Session() as session, console.group("Deploy the dashboard") as shown:
        api = RunnerApi(session, api_url=runner.api_url, repository=runner.repository, token=settings.github_token)
        deployer = DashboardDeployer(api, lambda: identity(session, settings))
        try:
            shown.verdict = address = deployer.deploy(settings.artifact, settings.commit)
        except NoSite:
            shown.verdict, address = "there is no site to deploy to", ""
    if not address:  # no failure: who wants no dashboard would get a mail after each build
        console.warning(NO_SITE)
    Job(runner, console).output(pages_url=address)


class NoSite(Exception):
    """GitHub Pages is not switched on for this repository."""


@dataclass(frozen=True)
class DashboardDeployer:
    """`identity` returns a token that says which run asks: Pages wants one for each deployment."""

    api: RunnerApi
    identity: Callable[[], str]
    sleep: Callable[[float], None] = time.sleep

    def deploy(self, artifact: int, commit: str) -> str:
        """Deploy an artifact of this run and return the address of the page. Raises NoSite, UserError."""
        address, status = self._try(artifact, commit)
        if status in FAILED_DEPLOYMENTS:
            self.sleep(SECONDS_BEFORE_THE_SECOND_TRY)
            address, status = self._try(artifact, commit)
        if status != SUCCEEDED:
            raise DashboardNotDeployed(
                f"GitHub Pages did not take the dashboard; the deployment's status is {status or 'unknown'}.",
                "Pages has an incident, or another deployment of this repository was in its way.",
                "Run this workflow by hand in a few minutes; see https://www.githubstatus.com.",
            )
        return address

    def _try(self, artifact: int, commit: str) -> tuple[str, str]:
        """Return the page's address and the status in which the deployment ended, or the last one that was seen."""
        body = {"artifact_id": artifact, "pages_build_version": commit, "environment": "github-pages"}
        try:
            made = self.api.post(DEPLOYMENTS, {**body, "oidc_token": self.identity()})
        except NotThere:
            raise NoSite from None
        status = ""
        for _ in range(MOST_LOOKS):
            status = str(self.api.get(f"{DEPLOYMENTS}/{made['id']}").get("status", ""))
            if status == SUCCEEDED or status in FAILED_DEPLOYMENTS:
                break
            self.sleep(SECONDS_BETWEEN_LOOKS)
        return str(made.get("page_url", "")), status


def identity(session: requests.Session, settings: DashboardSettings) -> str:
    """Return the OIDC token of this job. Raises DashboardNotDeployed."""
    headers = {"Authorization": f"Bearer {settings.identity_token}"}
    try:
        answer = session.get(settings.identity_url, headers=headers, timeout=(10, 30))
        return str(answer.json()["value"])
    except (requests.RequestException, ValueError, KeyError) as error:
        raise DashboardNotDeployed(
            f"The job got no identity token for the deployment ({type(error).__name__}).",
            "it lacks 'id-token: write', or GitHub has an incident.",
            "Compare the job's permissions with those in the workflow file of the project, then run it again.",
        ) from None
