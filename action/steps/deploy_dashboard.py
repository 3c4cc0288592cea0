"""`python -m action deploy_dashboard`: hand the rendered dashboard to GitHub Pages."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import requests
from pydantic import Field

from action.console import Console
from action.errors import DashboardNotDeployed, GitHubUnavailable, UserError
from action.github.api import NotThere, RunnerApi
from action.github.refusals import FAILED_DEPLOYMENTS, IN_THE_WAY
from action.job.job import Job
from action.job.settings import GithubToken, Settings, WholeNumber

NO_SITE = (
    "The dashboard is rendered, but this repository has no GitHub Pages.\n"
    "Next step: open Settings, Pages, and choose 'GitHub Actions' as the source; then run this workflow by hand."
)


DEPLOYMENTS = "/pages/deployments"
SUCCEEDED = "succeed"
NOT_FOUND = "not_found"  # there is a site, so it is the commit that Pages does not see
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
        if status in {NOT_FOUND, *FAILED_DEPLOYMENTS}:
            self.sleep(SECONDS_BEFORE_THE_SECOND_TRY)
            address, status = self._try(artifact, commit)
        if status != SUCCEEDED:
            raise DashboardNotDeployed(
                f"GitHub Pages did not take the dashboard; the deployment's status is {status or 'unknown'}.",
                "Pages has an incident, does not see the ledger's commit yet, or had another deployment in its way.",
                "Run this workflow by hand in a few minutes; see https://www.githubstatus.com.",
            )
        return address

    def _try(self, artifact: int, commit: str) -> tuple[str, str]:
        """Return the page's address and the status in which the deployment ended, or the last one that was seen."""
        try:
            made = self._create(artifact, commit)
        except NotThere:
            if self._state("/pages") is None:
                raise NoSite from None
            return "", NOT_FOUND
        number = made.get("id") or str(made.get("status_url", "")).rpartition("/")[2] or commit
        status = ""
        for _ in range(MOST_LOOKS):
            status = str((self._state(f"{DEPLOYMENTS}/{number}") or {}).get("status", status))
            if status == SUCCEEDED or status in FAILED_DEPLOYMENTS:
                break
            self.sleep(SECONDS_BETWEEN_LOOKS)
        else:
            self._cancel(number)
        return str(made.get("page_url", "")), status

    def _create(self, artifact: int, commit: str) -> dict[str, Any]:
        """Ask for the deployment; what is in its way is cancelled first. Raises NotThere, UserError."""
        body = {"artifact_id": artifact, "pages_build_version": commit, "environment": "github-pages"}
        try:
            made = self.api.post(DEPLOYMENTS, {**body, "oidc_token": self.identity()})
        except GitHubUnavailable as error:
            if not (others := IN_THE_WAY.findall(error.what)):
                raise
            for other in others:
                self._cancel(other)
            made = self.api.post(DEPLOYMENTS, {**body, "oidc_token": self.identity()})
        return dict(made or {})

    def _state(self, path: str) -> dict[str, Any] | None:
        try:
            return dict(self.api.get(path))
        except NotThere:
            return None

    def _cancel(self, number: str | int) -> None:
        """End a deployment: one that goes on would refuse the next. If this is refused, so is that."""
        with suppress(NotThere, UserError):
            self.api.post(f"{DEPLOYMENTS}/{number}/cancel", {})


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
