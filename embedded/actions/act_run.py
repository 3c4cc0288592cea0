"""One attempt of a run: everything that act needs is laid out, act is started, followed, stopped, cleaned up."""

import contextlib
import shutil
import signal
import subprocess
import threading
import time
from typing import Any

from embedded.actions import processes, run_token
from embedded.actions.act_command import Desk, Machine, arguments, job_environment, lay_out, process_environment
from embedded.actions.act_stream import ActStream, kept_jobs
from embedded.actions.masks import Masks
from embedded.actions.oidc import Tokens
from embedded.actions.plan import Planner
from embedded.actions.repository_files import RepositoryFiles
from embedded.actions.run_documents import contexts_of
from embedded.actions.used_actions import UnknownAction, UsedActions
from embedded.actions.workflow import InvalidWorkflow, parse
from embedded.github.store import Document, Store

NEVER_STARTS, STAYS_QUEUED, RUNNER_DIES = "never starts", "stays queued", "runner dies"
LOCKED = "The job was not started because your account is locked due to a billing issue."
GONE = (
    "The hosted runner lost communication with the server. Anything in your workflow that terminates the runner "
    "process, starves it for CPU/Memory, or blocks its network access can cause this error."
)
SECONDS_BEFORE_DEATH = 2.0
LOOK_EVERY_S = 0.1


class ActRun:
    """Created when a run may start; `execute` blocks until it has ended. `fate` is one of the three words above."""

    def __init__(
        self,
        store: Store,
        files: RepositoryFiles,
        tokens: Tokens,
        machine: Machine,
        run: Document,
        fate: str | None = None,
    ) -> None:
        self._store, self._files, self._tokens, self._machine, self._run = store, files, tokens, machine, run
        self._fate = fate
        self._lost = False
        self._desk = desk_of(store, run)
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self.cancelled = False
        self.stopped = False

    def execute(self) -> str:
        """Run all jobs and return the conclusion."""
        token = run_token.issue(self._store, self._run)
        secrets = {**(self._store.get("secret", self._run["repo"]) or {}), "GITHUB_TOKEN": token}
        masks = Masks(list(secrets.values()))
        try:
            return self._attempt(secrets, masks)
        finally:
            run_token.revoke(self._store, token)
            run_token.revoke_those_of_apps(self._store, masks.values)
            processes.kill_leftovers(str(self._desk.home))
            if self._process:
                self._process.wait()
            shutil.rmtree(self._desk.root, ignore_errors=True)

    def _attempt(self, secrets: dict[str, str], masks: Masks) -> str:
        stream: ActStream | None = None
        try:
            path = self._run["workflow_path"]
            text = self._files.read(self._run["repo"], self._run["head_sha"], path) or ""
            source = (self._run["repo"], self._run["head_sha"])
            jobs = Planner(self._files.read, contexts_of(self._run, self._variables())).jobs(parse(text, path), source)
            stream = ActStream(
                self._store, self._run, jobs, masks, self._desk.handed, self._machine.seconds_per_minute, self._kill_job
            )
            if reason := self._store.get("jobs_refused", self._run["repo"].partition("/")[0]):
                return self._refuse(stream, reason["message"])
            used = UsedActions(self._files.read)
            used.follow(*source, path, text)
        except (InvalidWorkflow, UnknownAction) as error:
            return self._cannot_start(stream, str(error))
        if self._fate == NEVER_STARTS:
            return self._refuse(stream, LOCKED)
        if self._fate == STAYS_QUEUED:
            return self._stay_queued(stream)
        id_token = any(job.permissions.get("id-token") == "write" for job in jobs)
        self._lay_out(secrets, id_token=id_token, masks=masks)
        return self._follow(stream, used)

    def _variables(self) -> dict[str, str]:
        return self._store.get("variable", self._run["repo"]) or {}

    def _cannot_start(self, stream: ActStream | None, message: str) -> str:
        if stream and stream.trackers:
            stream.trackers[0].fail(message)
            stream.end(cancelled=False)
        with self._store.change("run", str(self._run["id"])) as run:
            run["problem"] = message
        return "failure"

    def _refuse(self, stream: ActStream, message: str) -> str:
        """Start no job, as GitHub does for an account that is locked."""
        for tracker in stream.trackers:
            tracker.refuse(message)
        return "failure"

    def _stay_queued(self, stream: ActStream) -> str:
        with self._store.change("run", str(self._run["id"])) as run:
            run["status"] = "queued"
        while not (self.cancelled or self.stopped):
            time.sleep(LOOK_EVERY_S)
        stream.end(cancelled=True)
        return "cancelled"

    def _lay_out(self, secrets: dict[str, str], *, id_token: bool, masks: Masks) -> None:
        runtime_token = self._tokens.runtime(self._run)
        masks.add(runtime_token)
        files: dict[str, Any] = {
            "event.json": self._run["payload"],
            "secrets.yml": secrets,
            "vars.yml": self._variables(),
            "environment": job_environment(self._machine, self._run, runtime_token, id_token=id_token),
        }
        shutil.rmtree(self._desk.root, ignore_errors=True)
        lay_out(self._desk, files, self._store.data / "tool_cache")
        self._files.prepare(self._run, kept_jobs(self._store, self._run), self._desk.workspace)

    def _follow(self, stream: ActStream, used: UsedActions) -> str:
        process = self._launch(arguments(self._machine, self._desk, self._run, used.mapped))
        code = -1
        if process and process.stdout:
            with process.stdout:
                for line in process.stdout:
                    stream.line(line)
            code = process.wait()
        return self._conclude(stream, code)

    def _launch(self, command: list[str]) -> subprocess.Popen[str] | None:
        with self._lock:
            if self.cancelled or self.stopped:
                return None
            self._process = subprocess.Popen(
                command,
                cwd=self._desk.root,
                env=process_environment(self._machine, self._desk),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
            if self._fate == RUNNER_DIES:
                threading.Timer(SECONDS_BEFORE_DEATH, self.kill).start()
            return self._process

    def _conclude(self, stream: ActStream, code: int) -> str:
        started = [tracker for tracker in stream.trackers if tracker.ended]
        if self._lost:
            stream.lose(GONE)
        elif code and not started and not self.cancelled and stream.trackers:
            reasons = [line for line in stream.loose if line.startswith("Error")] or stream.loose[-1:]
            stream.trackers[0].fail("act could not run the workflow: " + " ".join(reasons))
        stream.end(cancelled=self.cancelled or self.stopped)
        if self.cancelled:
            return "cancelled"
        jobs = self._store.find("job", run_id=self._run["id"], run_attempt=self._run["run_attempt"])
        conclusions = {job["conclusion"] for job in jobs}
        unmatched = any(job["conclusion"] == "failure" and not job["steps"][0]["started_at"] for job in jobs)
        if not code and not unmatched:
            return "success"
        return "failure" if "failure" in conclusions or "cancelled" not in conclusions else "cancelled"

    def _kill_job(self, job_key: str) -> bool:
        return self._process is not None and processes.kill_job(self._process.pid, job_key)

    def cancel(self) -> None:
        """End the run as the Cancel button does; steps that run always still run. Returns when it is on its way."""
        self.cancelled = True
        with self._lock:
            process = self._process
        if process:
            processes.interrupt(process.pid, lambda: process.poll() is None, self._machine.patience)
            self._end(process)

    def kill(self) -> None:
        """End act and its steps as a machine does that goes away."""
        self._lost = True
        with self._lock:
            process = self._process
        if process:
            below = processes.children(process.pid)
            processes.kill([*below, *processes.children(process.pid)])
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    def stop(self) -> None:
        """End the run at once because the whole system stops; a later start runs it again."""
        self.stopped = True
        with self._lock:
            process = self._process
        if process:
            self._end(process)

    def _end(self, process: subprocess.Popen[str]) -> None:
        below = processes.children(process.pid)  # a step may have given what it started another environment
        for signum in (signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signum)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(self._machine.patience)
        processes.kill(below)
        processes.kill_leftovers(str(self._desk.home))


def desk_of(store: Store, run: Document) -> Desk:
    """Return where an attempt works."""
    return Desk((store.data / "work" / f"{run['id']}-{run['run_attempt']}").resolve())
