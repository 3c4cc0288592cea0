"""A process that has everything imported, and forks itself for each run and each step: a build in half a second.

`python -m tests.little_act.zygote SOCKET SPEED POLITE`. What it forks are processes like any other: they can be killed.
Pauses are SPEED times shorter, because the clock of `sleep` and `monotonic` is set before anything is imported.
"""

import json
import os
import select
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

CLIENT = """#!{python} -ISE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect({address!r})
    asked = json.dumps({{"arguments": sys.argv[1:], "environment": dict(os.environ), "folder": os.getcwd()}})
    socket.send_fds(connection, [b"\\n"], [1, 2])
    connection.sendall(asked.encode() + b"\\n")
    code = connection.recv(8)
sys.exit(int(code or 1))
"""
LOOK_EVERY_S = 1.0


def hurry(speed: float) -> None:
    """Make all pauses shorter, and the time that is measured longer."""
    if speed == 1:
        return
    sleep, monotonic = time.sleep, time.monotonic
    began = monotonic()
    time.sleep = lambda seconds: sleep(float(seconds) / speed)
    time.monotonic = lambda: began + (monotonic() - began) * speed


def import_everything() -> None:
    """Import what runs need, so that no step waits for it."""
    import importlib

    from action.environment import STEPS
    from embedded.actions.used_actions import KNOWN

    for step in STEPS:
        importlib.import_module(f"action.steps.{step}")
    for standin in KNOWN.values():
        importlib.import_module(f"embedded.actions.standins.{standin}.program")
    for other in ("action.__main__", "action.model.gemini", "action.contract.assertion", "tests.little_act.act"):
        importlib.import_module(other)
    build_models()


def build_models() -> None:
    """Build what models put off until they are used, which each step would do again."""
    from pydantic import BaseModel

    from action.contract.assertion import ASSERTION

    ASSERTION.rebuild()
    found = [BaseModel]
    while found:
        model = found.pop()
        found += model.__subclasses__()
        if not model.__pydantic_complete__ and model.__module__.startswith(("action.", "receiver.")):
            model.model_rebuild()


def take(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return what a client asks for, and where its output goes."""
    _, descriptors, _, _ = socket.recv_fds(connection, 1, 2)
    asked = b""
    while not asked.endswith(b"\n"):
        asked += connection.recv(65536)
    return json.loads(asked), descriptors


def serve(address: str, run: Callable[[dict[str, Any], socket.socket], int]) -> None:
    """Fork for each client, until whoever started this ends: then stdin is closed."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen(64)
    print("ready", flush=True)

    heard: list[int | socket.socket] = [server, 0]
    while True:
        ready, _, _ = select.select(heard, [], [], LOOK_EVERY_S)
        reap()
        if 0 in ready and not os.read(0, 1):
            return
        if server in ready:
            connection, _ = server.accept()
            if os.fork() == 0:
                server.close()
                os._exit(in_fork(connection, run))
            connection.close()


def in_fork(connection: socket.socket, run: Callable[[dict[str, Any], socket.socket], int]) -> int:
    """Do what one client asks for, with its output; tell it the exit code."""
    asked, descriptors = take(connection)
    os.setsid()
    for number, descriptor in enumerate(descriptors, start=1):
        os.dup2(descriptor, number)
        os.close(descriptor)
    try:
        code = run(asked, connection)
    except BaseException:  # noqa: BLE001 - the last stop of a fork
        import traceback

        traceback.print_exc()
        code = 1
    connection.sendall(str(code).encode())
    return code


def reap() -> None:
    """Forget what has ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main(address: str, speed: float, polite: int) -> None:
    """Import, then wait for clients. Whoever is `polite` leaves the processor to others."""
    os.nice(polite)
    real = time.monotonic
    hurry(speed)
    import_everything()
    # The watchdog's alarm rings by the real clock, so it has to measure by that: what a step computes is not shortened.
    vars(sys.modules["action.deadline"])["time"] = SimpleNamespace(monotonic=real, time=time.time)
    from tests.little_act.act import run

    serve(address, run)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
