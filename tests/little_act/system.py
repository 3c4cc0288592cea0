"""The embedded system whose runs are forks of one process: a tenth of what act and its steps cost."""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from embedded.actions.act_command import Machine
from embedded.system.system import CHECKOUT, System
from tests.little_act.zygote import CLIENT


class ForkedSystem(System):
    """For tests whose subject is neither act nor how a step is started. Those have the real act (System)."""

    speed = 1.0
    polite = 0

    def machine(self) -> Machine:
        """Return this machine with the little act."""
        return replace(super().machine(), act=str(self.start_zygote()))

    def start_zygote(self) -> Path:
        """Start what forks; return the program that stands in the place of act."""
        folder = Path(tempfile.mkdtemp(prefix="little-act-"))
        address, client = folder / "zygote", folder / "act"
        client.write_text(CLIENT.format(python=sys.executable, address=str(address)))
        client.chmod(0o700)
        command = [sys.executable, "-m", "tests.little_act.zygote", str(address), str(self.speed), str(self.polite)]
        zygote = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._running.callback(shutil.rmtree, folder, ignore_errors=True)
        self._running.callback(end, zygote)
        assert zygote.stdout
        zygote.stdout.readline()
        return client


def end(zygote: subprocess.Popen[bytes]) -> None:
    """End what forks; the forks that are left end with their clients."""
    zygote.kill()
    zygote.communicate()
