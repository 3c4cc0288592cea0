"""`python -m action deploy`: wait until Pages has deployed the commit."""

from collections.abc import Mapping

from action.config import DeployConfig
from action.console import Console
from action.git import Git, Trailers
from action.github_connection import GitHub, connect
from action.job import SECONDS_FOR_NOTIFY, Job, time_for
from action.pages import Pages
from action.phases.deploy import Deployer, never_appeared
from action.record import BuildRecord, Deployment, Publication


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises UserError."""
    config = DeployConfig.from_environ(environ)
    job = Job(config.runner, console)
    record = job.record()
    publication = record.publication
    if publication is None:
        return
    with job.phase(record, "deploy", "Wait for the deployment") as shown:
        if publication.superseded_by:
            record.deployment = superseded(publication)
        else:
            record.deployment = make_deployer(config, record, publication, environ, console).deploy(publication)
        shown.verdict = record.deployment.detail
        if not record.deployment.is_live and not publication.superseded_by:
            raise never_appeared(record.deployment, publication)
    job.output_publication(record)


def make_deployer(
    config: DeployConfig, record: BuildRecord, publication: Publication, environ: Mapping[str, str], console: Console
) -> Deployer:
    """Return the phase with real doors."""
    deadline = time_for(record.received_at, leave=SECONDS_FOR_NOTIFY, when_late=300)
    api = connect(
        config.target_token,
        api_url=config.runner.api_url,
        seconds_between_writes=config.seconds_between_writes,
        deadline=deadline,
    )
    url = f"{config.runner.server_url}/{publication.repository}.git"
    return Deployer(
        pages=Pages(GitHub(api, deadline)),
        git=Git(config.runner.clone, url, publication.branch, config.target_token, environ),
        message=Trailers(record.build_id, record.task_key, record.round).message("Deploy again"),
        deadline=deadline,
        console=console,
    )


def superseded(publication: Publication) -> Deployment:
    """Describe a build whose page was replaced by a later one: there is nothing to wait for."""
    detail = f"not waited for: the later commit {(publication.superseded_by or '')[:10]} is what is deployed"
    return Deployment(is_live=False, commits=[publication.commit_sha], seconds=0.0, detail=detail)
