"""What happens in a system that is up, a line for each event: a task was accepted, a build ended, a callback came."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from action.errors import UserError
from action.job.request import open_request, read_payload
from action.record import BuildRecord, ContractRecord
from embedded.demo.records import newest_record
from embedded.github.bare_git import GitRefused
from embedded.github.store import Document
from embedded.system.bootstrap import RUNNER
from embedded.system.system import System
from receiver.task import BuildRequest
from receiver.task.run_title import id_in_title

BUILD_WORKFLOW = ".github/workflows/build.yml"


@dataclass(frozen=True)
class Envelopes:
    """Reads the envelopes that were too big for an event."""

    system: System

    def read(self, blob: str) -> bytes:
        """Return the bytes of a blob of the runner repository."""
        repo = self.system.github.repository(RUNNER) or {}
        return self.system.github.git(repo).blob(blob)


@dataclass
class News:
    """Looks at the runs and the callbacks now and then. What was there before is no news.

    A task that somebody sent to the receiver by hand, with our address for the callback, becomes known to the
    evaluation server here, so that it can judge the callback.
    """

    system: System
    open: dict[int, str] = field(default_factory=dict)  # what was said of a run that is not over
    callbacks: int = 0

    def __post_init__(self) -> None:
        self.callbacks = len(self.system.journal.all("callbacks"))

    def lines(self) -> list[str]:
        """Return what happened since the last look."""
        return [f"{datetime.now().astimezone():%H:%M:%S}  {line}" for line in (*self.of_runs(), *self.of_callbacks())]

    def of_runs(self) -> list[str]:
        """Tell of builds that began or ended."""
        store = self.system.store
        waiting = [store.find("run", repo=RUNNER, status=status) for status in ("queued", "pending", "in_progress")]
        running = {run["id"]: run for runs in waiting for run in runs if run["workflow_path"] == BUILD_WORKFLOW}
        told = []
        for run_id in self.open.keys() - running.keys():
            told.append(self.of_end(store.get("run", str(run_id)) or {}, self.open.pop(run_id)))
        for run_id in sorted(running.keys() - self.open.keys()):
            self.open[run_id], line = self.of_start(running[run_id])
            told.append(line)
        return told

    def of_start(self, run: Document) -> tuple[str, str]:
        """Return how a build is called, and the line about its beginning."""
        build_id = build_of(run)
        try:
            request = open_request(read_payload(run["payload"]), self.system.secret, Envelopes(self.system))
        except (UserError, KeyError, GitRefused) as error:
            return f"build {build_id}", f"task accepted   build {build_id}; its request cannot be read: {error}"
        self.expect(request)
        name = f"{request.task.task}, round {request.task.round}"
        return name, f"task accepted   {name} (build {build_id})"

    def expect(self, request: BuildRequest) -> None:
        """Let the evaluation server know what it is going to be told of."""
        if request.task.evaluation_url.startswith(f"{self.system.own.evaluator}/"):
            self.system.evaluator.expect({**request.task.echo, "brief": request.task.brief})

    def of_end(self, run: Document, name: str) -> str:
        """Return the line about the end of a build."""
        record = newest_record(self.system.store, build_of(run), [run["id"]])
        where = f"{self.system.addresses.web}/{RUNNER}/actions/runs/{run['id']}"
        if run["conclusion"] != "success" or record is None:
            reasons = [f"{each.code}: {each.what}" for each in record.failures] if record else []
            return f"build failed    {name}: {'; '.join(reasons) or run['conclusion']}  {where}"
        page = record.publication.pages_url if record.publication else where
        return f"build done      {name}: {result_of(record)}  {page}"

    def of_callbacks(self) -> list[str]:
        """Tell of callbacks that came."""
        new = self.system.journal.all("callbacks")[self.callbacks :]
        self.callbacks += len(new)
        return [f"callback        {about(entry['body'])}: {verdict_on(entry['reasons'])}" for entry in new]


def build_of(run: Document) -> str:
    """Return the id of a build, which the title of its run begins with; all of another title."""
    return id_in_title("build", {"name": run["run_name"]}) or str(run["run_name"])


def result_of(record: BuildRecord) -> str:
    """Return what came of a build, in words."""
    if record.generation and record.generation.fallback:
        return f"the plain page, because: {record.generation.fallback}"
    return checks_in_words(record.contract) if record.contract else "published"


def checks_in_words(contract: ContractRecord) -> str:
    """Return how many of the contract's assertions the page passes, and after how many attempts."""
    states = [assertion.state for assertion in contract.assertions]
    attempts = f", {len(contract.attempts)} attempts" if len(contract.attempts) > 1 else ""
    failed = [assertion.sentence for assertion in contract.assertions if assertion.state == "fail"]
    missed = f"; not met: {' '.join(failed)}" if failed else ""
    return f"{states.count('pass')} of {len(states)} assertions pass{attempts}{missed}"


def about(callback: Any) -> str:
    """Return which task a callback is about."""
    if not isinstance(callback, dict):
        return "no JSON object"
    return f"{callback.get('task')}, round {callback.get('round')}"


def verdict_on(reasons: list[str]) -> str:
    """Return what the evaluation server said to a callback."""
    return f"refused, because {'; '.join(reasons)}" if reasons else "accepted"
