"""`python -m tests.chaos.world DATA PORT [act]`: the embedded system in a process that can be killed.

Runs are forks of one process (tests/little_act/); with the word `act`, they are those of the real act.

Prints the ready line of the system. A line "age" on stdin makes all runs an hour older, for reconcile.
"""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from embedded.actions.processes import kill, with_variable
from embedded.faults.plan import FaultPlan, die
from embedded.github.tokens import create_token
from embedded.system.system import System
from tests.little_act.system import ForkedSystem

SPEED = 20.0
LOOK_EVERY_S = 0.2
OLDER = timedelta(hours=1)
PLAYED = "played.json"


class RealWorld(System):
    """The system as it is, with victims for the faults that kill."""

    def start(self) -> None:
        """Start; pages are not opened in a browser, which has tests of its own."""
        super().start()
        variables = self.store.get("variable", self.runner) or {}
        self.store.put("variable", self.runner, {**variables, "MAX_CANDIDATES": "0"})
        self.github.writes_in = tuple((most, seconds / SPEED) for most, seconds in self.github.writes_in)
        steps = {"step": self.killer("build"), "pages-step": self.killer("pages")}
        self.faults.victims |= {"server": self.die, **steps}

    def killer(self, workflow: str) -> Callable[[], None]:
        """Return what kills the step that a workflow runs now, and what it started."""

        def kill_steps() -> None:
            kill(self.steps_of(workflow))

        return kill_steps

    def steps_of(self, workflow: str) -> Iterator[psutil.Process]:
        """Find the processes of a step: act tells them which workflow they belong to."""
        for process in with_variable(psutil.process_iter(), "GITHUB_SERVER_URL", self.own.web):
            with suppress(psutil.Error):
                if f"/{workflow}.yml@" in process.environ().get("GITHUB_WORKFLOW_REF", ""):
                    yield process

    def die(self) -> None:
        """End as kill -9 would, and leave a note of which faults there were: the next start knows of none."""
        (self.data.path / PLAYED).write_text(json.dumps(self.faults.played))
        die()

    def age(self) -> None:
        """Make all runs that have ended older."""
        for run in self.store.find("run", status="completed"):
            with self.store.change("run", str(run["id"])) as document:
                document["updated_at"] = f"{datetime.now(UTC) - OLDER:%Y-%m-%dT%H:%M:%SZ}"


class World(RealWorld, ForkedSystem):
    """Runs are forks of one process; a step that runs can be killed by name."""

    speed = SPEED

    def killer(self, workflow: str) -> Callable[[], None]:
        """Return what kills the step, by the note that little_act.py leaves about it."""

        def kill_group() -> None:
            step = json.loads((self.data.path / "work" / "steps" / f"{workflow}.json").read_text())
            os.killpg(step["pid"], signal.SIGKILL)

        return kill_group


def main(data: Path, first_port: int, *, with_act: bool) -> None:
    """Stay until stdin ends; revive the receiver as `make up` does."""
    made = RealWorld if with_act else World
    with made(data, {"PATH": os.environ["PATH"]}, first_port=first_port, faults=FaultPlan()) as world:
        token = create_token(world.store, world.owner, {"actions": "write", "contents": "write"})
        print(json.dumps({**world.ready_line(), "owner_token": token}), flush=True)
        while True:
            ready, _, _ = select.select([sys.stdin], [], [], LOOK_EVERY_S)
            if ready:
                line = sys.stdin.readline().strip()
                if not line:
                    return
                world.age()
                print(json.dumps({"aged": time.time()}), flush=True)
            world.revive_receiver()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), with_act="act" in sys.argv[3:])
