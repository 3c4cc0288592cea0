"""The ten minutes from receipt."""

from datetime import UTC, datetime, timedelta

import pytest

from action.deadline import Deadline
from action.errors import OutOfTime

RECEIVED = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


def after(seconds: float, **more: float) -> Deadline:
    return Deadline(RECEIVED, clock=lambda: (RECEIVED + timedelta(seconds=seconds)).timestamp(), **more)


def test_time_counts_from_receipt() -> None:
    assert after(100).remaining() == pytest.approx(500)
    assert after(100).elapsed() == pytest.approx(100)


def test_nothing_is_left_afterwards() -> None:
    assert after(601).remaining() == 0
    assert after(600).is_over
    assert not after(599).is_over


def test_check_raises_only_when_it_is_over() -> None:
    after(599).check("waiting")
    with pytest.raises(OutOfTime, match="while waiting") as caught:
        after(605).check("waiting")
    assert "605 s" in caught.value.cause


def test_a_phase_leaves_time_for_the_later_ones() -> None:
    assert after(100).for_step(leave=240).remaining() == pytest.approx(260)
    assert after(100).for_step(leave=240, at_most=60).remaining() == pytest.approx(60)
    assert after(100).for_step(at_most=9999).remaining() == pytest.approx(500)
