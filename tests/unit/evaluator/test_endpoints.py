"""A look at endpoints before anything is sent: what answers, what does not, and what is odd; with no secret."""

from threading import Event
from typing import Any

import pytest

from action.gates.http import AddressRefused, Fetched, FetchFailed, GuardedHttpError, TooLarge
from evaluator.db import Store
from evaluator.endpoints import Endpoints
from evaluator.queue import TLS_FAILED
from evaluator.roster import Roster
from tests.unit.evaluator.doubles import Clock, student


class World:
    """Answers at some addresses."""

    def __init__(self, **answers: Fetched | GuardedHttpError) -> None:
        self.answers = answers
        self.got: list[str] = []
        self.under_way = self.most = 0

    def get(self, url: str, *, limit_bytes: int, timeout_s: float) -> Fetched:
        self.got.append(url)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        Event().wait(0.01)
        self.under_way -= 1
        answer = self.answers[url.partition("//")[2].partition(".")[0]]
        if isinstance(answer, GuardedHttpError):
            raise answer
        return answer


def answer(status: int, kind: str = "application/json") -> Fetched:
    return Fetched(status, {"content-type": kind}, b"{}", "")


def look(store: Store, clock: Clock, world: World, at_once: int = 4) -> dict[str, tuple[str, str]]:
    seen = Endpoints(store, world, clock, at_once, 5).look()
    return {each.endpoint.partition("//")[2].partition(".")[0]: (each.state, each.said) for each in seen}


@pytest.mark.parametrize(
    ("found", "state", "said"),
    [
        (answer(405), "good", "it answers 405 Method Not Allowed"),
        (answer(200), "good", "it answers 200 OK"),
        (answer(422), "good", "it answers 422"),
        (TooLarge("it is big"), "good", "it answers 200 OK"),
        (answer(404), "doubtful", "it answers 404 Not Found; the path is perhaps wrong"),
        (answer(502), "doubtful", "it answers 502 Bad Gateway; the program behind it is perhaps down"),
        (answer(200, "text/html; charset=utf-8"), "doubtful", "it answers 200 OK; that is a web page"),
        (
            FetchFailed("its host name cannot be resolved"),
            "unreachable",
            "No answer: its host name cannot be resolved.",
        ),
        (FetchFailed("the connection failed (SSLError)"), "unreachable", f"No answer: {TLS_FAILED}."),
        (AddressRefused("its host is not on the public internet"), "unreachable", "No answer: its host is not on the"),
    ],
)
def test_what_an_answer_means(roster: Roster, store: Store, clock: Clock, found: Any, state: str, said: str) -> None:
    roster.add([student("ann")])
    assert look(store, clock, World(ann=found))["ann"][0] == state
    (row,) = store.rows("SELECT * FROM endpoint_checks")
    assert (row["state"], row["endpoint"], row["checked_at"]) == (state, "https://ann.example/api", clock.time)
    assert row["said"].startswith(said)


def test_an_endpoint_without_tls_and_one_that_two_students_name_are_doubtful__and_asked_once(
    roster: Roster, store: Store, clock: Clock
) -> None:
    eve = student("eve", endpoint="https://bob.example/api")
    roster.add([student("ann", endpoint="http://ann.example/api"), student("bob"), eve])
    world = World(ann=answer(405), bob=answer(405))
    seen = look(store, clock, world)
    assert "without TLS everybody on the way can read the secret" in seen["ann"][1]
    assert "2 students name it: bob@x.example, eve@x.example" in seen["bob"][1]
    assert sorted(world.got) == ["http://ann.example/api", "https://bob.example/api"]
    assert store.number("SELECT count(*) FROM endpoint_checks WHERE state = 'doubtful'") == 3


def test_many_are_looked_at_together__but_not_more_than_the_settings_say(
    roster: Roster, store: Store, clock: Clock
) -> None:
    names = [f"s{number}" for number in range(12)]
    roster.add([student(name) for name in names])
    world = World(**dict.fromkeys(names, answer(405)))
    assert len(look(store, clock, world, at_once=3)) == 12
    assert 2 <= world.most <= 3
