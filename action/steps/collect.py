"""`python -m action collect`: bring the ledger up to date, and say what the dashboard needs to know besides."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import requests
from pydantic import BeforeValidator, Field

from action.console import Console
from action.deadline import Deadline
from action.errors import LedgerNotWritten, UserError
from action.github.api import NotThere, RunnerApi
from action.github.artifacts import Artifacts
from action.github.git import Git
from action.github.refusals import TipMoved
from action.github.runner_runs import BuildRuns, remove_superseded, running_builds
from action.job.job import Job, append_summary
from action.job.markdown import cell
from action.job.settings import Flag, GithubToken, Settings, not_negative
from action.job.summary import MOST_ROWS, filled
from action.ledger.download import KNOWN_PAGES, KNOWN_PAGES_DAILY, Downloaded, Downloader, unstarted
from action.ledger.insert import (
    Found,
    FoundCommand,
    FoundMessage,
    FoundRecord,
    UnknownProject,
    insert,
    insert_version,
)
from action.ledger.layout import BRANCH, fixed_files
from action.ledger.tree import Tree
from action.ledger.versions import HistoryUnreadable, TargetHistory

SECONDS_FOR_DOWNLOADS = 420.0
SECONDS_FOR_EVERYTHING = 780.0  # but for the push; the job has 20 minutes
SECONDS_FOR_GIT = 300.0  # a ledger can be a gigabyte
BY_HAND_OR_DAILY = frozenset({"workflow_dispatch", "schedule"})
MOST_TASKS = 200  # whose repositories are looked at when nothing of them was collected
MOST_TRIES = 8
LOOKS_BACK = timedelta(days=3)  # for builds whose jobs never began
KEPT_RUNS = timedelta(days=400)
MAY_BE_BUILT_STILL = timedelta(hours=2)  # the project of a command whose build is not in the ledger yet
RUNNING = "Pagewright-Running"
SECONDS_BETWEEN_REFRESHES = 60  # of an open dashboard
LONGEST_BETWEEN_REFRESHES = 3600


def seconds_between(value: object) -> int:
    """Return how often an open dashboard looks for news."""
    return min(max(1, round(not_negative(value))), LONGEST_BETWEEN_REFRESHES)


def prices_in(text: object) -> object:
    """Return what models cost, by name; the dashboard checks the numbers. Raises ValueError."""
    try:
        found = json.loads(str(text))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError('is not JSON such as {"a-model": {"input": 0.3, "output": 2.5}}')
    return found


class CollectSettings(Settings):
    """The run's own token, and what the dashboard must know that is not in the ledger."""

    github_token: GithubToken
    event: str = Field("", validation_alias="GITHUB_EVENT_NAME")
    is_rebuild: Flag = Field(False, validation_alias="PAGEWRIGHT_REBUILD")
    refresh_seconds: Annotated[int, BeforeValidator(seconds_between)] = Field(
        SECONDS_BETWEEN_REFRESHES, validation_alias="DASHBOARD_REFRESH_S"
    )
    receiver_url: str = Field("", validation_alias="RECEIVER_URL")
    prices: Annotated[dict[str, Any], BeforeValidator(prices_in)] = Field({}, validation_alias="MODEL_PRICES")


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError."""
    settings = CollectSettings.from_environ(environ)
    runner = settings.runner
    is_thorough = settings.event in BY_HAND_OR_DAILY
    with requests.Session() as session, console.group("Collect what runs left into the ledger") as shown:
        api = RunnerApi(session, api_url=runner.api_url, repository=runner.repository, token=settings.github_token)
        running = running_builds(api)
        ledger = Git(
            runner.temp / "ledger.git",
            f"{runner.server_url}/{runner.repository}.git",
            BRANCH,
            settings.github_token,
            environ,
            depth=1,
            seconds=SECONDS_FOR_GIT,
        )
        downloader = Downloader(
            Artifacts(api),
            runner.repository,
            console,
            Deadline(datetime.now(UTC), SECONDS_FOR_DOWNLOADS),
            everything=settings.is_rebuild,
            known_pages=KNOWN_PAGES_DAILY if is_thorough else KNOWN_PAGES,
        )
        since = datetime.now(UTC) - (KEPT_RUNS if settings.is_rebuild else LOOKS_BACK)

        def download(tree: Tree) -> Downloaded:
            downloaded = downloader.download(tree)
            try:
                downloaded.found += unstarted(BuildRuns(api), tree, runner.repository, since)
            except UserError as error:
                downloaded.problems.append(str(error))
            return downloaded

        history = TargetHistory(runner.server_url, runner.temp / "targets", environ)
        ids, until = tuple(build["build_id"] for build in running), Deadline(datetime.now(UTC), SECONDS_FOR_EVERYTHING)
        collector = Collector(ledger, download, history, console, ids, has_time=lambda: not until.is_over)
        done = collector.collect(Wish(newest_tasks=is_thorough, anyway=is_thorough))
        shown.verdict = verdict(done)
        tidy(api, console)
    for problem in done.problems:
        console.warning(problem)
    told = dashboard_settings(settings, running)
    runner.temp.mkdir(parents=True, exist_ok=True)
    (runner.temp / "dashboard.json").write_text(told)
    Job(runner, console).output(commit=done.commit, is_new="true" if done.is_new else "false", settings=told)
    where = f"{runner.server_url}/{runner.repository}"
    append_summary(runner.summary, lambda: render(done, where), console)


@dataclass(frozen=True)
class Wish:
    """How much is looked at. `anyway`: a commit even without changes."""

    newest_tasks: bool = False
    anyway: bool = False


@dataclass
class Collected:
    """What came of it. `commit` is the tip of the ledger; `is_new` says that this collection made it."""

    commit: str = ""
    is_new: bool = False
    records: int = 0
    messages: int = 0
    commands: int = 0
    versions: int = 0
    tasks: int = 0
    skipped: dict[int, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Collector:
    """`download` downloads what the ledger lacks; `running` are the ids of the builds that have not ended.

    Without time, the commits of further tasks are left for another collection.
    """

    ledger: Git
    download: Callable[[Tree], Downloaded]
    history: TargetHistory
    console: Console
    running: tuple[str, ...] = ()
    has_time: Callable[[], bool] = lambda: True

    def collect(self, wish: Wish) -> Collected:
        """Bring the ledger up to date. Raises UserError."""
        downloaded: Downloaded | None = None
        for _ in range(MOST_TRIES):
            with writing():
                self.ledger.fetch()
            tree = Tree.at_tip(self.ledger)
            if downloaded is None:
                downloaded = self.download(tree)
            done = self._insert(tree, downloaded, wish)
            try:
                return self._commit(tree, done, wish)
            except TipMoved:
                self.console.line("Someone else wrote to the ledger meanwhile; once more, on top of that.")
        raise not_written("others write to it all the time")

    def _insert(self, tree: Tree, downloaded: Downloaded, wish: Wish) -> Collected:
        """Put everything where it belongs. Doing it again, on another tip, is harmless."""
        done = Collected(skipped=dict(downloaded.bad), problems=list(downloaded.problems))
        for path, body in fixed_files().items():
            tree.put(path, body)
        kinds, keys = Counter[type[Found]](), dict[str, None]()
        for found in downloaded.found:
            if isinstance(found, FoundCommand) and not self.has_time():  # they are looked through for secrets
                done.problems.append(f"The command {found.result.job_id} is left for the next run: the time was up.")
                continue
            try:
                keys[insert(tree, found)] = None
                kinds[type(found)] += 1
            except UnknownProject as error:
                self._leave(found, str(error), done)
        touched = list(keys)
        done.records, done.messages, done.commands = kinds[FoundRecord], kinds[FoundMessage], kinds[FoundCommand]
        done.tasks = len(touched)
        if done.skipped or downloaded.good:
            tree.note_skipped(done.skipped, set(downloaded.good) - done.skipped.keys())
        others = tree.newest_tasks()[:MOST_TASKS] if wish.newest_tasks else []
        tasks = list(dict.fromkeys([*touched, *others]))
        for number, task_key in enumerate(tasks):
            if not self.has_time():
                done.problems.append(f"The commits of {len(tasks) - number} tasks were not looked at: the time was up.")
                break
            done.versions += self._add_versions(tree, task_key, done)
        return done

    def _leave(self, found: Found, reason: str, done: Collected) -> None:
        """Leave a command for the next run, in which its project's build may have arrived, or for good."""
        if not isinstance(found, FoundCommand):
            return
        job_id, artifact, at = found.result.job_id, found.artifact, found.result.at
        if at and datetime.now(UTC) - at < MAY_BE_BUILT_STILL:
            done.problems.append(f"The command {job_id} is left for the next run: {reason}.")
        else:
            done.skipped[artifact.id] = {"name": artifact.title, "run_id": artifact.run_id, "reason": reason}

    def _add_versions(self, tree: Tree, task_key: str, done: Collected) -> int:
        known, count = tree.versions_of(task_key), 0
        for project in tree.projects_of(task_key):
            try:
                for version, contents in self.history.new_versions(task_key, project, known):
                    insert_version(tree, version, contents)
                    count += 1
            except HistoryUnreadable as error:
                done.problems.append(f"The commits of {project} could not be read: {error}")
        return count

    def _commit(self, tree: Tree, done: Collected, wish: Wish) -> Collected:
        """Commit and push, when there is something to say. Raises TipMoved, UserError."""
        tip, running = self.ledger.tip(), " ".join(self.running)
        before = self.ledger.trailer(tip, RUNNING) if tip else ""
        done.commit = tip or ""
        if tree.changes or tree.removed or running != before or wish.anyway:
            done.commit = self.ledger.commit(message_of(done, running), tree.changes, tree.removed)
            with writing():
                self.ledger.push(done.commit)
            done.is_new = True
        return done


@contextmanager
def writing() -> Iterator[None]:
    """Say what a refusal by git means for this branch, to which nobody but the run itself writes."""
    try:
        yield
    except UserError as error:
        raise not_written(error.what) from None


def not_written(reason: str) -> LedgerNotWritten:
    """Return the error of a branch that cannot be read or written."""
    return LedgerNotWritten(
        f"The branch {BRANCH} could not be brought up to date: {reason}",
        "the job lacks 'contents: write', a rule protects the branch, or GitHub has an incident.",
        "Let github-actions write to the branch, then run this again; nothing is lost, the artifacts stay for 90 days.",
    )


def tidy(api: RunnerApi, console: Console) -> None:
    """Remove the runs from the Actions tab that nobody looks for. When GitHub does not let us, they stay there."""
    try:
        if removed := remove_superseded(api):
            console.line(f"{removed} runs that never started, or that only collected a command, are removed")
    except (NotThere, UserError) as error:
        console.line(f"Runs that nobody looks for stay in the Actions tab: {error}")


def dashboard_settings(settings: CollectSettings, running: list[dict[str, Any]]) -> str:
    """Return what the dashboard must know that is not in the ledger, as JSON."""
    runner = settings.runner
    told = {
        "api_url": runner.api_url,
        "server_url": runner.server_url,
        "runner": runner.repository,
        "refresh_seconds": settings.refresh_seconds,
        "running": running,
        "prices": settings.prices,
        **({"receiver_url": settings.receiver_url} if settings.receiver_url else {}),
    }
    return json.dumps(told, indent=1) + "\n"


def message_of(done: Collected, running: str) -> str:
    """Return the commit's message. It says which builds run, so that a later collection sees when that changes."""
    trailer = f"\n{RUNNING}: {running}\n" if running else ""
    return f"Collect {in_words(done)}\n{trailer}"


def in_words(done: Collected) -> str:
    """Return what was collected."""
    parts = {"record": done.records, "message": done.messages, "command": done.commands, "version": done.versions}
    named = [f"{number} {noun}{'' if number == 1 else 's'}" for noun, number in parts.items() if number]
    return ", ".join(named) or "nothing new"


def verdict(done: Collected) -> str:
    """Return the one line that says what came of it."""
    left = f"; {len(done.skipped)} artifacts were refused" if done.skipped else ""
    return f"{in_words(done)}, of {done.tasks} tasks{left}"


def render(done: Collected, repository_url: str) -> str:
    """Return the summary as Markdown. All text that is not ours is escaped."""
    sign = "⚠" if done.skipped or done.problems else "✓"
    return filled(
        "summary-ledger",
        verdict=f"{sign} {verdict(done)}",
        links=f"[ledger]({repository_url}/tree/ledger) · [commit]({repository_url}/commit/{done.commit})",
        skipped=table(done),
        problems=bullets(done.problems),
    )


def table(done: Collected) -> str:
    """Return the artifacts that cannot be collected, with the reasons."""
    if not done.skipped:
        return ""
    rows = [
        f"| {cell(str(entry['name']))} | {entry['run_id']} | {cell(str(entry['reason']))} |"
        for _, entry in sorted(done.skipped.items())[:MOST_ROWS]
    ]
    return "\n".join(["### Not collected", "", "| artifact | run | why |", "|---|---|---|", *rows, ""])


def bullets(problems: Iterable[str]) -> str:
    """Return what the next run tries again."""
    lines = [f"- {cell(problem)}" for problem in problems][:MOST_ROWS]
    return "\n".join(["### For the next run", "", *lines, ""]) if lines else ""
