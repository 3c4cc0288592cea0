"""The runs of the runner repository: how builds ended and are run again, which still run, and what to tidy up."""

import re
from collections.abc import Container, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from action.errors import TokenInsufficient
from action.github.api import BUILD, NotThere, RunnerApi
from action.github.refusals import refusal
from receiver.task import Payload
from receiver.task.payload import read_stored_message, stored_message
from receiver.task.run_title import id_in_title, task_in_title

RUNS = "/actions/workflows/{}.yml/runs"
EXECUTE_JOB = "Run a command in a project"
WRITE_JOB, PUBLISH_JOB = "Write the files", "Publish the page and notify"
# Minutes that these jobs usually have. A job that had no more time counts as cancelled, as if by someone.
MINUTES = {WRITE_JOB: 10, PUBLISH_JOB: 15, "Check the live page": 4, EXECUTE_JOB: 9}
OF_A_CALLER = re.compile(r"^.* / ")  # a called workflow's job names begin with the caller's


@dataclass(frozen=True)
class BuildRun:
    """A run of build.yml in its newest attempt; of execute.yml, `build_id` is the id of the command."""

    id: int
    build_id: str
    status: str
    conclusion: str
    attempt: int
    created_at: datetime
    started_at: datetime
    updated_at: datetime
    url: str
    task_key: str = ""
    round: int = 0


@dataclass(frozen=True)
class BuildJob:
    """A job of a run's newest attempt."""

    id: int
    name: str
    conclusion: str
    seconds: float

    @property
    def had_no_more_time(self) -> bool:
        """Whether GitHub ended it, because its time was up."""
        return self.conclusion == "cancelled" and self.seconds >= 60 * MINUTES.get(self.name, 360)


class BuildRuns:
    """Asks about runs of the workflow `kind`, and starts them again."""

    def __init__(self, api: RunnerApi, kind: str = "build") -> None:
        self._api, self._kind = api, kind

    def since(self, moment: datetime) -> list[BuildRun]:
        """Return the builds that were asked for since then, newest first. Raises UserError."""
        found: list[BuildRun] = []
        for page in newest_runs(self._api, self._kind):
            new = [run for run in page if moment_of(str(run["created_at"])) >= moment]
            found += [build for run in new if (build := run_of(run, self._kind))]
            if any(moment_of(str(run["created_at"])) < moment for run in page):
                break
        return found

    def one(self, number: int) -> BuildRun | None:
        """Return a run, None when it is gone or no build's. Raises UserError."""
        try:
            return run_of(self._api.get(f"/actions/runs/{number}"), self._kind)
        except NotThere:
            return None

    def jobs(self, run: BuildRun) -> list[BuildJob]:
        """Return the jobs of the newest attempt. Raises UserError."""
        found = self._api.get(f"/actions/runs/{run.id}/jobs", per_page=50).get("jobs") or []
        return [job_of(job) for job in found]

    def refusal(self, run: BuildRun) -> str:
        """Return why GitHub started none of a run's jobs, in its words; "" when it did. Raises UserError."""
        if run.conclusion not in {"failure", "action_required"}:
            return ""
        notes: list[str] = []
        with suppress(NotThere, TokenInsufficient):  # whoever may not read the notes knows nothing of them
            jobs = self._api.get(f"/actions/runs/{run.id}/jobs", per_page=50).get("jobs") or []
            for job in [] if any(job.get("steps") for job in jobs) else jobs:
                notes += [str(note["message"]) for note in self._api.get(f"/check-runs/{job['id']}/annotations")]
        return refusal(run.conclusion, notes)

    def has_left(self, run: BuildRun, name: str) -> bool:
        """Whether a run has an artifact of this name. Raises NotThere, UserError."""
        return bool(self._api.get(f"/actions/runs/{run.id}/artifacts", name=name).get("artifacts"))

    def run_again(self, run: BuildRun) -> None:
        """Run all jobs again. Raises NotThere, UserError."""
        self._api.post(f"/actions/runs/{run.id}/rerun", {})

    def run_failed_again(self, run: BuildRun) -> None:
        """Run again what failed, and what depends on it. Raises NotThere, UserError."""
        self._api.post(f"/actions/runs/{run.id}/rerun-failed-jobs", {})

    def publish_again(self, run: BuildRun) -> None:
        """Run the publishing job again. Raises NotThere, UserError."""
        job = next((job for job in self.jobs(run) if job.name == PUBLISH_JOB), None)
        if job is None:
            raise NotThere
        self._api.post(f"/actions/jobs/{job.id}/rerun", {})

    def cancel(self, run: BuildRun) -> None:
        """Ask for the end of a run. Raises NotThere, UserError."""
        self._api.post(f"/actions/runs/{run.id}/cancel", {})


def run_of(run: dict[str, Any], kind: str = "build") -> BuildRun | None:
    """Return a build's run; None for one whose title names no build."""
    build_id = id_in_title(kind, run)
    if build_id is None:
        return None
    created = str(run["created_at"])
    task_key, number = task_in_title(run)
    return BuildRun(
        id=int(run["id"]),
        build_id=build_id,
        status=str(run.get("status", "")),
        conclusion=str(run.get("conclusion") or ""),
        attempt=int(run.get("run_attempt") or 1),
        created_at=moment_of(created),
        started_at=moment_of(str(run.get("run_started_at") or created)),
        updated_at=moment_of(str(run.get("updated_at") or created)),
        url=str(run.get("html_url", "")),
        task_key=task_key,
        round=number,
    )


def job_of(job: dict[str, Any]) -> BuildJob:
    """Return a job."""
    started, completed = job.get("started_at"), job.get("completed_at")
    seconds = (moment_of(completed) - moment_of(started)).total_seconds() if started and completed else 0.0
    return BuildJob(int(job["id"]), OF_A_CALLER.sub("", str(job["name"])), str(job.get("conclusion") or ""), seconds)


def moment_of(text: str) -> datetime:
    """Return the moment that GitHub names."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def newest_runs(api: RunnerApi, kind: str = "build") -> Iterator[list[dict[str, Any]]]:
    """Yield the runs of a workflow page by page, newest first. Raises UserError.

    No filter is sent: GitHub answers one from a search index, which can be hours late.
    """
    with suppress(NotThere):  # a runner repository without this workflow calls it from one of its own
        yield from api.pages(RUNS.format(kind), "workflow_runs")


def running_builds(api: RunnerApi) -> list[dict[str, Any]]:
    """Return the builds that run or wait, in the order in which they were asked for. Raises UserError."""
    found: dict[int, dict[str, Any]] = {}
    for page in newest_runs(api):
        is_open = [run for run in page if run.get("status") != "completed"]
        found |= {int(run["id"]): described(build, run) for run in is_open if (build := id_in_title("build", run))}
        if not is_open:
            break
    return [found[number] for number in sorted(found)]


def described(build_id: str, run: dict[str, Any]) -> dict[str, Any]:
    """Return what the dashboard shows of a run."""
    return {
        "build_id": build_id,
        "run_url": str(run.get("html_url", "")),
        "status": str(run.get("status", "")),
        "started_at": str(run.get("run_started_at") or run.get("created_at") or ""),
    }


PREFIX = "refs/requests/"
MOST_REMOVED = 100  # at once; each is one request
MOST_LOOKED_AT = 50


@dataclass(frozen=True)
class Waiting:
    """A stored request that no run is known to have taken. `again` counts how often it was dispatched later."""

    payload: Payload
    tree: str
    commit: str
    since: datetime
    again: int


class StoredRequests:
    """Lists and removes, and dispatches again what GitHub took and never ran."""

    def __init__(self, api: RunnerApi) -> None:
        self._api = api

    def tips(self) -> dict[str, str]:
        """Return the commit that keeps the envelope of each build that has one. Raises UserError."""
        try:
            found = self._api.get("/git/matching-refs/requests/")
        except NotThere:
            return {}
        return {str(ref["ref"]).removeprefix(PREFIX): str(ref["object"]["sha"]) for ref in found}

    def waiting(self, known: Container[str]) -> list[Waiting]:
        """Return those of no `known` build, as far as they say what they are. Raises UserError."""
        if not (unknown := {build: tip for build, tip in self.tips().items() if build not in known}):
            return []
        try:
            self._api.get(RUNS.format("build"), per_page=1)
        except NotThere:  # where nobody can see the runs, nobody knows what vanished
            return []
        found = (self._read(build, tip) for build, tip in sorted(unknown.items())[:MOST_LOOKED_AT])
        return [each for each in found if each]

    def _read(self, build_id: str, commit: str) -> Waiting | None:
        try:
            kept = self._api.get(f"/git/commits/{commit}")
        except NotThere:  # it does not point at a commit
            return None
        read = read_stored_message(str(kept["message"]))
        if read is None or read[0].build_id != build_id:
            return None
        return Waiting(read[0], str(kept["tree"]["sha"]), commit, moment_of(kept["committer"]["date"]), read[1])

    def send_again(self, request: Waiting) -> None:
        """Dispatch it, and count that in a commit on top. Raises NotThere, UserError."""
        self._api.dispatch(BUILD, request.payload.model_dump(mode="json", exclude_none=True))
        message = stored_message(request.payload, request.again + 1)
        body = {"message": message, "tree": request.tree, "parents": [request.commit]}
        made = self._api.post("/git/commits", body)
        self._api.patch(f"/git/{PREFIX}{request.payload.build_id}", {"sha": made["sha"], "force": False})

    def remove(self, builds: list[str]) -> int:
        """Remove envelopes; return how many. Raises UserError."""
        removed = 0
        for build_id in builds[:MOST_REMOVED]:
            try:
                self._api.delete(f"/git/{PREFIX}{build_id}")
                removed += 1
            except NotThere:
                continue
        return removed


DASHBOARD_RUNS = "/actions/workflows/dashboard.yml/runs"
AFTER_A_COMMAND = "dashboard · collect after execute "
KEPT_AFTER_COMMANDS = 1
MOST_RUNS = 20  # at once; two requests each, of the 1,000 that a run's token has in an hour


def remove_superseded(api: RunnerApi) -> int:
    """Remove from the Actions tab runs that never began, and all but the newest of those after commands; say how many.

    There can be very many commands, and what such a run did is in the ledger's commit. Raises NotThere, UserError.
    """
    runs = api.get(DASHBOARD_RUNS, per_page=100).get("workflow_runs") or []
    removed = 0
    for run in [run for run in runs if run.get("conclusion") == "cancelled"][:MOST_RUNS]:
        if never_started(api, run):
            api.delete(f"/actions/runs/{run['id']}")
            removed += 1
    collected = [
        run for run in runs if run.get("conclusion") == "success" and title_of(run).startswith(AFTER_A_COMMAND)
    ]
    for run in collected[KEPT_AFTER_COMMANDS:][:MOST_RUNS]:
        api.delete(f"/actions/runs/{run['id']}")
        removed += 1
    return removed


def title_of(run: dict[str, Any]) -> str:
    """Return what a run is called in the Actions tab."""
    return str(run.get("display_title") or run.get("name") or "")


def never_started(api: RunnerApi, run: dict[str, Any]) -> bool:
    """Whether no job of a run has done anything. What a person cancelled while it worked stays, with its log."""
    jobs = api.get(f"/actions/runs/{run['id']}/jobs", filter="all", per_page=50).get("jobs") or []
    return not any(job.get("steps") for job in jobs)
