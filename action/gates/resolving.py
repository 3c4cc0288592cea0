"""Host names become addresses within a time limit: the system's resolver has none."""

import queue
import socket
import threading
from collections.abc import Callable

Resolve = Callable[[str, int], list[str]]


def resolve_with_system(host: str, port: int) -> list[str]:
    """Return every address of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def resolve_within(resolve: Resolve, host: str, port: int, seconds: float) -> list[str]:
    """Return every address of a host. Raises OSError, also when no answer comes in time."""
    answers: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(resolve(host, port))
        except (OSError, UnicodeError):
            answers.put(None)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty:
        raise OSError("no answer in time") from None
    if found is None:
        raise OSError("no such name")
    return found
