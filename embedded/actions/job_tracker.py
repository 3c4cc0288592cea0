"""One job as act reports it, line by line: its document, its steps, its log."""

import threading
from collections.abc import Callable
from typing import Any

from embedded.actions.log import JobLog, exit_message, unescape
from embedded.actions.masks import Masks
from embedded.actions.plan import PlannedJob
from embedded.actions.used_actions import STANDIN_STEP
from embedded.github.store import Document, Store
from embedded.github.times import timestamp

Line = dict[str, Any]
START = "⭐ Run "
UNSUPPORTED = "Skipping unsupported platform"
CLEANUP_MINUTES = 5  # what GitHub gives the steps that run always, after the time limit
BETWEEN_STEPS_S = 0.2
CONTINUES = "Failed but continue"
NOISE = ("LocalRepositoryCache", "GoGitActionCache", "Cleaning up container", "🧪", "Reevaluate", "Result condition")
SHOWN_COMMANDS = ("group", "endgroup", "error", "warning", "notice", "debug")


def step_name(step: dict[str, Any]) -> str:
    """Return a step's name as GitHub shows it."""
    if step.get("name"):
        return str(step["name"])
    return "Run " + str(step.get("uses") or str(step.get("run", "")).strip().split("\n")[0])


def planned_steps(job: PlannedJob) -> list[Document]:
    """Return the steps before any of them has started."""
    names = ["Set up job", *map(step_name, job.steps), "Complete job"]
    times = {"started_at": None, "completed_at": None}
    return [
        {"number": number, "name": name, "status": "queued", "conclusion": None, **times}
        for number, name in enumerate(names, start=1)
    ]


class JobTracker:
    """Follows one job from its first line to its result.

    `on_timeout` is called from a timer and returns whether there was a step to end.
    """

    def __init__(
        self,
        store: Store,
        document: Document,
        plan: PlannedJob,
        log: JobLog,
        masks: Masks,
        on_timeout: Callable[[], bool],
    ) -> None:
        self._store, self.id, self.plan, self._log, self._masks = store, str(document["id"]), plan, log, masks
        self._on_timeout = on_timeout
        self._steps: list[Document] = document["steps"]
        self._places = {str(step.get("id") or place): place + 1 for place, step in enumerate(plan.steps)}
        self._parents: set[tuple[str, ...]] = set()
        self._timer: threading.Timer | None = None
        self._grace = 0.0
        self._exit_reported: tuple[str, ...] = ()
        self.timed_out = False
        self.ended = False

    def start(self, name: str, seconds_per_minute: float) -> None:
        """Say that the job runs, before its steps need its permissions."""
        self._change(status="in_progress", name=name, started_at=timestamp())
        self._grace = CLEANUP_MINUTES * seconds_per_minute
        self._expire_after(self.plan.timeout_minutes * seconds_per_minute)

    def take(self, line: Line) -> None:
        """Understand one line of act's output."""
        if "jobResult" in line:
            self.end(str(line["jobResult"]))
        elif UNSUPPORTED in str(line["msg"]):
            self._fail_on_labels(str(line["msg"]))
        elif "stepid" in line:
            self._take_frame(line)
        elif "command" in line:
            self._take_command(line)
        else:
            self._take_step(line)

    def _take_frame(self, line: Line) -> None:
        place = 0 if line["stepid"] == ["--setup-job"] else -1
        if str(line["msg"]).startswith(START):
            self._begin_step(place)
        elif "stepResult" in line:
            self._end_step(place, str(line["stepResult"]))

    def _take_command(self, line: Line) -> None:
        name, step = str(line["command"]), "/".join(line.get("stepID", []))
        if name == "add-mask":
            self._masks.add(unescape(str(line.get("raw") or "").split("::", 2)[-1].rstrip("\n")))
        elif name == "summary":
            if tuple(line["stepID"]) not in self._parents:  # a composite step repeats its last inner summary
                self._log.summarize(str(line["content"]), step)
        elif name in SHOWN_COMMANDS:
            self._log.command(name, str(line.get("arg", "")), line.get("kvPairs") or {}, step)

    def _take_step(self, line: Line) -> None:
        message, identity = str(line["msg"]), tuple(line.get("stepID", ()))
        self._parents.update(identity[:length] for length in range(1, len(identity)))
        if line.get("raw_output"):
            self._log.write(message.removesuffix("\n"))
        elif message.startswith(START):
            self._show_start(line, identity)
        elif "stepResult" in line:
            if line.get("stage") == "Main" and len(identity) == 1:
                self._end_step(self._places[identity[0]], str(line["stepResult"]))
        elif message.startswith(CONTINUES):
            if len(identity) == 1:
                self._steps[self._places[identity[0]]]["conclusion"] = "success"  # its outcome alone is failure
        elif line.get("level") == "error":
            self._show_error(message, identity)
        elif not message.strip().startswith(NOISE):
            self._log.write(message.strip())

    def _show_start(self, line: Line, identity: tuple[str, ...]) -> None:
        if line.get("stage") != "Main":
            return
        title, _, rest = str(line["msg"]).removeprefix(START).removeprefix("Main ").strip().partition("\n")
        if title == STANDIN_STEP and len(identity) > 1:
            return
        self._log.begin_step(f"Run {title}", f"{title}\n{rest}" if rest else "")
        if len(identity) == 1:
            place = self._places[identity[0]]
            self._begin_step(place)
            if "${{" in self._steps[place]["name"]:
                prefix = "Run " if self._steps[place]["name"].startswith("Run ") else ""
                self._steps[place]["name"] = self._masks.hide(prefix + title)

    def _show_error(self, message: str, identity: tuple[str, ...]) -> None:
        exit_text = exit_message(message)
        repeats = exit_text and self._exit_reported[: len(identity)] == identity and self._exit_reported != identity
        if repeats:  # the composite step around the one that failed
            return
        if exit_text:
            self._exit_reported = identity
        self._log.command("error", exit_text or message.strip(), {}, "/".join(identity))

    def _fail_on_labels(self, message: str) -> None:
        label = message.partition("`-P ")[2].partition("=")[0] or "its labels"
        self.fail(f"No runner matches {label}: the embedded GitHub runs jobs on Ubuntu labels only. Use ubuntu-latest.")

    def fail(self, message: str) -> None:
        """End a job that could not run, and say why."""
        self._log.command("error", message, {}, "")
        self.end("failure")

    def refuse(self, message: str) -> None:
        """End a job that no runner took: it has no steps, and says why."""
        self._steps.clear()
        self.fail(message)

    def end(self, result: str) -> None:
        """Close the job's log and its document."""
        if self.ended:
            return
        self.ended = True
        if self._timer:
            self._timer.cancel()
        if self.timed_out:
            minutes = f"{self.plan.timeout_minutes:g} minute" + ("" if self.plan.timeout_minutes == 1 else "s")
            self._log.command("error", f"The job has exceeded the maximum execution time of {minutes}.", {}, "timeout")
            result = "cancelled"
        for step in self._steps:
            if step["status"] != "completed":
                step.update(status="completed", conclusion="skipped" if step["status"] == "queued" else result)
        self._log.close()
        self._change(
            status="completed",
            conclusion=result,
            completed_at=timestamp(),
            annotations=self._log.annotations,
            steps=self._steps,
        )

    def _begin_step(self, place: int) -> None:
        self._steps[place].update(status="in_progress", started_at=timestamp())
        self._change(steps=self._steps)

    def _end_step(self, place: int, result: str) -> None:
        self._steps[place].update(status="completed", conclusion=result, completed_at=timestamp())
        self._change(steps=self._steps)

    def _change(self, **fields: Any) -> None:
        with self._store.change("job", self.id) as document:
            document.update(fields)

    def _expire(self) -> None:
        if not self.ended:
            self.timed_out = True
            was_ended = self._on_timeout()
            self._expire_after(self._grace if was_ended else BETWEEN_STEPS_S)

    def _expire_after(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._timer.start()
