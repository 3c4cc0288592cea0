"""python -m bench.overhead: what the contract adds to a build for each candidate, without the model."""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil
from rich.table import Table

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.contract.compile import compile_contract
from action.contract.contract import Report
from action.contract.evaluate import always, evaluate
from action.contract.verdict import Candidate
from action.contract.visit import VisitPlan
from action.generate.task_template import SeededTask
from bench.acting_page import acting_candidates, acting_contract
from bench.judge import as_task
from bench.references import reference_candidate
from bench.table import empty_table, tell_numbers, wide_console
from bench.task_file import load_tasks

LIMIT_S = 2.0  # what the loop may add for each candidate
LIMIT_OF_STEPS_S = 3.0  # for one with ten assertions that act
TYPICAL = ("meter-readings", "rowing-club", "tip-splitter", "rain-report")
MILLI = 1000
MODEL_S = 2.0  # the shortest answer of a model: meanwhile tabs are closed, and opened for the next candidate


@dataclass(frozen=True)
class Measured:
    """Seconds of one kind of work; `assertions` were evaluated each time, `failed` of them without success.

    `processor_s` is of all processors and all processes, with what is done for the next candidate while the model
    writes.
    """

    task: str
    candidate: str
    assertions: int
    failed: int
    times: int
    median_s: float
    slowest_s: float
    processor_s: float
    limit_s: float = LIMIT_S

    @property
    def of_limit(self) -> float:
        """The median as a share of what is allowed."""
        return self.median_s / self.limit_s

    @property
    def per_assertion_ms(self) -> float:
        """The median divided by the number of assertions."""
        return self.median_s / max(1, self.assertions) * MILLI


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Measure, print, and write JSON. Exit code 1 when a median is over the limit."""
    chosen, console = parse(arguments), wide_console()
    tasks = load_tasks("1", list(TYPICAL))
    with timed() as start_seconds, PageBrowser(find_browser(environ.get("CHROME")), environ) as browser:
        browser.open(Candidate({"index.html": b"<h1>Ready</h1>"})).visit_all([VisitPlan()], always)
        started_s = start_seconds()
        measured = [each for task in tasks for each in measure(task, browser, chosen.times)]
        measured += measure_steps(browser, chosen.times)
    console.print(table_of(measured))
    load = os.getloadavg()[0]
    console.print(f"Load of the machine at the end: {load:.1f} on {os.cpu_count()} processors", highlight=False)
    console.print(f"The browser starts once for each build, while the model writes: {started_s:.2f} s", highlight=False)
    if chosen.json:
        document = {"limit_s": LIMIT_S, "browser_start_s": started_s, "measured": [asdict(each) for each in measured]}
        tell_numbers(console, chosen.json, document)
    return int(any(each.of_limit > 1 for each in measured))


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.overhead", description=__doc__)
    parser.add_argument("--times", type=int, default=5, metavar="N", help="how often each candidate is evaluated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers there")
    return parser.parse_args(arguments)


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """Yield a clock that starts now."""
    began = time.monotonic()
    yield lambda: round(time.monotonic() - began, 3)


def measure(task: SeededTask, browser: PageBrowser, times: int) -> Iterator[Measured]:
    """Yield a candidate that passes, and one that is half done, as the loop mostly sees them."""
    whole = reference_candidate(task, 1)
    half = Candidate({**whole.files, "index.html": half_of(whole.files["index.html"])}, whole.attachments)
    request = as_task(task, 1)
    for name, candidate in (("whole", whole), ("half", half)):
        seconds, processor = [], []
        for _ in range(times):
            used = processor_seconds()
            with timed() as taken:
                # The loop compiles once; to count it each time is on the safe side.
                contract = compile_contract(request, attachments=whole.attachments)
                report = evaluate(contract, candidate, browser.open(candidate), screenshots=True).report
                seconds.append(taken())
            time.sleep(MODEL_S)
            processor.append(processor_seconds() - used)
        yield measured_from(task.id, name, report, seconds, processor)


def measure_steps(browser: PageBrowser, times: int) -> Iterator[Measured]:
    """Yield a page that does what ten sentences say, and one that does nothing."""
    contract = acting_contract()
    for name, candidate in acting_candidates().items():
        seconds, processor = [], []
        for _ in range(times):
            used = processor_seconds()
            with timed() as taken:
                report = evaluate(contract, candidate, browser.open(candidate), screenshots=True).report
                seconds.append(taken())
            time.sleep(MODEL_S)
            processor.append(processor_seconds() - used)
        yield replace(measured_from("ten steps", name, report, seconds, processor), limit_s=LIMIT_OF_STEPS_S)


def processor_seconds() -> float:
    """Return what this program and all that it started have used.

    The time of a process that ended is with its parent, if that waited for it.
    """
    this = psutil.Process()
    return sum(seconds_of(process) for process in (this, *this.children(recursive=True)))


def seconds_of(process: psutil.Process) -> float:
    """Return the time of one process and of its children that ended; 0 when it is gone."""
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


def half_of(page: bytes) -> bytes:
    """Return a page that was cut off in the middle."""
    return page[: len(page) // 2]


def measured_from(task: str, candidate: str, report: Report, seconds: list[float], processor: list[float]) -> Measured:
    """Sum up."""
    return Measured(
        task=task,
        candidate=candidate,
        assertions=len(report.results),
        failed=len(report.failures()),
        times=len(seconds),
        median_s=round(statistics.median(seconds), 3),
        slowest_s=max(seconds),
        processor_s=round(statistics.median(processor), 3),
    )


def table_of(measured: list[Measured]) -> Table:
    """Return counts, seconds and ratios."""
    seconds = ("median s", "slowest s", "ms each", "processor s", "of limit")
    numbers = ("assertions", "failed", "times", *seconds)
    table = empty_table("What the contract adds for each candidate", ("task", "candidate"), numbers)
    for each in measured:
        counts = (str(each.assertions), str(each.failed), str(each.times))
        took = (f"{each.median_s:.2f}", f"{each.slowest_s:.2f}", f"{each.per_assertion_ms:.0f}")
        table.add_row(each.task, each.candidate, *counts, *took, f"{each.processor_s:.2f}", f"{each.of_limit:.0%}")
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
