"""Whoever uses the system from outside: sends a task until it is taken, starts what is dead, asks for re-runs."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests

from embedded.system.system import CHECKOUT
from tests.chaos.world import PLAYED

FIRST_PORT = 20_000  # below those that the system gives to clients: nobody takes one while a world is down
SECONDS_TO_SETTLE = 120.0
SECONDS_FOR_A_TASK = 60.0
PAUSE = 0.05
PAUSES_TO_START = (1.0, 3.0)  # a process that a dying world was just starting can hold its ports for a moment
SECONDS_ALONE = 4.0  # after the build has ended
OPEN = "select body from document where kind = 'run' and json_extract(body, '$.status') != 'completed'"
BUILDS = "select body from document where kind = 'run' and json_extract(body, '$.run_name') like ? order by number"
REPOSITORIES = "select body from document where kind = 'repo' and key like ? order by number"

Json = dict[str, Any]


class NeverSettled(Exception):
    """Something still ran when the time was up."""


class Outside:
    """Owns the process of world `number`, told its `kind`; all else goes over HTTP, or is read from its disk."""

    def __init__(
        self,
        data: Path,
        number: int = 0,
        *,
        kind: Sequence[str] = (),
        seconds_to_settle: float = SECONDS_TO_SETTLE,
    ) -> None:
        self.data = data
        self._kind, with_act = kind, "act" in kind
        self._seconds_to_settle = seconds_to_settle * (4 if with_act else 1)
        self._seconds_alone = SECONDS_ALONE * (10 if with_act else 1)
        self._first_port = FIRST_PORT + os.getpid() % 100 * 80 + number * 8
        self.session = requests.Session()
        self.session.trust_env = False
        self.ready: Json = {}
        self.starts = 0
        self._world: subprocess.Popen[str] | None = None
        data.parent.mkdir(parents=True, exist_ok=True)
        self._log = (data.parent / f"{data.name}.log").open("a")

    def ensure_up(self) -> None:
        """Start the world when it is not running; then it takes up what it left."""
        if self.is_up:
            return
        command = [sys.executable, "-m", "tests.chaos.world", str(self.data), str(self._first_port), *self._kind]
        for pause in (*PAUSES_TO_START, None):
            self._close_pipes()
            self._world = subprocess.Popen(
                command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
            )
            try:
                self.ready = json.loads(self._line())
            except AssertionError:
                self._world.wait(60)  # it said its last word, and may take its time to end
                if pause is None:
                    raise
                time.sleep(pause)
            else:
                break
        self.starts += 1

    def _line(self) -> str:
        assert self._world
        assert self._world.stdout
        line = self._world.stdout.readline()
        assert line, f"the world did not start: {Path(self._log.name).read_text()[-2000:]}"
        return line

    def stop(self) -> None:
        """End the world in order."""
        self._close_pipes()
        if self._world:
            self._world.wait(60)
        self._log.close()
        self.session.close()

    def _close_pipes(self) -> None:
        """Close what leads to the world's process: one that still runs ends then."""
        for pipe in (self._world.stdin, self._world.stdout) if self._world else ():
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()

    @property
    def is_up(self) -> bool:
        """Whether the world's process runs."""
        return self._world is not None and self._world.poll() is None

    def plan(self, *entries: Json) -> None:
        """Plan these faults and no others."""
        (self.data / PLAYED).unlink(missing_ok=True)
        self.call("DELETE", f"{self.ready['web']}/_faults")
        if entries:
            self.call("POST", f"{self.ready['web']}/_faults", list(entries))

    def played(self) -> Json:
        """Return the plan as the world has it, with what was played before it died."""
        told = dict(self.call("GET", f"{self.ready['web']}/_faults"))
        before = self.data / PLAYED
        return {**told, "played": [*(json.loads(before.read_text()) if before.exists() else []), *told["played"]]}

    def call(self, method: str, url: str, body: object = None, token: str = "") -> Any:
        """Call an address of the world."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.session.request(method, url, json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def send(self, task: Json) -> str:
        """Send a task through the evaluation server until the receiver has taken it; return the build's id."""
        end = time.monotonic() + SECONDS_FOR_A_TASK
        while time.monotonic() < end:
            self.ensure_up()
            try:
                answer = self.session.post(f"{self.ready['evaluator']}/tasks", json=task, timeout=40)
            except requests.RequestException:
                time.sleep(PAUSE)
                continue
            if answer.status_code == 200:
                return str(answer.json()["answer"]["build_id"])
            time.sleep(min(2.0, float(answer.headers.get("Retry-After", "0.3"))))
        raise NeverSettled("the receiver never took the task")

    def refused(self) -> list[tuple[str, str, int]]:
        """Return how often which of GitHub's limits refused which kind of request."""
        return [tuple(each) for each in json.loads(self._ask("refused"))]

    def _ask(self, word: str) -> str:
        assert self._world
        assert self._world.stdin
        print(word, file=self._world.stdin, flush=True)
        return self._line()

    def settle(self) -> None:
        """Wait until no run is open any more; start the world again when it died, cancel what hangs in a target."""
        end, calm, alone = time.monotonic() + self._seconds_to_settle, 0, time.monotonic()
        while time.monotonic() < end:
            self.ensure_up()
            still_open = [json.loads(body) for (body,) in self.rows(OPEN)]
            calm = 0 if still_open else calm + 1
            if calm == 2:
                return
            if any(run["repo"] == self.ready["runner"] for run in still_open):
                alone = time.monotonic()
            elif still_open and time.monotonic() - alone > self._seconds_alone:
                self.run_again(still_open[0], "cancel")
            time.sleep(PAUSE)
        raise NeverSettled("runs are still open")

    def rows(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        """Read the world's store."""
        store = sqlite3.connect(f"file:{self.data}/github.sqlite?mode=ro", uri=True)
        try:
            return store.execute(statement, values).fetchall()
        finally:
            store.close()

    def builds(self, build_id: str) -> list[Json]:
        """Return the runs of a build, oldest first."""
        return [json.loads(body) for (body,) in self.rows(BUILDS, f"build {build_id} %")]

    def repositories(self, task: str) -> list[Json]:
        """Return the repositories whose name has the task's in it."""
        return [json.loads(body) for (body,) in self.rows(REPOSITORIES, f"%/%{task}%")]

    def callbacks(self, nonce: str) -> list[Json]:
        """Return the callbacks with this nonce that were accepted."""
        every = self.call("GET", f"{self.ready['evaluator']}/callbacks")
        return [each["body"] for each in every if not each["reasons"] and each["body"].get("nonce") == nonce]

    def run_again(self, run: Json, how: str) -> None:
        """Press a button of a run, as the owner of the repository."""
        url = f"{self.ready['api']}/repos/{run['repo']}/actions/runs/{run['id']}/{how}"
        with suppress(requests.HTTPError):  # it may have ended meanwhile
            self.call("POST", url, {}, self.token)

    def reconcile(self) -> None:
        """Collect what builds left, as it is done after each one, and mend as the schedule would an hour later.

        The dashboard itself is not rendered here: that run collects, and then fails.
        """
        workflows = f"{self.ready['api']}/repos/{self.ready['runner']}/actions/workflows"
        self.call("PUT", f"{workflows}/dashboard.yml/enable", token=self.token)
        self.call("POST", f"{workflows}/dashboard.yml/dispatches", {"ref": "main"}, self.token)
        self.settle()
        self.call("PUT", f"{workflows}/dashboard.yml/disable", token=self.token)
        self._ask("age")
        self.call("POST", f"{workflows}/reconcile.yml/dispatches", {"ref": "main"}, self.token)
        self.settle()

    @property
    def token(self) -> str:
        """A token that may press every button. The world makes it at each start."""
        return str(self.ready["owner_token"])
