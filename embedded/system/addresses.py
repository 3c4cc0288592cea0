"""Where the parts of the embedded system listen: ports that stay the same over restarts, and the URLs made of them."""

import json
import socket
from dataclasses import asdict, dataclass, fields
from pathlib import Path

LOOPBACK = "127.0.0.1"
LOCAL_HOSTS = f"localhost,{LOOPBACK}"  # what receiver and action may reach here, as ALLOWED_HOSTS


class PortIsTaken(Exception):
    """Another program listens on a port that was asked for."""


@dataclass(frozen=True)
class Ports:
    """One port for each server."""

    receiver: int
    github: int
    pages: int
    model: int
    evaluator: int


@dataclass(frozen=True)
class Addresses:
    """The URLs that people and programs use; `model` may be a server that is not ours."""

    receiver: str
    api: str
    web: str
    pages: str
    model: str
    evaluator: str
    dashboard: str

    @classmethod
    def of(cls, ports: Ports, runner: str, model: str | None = None) -> "Addresses":
        """Return the URLs for `ports`; `runner` is the runner repository ("owner/name")."""
        web = local_url(ports.github)
        return cls(
            receiver=local_url(ports.receiver),
            api=f"{web}/api/v3",
            web=web,
            pages=local_url(ports.pages),
            model=model or local_url(ports.model),
            evaluator=local_url(ports.evaluator),
            dashboard=f"{local_url(ports.pages)}/{runner}/",
        )


def local_url(port: int) -> str:
    """Return the URL of a server on this machine; the name `localhost` is the same in every URL."""
    return f"http://localhost:{port}"


def choose_ports(remembered: Path, first: int | None = None) -> Ports:
    """Take `first` and the free ports after it, else the ones of last time, else any; and remember them.

    Raises PortIsTaken.
    """
    ports = ports_from(first) if first else last_ports(remembered) or Ports(*any_free_ports(len(fields(Ports))))
    remembered.write_text(json.dumps(asdict(ports)))
    return ports


def ports_from(first: int) -> Ports:
    """Return `first` for the receiver and the next free ones for the others. Raises PortIsTaken."""
    if not is_free(first):
        raise PortIsTaken(
            f"Port {first} is taken: another program listens there, perhaps an embedded system that still runs. "
            'Stop it, or say another port: make up ARGS="--port N"'
        )
    following = (port for port in range(first + 1, 65536) if is_free(port))
    try:
        return Ports(first, *(next(following) for _ in fields(Ports)[1:]))
    except StopIteration:
        raise PortIsTaken(f"There are not enough free ports after {first}. Say a lower one with --port.") from None


def last_ports(remembered: Path) -> Ports | None:
    """Return the ports of last time when all of them are still free."""
    try:
        ports = Ports(**json.loads(remembered.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return ports if all(is_free(port) for port in asdict(ports).values()) else None


def any_free_ports(count: int) -> list[int]:
    """Ask the operating system for `count` different free ports."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    try:
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except (OSError, OverflowError):
        return False
    return True
