"""`python -m action deploy_dashboard`: hand the rendered dashboard to GitHub Pages."""

from collections.abc import Mapping

import requests

from action.config_ledger import DashboardConfig
from action.console import Console
from action.errors import DashboardNotDeployed
from action.job import Job
from action.phases.deploy_dashboard import DashboardDeployer, NoSite
from action.runner_api import RunnerApi

NO_SITE = (
    "The dashboard is rendered, but this repository has no GitHub Pages.\n"
    "Next step: open Settings, Pages, and choose 'GitHub Actions' as the source; then run this workflow by hand."
)


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises UserError."""
    config = DashboardConfig.from_environ(environ)
    runner = config.runner
    with requests.Session() as session, console.phase("Deploy the dashboard") as shown:
        api = RunnerApi(session, api_url=runner.api_url, repository=runner.repository, token=config.github_token)
        deployer = DashboardDeployer(api, lambda: identity(session, config))
        try:
            shown.verdict = address = deployer.deploy(config.artifact, config.commit)
        except NoSite:
            shown.verdict, address = "there is no site to deploy to", ""
    if not address:  # no failure: who wants no dashboard would get a mail after each build
        console.warning(NO_SITE)
    Job(runner, console).output(pages_url=address)


def identity(session: requests.Session, config: DashboardConfig) -> str:
    """Return the OIDC token of this job. Raises DashboardNotDeployed."""
    headers = {"Authorization": f"Bearer {config.identity_token}"}
    try:
        answer = session.get(config.identity_url, headers=headers, timeout=(10, 30))
        return str(answer.json()["value"])
    except (requests.RequestException, ValueError, KeyError) as error:
        raise DashboardNotDeployed(
            f"The job got no identity token for the deployment ({type(error).__name__}).",
            "it lacks 'id-token: write', or GitHub has an incident.",
            "Compare the job's permissions with those in the workflow file of the project, then run it again.",
        ) from None
