"""Actions as the rest of the embedded GitHub sees it: events in, runs out, and the addresses that steps call."""

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Blueprint

from embedded.actions.act_command import Machine
from embedded.actions.act_run import ActRun
from embedded.actions.artifacts import Artifacts, artifact_routes
from embedded.actions.expressions import InvalidExpression
from embedded.actions.oidc import Tokens, oidc_routes
from embedded.actions.repository_files import RepositoryFiles
from embedded.actions.run_documents import failed_run, new_run
from embedded.actions.scheduler import Scheduler
from embedded.actions.triggers import starts
from embedded.actions.workflow import Workflow, parse
from embedded.github.events import Event
from embedded.github.store import Document, Store
from embedded.github.workflow_states import may_run

RUNNER, TARGETS = "runner", "targets"
DEFAULT_SLOTS = {RUNNER: 4, TARGETS: 4}
LONGEST_CHAIN = 3  # of workflow_run events


class Actions:
    """`runner` is the repository ("owner/name") whose runs wait for runs of the others.

    Without `slots` of their own, the others share those of the runner, as the repositories of one account do.
    `fate` says of "run START owner/name/workflow" how it ends, where that is not up to the workflow.
    """

    def __init__(
        self,
        store: Store,
        machine: Machine,
        runner: str,
        slots: Mapping[str, int] = DEFAULT_SLOTS,
        fate: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self._fate = fate
        self._store, self._machine, self._runner = store, prepared(machine, store.data), runner.lower()
        self.files = RepositoryFiles(store.data / "repositories")
        self.tokens = Tokens(store.data)
        self.artifacts = Artifacts(store, self.tokens, machine.web)
        self._pools = slots.keys()
        self._scheduler = Scheduler(store, self._make, self._pool_of, slots)
        self._scheduler.on_completed = self._tell_workflows

    def blueprints(self) -> list[Blueprint]:
        """Return the routes under /_results and /_oidc, for the server at `machine.web`."""
        return [artifact_routes(self.artifacts), oidc_routes(self._store, self.tokens)]

    def start(self) -> None:
        """Take up what an earlier process left. Call it once the server answers."""
        self._scheduler.recover()

    def stop(self) -> None:
        """End all runs and their processes; the next start runs the interrupted ones again."""
        self._scheduler.stop()

    def on_event(self, event: Event) -> list[int]:
        """Start the workflows that listen to this event; return the ids of their runs."""
        good, bad = self.files.workflows(event.repo, event.sha)
        ids = [run_id for workflow in good if (run_id := self._run(event, workflow)) is not None]
        if event.name == "push":
            ids += [self._refuse(event, path, str(error)) for path, error in bad.items()]
        return ids

    def cancel(self, run_id: int) -> bool:
        """Cancel a run; False when it has ended already."""
        return self._scheduler.cancel(run_id)

    def rerun(self, run_id: int, jobs: Iterable[int] | None = None) -> bool:
        """Run a completed run again, as its next attempt; False when it has not ended yet.

        With `jobs`, only these and the ones that need them: the others keep their results, outputs and logs.
        """
        with self._store.change("run", str(run_id)) as run:
            if run["status"] != "completed":
                return False
            kept = self._kept(run, set(jobs)) if jobs else []
            run.update(status="queued", conclusion=None, run_attempt=run["run_attempt"] + 1, kept=kept)
        self._scheduler.submit(run)
        return True

    def kill_runners(self) -> None:
        """End act of every run at once, with its steps, as if the machines went away."""
        self._scheduler.kill()

    def _kept(self, run: Document, again: set[int]) -> list[int]:
        """Return the jobs that need none of those that run again; none in a run with called workflows or a matrix."""
        text = self.files.read(run["repo"], run["head_sha"], run["workflow_path"]) or ""
        jobs = parse(text, run["workflow_path"]).jobs
        if any(job.uses or job.matrix for job in jobs.values()):
            return []
        documents = self._store.find("job", run_id=run["id"], run_attempt=run["run_attempt"])
        open_keys = {each["job_key"] for each in documents if each["id"] in again}
        while more := {key for key, job in jobs.items() if open_keys.intersection(job.needs)} - open_keys:
            open_keys |= more
        return [each["id"] for each in documents if each["job_key"] not in open_keys]

    def wait(self, run_id: int, seconds: float = 60) -> Document | None:
        """Return the run once it has ended, or as it is after `seconds`."""
        return self._scheduler.wait(run_id, seconds)

    def _run(self, event: Event, workflow: Workflow) -> int | None:
        if not may_run(self._store, event.repo, workflow.path):
            return None
        before = str(event.payload.get("before", ""))
        if not starts(workflow.on, workflow.path, event, lambda: self.files.changed(event.repo, before, event.sha)):
            return None
        try:
            run = new_run(self._store, event, workflow)
        except InvalidExpression as error:
            return self._refuse(event, workflow.path, f"{workflow.path}: {error}")
        self._store.put("run", str(run["id"]), run)
        self._scheduler.submit(run)
        self._tell_workflows(run, "requested")
        return int(run["id"])

    def _refuse(self, event: Event, path: str, message: str) -> int:
        broken = Workflow(path=path, name=path, run_name=None, on={}, permissions=None, concurrency=None)
        run = failed_run(new_run(self._store, event, broken), f"Invalid workflow file. {message}")
        self._store.put("run", str(run["id"]), run)
        return int(run["id"])

    def _make(self, run: Document) -> ActRun:
        fate = self._fate(f"run START {run['repo']}/{run['workflow_path']}")
        return ActRun(self._store, self.files, self.tokens, self._machine, run, fate)

    def _pool_of(self, repo: str) -> str:
        return RUNNER if repo.lower() == self._runner or TARGETS not in self._pools else TARGETS

    def _tell_workflows(self, run: Document, action: str = "completed") -> None:
        """Emit workflow_run, which runs on the default branch's commit."""
        repo = self._store.get("repo", run["repo"].lower()) or {}
        branch = repo.get("default_branch", "main")
        sha = self.files.commit_of(run["repo"], f"refs/heads/{branch}")
        chain = int(run["payload"].get("chain", 0)) + 1
        if sha and chain <= LONGEST_CHAIN:
            payload: dict[str, Any] = {"action": action, "workflow_run": summary_of(run), "chain": chain}
            self.on_event(Event("workflow_run", run["repo"], f"refs/heads/{branch}", sha, payload, run["actor"]))


def summary_of(run: Document) -> dict[str, Any]:
    """Return what a workflow_run event says about the run."""
    shown = ("id", "event", "head_sha", "head_branch", "run_attempt", "run_number", "status", "conclusion")
    names = {"name": run["workflow_name"], "display_title": run["run_name"], "path": run["workflow_path"]}
    return {**{name: run[name] for name in shown}, **names}


def machine_of(path: str, web: str, api: str) -> Machine:
    """Return this installation: act and uv lie beside the interpreter that runs this program."""
    programs = Path(sys.executable).parent
    return Machine(
        act=str(programs / "act"),
        python=getattr(sys, "_base_executable", sys.executable),
        uv=str(programs / "uv"),
        path=path,
        uv_settings=settings_of_uv(programs.parent),
        web=web,
        api=api,
    )


def settings_of_uv(venv: Path) -> dict[str, str]:
    """Return how jobs find what `make install` downloaded, as embedded/install.py wrote it down."""
    written = venv / "installed"
    return {"UV_CACHE_DIR": str(venv / "cache"), **json.loads((written.exists() and written.read_text()) or "{}")}


def prepared(machine: Machine, data: Path) -> Machine:
    """Put one directory first on the steps' PATH, so that `python3` is the Python that runs this program."""
    directory = (data / "bin").resolve()
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for name in ("python3", "python"):
        (directory / name).symlink_to(machine.python)
    return replace(machine, path=f"{directory}:{machine.path}")
