"""`python -m tests.chaos.world DATA PORT`: the embedded system with chaos's act, in a process that can be killed.

Prints the ready line of the system. A line "age" on stdin makes all runs an hour older, for reconcile.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from embedded.actions.act_command import Machine
from embedded.faults.plan import FaultPlan, die
from embedded.github.tokens import create_token
from embedded.system.system import CHECKOUT, System
from tests.chaos.zygote import CLIENT

SPEED = 20.0
LOOK_EVERY_S = 0.2
OLDER = timedelta(hours=1)
PLAYED = "played.json"


class World(System):
    """Runs are forks of one process; a step that runs can be killed by name."""

    def machine(self) -> Machine:
        """Return this machine with chaos's act."""
        return replace(super().machine(), act=str(self.start_zygote()))

    def start_zygote(self) -> Path:
        """Start what forks; return the program that stands in the place of act."""
        folder = Path(tempfile.mkdtemp(prefix="chaos-"))
        address, client = folder / "zygote", folder / "act"
        client.write_text(CLIENT.format(python=sys.executable, address=str(address)))
        client.chmod(0o700)
        command = [sys.executable, "-m", "tests.chaos.zygote", str(address), str(SPEED)]
        zygote = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._running.callback(zygote.kill)
        assert zygote.stdout
        zygote.stdout.readline()
        return client

    def start(self) -> None:
        """Start, with small differences: no browser, and victims for the faults that kill."""
        super().start()
        variables = self.store.get("variable", self.runner) or {}
        self.store.put("variable", self.runner, {**variables, "MAX_CANDIDATES": "0"})
        self.faults.victims["server"] = self.die
        self.faults.victims |= {"step": self.killer("build"), "pages-step": self.killer("pages")}

    def killer(self, workflow: str) -> Callable[[], None]:
        """Return what kills the process of the step that a workflow runs now, and what it started."""

        def kill() -> None:
            step = json.loads((self.data.path / "work" / "steps" / f"{workflow}.json").read_text())
            os.killpg(step["pid"], signal.SIGKILL)

        return kill

    def die(self) -> None:
        """End as kill -9 would, and leave a note of which faults there were: the next start knows of none."""
        (self.data.path / PLAYED).write_text(json.dumps(self.faults.played))
        die()

    def age(self) -> None:
        """Make all runs that have ended older."""
        for run in self.store.find("run", status="completed"):
            with self.store.change("run", str(run["id"])) as document:
                document["updated_at"] = f"{datetime.now(UTC) - OLDER:%Y-%m-%dT%H:%M:%SZ}"


def main(data: Path, first_port: int) -> None:
    """Stay until stdin ends; revive the receiver as `make up` does."""
    with World(data, {"PATH": os.environ["PATH"]}, first_port=first_port, faults=FaultPlan()) as world:
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
    main(Path(sys.argv[1]), int(sys.argv[2]))
