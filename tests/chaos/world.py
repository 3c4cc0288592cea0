"""`python -m tests.chaos.world DATA PORT [act | flood TASKS SPEED SHARED]`: the embedded system in a process to kill.

Runs are forks of one process (tests/little_act/); with the word `act`, they are those of the real act.
With `flood` there are as many jobs at a time as GitHub's free plan has: 20 of the builds' account, 20 of
the pages'; with a number as SHARED, so many of one account for both.

Prints the ready line of the system. A line "age" on stdin makes all runs an hour older, for reconcile; after a line
"refused" it prints how often GitHub's limits refused what.
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
from typing import ClassVar

import psutil

from embedded.actions.processes import kill, with_variable
from embedded.actions.service import RUNNER, TARGETS
from embedded.faults.plan import FaultPlan, die
from embedded.github.tokens import create_token
from embedded.system.system import System
from tests.little_act.system import ForkedSystem

SPEED = 20.0
WHOLE_FLOOD = 200  # tasks
LOOK_EVERY_S = 0.2
OLDER = timedelta(hours=1)
PLAYED = "played.json"


class RealWorld(System):
    """The system as it is, with victims for the faults that kill. Pauses and limits are `speed` times shorter."""

    speed = SPEED
    more: ClassVar[dict[str, str]] = {}  # settings of the receiver

    def start(self) -> None:
        """Start; pages are not opened in a browser, which has tests of its own."""
        super().start()
        variables = self.store.get("variable", self.runner) or {}
        self.store.put("variable", self.runner, {**variables, "MAX_CANDIDATES": "0"})
        self.github.speed = self.speed
        self.github.index_seconds /= self.speed
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

    def killer(self, workflow: str) -> Callable[[], None]:
        """Return what kills the step, by the note that little_act.py leaves about it."""

        def kill_group() -> None:
            step = json.loads((self.data.path / "work" / "steps" / f"{workflow}.json").read_text())
            os.killpg(step["pid"], signal.SIGKILL)

        return kill_group


class Flooded(World):
    """As many jobs at a time as GitHub has for an account; the pages are of another account than the builds."""

    polite = 10  # GitHub's runners are machines of their own: they do not slow down its servers or the receiver
    slots: ClassVar = {RUNNER: 20, TARGETS: 20}
    more: ClassVar = {"GITHUB_TIMEOUT_S": "60"}  # this GitHub is as slow as this machine

    @classmethod
    def of(cls, tasks: int, speed: float, shared: int) -> type["Flooded"]:
        """Return a world for so many tasks. Limits are as much smaller as there are fewer tasks.

        With `shared`, builds and pages are of one account, which has so many jobs at a time.
        """
        slots = {RUNNER: shared} if shared else cls.slots
        return type("Flood", (cls,), {"speed": speed, "share": tasks / WHOLE_FLOOD, "slots": slots})

    share = 1.0

    def start(self) -> None:
        """Start with these limits."""
        super().start()
        self.github.writes_in = tuple((round(most * self.share), seconds) for most, seconds in self.github.writes_in)


def main(data: Path, first_port: int, kinds: list[str]) -> None:
    """Stay until stdin ends; revive the receiver as `make up` does."""
    made = RealWorld if "act" in kinds else World
    if "flood" in kinds:
        made = Flooded.of(int(kinds[1]), float(kinds[2]), int(kinds[3]))
    environ = {"PATH": os.environ["PATH"], **made.more}
    with made(data, environ, first_port=first_port, faults=FaultPlan()) as world:
        rights = dict.fromkeys(("actions", "administration", "contents", "pages"), "write")
        token = create_token(world.store, world.owner, rights)
        print(json.dumps({**world.ready_line(), "owner_token": token}), flush=True)
        while True:
            ready, _, _ = select.select([sys.stdin], [], [], LOOK_EVERY_S)
            line = sys.stdin.readline().strip() if ready else ""
            if ready and not line:
                return
            if line == "refused":
                print(json.dumps([[*key, count] for key, count in world.github.refused.most_common()]), flush=True)
            elif line:
                world.age()
                print(json.dumps({"aged": time.time()}), flush=True)
            world.revive_receiver()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
