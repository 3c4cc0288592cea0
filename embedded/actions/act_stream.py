"""What act writes, line by line, brought to the jobs that it is about."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from embedded.actions.job_tracker import JobTracker, planned_steps
from embedded.actions.log import JobLog
from embedded.actions.masks import Masks
from embedded.actions.plan import PlannedJob
from embedded.github.store import Document, Store

Identity = tuple[str, str]


class ActStream:
    """Makes the documents of all planned jobs, and follows each of them."""

    def __init__(
        self,
        store: Store,
        run: Document,
        jobs: list[PlannedJob],
        masks: Masks,
        handed: Path,
        seconds_per_minute: float,
        kill_job: Callable[[str], bool],
    ) -> None:
        self._store, self._run, self._masks, self._handed = store, run, masks, handed
        self._seconds_per_minute = seconds_per_minute
        self._kill_job = kill_job
        self._directory = store.data / "runs" / str(run["id"]) / str(run["run_attempt"])
        self.loose: list[str] = []
        self._started: dict[Identity, JobTracker] = {}
        kept = kept_jobs(store, run)
        self.trackers: list[JobTracker] = []
        for job in jobs:
            if job.key in kept:
                self._keep(kept[job.key])
            else:
                self.trackers.append(self._tracker(job))

    def line(self, text: str) -> None:
        """Understand one line; what is not about a job is kept in `loose`."""
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict) or "jobID" not in line:
            self.loose.append(text.strip())
            return
        tracker = self._of(line)
        if tracker and not tracker.ended:
            tracker.take(line)

    def _of(self, line: dict[str, Any]) -> JobTracker | None:
        identity = (str(line["job"]).strip(), json.dumps(line.get("matrix")))
        if identity not in self._started:
            tracker = self._waiting(str(line["jobID"]), identity[0])
            if not tracker:
                return None
            self._started[identity] = tracker
            tracker.start(self._name(tracker.plan, line), self._seconds_per_minute)
        return self._started[identity]

    def _waiting(self, key: str, label: str) -> JobTracker | None:
        same = [each for each in self.trackers if each.plan.key == key]
        within = [each for each in same if not each.plan.callers or label.startswith(f"{each.plan.callers[0]}/")]
        for tracker in within or same:
            if tracker not in self._started.values():
                return tracker
        if not same or not same[0].plan.matrix:
            return None
        self.trackers.append(self._tracker(same[0].plan))  # one more job of a matrix
        return self.trackers[-1]

    def _name(self, plan: PlannedJob, line: dict[str, Any]) -> str:
        if plan.matrix and not plan.named:
            values = ", ".join(str(value) for value in (line.get("matrix") or {}).values())
            return f"{plan.full_name} ({values})"
        if plan.named and not plan.callers:
            return self._masks.hide(str(line["job"]).strip().removeprefix(f"{self._run['workflow_name']}/"))
        return plan.full_name

    def _tracker(self, plan: PlannedJob) -> JobTracker:
        number = self._store.next_id("job")
        document: Document = {
            "id": number,
            "run_id": self._run["id"],
            "run_attempt": self._run["run_attempt"],
            "job_key": plan.key,
            "name": plan.full_name,
            "status": "queued",
            "conclusion": None,
            "started_at": None,
            "completed_at": None,
            "steps": planned_steps(plan),
            "permissions": plan.permissions,
            "environment": plan.environment,
            "annotations": [],
        }
        self._store.put("job", str(number), document)
        log = JobLog(self._directory / f"{number}.log", Path(self._directory / "summary.md"), self._masks)
        return JobTracker(self._store, document, plan, log, self._masks, self._handed, lambda: self._kill_job(plan.key))

    def _keep(self, job: Document) -> None:
        """Show a job of an earlier attempt as one of this, under a number of its own, as GitHub does."""
        number = self._store.next_id("job")
        self._store.put("job", str(number), {**job, "id": number, "run_attempt": self._run["run_attempt"]})
        log = self._directory.parent / str(job["run_attempt"]) / f"{job['id']}.log"
        if log.exists():
            self._directory.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(log, self._directory / f"{number}.log")

    def lose(self, message: str) -> None:
        """Fail the jobs that were under way, because their machine is gone."""
        for tracker in self._started.values():
            if not tracker.ended:
                tracker.fail(message)

    def end(self, *, cancelled: bool) -> None:
        """Close what act said nothing about: jobs that never started were skipped, others were cut off."""
        for tracker in self.trackers:
            if not tracker.ended:
                started = tracker in self._started.values()
                tracker.end("cancelled" if cancelled or started else "skipped")


def kept_jobs(store: Store, run: Document) -> dict[str, Document]:
    """Return the jobs of an earlier attempt that this one does not run again, by their keys."""
    return {job["job_key"]: job for number in run.get("kept") or [] if (job := store.get("job", str(number)))}
