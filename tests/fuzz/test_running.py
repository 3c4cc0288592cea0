"""The fuzzer finds what is planted: an error, a broken promise, a pattern that hangs, a hunger for memory."""

import re
import resource
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from tests.fuzz.findings import keep, kept, value_in
from tests.fuzz.running import Result, Target, run, tried
from tests.fuzz.shapes import text_of

HANGS = re.compile(r"(?:\\.|.)+!$")  # reads `\a` in two ways


NUMBERS = st.integers(0, 1000)
SECONDS = 200  # `examples` end it; the first texts on a new machine wait until Hypothesis has made its tables


def planted(holds: Any, inputs: st.SearchStrategy[Any] = NUMBERS, seed: int = 1, examples: int = 100) -> Result:
    return run(Target("planted", inputs, holds), SECONDS, seed, examples)


def hangs(text: str) -> None:
    HANGS.match(text)


def takes(size: int) -> None:
    bytearray(size)


def test_a_reader_without_faults_has_no_findings() -> None:
    result = planted(lambda value: None)
    assert result.findings == {}
    assert result.examples == 100


def test_an_error_is_found_with_its_smallest_input() -> None:
    result = planted(lambda value: 1 / max(0, 100 - value))
    (finding,) = result.findings.values()
    assert (finding.what, finding.value) == ("ZeroDivisionError", 100)


def test_two_defects_are_two_findings() -> None:
    def holds(value: int) -> None:
        assert value < 500, "too large"
        if value > 100:
            raise KeyError(value)

    assert sorted(what for what, _ in planted(holds, examples=300).findings) == ["KeyError", "not so: too large"]


def test_a_pattern_that_hangs_is_found_and_stopped() -> None:
    finding = tried(Target("planted", st.nothing(), hangs), "\\a" * 40, patience=0.25)
    assert finding is not None
    assert finding.what == "more than 0.25 s"


def test_a_hunger_for_memory_is_found() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)[0]
    finding = tried(Target("planted", st.nothing(), takes), 2_000_000_000)
    assert finding is not None
    assert finding.what == "MemoryError"
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == before


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # when its time ends before the input is small
def test_the_shapes_lead_to_a_pattern_that_hangs() -> None:
    result = run(Target("planted", text_of("\\a", "x"), hangs), 20, 1, 300, patience=0.1)
    assert [what for what, _ in result.findings] == ["more than 0.1 s"]


def test_a_reader_cannot_swallow_the_end_of_its_time() -> None:
    def holds(text: str) -> None:
        try:
            HANGS.match(text)
        except Exception:  # noqa: BLE001 - as around a parser that raises whatever it likes
            return

    finding = tried(Target("planted", st.nothing(), holds), "\\a" * 40, patience=0.25)
    assert finding is not None


def test_inputs_that_cannot_be_made_are_an_error__and_no_quiet_success() -> None:
    with pytest.raises(InvalidArgument):
        planted(lambda value: None, st.sampled_from([]))


def test_the_same_seed_tries_the_same_inputs() -> None:
    tries: list[list[str]] = [[], [], []]
    for seen, seed in zip(tries, (7, 7, 8), strict=True):
        planted(seen.append, text_of("a"), seed, 150)
    assert tries[0] == tries[1] != tries[2]


@pytest.mark.parametrize("value", ["\ud800\n'\"\0", b"\xff", ({"a": [1.5, None, True]}, [(0, "x")])])
def test_a_finding_is_read_as_it_was_written(value: Any, tmp_path: Path) -> None:
    path = keep("json path", value, tmp_path)
    assert list(kept("json path", tmp_path)) == [path]
    assert value_in(path) == value
