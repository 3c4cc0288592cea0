"""The log that people read in the Actions tab: groups, annotations, masks, defects, and foreign text kept harmless."""

import re
import secrets
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from action.errors import Defect, UserError

SHORTEST_MASK = 8  # GitHub drops each output of a job that holds a masked value: "4e1f" is in a digest by chance
SHORTEST_KEPT_OUT = 4
LONGEST_KEPT_LINE = 400


def escape_data(text: str) -> str:
    """Escape the text of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape a property of a workflow command, such as an annotation's title."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def harmless(text: str) -> str:
    """Return `text` on one line that the runner cannot take for a workflow command."""
    line = " ".join(text.splitlines()) if text else ""
    line = re.sub(r"##\[", "## [", line)
    return f"| {line}" if line.lstrip().startswith("::") else line


def maskable(values: Iterable[str], shortest: int) -> list[str]:
    """Return the lines of values that are long enough to be hidden, the longest first."""
    lines = {line.strip() for value in values for line in value.splitlines()}
    return sorted((line for line in lines if len(line) >= shortest), key=lambda line: (-len(line), line))


@dataclass
class Group:
    """What happens inside one group. Set `verdict`: it is printed below the closed group, or `line` instead of it."""

    title: str
    verdict: str = "done"
    line: str = ""


class Console:
    """Writes to the job's log. `clock` returns seconds and is used for durations only.

    `kept` holds our own lines for the record, without masked values; what others wrote is in the log alone.
    """

    def __init__(self, out: TextIO | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out or sys.stdout
        self._clock = clock
        self._is_in_group = False
        self._masked: list[str] = []
        self.kept: list[str] = []

    def line(self, text: str) -> None:
        """Print one line of our own words."""
        self._write(harmless(text))
        self._keep(text)

    @contextmanager
    def group(self, title: str) -> Iterator[Group]:
        """Fold what is printed inside; the verdict line with its seconds stays visible.

        A group inside another ends the outer one: GitHub knows no groups in groups.
        """
        group = Group(title)
        started = self._clock()
        self._end_group()
        self._write(f"::group::{escape_data(title)}")
        self._is_in_group = True
        try:
            yield group
        except UserError as error:
            group.verdict, group.line = f"failed ({error.code}): {error.what}", ""
            raise
        except BaseException as error:
            group.verdict, group.line = f"failed ({type(error).__name__})", ""
            raise
        finally:
            self._end_group()
            self.line(group.line or f"{title}: {group.verdict} ({self._clock() - started:.1f} s)")

    def notice(self, text: str, *, title: str = "", code: str = "") -> None:
        """Annotate the run with something good to know."""
        self._annotate("notice", text, title, code)

    def warning(self, text: str, *, title: str = "", code: str = "") -> None:
        """Annotate the run with something that someone may want to act on."""
        self._annotate("warning", text, title, code)

    def error(self, text: str, *, title: str = "", code: str = "") -> None:
        """Annotate the run with something that someone must act on."""
        self._annotate("error", text, title, code)

    def report(self, error: UserError, *, degraded: bool = False) -> None:
        """Annotate the run with an error's own words; as a warning when the build goes on `degraded`."""
        text = f"{error.what}\nLikely cause: {error.cause}\nNext step: {error.next_step}"
        self._annotate("warning" if degraded else "error", text, "", error.code)
        self._keep(f"{error.code}: {error.what}")

    def mask(self, *values: str) -> None:
        """Hide values in everything that follows. The runner masks line by line, so each line is named."""
        self.keep_out(*values)
        for line in maskable(values, SHORTEST_MASK):
            self._write(f"::add-mask::{escape_data(line)}")

    def keep_out(self, *values: str) -> None:
        """Hide values in what is kept for the record; the runner masks them in the log by itself."""
        self._masked = maskable([*self._masked, *values], SHORTEST_KEPT_OUT)

    def _keep(self, text: str) -> None:
        line = harmless(text)
        for value in self._masked:
            line = line.replace(value, "***")
        self.kept.append(line[:LONGEST_KEPT_LINE])

    def foreign(self, text: str) -> None:
        """Print text that others wrote, as it is: the runner takes no command from it."""
        token = secrets.token_hex(16)
        self._write(f"::stop-commands::{token}")
        self._write(text.replace("##[", "## ["))
        self._write(f"::{token}::")

    def _end_group(self) -> None:
        if self._is_in_group:
            self._write("::endgroup::")
            self._is_in_group = False

    def _annotate(self, level: str, text: str, title: str, code: str) -> None:
        heading = ": ".join(part for part in (code, title) if part)
        properties = f" title={escape_property(heading)}" if heading else ""
        self._write(f"::{level}{properties}::{escape_data(text)}")

    def _write(self, text: str) -> None:
        print(text.encode(errors="replace").decode(), file=self._out, flush=True)  # half an emoji cannot be printed


def report_defect(doing: str, console: Console, *, degraded: bool = False) -> Defect:
    """Report the exception that is being handled, and return it as an error. `doing` is what stopped."""
    console.foreign(traceback.format_exc())
    error = Defect(
        f"{doing} stopped because of a defect in Pagewright.",
        "the last line of the traceback in the log.",
        "Report it with that traceback; 'Re-run failed jobs' may get past it.",
    )
    console.report(error, degraded=degraded)
    return error
