"""Wait until GitHub Pages has deployed the build's commit; a deployment that is stuck is cured by a new commit."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from action.console import Console
from action.deadline import Deadline
from action.errors import GitHubUnavailable, PageNeverAppeared
from action.git_replies import TipMoved
from action.pages import WorkflowRun
from action.record import PAGES_WORKFLOW, Deployment, Publication

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
