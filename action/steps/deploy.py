"""`python -m action deploy`: wait until Pages has deployed the commit."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import requests

from action.console import Console
from action.contract.run_verdicts import contract_at, run_verdict, settle
from action.deadline import SECONDS_FOR_NOTIFY, Deadline
from action.errors import GitHubUnavailable, PageNeverAppeared, UserError, no_job_started
from action.gates.http import GuardedHttp
from action.gates.workflow_yaml import runs_on_push
from action.github.git import Git, Trailers
from action.github.live_pages import LivePages
from action.github.pages import Pages
from action.github.refusals import FAILED_DEPLOYMENTS, IN_THE_WAY, TipMoved, refusal
from action.github.runs import Runs, RunState, RunWatcher, failed, records
from action.github.target_api import GitHub, connect
from action.job.job import Job, time_for
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
LONGEST_NOTE = 300
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
            live, runs = (
                LivePages(GuardedHttp(settings.allowed_hosts)),
                Runs(github, requests.Session(), runner.api_url, token),
            )
            deployer = Deployer(Pages(github), runs, live, git, message, deadline, console)
            record.deployment = deployer.deploy(publication)
            if publication.workflows and not record.deployment.refused:
                watch_own_workflows(runs, git, record, publication, job)
        shown.verdict = record.deployment.detail
        if record.deployment.refused:
            raise no_job_started(publication.repository, record.deployment.refused)
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
    REFUSED = "GitHub started no job"
    MISSING = "no run began"
    STUCK = "the deployment did not end"
    GONE = "it was deployed once, and is not served any more"
    OUT_OF_TIME = "the time was up"


FINAL = frozenset({State.LIVE, State.REFUSED, State.OUT_OF_TIME})  # another commit would change nothing


@dataclass(frozen=True)
class Seen:
    """What is known of a commit at one moment. Statuses that are not known yet are pending.

    `served` is the commit that the page shows, when it is one of this build's; `notes` are GitHub's, at a failed run.
    """

    run: RunState | None = None
    deployment: str | None = None
    served: str = ""
    notes: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """What it means."""
        is_finished = self.run is not None and self.run.status == "completed"
        if self.served or self.deployment == "succeed":
            return State.LIVE
        if self.refusal:
            return State.REFUSED
        if self.deployment in FAILED_DEPLOYMENTS or self.has_failed:
            return State.FAILED
        return State.LIVE if is_finished and self.deployment is None else State.PENDING

    @property
    def has_failed(self) -> bool:
        """Whether the run is over, and did not succeed."""
        return self.run is not None and self.run.status == "completed" and self.run.conclusion != "success"

    @property
    def refusal(self) -> str:
        """Why GitHub started no job, in its words."""
        return refusal(self.run.conclusion, self.notes) if self.run and self.has_failed else ""

    @property
    def is_in_line(self) -> bool:
        """Whether the run waits for a runner, or for another run of its group."""
        return self.run is not None and self.run.status not in {"in_progress", "completed"}


@dataclass(frozen=True)
class Deployer:
    """`message` is that of an empty commit."""

    pages: Pages
    runs: Runs
    live: LivePages
    git: Git
    message: str
    deadline: Deadline
    console: Console
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def deploy(self, publication: Publication) -> Deployment:
        """Wait for the deployment, with new commits where needed.

        Afterwards `publication` names the commit that is live, else the newest one that can still become so.
        """
        started, commits, hopeless = self.clock(), [publication.commit_sha], set[str]()
        while True:
            state, seen = self.wait_for(publication, commits)
            is_old = publication.was_published_before and len(commits) == 1
            if state is State.LIVE and is_old and self.live.wrong_with(publication.pages_url, publication.commit_sha):
                state = State.GONE  # GitHub takes a commit once, so the same files need a new one
            if state is State.REFUSED and is_old:
                state = State.FAILED  # that was an earlier attempt's; it may be settled by now
            self.console.line(f"commit {commits[-1][:10]}: {state.value}")
            is_last = state in FINAL or len(commits) == TRIES
            renewed = None if is_last else self.renew(publication, state, seen)
            if state in {State.FAILED, State.REFUSED} or (state is State.STUCK and not is_last):
                hopeless.add(commits[-1])
            if renewed is None:
                break
            commits.append(renewed)
            publication.commit_sha = renewed
        hopeful = [commit for commit in commits if commit not in hopeless]
        publication.commit_sha = seen.served or (hopeful or commits)[-1]
        return Deployment(
            is_live=state is State.LIVE,
            refused=seen.refusal if state is State.REFUSED else "",
            commits=commits,
            seconds=round(self.clock() - started, 1),
            run_url=seen.run.url if seen.run else None,
            detail=detail(state, seen),
        )

    def wait_for(self, publication: Publication, commits: Sequence[str]) -> tuple[State, Seen]:
        """Poll until something is decided about the last commit, or one of the others is served."""
        seconds_stuck = SECONDS_STUCK if publication.deploying_workflow == PAGES_WORKFLOW else SECONDS_STUCK_OWN
        started = begun = self.clock()
        pause, seen, is_cleared = FIRST_PAUSE, Seen(), False
        while True:
            seen = self.look(publication, commits, seen)
            if seen.state is not State.PENDING:
                return seen.state, seen
            now = self.clock()
            begun = now if seen.is_in_line else begun
            if seen.run is None and seen.deployment is None and now - started >= SECONDS_WITHOUT_RUN:
                return State.MISSING, seen
            if now - begun >= seconds_stuck:
                return State.STUCK, seen
            if now - started >= seconds_stuck and not is_cleared:  # another commit would only wait behind this one
                is_cleared = True
                self.cancel(publication.repository, self.holders(publication))
            if self.deadline.remaining() <= pause:
                return State.OUT_OF_TIME, seen
            self.sleep(pause)
            pause = min(pause * 1.25, LONGEST_PAUSE)

    def look(self, publication: Publication, commits: Sequence[str], before: Seen) -> Seen:
        """Ask the page, then GitHub, and believe each by itself; when nobody answers, nothing has changed."""
        repository, commit = publication.repository, publication.commit_sha
        is_ours = publication.deploying_workflow == PAGES_WORKFLOW
        if is_ours and (served := self.live.commit(publication.pages_url)) in commits:
            return replace(before, served=served)
        try:
            deployment = self.pages.deployment_of(repository, commit)
            run = self.runs.one(repository, before.run.id) if before.run else None
            listed = [] if run else self.runs.of_commit(repository, commit)
            run = run or next((each for each in listed if each.workflow == publication.deploying_workflow), None)
            seen = Seen(run, deployment)
            return (
                replace(seen, notes=tuple(self.runs.notes_of(repository, run.id))) if run and seen.has_failed else seen
            )
        except GitHubUnavailable as error:
            self.console.line(error.what)
            return before

    def holders(self, publication: Publication) -> list[str]:
        """Return the commits whose runs keep this one's waiting."""
        try:
            runs = self.runs.recent(publication.repository)
        except GitHubUnavailable as error:
            self.console.line(error.what)
            return []
        ours = [run for run in runs if run.workflow == publication.deploying_workflow and run.status == "in_progress"]
        return [run.commit for run in ours if run.commit != publication.commit_sha]

    def cancel(self, repository: str, commits: Iterable[str]) -> None:
        """Cancel deployments that are in the way: one that hangs keeps its run, and that keeps the next one waiting."""
        for commit in commits:
            self.console.line(f"the deployment of {commit[:10]} is in the way, so it is cancelled")
            try:
                self.pages.cancel_deployment(repository, commit)
            except UserError as error:
                self.console.line(error.what)

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

    def renew(self, publication: Publication, state: State, seen: Seen) -> str | None:
        """Push a new commit and clear its way, unless someone else has pushed since: then theirs is being deployed."""
        named = [commit for note in seen.notes for commit in IN_THE_WAY.findall(note)]
        self.cancel(publication.repository, [publication.commit_sha] if state is State.STUCK else named)
        files = self.replacement(publication, state)
        try:
            self.git.fetch()
            if self.git.tip() != publication.commit_sha:
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
    notes = "".join(f": {' '.join(note.split())[:LONGEST_NOTE]}" for note in seen.notes[:1])
    return f"{state.value} ({run}, deployment {seen.deployment or 'unknown'}){notes}"


def never_appeared(deployment: Deployment, publication: Publication) -> PageNeverAppeared:
    """Return the error of a page that was not live in time."""
    run = f" Its run: {deployment.run_url}" if deployment.run_url else ""
    return PageNeverAppeared(
        f"The page was not live after {deployment.seconds:.0f} s and {len(deployment.commits)} commits: "
        f"{deployment.detail}.",
        "GitHub Pages or Actions is slow or has an incident, Actions are not allowed for the target owner, or all jobs "
        "of its account are taken (docs/own.md, More than a few tasks).",
        f"See https://www.githubstatus.com and the Actions tab of {publication.repo_url}.{run}",
    )
