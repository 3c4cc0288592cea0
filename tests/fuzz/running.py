"""Runs one target until its time or its examples are used up, and keeps the smallest input of each different finding.

Hypothesis makes the inputs, in rounds with seeds of their own. What is slow or greedy is a finding too: an example has
a second of processor time (not of the clock: other programs may be busy) and a limit of memory.
"""

import contextlib
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

ROOT = Path(__file__).resolve().parents[2]
STATM = Path("/proc/self/statm")
PATIENCE = 1.0  # seconds of processor time for an example; where a slow machine must not fail, take PATIENT
PATIENT = 5.0  # what hangs, hangs for longer
MEMORY = 1_000_000_000  # bytes of address space that examples may take, besides what the program has anyway
EXAMPLES_IN_A_ROUND = 100
SECONDS_FOR_SHRINKING = 15.0  # of one finding; a slow input costs its whole second each time


class TooSlow(BaseException):
    """An example took more than its second. Not an Exception: no reader may swallow it."""


class LookForASmallerOne(Exception):
    """Tells Hypothesis that an input is a finding."""


@dataclass(frozen=True)
class Target:
    """One reader. `inputs` are literals of Python only, so that a finding can be written down and read again."""

    name: str
    inputs: SearchStrategy[Any]
    holds: Callable[[Any], None]  # raises whatever is wrong


@dataclass(frozen=True)
class Finding:
    """What went wrong, where in the project, and with which input."""

    what: str
    where: str
    value: Any = field(repr=False)

    @property
    def key(self) -> tuple[str, str]:
        """Findings of one key are one defect, as far as anybody can tell before looking."""
        return self.what, self.where


@dataclass
class Result:
    """What came out of one target."""

    examples: int = 0
    seconds: float = 0.0
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)


def run(
    target: Target, seconds: float, first_seed: int, most_examples: int | None = None, patience: float = PATIENCE
) -> Result:
    """Try inputs until `seconds` have passed, or `most_examples` were tried."""
    result, since, given_up = Result(), time.monotonic(), dict[tuple[str, str], float]()

    def one(value: Any) -> None:
        if time.monotonic() - since > seconds:
            return
        result.examples += 1
        finding = tried(target, value, patience)
        if finding is None:
            return
        known = result.findings.get(finding.key)
        if known is None or len(repr(value)) <= len(repr(known.value)):
            result.findings[finding.key] = finding
        if time.monotonic() < given_up.setdefault(finding.key, time.monotonic() + SECONDS_FOR_SHRINKING):
            raise LookForASmallerOne

    for number in range(1_000_000):
        left = None if most_examples is None else most_examples - number * EXAMPLES_IN_A_ROUND
        if time.monotonic() - since > seconds or (left is not None and left <= 0):
            break
        with contextlib.suppress(LookForASmallerOne, Flaky):  # flaky: its time for that was over
            one_round(one, target.inputs, first_seed + number, min(EXAMPLES_IN_A_ROUND, left or EXAMPLES_IN_A_ROUND))
        given_up = dict.fromkeys(result.findings, 0.0)
    result.seconds = time.monotonic() - since
    return result


def one_round(one: Callable[[Any], None], inputs: SearchStrategy[Any], number: int, examples: int) -> None:
    """Let Hypothesis try some inputs."""
    limits = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    seed(number)(limits(given(inputs)(one)))()


def tried(target: Target, value: Any, patience: float = PATIENCE) -> Finding | None:
    """Return what is wrong with one input, None when all is well."""
    try:
        with limited(patience):
            target.holds(value)
    except TooSlow as error:
        return Finding(f"more than {patience:g} s", place_of(error), value)
    except AssertionError as error:
        return Finding(f"not so: {str(error).partition(chr(10))[0][:200] or 'an assertion'}", place_of(error), value)
    except Exception as error:  # noqa: BLE001 - finding every one of them is what this is for
        return Finding(type(error).__name__, place_of(error), value)
    return None


@contextlib.contextmanager
def limited(patience: float) -> Iterator[None]:
    """Raise TooSlow in what takes too long, for which Python's `re` looks, too, and MemoryError in what is greedy."""
    before, memory = signal.signal(signal.SIGPROF, too_slow), resource.getrlimit(resource.RLIMIT_AS)
    if STATM.exists():  # on Linux
        now = int(STATM.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, memory[1]))
    # Again and again: what is raised while Python collects garbage is swallowed.
    signal.setitimer(signal.ITIMER_PROF, patience, patience)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_AS, memory)


def too_slow(_: int, __: FrameType | None) -> NoReturn:
    """Answer the signal."""
    raise TooSlow


def place_of(error: BaseException) -> str:
    """Return the innermost line of the product that an error went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if is_product(frame.filename)] or frames
    name = Path(ours[-1].filename)
    return f"{name.relative_to(ROOT) if name.is_relative_to(ROOT) else name.name}:{ours[-1].name}"


def is_product(filename: str) -> bool:
    """Whether a file is of the program, and neither of a library nor of these tests."""
    path = Path(filename)
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in {"action", "receiver", "api", "dashboard"}
