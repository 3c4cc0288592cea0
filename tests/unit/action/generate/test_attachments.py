"""Where the bytes of attachments come from."""

import threading
from datetime import UTC, datetime

import pytest

from action.deadline import Deadline
from action.gates.http import AddressRefused, Fetched, FetchFailed, GuardedHttp
from action.generate.attachments import collect_attachments
from receiver.task import Attachment


class Clock:
    """Time stands still except while something sleeps."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class SlowHttp(GuardedHttp):
    """Needs all the time that it is given, and remembers how much that was and how many asked at once."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.given: list[float] = []
        self.together = threading.Barrier(4)

    def get(self, url: str, *, limit_bytes: int, timeout_s: float, redirects: int = 3) -> Fetched:
        self.given.append(timeout_s)
        if self.together.wait(10) == 0:
            self.clock.sleep(timeout_s)
        self.together.wait(10)
        raise FetchFailed("it took too long")


class ScriptedHttp(GuardedHttp):
    """Answers by address."""

    def __init__(self, answers: dict[str, Fetched | Exception]) -> None:
        super().__init__()
        self.answers = answers

    def get(self, url: str, *, limit_bytes: int, timeout_s: float, redirects: int = 3) -> Fetched:
        answer = self.answers[url]
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_attachments_are_decoded_or_fetched_and_what_fails_is_told() -> None:
    http = ScriptedHttp(
        {
            "https://a.example/x": Fetched(200, {}, b"\xff\0", "https://a.example/x"),
            "https://a.example/gone": Fetched(404, {}, b"no", "https://a.example/gone"),
            "https://a.example/private": AddressRefused("its host is not on the public internet"),
        }
    )
    attachments = [
        Attachment(name="inline.txt", url="data:text/plain,hi"),
        Attachment(name="x.bin", url="https://a.example/x"),
        Attachment(name="gone.bin", url="https://a.example/gone"),
        Attachment(name="private.bin", url="https://a.example/private"),
    ]
    attached = collect_attachments(attachments, http, Deadline(datetime.now(UTC)))
    assert attached.files == {"inline.txt": b"hi", "x.bin": b"\xff\0"}
    whats = [problem.what for problem in attached.problems]
    assert whats == [
        "The attachment gone.bin could not be fetched: the server answered 404.",
        "The attachment private.bin could not be fetched: its host is not on the public internet.",
    ]
    assert not any("a.example" in what for what in whats)


def test_what_is_too_much_together_is_told_and_never_takes_the_place_of_what_the_request_carries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("action.generate.attachments.LARGEST_TOGETHER", 10)
    urls = [f"https://a.example/{number}" for number in range(3)]
    http = ScriptedHttp({url: Fetched(200, {}, bytes(4), url) for url in urls})
    fetched = [Attachment(name=f"{number}.bin", url=url) for number, url in enumerate(urls)]
    attached = collect_attachments(
        [*fetched, Attachment(name="z.txt", url="data:,hi")], http, Deadline(datetime.now(UTC))
    )
    assert list(attached.files) == ["0.bin", "1.bin", "z.txt"]
    assert [problem.what for problem in attached.problems] == [
        "The attachment 2.bin could not be fetched: all of them together may have 10 bytes."
    ]


@pytest.mark.parametrize("name", ["data:;base64,AP8=", "data:@file/zip;base64,AP8="])
def test_bytes_are_kept_exactly(name: str) -> None:
    attached = collect_attachments([Attachment(name="a", url=name)], GuardedHttp(), Deadline(datetime.now(UTC)))
    assert attached.files == {"a": b"\0\xff"}


def test_slow_hosts_are_asked_four_at_a_time_and_none_once_time_is_up() -> None:
    clock = Clock()
    http = SlowHttp(clock)
    deadline = Deadline(datetime.fromtimestamp(clock.time, UTC), clock=clock).for_step(at_most=45)
    attachments = [Attachment(name=f"{number}.bin", url=f"https://slow.example/{number}") for number in range(12)]
    inline = Attachment(name="inline.txt", url="data:text/plain,hi")
    attached = collect_attachments([*attachments, inline], http, deadline)
    assert attached.files == {"inline.txt": b"hi"}
    assert http.given == [30.0] * 4 + [15.0] * 4
    assert [problem.what.rpartition(": ")[2] for problem in attached.problems] == [
        *["it took too long."] * 8,
        *["there was no time left for it."] * 4,
    ]
