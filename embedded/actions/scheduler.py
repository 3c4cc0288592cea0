"""Which run goes on when: free slots, concurrency groups, cancelling, and carrying on after a restart."""

import threading
from collections.abc import Callable, Mapping

from embedded.actions import processes
from embedded.actions.act_run import ActRun, desk_of
from embedded.actions.concurrency import Groups
from embedded.actions.run_documents import stored_claims
from embedded.github.store import Document, Store
from embedded.github.times import timestamp


class Scheduler:
    """Runs wait in the order of their arrival.

    `slots` has two pools: builds wait for the Pages runs of their targets, so these need slots of their own, or enough.
    """

    def __init__(
        self, store: Store, make: Callable[[Document], ActRun], pool_of: Callable[[str], str], slots: Mapping[str, int]
    ) -> None:
        self._store, self._make, self._pool_of, self._slots = store, make, pool_of, slots
        self._lock = threading.RLock()
        self._ended = threading.Condition(self._lock)
        self._groups = Groups()
        self._waiting: list[Document] = []
        self._active: dict[int, ActRun] = {}
        self._pools: dict[int, str] = {}
        self._threads: set[threading.Thread] = set()
        self._stopping = False
        self.on_completed: Callable[[Document], None] = lambda run: None

    def recover(self) -> None:
        """Take up the runs of an earlier process: interrupted ones begin their next attempt, queued ones wait on."""
        interrupted = self._store.find("run", status="in_progress")
        for run in interrupted:
            processes.kill_leftovers(str(desk_of(self._store, run).home))
            close_jobs(self._store, run)
            run = self._change(run["id"], status="queued", run_attempt=run["run_attempt"] + 1)
        known = {run["id"] for run in interrupted}
        waiting = [run for status in ("queued", "pending") for run in self._store.find("run", status=status)]
        for run in sorted(waiting, key=lambda each: (each["id"] not in known, each["id"])):
            self.submit(run)

    def submit(self, run: Document) -> None:
        """Let a queued run take its place in its groups and wait for a slot."""
        with self._lock:
            doomed: list[int] = []
            for claim in stored_claims(run):
                doomed += self._groups.enter(claim)
            self._waiting.append(run)
            self._start_what_may()
        for run_id in doomed:
            self.cancel(run_id)

    def cancel(self, run_id: int) -> bool:
        """Cancel a run that has not ended; False when there is none."""
        with self._lock:
            active = self._active.get(run_id)
            if active:
                threading.Thread(target=active.cancel, name=f"cancel-{run_id}", daemon=True).start()
                return True
            waiting = next((run for run in self._waiting if run["id"] == run_id), None)
            if not waiting:
                return False
            self._waiting.remove(waiting)
            self._complete(waiting, "cancelled")
        self._announce(run_id)
        return True

    def wait(self, run_id: int, seconds: float) -> Document | None:
        """Return the run once it has ended, or as it is after `seconds`."""
        with self._ended:
            self._ended.wait_for(lambda: not self._is_open(run_id), seconds)
        return self._store.get("run", str(run_id))

    def stop(self) -> None:
        """Start nothing more and end what runs; the documents keep saying that it runs, so that `recover` finds it."""
        with self._lock:
            self._stopping = True
            active, threads = list(self._active.values()), list(self._threads)
        for each in active:
            each.stop()
        for thread in threads:
            thread.join()

    def kill(self) -> None:
        """Kill what runs; each run ends as one does whose machine is gone."""
        with self._lock:
            active = list(self._active.values())
        for each in active:
            each.kill()

    def _is_open(self, run_id: int) -> bool:
        return run_id in self._active or any(run["id"] == run_id for run in self._waiting)

    def _start_what_may(self) -> None:
        for run in [] if self._stopping else list(self._waiting):
            pool = self._pool_of(run["repo"])
            busy = sum(1 for each in self._pools.values() if each == pool)
            in_turn = all(self._groups.may_run(run["id"], claim.group) for claim in stored_claims(run))
            if in_turn and busy < self._slots[pool]:
                self._start(run, pool)
            elif run["status"] != (wanted := "queued" if in_turn else "pending"):
                self._waiting[self._waiting.index(run)] = self._change(run["id"], status=wanted)

    def _start(self, run: Document, pool: str) -> None:
        self._waiting.remove(run)
        run = self._change(run["id"], status="in_progress", run_started_at=timestamp())
        active = self._make(run)
        self._active[run["id"]], self._pools[run["id"]] = active, pool
        thread = threading.Thread(target=self._execute, args=(run, active), name=f"run-{run['id']}", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _execute(self, run: Document, active: ActRun) -> None:
        try:
            if self._end_of(run, active):
                self._announce(run["id"])
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())  # the last thing, so that `stop` waits for all of it

    def _end_of(self, run: Document, active: ActRun) -> bool:
        """Execute a run; return whether it has ended, and was not interrupted."""
        conclusion = "failure"
        try:
            conclusion = active.execute()
        finally:
            with self._lock:
                del self._active[run["id"]], self._pools[run["id"]]
                interrupted = active.stopped and not active.cancelled
                if interrupted:
                    self._ended.notify_all()
                else:
                    self._complete(run, conclusion)
        return not interrupted

    def _announce(self, run_id: int) -> None:
        run = self._store.get("run", str(run_id))
        if run and not self._stopping:
            self.on_completed(run)

    def _complete(self, run: Document, conclusion: str) -> None:
        run = self._change(run["id"], status="completed", conclusion=conclusion)
        for claim in stored_claims(run):
            self._groups.leave(run["id"], claim.group)
        self._ended.notify_all()
        self._start_what_may()

    def _change(self, run_id: int, **fields: object) -> Document:
        with self._store.change("run", str(run_id)) as run:
            run.update(fields, updated_at=timestamp())
        return run


def close_jobs(store: Store, run: Document) -> None:
    """Mark the jobs of an interrupted attempt as cancelled."""
    for job in store.find("job", run_id=run["id"], run_attempt=run["run_attempt"]):
        if job["status"] != "completed":
            with store.change("job", str(job["id"])) as document:
                document.update(status="completed", conclusion="cancelled", completed_at=timestamp())
