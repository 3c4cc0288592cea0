"""Whose key it is, and how often it may ask: counts, not impressions."""

import secrets

import pytest

from receiver.access import AccessKey, digest_of
from receiver.errors import Problem
from receiver.gate import HOUR_S, MOST_ADDRESSES, WRONG_KEYS, WRONG_KEYS_S, Gate, network_of

SECRET, KEY, OTHER = (secrets.token_urlsafe() for _ in range(3))
KEYS = (
    AccessKey("a", digest_of(KEY), frozenset({"send"}), per_hour=100),
    AccessKey("b", digest_of(OTHER), frozenset({"read"}), per_hour=100),
)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    return Gate(SECRET, KEYS, clock)


def status_of(gate: Gate, given: object, address: str = "192.0.2.1") -> int:
    try:
        gate.count(gate.known(given, address, "It"))
    except Problem as problem:
        return problem.status
    return 200


def test_each_key_is_known_and_nothing_else_is(gate: Gate) -> None:
    found = [gate.holder(given) for given in (SECRET, KEY, OTHER, KEY.encode())]
    assert [key and key.name for key in found] == ["", "a", "b", "a"]
    wrong = (KEY[:-1], KEY + " ", KEY.upper(), "", digest_of(KEY).hex(), digest_of(KEY))
    assert [gate.holder(given) for given in wrong] == [None] * len(wrong)


def test_1000_requests_beyond_the_limit_are_429__and_nobody_else_notices(gate: Gate, clock: Clock) -> None:
    found = [status_of(gate, KEY) for _ in range(1100)]
    assert found == [200] * 100 + [429] * 1000
    assert [status_of(gate, each) for each in (OTHER, SECRET)] == [200, 200]
    assert [status_of(gate, SECRET) for _ in range(5000)] == [200] * 5000
    with pytest.raises(Problem) as raised:
        gate.count(KEYS[0])
    assert raised.value.response().headers["Retry-After"] == str(HOUR_S)
    clock.now += HOUR_S - 0.5
    with pytest.raises(Problem) as raised:
        gate.count(KEYS[0])
    assert raised.value.response().headers["Retry-After"] == "1"
    clock.now += 1
    assert [status_of(gate, KEY) for _ in range(101)] == [200] * 100 + [429]


def test_wrong_keys_of_an_address_slow_down__a_right_one_from_there_still_passes(gate: Gate, clock: Clock) -> None:
    found = [status_of(gate, f"wrong {number}") for number in range(1000)]
    assert found == [401] * WRONG_KEYS + [429] * (1000 - WRONG_KEYS)
    assert [status_of(gate, each) for each in (KEY, OTHER, SECRET)] == [200] * 3
    assert status_of(gate, "wrong", "192.0.2.2") == 401
    clock.now += WRONG_KEYS_S
    assert status_of(gate, "wrong") == 401


@pytest.mark.parametrize("given", [None, "", 5, [KEY], {"key": KEY}, "\ud800"])
def test_what_is_no_key_counts_as_a_wrong_one(gate: Gate, given: object) -> None:
    assert [status_of(gate, given) for _ in range(WRONG_KEYS + 1)][-1] == 429


def test_without_keys_nothing_is_counted() -> None:
    gate = Gate(SECRET)
    assert {status_of(gate, "wrong") for _ in range(1000)} == {401}


def test_no_more_addresses_are_remembered_than_there_is_room_for(gate: Gate) -> None:
    for number in range(MOST_ADDRESSES + 500):
        status_of(gate, "wrong", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(gate._wrong) == MOST_ADDRESSES
    assert len(gate._asked) == 0


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("no:address", "no:address", True),
        ("", "", True),
    ],
)
def test_one_subscriber_is_one_address(one: str, other: str, is_same: bool) -> None:
    assert (network_of(one) == network_of(other)) is is_same
