"""`python -m action deploy`: wait until Pages has deployed the commit."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

import requests

from action.console import Console
from action.contract.run_verdicts import contract_at, run_verdict, settle
from action.deadline import Deadline
from action.errors import GitHubUnavailable, PageNeverAppeared
from action.gates.http import GuardedHttp
from action.gates.workflow_yaml import runs_on_push
from action.github.git import Git, Trailers
from action.github.pages import FAILED_DEPLOYMENTS, LivePages, Pages, WorkflowRun
from action.github.refusals import TipMoved
from action.github.runs import Runs, RunWatcher, failed, records
from action.github.target_api import GitHub, connect
from action.job.job import SECONDS_FOR_NOTIFY, Job, time_for
from action.job.settings import (
    SECONDS_BETWEEN_WRITES,
    AllowedHosts,
    PublishingSettings,
    SecondsBetweenWrites,
    TargetToken,
)
from action.record import PAGES_WORKFLOW, BuildRecord, Deployment, Publication
from action.site.files import pages_workflow

SECONDS_FOR_VERIFY = 15.0
TRIES = 3  # the commit itself and two empty ones: GitHub knows a Pages deployment by its commit
SECONDS_WITHOUT_RUN = 75.0
SECONDS_STUCK = 180.0
SECONDS_STUCK_OWN = 330.0  # a workflow of the site's own also installs and checks things
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0


class DeploySettings(PublishingSettings):
    """The publishing token: what is not deployed gets another commit."""

    target_token: TargetToken
    seconds_between_writes: SecondsBetweenWrites = SECONDS_BETWEEN_WRITES
    allowed_hosts: AllowedHosts = frozenset()


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError."""
    settings = DeploySettings.from_environ(environ)
    runner, token = settings.runner, settings.target_token
    job = Job(runner, console)
    record = job.record()
    publication = record.publication
    if publication is None:
        return
    deadline = time_for(runner, record.received_at, leave=SECONDS_FOR_NOTIFY, when_late=300)
    with job.step(record, "deploy", "Wait for the deployment", deadline) as shown:
        if publication.superseded_by:
            record.deployment = superseded(publication)
        else:
            pause = settings.seconds_between_writes
            api = connect(token, api_url=runner.api_url, seconds_between_writes=pause, deadline=deadline)
            github = GitHub(api, deadline)
            url = f"{runner.server_url}/{publication.repository}.git"
            git = Git(runner.clone, url, publication.branch, token, environ)
            message = Trailers.of(record).message("Deploy again")
            is_gone = LivePages(GuardedHttp(settings.allowed_hosts)).is_gone
            deployer = Deployer(Pages(github), git, message, deadline, console, is_gone=is_gone)
            record.deployment = deployer.deploy(publication)
            if publication.workflows:
                runs = Runs(github, requests.Session(), runner.api_url, token)
                watch_own_workflows(runs, git, record, publication, job)
        shown.verdict = record.deployment.detail
        if not record.deployment.is_live and not publication.superseded_by:
            raise never_appeared(record.deployment, publication)
    job.output_publication(record)


def superseded(publication: Publication) -> Deployment:
    """Describe a build whose page was replaced by a later one: there is nothing to wait for."""
    detail = f"not waited for: the later commit {(publication.superseded_by or '')[:10]} is what is deployed"
    return Deployment(is_live=False, commits=[publication.commit_sha], seconds=0.0, detail=detail)


class State(Enum):
    """How waiting for one commit ended, or that it has not ended."""

    PENDING = "pending"
    LIVE = "live"
    FAILED = "the run failed"
    MISSING = "no run began"
    STUCK = "the deployment did not end"
    GONE = "it was deployed once, and is not served any more"
    OUT_OF_TIME = "the time was up"


@dataclass(frozen=True)
class Seen:
    """What GitHub says about a commit at one moment. Statuses that are not known yet are pending."""

    run: WorkflowRun | None = None
    deployment: str | None = None

    @property
    def state(self) -> State:
        """What it means."""
        is_finished = self.run is not None and self.run.status == "completed"
        if self.deployment == "succeed":
            return State.LIVE
        if self.deployment in FAILED_DEPLOYMENTS:
            return State.FAILED
        if is_finished and self.run and self.run.conclusion != "success":
            return State.FAILED
        return State.LIVE if is_finished and self.deployment is None else State.PENDING


@dataclass(frozen=True)
class Deployer:
    """`message` is that of an empty commit. `is_gone` looks at a page that was published by an earlier attempt."""

    pages: Pages
    git: Git
    message: str
    deadline: Deadline
    console: Console
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    is_gone: Callable[[str], bool] = lambda _: False

    def deploy(self, publication: Publication) -> Deployment:
        """Wait for the deployment, with new commits where needed; `publication` always names the last one."""
        started = self.clock()
        commits = [publication.commit_sha]
        seconds_stuck = SECONDS_STUCK if publication.deploying_workflow == PAGES_WORKFLOW else SECONDS_STUCK_OWN
        while True:
            state, seen = self.wait_for(publication, seconds_stuck)
            is_old = publication.was_published_before and len(commits) == 1
            if state is State.LIVE and is_old and self.is_gone(publication.pages_url):
                state = State.GONE  # GitHub takes a commit once, so the same files need a new one
            self.console.line(f"commit {commits[-1][:10]}: {state.value}")
            is_final = state in {State.LIVE, State.OUT_OF_TIME} or len(commits) == TRIES
            if is_final or not (renewed := self.renew(commits[-1], self.replacement(publication, state))):
                return Deployment(
                    is_live=state is State.LIVE,
                    commits=commits,
                    seconds=round(self.clock() - started, 1),
                    run_url=seen.run.url if seen.run else None,
                    detail=detail(state, seen),
                )
            commits.append(renewed)
            publication.commit_sha = renewed

    def wait_for(self, publication: Publication, seconds_stuck: float) -> tuple[State, Seen]:
        """Poll until something is decided about the commit."""
        started, pause, seen = self.clock(), FIRST_PAUSE, Seen()
        while True:
            seen = self.look(publication, seen)
            if seen.state is not State.PENDING:
                return seen.state, seen
            waited = self.clock() - started
            if seen.run is None and waited >= SECONDS_WITHOUT_RUN:
                return State.MISSING, seen
            if waited >= seconds_stuck:
                return State.STUCK, seen
            if self.deadline.remaining() <= pause:
                return State.OUT_OF_TIME, seen
            self.sleep(pause)
            pause = min(pause * 1.25, LONGEST_PAUSE)

    def look(self, publication: Publication, before: Seen) -> Seen:
        """Ask GitHub; when it does not answer, nothing has changed."""
        repository, commit = publication.repository, publication.commit_sha
        try:
            run = self.pages.run_of(repository, commit, publication.deploying_workflow)
            return Seen(run, self.pages.deployment_of(repository, commit) if run else None)
        except GitHubUnavailable as error:
            self.console.line(error.what)
            return before

    def replacement(self, publication: Publication, state: State) -> dict[str, bytes]:
        """Return our workflow when the site's own one has failed: an empty commit would only fail again."""
        is_ours = publication.deploying_workflow == PAGES_WORKFLOW
        if is_ours or state not in {State.FAILED, State.MISSING}:
            return {}
        note = f"{publication.deploying_workflow} did not publish the page ({state.value}), so pages.yml does."
        self.console.line(note)
        publication.notes.append(note)
        publication.deploying_workflow = PAGES_WORKFLOW
        return {PAGES_WORKFLOW: pages_workflow(publication.branch)}

    def renew(self, commit: str, files: dict[str, bytes]) -> str | None:
        """Push a new commit, unless someone else has pushed since: then theirs is being deployed."""
        try:
            self.git.fetch()
            if self.git.tip() != commit:
                return None
            return self.git.push(self.git.commit(self.message, files))
        except TipMoved:
            return None


def watch_own_workflows(runs: Runs, git: Git, record: BuildRecord, publication: Publication, job: Job) -> None:
    """Wait for the runs of the site's own workflows, and hold their logs against the contract."""
    commit = publication.commit_sha
    texts = git.contents(commit, lambda _: publication.workflows)
    expected = [path for path, text in texts.items() if runs_on_push(text.decode(errors="replace"))]
    leave = SECONDS_FOR_NOTIFY + SECONDS_FOR_VERIFY
    deadline = time_for(job.runner, record.received_at, leave=leave, when_late=240)
    seen = RunWatcher(runs, deadline, job.console).watch(publication.repository, commit, expected)
    record.runs = records(seen, expected)
    for run in record.runs:
        job.console.line(f"{run.workflow}: {run.conclusion} {run.url}")
        if run.conclusion != "success":
            job.console.foreign(run.log_end)
            job.console.report(failed(run), degraded=True)
            record.add_failure("deploy", failed(run))
    if contract := contract_at(git, commit):
        settle(record.contract, contract, lambda assertion: run_verdict(assertion, seen))


def detail(state: State, seen: Seen) -> str:
    """Return how it ended in a few words."""
    run = f"run {seen.run.conclusion or seen.run.status}" if seen.run else "no run"
    return f"{state.value} ({run}, deployment {seen.deployment or 'unknown'})"


def never_appeared(deployment: Deployment, publication: Publication) -> PageNeverAppeared:
    """Return the error of a page that was not live in time."""
    run = f" Its run: {deployment.run_url}" if deployment.run_url else ""
    return PageNeverAppeared(
        f"The page was not live after {deployment.seconds:.0f} s and {len(deployment.commits)} commits: "
        f"{deployment.detail}.",
        "GitHub Pages or Actions is slow or has an incident, or Actions are not allowed for the target owner.",
        f"See https://www.githubstatus.com and the Actions tab of {publication.repo_url}.{run}",
    )
