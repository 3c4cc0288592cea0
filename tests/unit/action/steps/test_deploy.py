"""Waiting for the deployment of a commit, with a clock that only moves when the phase sleeps."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from action.console import Console
from action.deadline import Deadline
from action.errors import GitHubUnavailable, no_job_started
from action.github.refusals import TipMoved
from action.github.runs import RunState
from action.record import PAGES_WORKFLOW, Publication
from action.site.files import pages_workflow
from action.steps.deploy import SECONDS_STUCK_OWN, Deployer, Seen, State, never_appeared

OWN = ".github/workflows/own.yml"


def a_run(status: str, conclusion: str = "", workflow: str = PAGES_WORKFLOW) -> RunState:
    return RunState(1, workflow, status, conclusion, "https://github.example/run/1")


QUEUED, RUNNING = a_run("queued"), a_run("in_progress")
SUCCESS, FAILURE = a_run("completed", "success"), a_run("completed", "failure")
Answer = tuple[RunState | None, str | None]


@dataclass
class FakeGitHub:
    """Deployments and runs, from a script for each commit; the last answer stays. An exception is raised."""

    scripts: dict[str, list[Answer | Exception]]
    notes: list[str] = field(default_factory=list)
    others: list[RunState] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    run: RunState | None = None

    def deployment_of(self, full_name: str, commit: str) -> str | None:
        script = self.scripts[commit]
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, Exception):
            raise answer
        self.run, deployment = answer
        return deployment

    def of_commit(self, full_name: str, commit: str) -> list[RunState]:
        return [self.run] if self.run else []

    def one(self, full_name: str, run: int) -> RunState | None:
        return self.run

    def recent(self, full_name: str) -> list[RunState]:
        return self.others

    def notes_of(self, full_name: str, run: int) -> list[str]:
        return self.notes

    def cancel_deployment(self, full_name: str, commit: str) -> None:
        self.cancelled.append(commit)


@dataclass
class FakeLive:
    """What the page says of itself, look by look; the last answer stays."""

    commits: list[str] = field(default_factory=lambda: [""])
    gone: bool = False

    def commit(self, pages_url: str) -> str:
        return self.commits.pop(0) if len(self.commits) > 1 else self.commits[0]

    def wrong_with(self, pages_url: str, commit: str = "") -> str:
        return "is gone" if self.gone else ""


@dataclass
class FakeGit:
    """A branch with one commit after another."""

    commits: list[str]
    pushed: list[str] = field(default_factory=list)
    is_moved: bool = False
    moves_now: bool = False

    def fetch(self) -> None:
        pass

    def tip(self) -> str | None:
        return "someone else's" if self.is_moved else self.commits[-1]

    def commit(self, message: str, files: dict[str, bytes]) -> str:
        assert files == {}
        assert "Pagewright-Build:" in message
        return str(len(self.commits) + 1) * 40

    def push(self, commit: str) -> str:
        if self.moves_now:
            raise TipMoved
        self.commits.append(commit)
        self.pushed.append(commit)
        return commit


Make = Callable[..., Deployer]


@pytest.fixture
def make(deadline: Deadline, clock: Any, console: Console) -> Make:
    def make_one(github: Any, git: Any, live: Any = None) -> Deployer:
        message, until = "x\n\nPagewright-Build: 1", deadline.for_step(leave=60)
        page: Any = live or FakeLive()
        return Deployer(github, github, page, git, message, until, console, clock.sleep, clock)

    return make_one


def one(*answers: Answer | Exception) -> FakeGitHub:
    return FakeGitHub({"1" * 40: list(answers)})


def test_a_deployment_that_succeeds(make: Make, publication: Publication, clock: Any) -> None:
    pages = one((None, None), (QUEUED, None), (RUNNING, "syncing_files"), (RUNNING, "succeed"))
    deployment = make(pages, FakeGit(["1" * 40])).deploy(publication)
    assert deployment.is_live
    assert deployment.commits == ["1" * 40]
    assert deployment.run_url == "https://github.example/run/1"
    assert clock.slept == [0.5, 0.625, 0.78125]


def test_the_pause_grows_to_5_seconds(make: Make, publication: Publication, clock: Any) -> None:
    make(one(*[(QUEUED, None)] * 20, (SUCCESS, "succeed")), FakeGit(["1" * 40])).deploy(publication)
    assert clock.slept[:3] == [0.5, 0.625, 0.78125]
    assert clock.slept[-1] == 5.0


def test_the_run_succeeded_and_no_deployment_can_be_read__that_is_enough(make: Make, publication: Publication) -> None:
    assert make(one((SUCCESS, None)), FakeGit(["1" * 40])).deploy(publication).is_live


@pytest.mark.parametrize(
    "status", ["deployment_queued", "purging_cdn", "deployment_attempt_error", "a_status_of_next_year"]
)
def test_unknown_statuses_are_pending(status: str) -> None:
    assert Seen(SUCCESS, status).state is State.PENDING


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out", "startup_failure", "stale"])
def test_a_run_that_ended_otherwise_has_failed(conclusion: str) -> None:
    assert Seen(a_run("completed", conclusion), None).state is State.FAILED


def test_a_failed_run_is_cured_by_an_empty_commit_at_once(make: Make, publication: Publication, clock: Any) -> None:
    pages = FakeGitHub({"1" * 40: [(FAILURE, None)], "2" * 40: [(SUCCESS, "succeed")]})
    git = FakeGit(["1" * 40])
    deployment = make(pages, git).deploy(publication)
    assert deployment.is_live
    assert git.pushed == ["2" * 40]
    assert publication.commit_sha == "2" * 40
    assert clock.slept == []


def test_no_run_after_75_seconds__an_empty_commit(make: Make, publication: Publication, clock: Any) -> None:
    pages = FakeGitHub({"1" * 40: [(None, None)], "2" * 40: [(SUCCESS, "succeed")]})
    deployment = make(pages, FakeGit(["1" * 40])).deploy(publication)
    assert deployment.is_live
    assert 75 <= deployment.seconds < 81


def test_a_deployment_that_is_stuck_for_180_seconds__an_empty_commit(
    make: Make, publication: Publication, clock: Any
) -> None:
    pages = FakeGitHub({"1" * 40: [(RUNNING, "deployment_queued")], "2" * 40: [(SUCCESS, "succeed")]})
    deployment = make(pages, FakeGit(["1" * 40])).deploy(publication)
    assert deployment.is_live
    assert 180 <= deployment.seconds < 186
    assert pages.cancelled == ["1" * 40]  # it would keep the new commit's run waiting


def test_a_run_that_waits_for_another_one__gets_its_way_cleared_and_no_rival(
    make: Make, publication: Publication, clock: Any
) -> None:
    pending, holder = a_run("pending"), replace(a_run("in_progress"), id=0, commit="0" * 40)
    ended = replace(holder, status="completed", commit="9" * 40)
    github = one(*[(pending, None)] * 60, (RUNNING, "deployment_in_progress"), (SUCCESS, "succeed"))
    github.others, git = [holder, ended, replace(pending, commit="1" * 40)], FakeGit(["1" * 40])
    assert make(github, git).deploy(publication).is_live
    assert (github.cancelled, git.pushed) == (["0" * 40], [])
    assert sum(clock.slept) > 180


def test_a_run_that_waited_for_long__has_all_the_time_when_it_begins(make: Make, publication: Publication) -> None:
    github = one(*[(QUEUED, None)] * 50, *[(RUNNING, None)] * 25, (SUCCESS, "succeed"))
    git = FakeGit(["1" * 40])
    assert make(github, git).deploy(publication).is_live
    assert (github.cancelled, git.pushed) == ([], [])


def test_what_github_names_as_in_the_way_is_cancelled(make: Make, publication: Publication) -> None:
    said = f"Responded with: Deployment request failed for {'1' * 40} due to in progress deployment. Please cancel "
    github = FakeGitHub({"1" * 40: [(FAILURE, None)], "2" * 40: [(SUCCESS, "succeed")]})
    github.notes = [f"{said}{'0' * 40} first or wait for it to complete."]
    assert make(github, FakeGit(["1" * 40])).deploy(publication).is_live
    assert github.cancelled == ["0" * 40]


def test_the_first_commit_becomes_live_after_all__and_is_the_one_that_is_told(
    make: Make, publication: Publication
) -> None:
    github = FakeGitHub({"1" * 40: [(None, None)], "2" * 40: [(a_run("pending"), None)]})
    live = FakeLive([*[""] * 40, "1" * 40])
    deployment = make(github, FakeGit(["1" * 40]), live).deploy(publication)
    assert (deployment.is_live, deployment.commits) == (True, ["1" * 40, "2" * 40])
    assert publication.commit_sha == "1" * 40


@pytest.mark.parametrize(
    ("first", "second", "third", "told"),
    [
        ((FAILURE, None), (QUEUED, None), None, "2"),
        ((None, None), (FAILURE, None), (FAILURE, None), "1"),
        ((FAILURE, None), (FAILURE, None), (FAILURE, None), "3"),
        ((None, None), (FAILURE, None), (RUNNING, "deployment_queued"), "3"),
    ],
)
def test_no_commit_is_live__the_newest_one_that_can_become_so_is_told(
    make: Make, publication: Publication, first: Answer, second: Answer, third: Answer | None, told: str
) -> None:
    answers: Any = {str(number) * 40: [each] for number, each in enumerate((first, second, third), start=1) if each}
    assert not make(FakeGitHub(answers), FakeGit(["1" * 40])).deploy(publication).is_live
    assert publication.commit_sha == told * 40


LOCKED = "The job was not started because your account is locked due to a billing issue."


@pytest.mark.parametrize(
    ("run", "notes", "said"),
    [(FAILURE, [LOCKED], LOCKED), (a_run("completed", "action_required"), [], "action_required")],
)
def test_github_starts_no_job__no_commit_and_its_own_words(
    make: Make, publication: Publication, run: RunState, notes: list[str], said: str
) -> None:
    github, git = one((run, None)), FakeGit(["1" * 40])
    github.notes = notes
    deployment = make(github, git).deploy(publication)
    assert (deployment.is_live, git.pushed) == (False, [])
    assert said in deployment.refused
    assert said in str(no_job_started("owner/page", deployment.refused))


def test_github_started_no_job_in_an_earlier_attempt__it_is_asked_once_more(
    make: Make, publication: Publication
) -> None:
    publication.was_published_before = True
    github, git = (
        FakeGitHub({"1" * 40: [(FAILURE, None)], "2" * 40: [(SUCCESS, "succeed")]}, [LOCKED]),
        FakeGit(["1" * 40]),
    )
    assert make(github, git).deploy(publication).is_live


def test_a_job_that_failed_by_itself__is_cured_and_quoted(make: Make, publication: Publication) -> None:
    github = FakeGitHub({str(n) * 40: [(FAILURE, None)] for n in (1, 2, 3)}, ["Timeout reached, aborting!"])
    deployment = make(github, FakeGit(["1" * 40])).deploy(publication)
    assert (len(deployment.commits), deployment.refused) == (3, "")
    assert deployment.detail.endswith(": Timeout reached, aborting!")


def test_no_list_names_the_run__the_deployment_alone_says_that_it_is_live(make: Make, publication: Publication) -> None:
    git = FakeGit(["1" * 40])
    deployment = make(one((None, None), (None, "syncing_files"), (None, "succeed")), git).deploy(publication)
    assert (deployment.is_live, git.pushed, deployment.run_url) == (True, [], None)


def test_no_list_names_the_run__a_deployment_that_takes_two_minutes_gets_them(
    make: Make, publication: Publication, clock: Any
) -> None:
    git = FakeGit(["1" * 40])
    github = one(*[(None, "deployment_in_progress")] * 30, (None, "succeed"))
    assert make(github, git).deploy(publication).is_live
    assert (sum(clock.slept) > 75, git.pushed) == (True, [])


def test_the_page_serves_the_commit__whatever_github_says_of_it(make: Make, publication: Publication) -> None:
    git, live = FakeGit(["1" * 40]), FakeLive(["", "0" * 40, "1" * 40])
    deployment = make(one((QUEUED, None), (RUNNING, "deployment_in_progress")), git, live).deploy(publication)
    assert (deployment.is_live, git.pushed, deployment.run_url) == (True, [], RUNNING.url)


def test_an_error_that_pages_tries_again_by_itself__costs_no_commit(make: Make, publication: Publication) -> None:
    git = FakeGit(["1" * 40])
    github = one((RUNNING, "deployment_attempt_error"), (RUNNING, "deployment_in_progress"), (SUCCESS, "succeed"))
    assert make(github, git).deploy(publication).is_live
    assert git.pushed == []


def test_at_most_two_empty_commits(make: Make, publication: Publication) -> None:
    pages = FakeGitHub({str(n) * 40: [(FAILURE, None)] for n in (1, 2, 3)})
    git = FakeGit(["1" * 40])
    deployment = make(pages, git).deploy(publication)
    assert not deployment.is_live
    assert git.pushed == ["2" * 40, "3" * 40]
    assert publication.commit_sha == "3" * 40
    assert "the run failed" in str(never_appeared(deployment, publication))


def test_it_stops_60_seconds_before_the_deadline(
    make: Make, publication: Publication, clock: Any, deadline: Deadline
) -> None:
    clock.time += 500
    deployment = make(one((RUNNING, None)), FakeGit(["1" * 40])).deploy(publication)
    assert not deployment.is_live
    assert deployment.detail.startswith("the time was up")
    assert 60 <= deadline.remaining() <= 66


def test_someone_else_pushed__no_empty_commit_on_top_of_theirs(make: Make, publication: Publication) -> None:
    git = FakeGit(["1" * 40], is_moved=True)
    deployment = make(one((FAILURE, None)), git).deploy(publication)
    assert not deployment.is_live
    assert git.pushed == []


def test_someone_else_pushes_at_that_moment__nothing_is_forced(make: Make, publication: Publication) -> None:
    git = FakeGit(["1" * 40], moves_now=True)
    assert not make(one((FAILURE, None)), git).deploy(publication).is_live
    assert publication.commit_sha == "1" * 40


def test_github_is_down_for_a_moment__it_is_asked_again(make: Make, publication: Publication) -> None:
    pages = one(GitHubUnavailable("GitHub is away.", "c", "n"), (SUCCESS, "succeed"))
    assert make(pages, FakeGit(["1" * 40])).deploy(publication).is_live


def test_ours_steps_in_for_a_workflow_that_fails_to_deploy(make: Make, publication: Publication) -> None:
    own = publication.deploying_workflow = OWN
    failure = a_run("completed", "failure", OWN)
    pages = FakeGitHub({"1" * 40: [(failure, None)], "2" * 40: [(SUCCESS, "succeed")]})
    committed: list[dict[str, bytes]] = []

    class Git(FakeGit):
        def commit(self, message: str, files: dict[str, bytes]) -> str:
            committed.append(files)
            return super().commit(message, {})

    deployment = make(pages, Git(["1" * 40])).deploy(publication)
    assert deployment.is_live
    assert committed == [{PAGES_WORKFLOW: pages_workflow("main")}]
    assert publication.deploying_workflow == PAGES_WORKFLOW
    assert own in publication.notes[0]


def test_a_workflow_of_the_sites_own_gets_more_time(make: Make, publication: Publication) -> None:
    pages = one(*[(a_run("in_progress", workflow=OWN), None)] * 50, (SUCCESS, "succeed"))
    publication.deploying_workflow = OWN
    deployment = make(pages, FakeGit(["1" * 40])).deploy(publication)
    assert deployment.is_live
    assert 180 < deployment.seconds < SECONDS_STUCK_OWN


def test_a_page_that_was_published_before_and_is_gone__gets_a_new_commit(make: Make, publication: Publication) -> None:
    publication.was_published_before = True
    git, pages = FakeGit(["1" * 40]), FakeGitHub({"1" * 40: [(SUCCESS, "succeed")], "2" * 40: [(SUCCESS, "succeed")]})
    deployment = make(pages, git, FakeLive(gone=True)).deploy(publication)
    assert deployment.is_live
    assert git.pushed == ["2" * 40] == [publication.commit_sha]


@pytest.mark.parametrize(("was_published", "is_gone"), [(True, False), (False, True)])
def test_a_page_that_is_served__or_has_just_been_published__needs_no_new_commit(
    make: Make, publication: Publication, was_published: bool, is_gone: bool
) -> None:
    publication.was_published_before = was_published
    git = FakeGit(["1" * 40])
    assert make(one((SUCCESS, "succeed")), git, FakeLive(gone=is_gone)).deploy(publication).is_live
    assert git.pushed == []
