"""What hangs is left, or ended: in Python, in a pattern, in a wait, and in C that never looks at signals."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from action.deadline import at_most
from action.errors import StepHung, UserError

ROOT = Path(__file__).parents[3]
HANGS = {
    "in Python": "while True: pass",
    "in a pattern": "import re; re.match(r'(a|a)*b', 'a' * 60)",
    "in a wait": "import time; time.sleep(60)",
    "on a lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "and excuses everything": "while True:\n try:\n  while True: pass\n except Exception: pass",
}
PROGRAM = "from action.deadline import at_most\nwith at_most(0.3, 'It', to_leave=0.5):\n "


def run(code: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", PROGRAM + code.replace("\n", "\n ")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("code", HANGS.values(), ids=HANGS)
def test_what_hangs_is_left_with_an_error(code: str) -> None:
    began = time.monotonic()
    with pytest.raises(StepHung, match="It did not come to an end"), at_most(0.2, "It"):
        exec(code, {})  # noqa: S102 - written above
    assert time.monotonic() - began < 5


def test_what_never_looks_at_signals_ends_with_its_process_and_says_where_it_was() -> None:
    done = run("import itertools; sum(itertools.repeat(1))")
    assert done.returncode == 1
    assert "Timeout" in done.stderr
    assert "line 3 in <module>" in done.stderr


def test_what_ends_in_time_is_left_alone() -> None:
    with at_most(5, "It"):
        found = re.sub("a", "b", "aaa")
    time.sleep(0.01)
    assert found == "bbb"


def test_a_part_has_no_more_time_than_what_is_around_it() -> None:
    with pytest.raises(StepHung, match="The part"), at_most(0.2, "The step"), at_most(60, "The part"):
        time.sleep(60)


def test_the_step_goes_on_after_a_part_that_hung__and_still_has_its_own_limit() -> None:
    def step() -> None:
        with pytest.raises(StepHung, match="The part"), at_most(0.1, "The part"):
            time.sleep(60)
        time.sleep(60)

    with pytest.raises(StepHung, match="The step"), at_most(0.6, "The step"):
        step()


def test_it_rings_again_for_what_hangs_on_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("action.deadline.SECONDS_BETWEEN_RINGS", 0.2)

    def step() -> None:
        try:
            time.sleep(60)
        finally:
            time.sleep(60)

    with pytest.raises(StepHung), at_most(0.1, "It"):
        step()


def test_the_message_names_the_place_in_our_code_and_nothing_that_was_read() -> None:
    from action.contract import probes

    class Endless(str):
        def __len__(self) -> int:
            time.sleep(60)
            return 0

    with pytest.raises(StepHung) as caught, at_most(0.2, "Looking"):
        probes.beginnings(Endless("#private"))
    assert re.search(r"Looking did not come to an end and was stopped in contract/probes\.py:\d+\.", str(caught.value))
    assert "#private" not in str(caught.value)
    assert isinstance(caught.value, UserError)


def test_in_another_thread_nothing_rings() -> None:
    found: list[str] = []

    def work() -> None:
        with at_most(0.0, "It"):
            time.sleep(0.05)
            found.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == ["done"]


def test_a_timer_that_was_there_before_goes_on() -> None:
    import signal

    rung: list[int] = []
    handler: Callable[..., None] = lambda *_: rung.append(1)  # noqa: E731
    before = signal.signal(signal.SIGALRM, handler)
    earlier = signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(StepHung), at_most(0.1, "It"):
            time.sleep(60)
        time.sleep(0.4)
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *earlier)
    assert rung == [1]
