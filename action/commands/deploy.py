"""`python -m action deploy`: wait until Pages has deployed the commit."""

from collections.abc import Mapping
from dataclasses import dataclass

import requests

from action.config import DeployConfig
from action.console import Console
from action.contract.run_verdicts import run_verdict
from action.contract.settle import contract_at, settle
from action.deadline import Deadline
from action.gates.guarded_http import GuardedHttp
from action.gates.workflow_view import runs_on_push
from action.git import Git, Trailers
from action.github_connection import GitHub, connect
from action.job import SECONDS_FOR_NOTIFY, Job, time_for
from action.live_pages import LivePages
from action.pages import Pages, PagesOf
from action.phases.deploy import SECONDS_STUCK, SECONDS_STUCK_OWN, Deployer, never_appeared
from action.phases.watch_runs import RunWatcher, failed, records
from action.record import PAGES_WORKFLOW, BuildRecord, Deployment, Publication
from action.runs import Runs
from action.site import pages_workflow

SECONDS_FOR_VERIFY = 15.0


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises UserError."""
    config = DeployConfig.from_environ(environ)
    job = Job(config.runner, console)
    record = job.record()
    publication = record.publication
    if publication is None:
        return
    deadline = time_for(config.runner, record.received_at, leave=SECONDS_FOR_NOTIFY, when_late=300)
    with job.phase(record, "deploy", "Wait for the deployment", deadline) as shown:
        if publication.superseded_by:
            record.deployment = superseded(publication)
        else:
            doors = Doors.open(config, publication, environ, deadline)
            deployer = make_deployer(doors, record, publication, console, config.allowed_hosts)
            record.deployment = deployer.deploy(publication)
            if publication.workflows:
                watch(doors, record, publication, job)
        shown.verdict = record.deployment.detail
        if not record.deployment.is_live and not publication.superseded_by:
            raise never_appeared(record.deployment, publication)
    job.output_publication(record)


@dataclass(frozen=True)
class Doors:
    """What the parts of this phase share."""

    deadline: Deadline
    github: GitHub
    git: Git
    runs: Runs

    @classmethod
    def open(
        cls, config: DeployConfig, publication: Publication, environ: Mapping[str, str], deadline: Deadline
    ) -> "Doors":
        """Open the real doors."""
        api_url, token = config.runner.api_url, config.target_token
        api = connect(token, api_url=api_url, seconds_between_writes=config.seconds_between_writes, deadline=deadline)
        url = f"{config.runner.server_url}/{publication.repository}.git"
        github = GitHub(api, deadline)
        return cls(
            deadline=deadline,
            github=github,
            git=Git(config.runner.clone, url, publication.branch, token, environ),
            runs=Runs(github, requests.Session(), api_url, token),
        )


def make_deployer(
    doors: Doors, record: BuildRecord, publication: Publication, console: Console, hosts: frozenset[str]
) -> Deployer:
    """Return the phase with real doors."""
    is_ours = publication.deploying_workflow == PAGES_WORKFLOW
    return Deployer(
        pages=PagesOf(Pages(doors.github), publication),
        git=doors.git,
        message=trailers_of(record).message("Deploy again"),
        deadline=doors.deadline,
        console=console,
        our_workflow=b"" if is_ours else pages_workflow(publication.branch),
        seconds_stuck=SECONDS_STUCK if is_ours else SECONDS_STUCK_OWN,
        is_gone=LivePages(GuardedHttp(hosts)).is_gone,
    )


def trailers_of(record: BuildRecord) -> Trailers:
    """Return what a further commit of this build says about it."""
    revision = "" if record.restored else record.revision
    return Trailers(record.build_id, record.task_key, record.round, revision, record.restored)


def watch(doors: Doors, record: BuildRecord, publication: Publication, job: Job) -> None:
    """Wait for the runs of the site's own workflows, and hold their logs against the contract."""
    commit = publication.commit_sha
    texts = {path: doors.git.read(commit, path) or b"" for path in publication.workflows}
    expected = [path for path, text in texts.items() if runs_on_push(text.decode(errors="replace"))]
    leave = SECONDS_FOR_NOTIFY + SECONDS_FOR_VERIFY
    deadline = time_for(job.runner, record.received_at, leave=leave, when_late=240)
    seen = RunWatcher(doors.runs, deadline, job.console).watch(publication, expected)
    record.runs = records(seen, expected)
    for run in record.runs:
        job.console.line(f"{run.workflow}: {run.conclusion} {run.url}")
        if run.conclusion != "success":
            job.console.foreign(run.log_end)
            job.console.report(failed(run), degraded=True)
            record.add_failure("deploy", failed(run))
    if contract := contract_at(doors.git, commit):
        settle(record.contract, contract, lambda assertion: run_verdict(assertion, seen))


def superseded(publication: Publication) -> Deployment:
    """Describe a build whose page was replaced by a later one: there is nothing to wait for."""
    detail = f"not waited for: the later commit {(publication.superseded_by or '')[:10]} is what is deployed"
    return Deployment(is_live=False, commits=[publication.commit_sha], seconds=0.0, detail=detail)
