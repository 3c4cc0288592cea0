"""`python -m action deploy`: wait until Pages has deployed the commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import requests

from action.console import Console
from action.contract.run_verdicts import contract_at, run_verdict, settle
from action.deadline import Deadline
from action.errors import GitHubUnavailable, PageNeverAppeared
from action.gates.http import GuardedHttp
from action.gates.workflow_yaml import runs_on_push
from action.github.git import Git, TipMoved, Trailers
from action.github.pages import LivePages, Pages, PagesOf, WorkflowRun
from action.github.runs import Runs
from action.github.target_api import GitHub, connect
from action.job.job import SECONDS_FOR_NOTIFY, Job, time_for
from action.job.settings import SECONDS_BETWEEN_WRITES, AllowedHosts, SecondsBetweenWrites, Settings, TargetToken
from action.record import PAGES_WORKFLOW, BuildRecord, Deployment, Publication
from action.site.files import pages_workflow
from action.steps.watch_runs import RunWatcher, failed, records

SECONDS_FOR_VERIFY = 15.0


class DeploySettings(Settings):
    """The publishing token: what is not deployed gets another commit."""

    target_token: TargetToken
    seconds_between_writes: SecondsBetweenWrites = SECONDS_BETWEEN_WRITES
    allowed_hosts: AllowedHosts = frozenset()


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises UserError."""
    settings = DeploySettings.from_environ(environ)
    job = Job(settings.runner, console)
    record = job.record()
    publication = record.publication
    if publication is None:
        return
    deadline = time_for(settings.runner, record.received_at, leave=SECONDS_FOR_NOTIFY, when_late=300)
    with job.phase(record, "deploy", "Wait for the deployment", deadline) as shown:
        if publication.superseded_by:
            record.deployment = superseded(publication)
        else:
            doors = Doors.open(settings, publication, environ, deadline)
            deployer = make_deployer(doors, record, publication, console, settings.allowed_hosts)
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
        cls, settings: DeploySettings, publication: Publication, environ: Mapping[str, str], deadline: Deadline
    ) -> Doors:
        """Open the real doors."""
        api_url, token = settings.runner.api_url, settings.target_token
        api = connect(token, api_url=api_url, seconds_between_writes=settings.seconds_between_writes, deadline=deadline)
        url = f"{settings.runner.server_url}/{publication.repository}.git"
        github = GitHub(api, deadline)
        return cls(
            deadline=deadline,
            github=github,
            git=Git(settings.runner.clone, url, publication.branch, token, environ),
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


TRIES = 3  # the commit itself and two empty ones: GitHub knows a Pages deployment by its commit
SECONDS_WITHOUT_RUN = 75.0
SECONDS_STUCK = 180.0
SECONDS_STUCK_OWN = 330.0  # a workflow of the site's own also installs and checks things
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
FAILED_DEPLOYMENT = {
    "deployment_failed",
    "deployment_content_failed",
    "deployment_attempt_error",
    "deployment_cancelled",
    "deployment_lost",
}


class PagesDoor(Protocol):
    """What is asked about a commit."""

    def run_of(self, full_name: str, commit: str) -> WorkflowRun | None: ...

    def deployment_of(self, full_name: str, commit: str) -> str | None: ...


class GitDoor(Protocol):
    """Makes empty commits."""

    def fetch(self) -> None: ...

    def tip(self) -> str | None: ...

    def commit(self, message: str, files: dict[str, bytes]) -> str: ...

    def push(self, commit: str) -> str: ...


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
        if self.deployment in FAILED_DEPLOYMENT:
            return State.FAILED
        if is_finished and self.run and self.run.conclusion != "success":
            return State.FAILED
        return State.LIVE if is_finished and self.deployment is None else State.PENDING


@dataclass(frozen=True)
class Deployer:
    """The doors of this phase, and the clock. `message` is the commit message of an empty commit.

    `our_workflow` steps in for a workflow of the site's own that should deploy the page and does not. `is_gone` looks
    at a page that was published by an earlier attempt.
    """

    pages: PagesDoor
    git: GitDoor
    message: str
    deadline: Deadline
    console: Console
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    our_workflow: bytes = b""
    seconds_stuck: float = SECONDS_STUCK
    is_gone: Callable[[str], bool] = lambda _: False

    def deploy(self, publication: Publication) -> Deployment:
        """Wait for the deployment, with new commits where needed; `publication` always names the last one."""
        started = self.clock()
        commits = [publication.commit_sha]
        while True:
            state, seen = self.wait_for(publication.repository, commits[-1])
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

    def wait_for(self, repository: str, commit: str) -> tuple[State, Seen]:
        """Poll until something is decided about one commit."""
        started, pause, seen = self.clock(), FIRST_PAUSE, Seen()
        while True:
            seen = self.look(repository, commit, seen)
            if seen.state is not State.PENDING:
                return seen.state, seen
            waited = self.clock() - started
            if seen.run is None and waited >= SECONDS_WITHOUT_RUN:
                return State.MISSING, seen
            if waited >= self.seconds_stuck:
                return State.STUCK, seen
            if self.deadline.remaining() <= pause:
                return State.OUT_OF_TIME, seen
            self.sleep(pause)
            pause = min(pause * 1.25, LONGEST_PAUSE)

    def look(self, repository: str, commit: str, before: Seen) -> Seen:
        """Ask GitHub; when it does not answer, nothing has changed."""
        try:
            run = self.pages.run_of(repository, commit)
            return Seen(run, self.pages.deployment_of(repository, commit) if run else None)
        except GitHubUnavailable as error:
            self.console.line(error.what)
            return before

    def replacement(self, publication: Publication, state: State) -> dict[str, bytes]:
        """Return our workflow when the site's own one has failed: an empty commit would only fail again."""
        is_ours = publication.deploying_workflow == PAGES_WORKFLOW
        if is_ours or not self.our_workflow or state not in {State.FAILED, State.MISSING}:
            return {}
        note = f"{publication.deploying_workflow} did not publish the page ({state.value}), so pages.yml does."
        self.console.line(note)
        publication.notes.append(note)
        publication.deploying_workflow = PAGES_WORKFLOW
        return {PAGES_WORKFLOW: self.our_workflow}

    def renew(self, commit: str, files: dict[str, bytes]) -> str | None:
        """Push a new commit, unless someone else has pushed since: then theirs is being deployed."""
        try:
            self.git.fetch()
            if self.git.tip() != commit:
                return None
            return self.git.push(self.git.commit(self.message, files))
        except TipMoved:
            return None


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
