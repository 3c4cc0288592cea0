"""The log: groups with verdicts outside, annotations, masks, and foreign text without power."""

import io

import pytest

from action.console import LONGEST_KEPT_LINE, Console
from action.errors import OutOfTime


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(out: io.StringIO) -> Console:
    ticks = iter(range(100))
    return Console(out, clock=lambda: float(next(ticks)))


def test_a_phase_is_a_group_with_its_verdict_below_it(console: Console, out: io.StringIO) -> None:
    with console.group("Write: 100 %\nof it") as phase:
        console.line("inside")
        phase.verdict = "9 files"
    assert out.getvalue().splitlines() == [
        "::group::Write: 100 %25%0Aof it",
        "inside",
        "::endgroup::",
        "Write: 100 % of it: 9 files (1.0 s)",
    ]


def test_a_phase_inside_another_ends_the_group_of_the_outer_one(console: Console, out: io.StringIO) -> None:
    with console.group("Write"):
        console.line("before")
        with console.group("Try") as inner:
            inner.line = "attempt 1/4: 2 of 3 assertions"
        console.line("visible")
    assert out.getvalue().splitlines() == [
        *("::group::Write", "before", "::endgroup::"),
        *("::group::Try", "::endgroup::", "attempt 1/4: 2 of 3 assertions"),
        *("visible", "Write: done (2.0 s)"),
    ]


def test_a_phase_that_fails_says_so_below_the_group(console: Console, out: io.StringIO) -> None:
    with pytest.raises(OutOfTime), console.group("Write"):
        raise OutOfTime("It is late.", "slow.", "again.")
    assert out.getvalue().splitlines()[-1] == "Write: failed (E-DEADLINE): It is late. (1.0 s)"


def test_a_defect_does_not_print_its_message(console: Console, out: io.StringIO) -> None:
    with pytest.raises(RuntimeError), console.group("Write"):
        raise RuntimeError("perhaps a token")
    assert "perhaps a token" not in out.getvalue()


def test_annotations_are_escaped(console: Console, out: io.StringIO) -> None:
    console.notice("50 %\nof it", title="a: b, c", code="E-X")
    console.warning("w")
    assert out.getvalue().splitlines() == ["::notice title=E-X%3A a%3A b%2C c::50 %25%0Aof it", "::warning::w"]


def test_an_error_is_reported_in_its_three_parts(console: Console, out: io.StringIO) -> None:
    error = OutOfTime("It is late.", "slow.", "again.")
    console.report(error)
    console.report(error, degraded=True)
    text = "title=E-DEADLINE::It is late.%0ALikely cause: slow.%0ANext step: again."
    assert out.getvalue().splitlines() == [f"::error {text}", f"::warning {text}"]


def test_masks_hide_each_line_the_longest_first_and_leave_short_values_alone(
    console: Console, out: io.StringIO
) -> None:
    console.mask("ab", "4e1f09c", "a@b.example", "first line\nsecond 100%")
    assert out.getvalue().splitlines() == [
        "::add-mask::a@b.example",
        "::add-mask::second 100%25",
        "::add-mask::first line",
    ]


@pytest.mark.parametrize(
    "text", ["::add-path::/tmp", "  ::set-env name=a::b", "##[set-output name=a]b", "a\n::error::b"]
)
def test_a_line_is_never_a_command(console: Console, out: io.StringIO, text: str) -> None:
    console.line(text)
    (line,) = out.getvalue().splitlines()
    assert not line.lstrip().startswith("::")
    assert "##[" not in line


def test_foreign_text_is_printed_between_random_stops(console: Console, out: io.StringIO) -> None:
    console.foreign("::error::a\n##[group]b")
    console.foreign("x")
    first, error, group, last, second, *_ = out.getvalue().splitlines()
    assert (error, group) == ("::error::a", "## [group]b")
    token = first.removeprefix("::stop-commands::")
    assert last == f"::{token}::"
    assert second != first


def test_our_own_lines_are_kept_without_what_is_masked_and_without_what_others_wrote(console: Console) -> None:
    console.mask("the-nonce", "one\ntwo-lines")
    console.keep_out("the-key", "abc", "")
    with console.group("Write"):
        console.line("the-nonce, the-key and two-lines; abc is too short to be masked")
        console.foreign("what a model wrote")
        console.report(OutOfTime("It is late for the-key.", "slow.", "again."), degraded=True)
        console.line("::error::no command\nnor a second line" + "x" * 1_000)
    first, report, command, verdict = console.kept
    assert first == "***, *** and ***; abc is too short to be masked"
    assert report == "E-DEADLINE: It is late for ***."
    assert command.startswith("| ::error::no command nor a second line")
    assert len(command) == LONGEST_KEPT_LINE
    assert verdict == "Write: done (1.0 s)"
