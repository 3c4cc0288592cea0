"""Who is to blame when a page reaches nobody: a name that does not exist, or a machine without a network."""

import socket
from collections.abc import Callable, Iterator

import pytest

from action.browser.proxy import KNOWN_NAME, WayOut

Answers = dict[str, list[str]]


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def way_out(asked: list[str]) -> Iterator[Callable[[Answers], WayOut]]:
    opened = []

    def start(answers: Answers) -> WayOut:
        def resolve(host: str, port: int) -> list[str]:
            asked.append(host)
            if host not in answers:
                raise OSError("not known")
            return answers[host]

        opened.append(WayOut(resolve))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def connect(way_out: WayOut, host: str) -> str:
    with socket.create_connection(("127.0.0.1", way_out.port), timeout=10) as browser:
        browser.sendall(f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())
        return browser.recv(100).decode().splitlines()[0]


def blame(way_out: WayOut, host: str) -> str:
    assert "502" in connect(way_out, host)
    refusal = way_out.refusal(host)
    assert refusal is not None
    return refusal[0]


def test_an_invented_name_is_the_pages_fault_where_names_resolve(way_out: Callable[[Answers], WayOut]) -> None:
    assert blame(way_out({KNOWN_NAME: ["192.0.2.1"]}), "api.invented.example") == "unknown"


def test_without_any_names_nobody_is_to_blame(way_out: Callable[[Answers], WayOut]) -> None:
    assert blame(way_out({}), "api.invented.example") == "unreachable"


def test_the_known_name_is_asked_for_once(way_out: Callable[[Answers], WayOut], asked: list[str]) -> None:
    opened = way_out({KNOWN_NAME: ["192.0.2.1"], "there.example": ["127.0.0.1"]})
    assert blame(opened, "there.example") == "forbidden"
    assert [blame(opened, name) for name in ("a.example", "b.example", "a.example")] == ["unknown"] * 3
    assert asked == ["there.example", "a.example", KNOWN_NAME, "b.example"]
