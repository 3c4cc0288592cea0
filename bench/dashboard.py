"""python -m bench.dashboard: how long 10,000 tasks take to render, in how much memory, and how fast they open."""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Page, Response
from rich.table import Table

from bench.ledger import write_ledger
from bench.static_server import headless, served
from bench.table import empty_table, tell_numbers, wide_console

LIMIT_S, LIMIT_MB, LIMIT_KB, LIMIT_READY_S = 60.0, 1000.0, 300.0, 1.0
TASKS = 10_000
VISITS = 5
BETWEEN_LOOKS_S = 0.1
MEGABYTE, KILOBYTE = 1_000_000, 1_000
# When the headings, sums and links of the page are painted, and its scripts have done their first work.
READY = """() => new Promise(resolve => {
  const isPainted = () => performance.getEntriesByName("first-contentful-paint").length > 0;
  const look = () => document.querySelector("time[title]") && isPainted() ? resolve(performance.now() / 1000)
    : setTimeout(look, 5);
  look();
})"""


@dataclass(frozen=True)
class Measured:
    """One number, and what it may be at most."""

    what: str
    value: float
    limit: float | None
    unit: str

    @property
    def is_over(self) -> bool:
        """Whether it is more than it may be."""
        return self.limit is not None and self.value > self.limit


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Measure, print, and write JSON. Exit code 1 when a number is over its limit."""
    chosen, console = parse(arguments), wide_console()
    with tempfile.TemporaryDirectory(prefix="pagewright-bench-", dir=chosen.folder) as folder:
        ledger, out = Path(folder, "ledger"), Path(folder, "site")
        console.print(f"Writing a ledger of {chosen.tasks:,} tasks, which is not measured ...", highlight=False)
        write_ledger(ledger, chosen.tasks)
        load = os.getloadavg()[0]
        measured = [*render(ledger, out, chosen.tasks), *visit(out, environ)]
    console.print(table_of(measured, chosen.tasks))
    console.print(f"{os.cpu_count()} processors; the load before rendering was {load:.1f}.", highlight=False)
    if chosen.json:
        document = {"tasks": chosen.tasks, "load": load, "measured": [asdict(each) for each in measured]}
        tell_numbers(console, chosen.json, document)
    return int(any(each.is_over for each in measured))


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.dashboard", description=__doc__)
    parser.add_argument("--tasks", type=int, default=TASKS, metavar="N", help="how many tasks the ledger holds")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where the ledger is written, about 1 GB")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers there")
    return parser.parse_args(arguments)


def render(ledger: Path, out: Path, tasks: int) -> Iterator[Measured]:
    """Render in a process of its own, whose memory can be told."""
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "dashboard", str(ledger), str(out)], stdout=subprocess.DEVNULL
    ) as process:
        most = most_memory(psutil.Process(process.pid))
    if process.returncode:
        raise SystemExit(f"The dashboard was not rendered: exit code {process.returncode}. Its message is above.")
    seconds = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    yield Measured("rendering", seconds, LIMIT_S, "s")
    yield Measured("processor time of it", used.ru_utime + used.ru_stime, None, "s")
    yield Measured("tasks per second", tasks / seconds, None, "")
    yield Measured("most memory of all its processes", most / MEGABYTE, LIMIT_MB, "MB")


def most_memory(process: psutil.Process) -> int:
    """Return the most memory that a process and its children had together, until it ends."""
    most = 0
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        try:
            family = [process, *process.children(recursive=True)]
            most = max(most, sum(each.memory_info().rss for each in family))
        except psutil.NoSuchProcess:
            continue  # one of them has just ended
        time.sleep(BETWEEN_LOOKS_S)
    return most


def visit(out: Path, environ: Mapping[str, str]) -> Iterator[Measured]:
    """Open the overview in a headless browser, each time with an empty cache."""
    with served(out) as address, headless(environ) as browser:
        visits = [open_overview(browser.new_page(), address) for _ in range(VISITS + 1)][1:]  # the first one warms up
    yield Measured("overview with all its requests", visits[-1][0] / KILOBYTE, LIMIT_KB, "kB")
    yield Measured("overview usable (median)", sorted(ready for _, ready in visits)[VISITS // 2], LIMIT_READY_S, "s")


def open_overview(page: Page, address: str) -> tuple[int, float]:
    """Return the bytes that were fetched, and the seconds until the page could be used."""
    fetched: list[Response] = []
    page.on("response", lambda response: fetched.append(response))
    page.goto(address)
    ready = float(page.evaluate(READY))
    page.wait_for_load_state("networkidle")
    size = sum(len(each.body()) for each in fetched)
    page.close()
    return size, ready


def table_of(measured: list[Measured], tasks: int) -> Table:
    """Return the numbers beside their limits."""
    table = empty_table(f"The dashboard of {tasks:,} tasks", ("what",), ("measured", "limit", "of it"))
    for each in measured:
        limit = f"{each.limit:,.0f} {each.unit}" if each.limit else ""
        share = f"{each.value / each.limit:.0%}" if each.limit else ""
        table.add_row(each.what, f"{each.value:,.2f} {each.unit}".strip(), limit, share)
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
