"""Ending what a system left that was killed."""

import socket
import subprocess
import sys
from pathlib import Path

from embedded.actions.processes import kill_leftovers
from embedded.system.addresses import is_free

HOLD = "import socket, time; s = socket.create_server(('127.0.0.1', {port})); print(flush=True); time.sleep(60)"


def test_leftovers__are_gone_and_their_port_is_free(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as any_port:
        port = any_port.getsockname()[1]
    command = [sys.executable, "-S", "-c", HOLD.format(port=port)]
    with subprocess.Popen(command, env={"HOME": str(tmp_path)}, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        assert not is_free(port)
        kill_leftovers(str(tmp_path))
        assert is_free(port)
