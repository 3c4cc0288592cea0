"""The whole dashboard: reads a ledger, writes JSON and pages with all processors, and puts them in place at once."""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from dashboard.api import Batch, write_lists, write_task
from dashboard.files import draft_beside, put_in_place
from dashboard.ledger import Problems, read_task, task_keys
from dashboard.pages import NEWEST, write_pages
from dashboard.settings import CannotRender, Config

TASKS_IN_A_BATCH = 100
MOST_PROCESSES = 8  # each needs about 80 MB


def write_tasks(ledger: Path, out: Path, config: Config) -> Batch:
    """Write everything about all tasks, and return what is known of them together. Raises CannotRender."""
    all_tasks = Batch()
    keys = task_keys(ledger, all_tasks.problems)
    chunks = [keys[start : start + TASKS_IN_A_BATCH] for start in range(0, len(keys), TASKS_IN_A_BATCH)]
    for batch in batches(chunks, ledger, out, config):
        all_tasks.merge(batch)
    return all_tasks


def batches(chunks: list[list[str]], ledger: Path, out: Path, config: Config) -> Iterator[Batch]:
    """Yield the batches in their order, whoever was first. Raises CannotRender."""
    processes = min(os.cpu_count() or 1, MOST_PROCESSES, len(chunks))
    if processes <= 1:
        yield from map(write_batch, chunks, repeat(ledger), repeat(out), repeat(config))
        return
    try:
        # Fresh processes: a copy of one that has threads can stand still.
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            yield from pool.map(write_batch, chunks, repeat(ledger), repeat(out), repeat(config))
    except BrokenProcessPool:
        raise CannotRender(
            "A process that rendered tasks was ended from outside.",
            "the machine has not enough memory.",
            "Render on a machine with more memory; each processor needs about 100 MB.",
        ) from None


def write_batch(keys: list[str], ledger: Path, out: Path, config: Config) -> Batch:
    """Write some tasks."""
    batch = Batch()
    for key in keys:
        write_task(read_task(ledger, key, batch.problems), out, config, batch)
    return batch


@dataclass(frozen=True)
class Rendered:
    """What was made."""

    tasks: int
    builds: int
    problems: Problems


def render(ledger: Path, out: Path, config: Config) -> Rendered:
    """Make the dashboard in `out`, which is missing, empty or an earlier dashboard. Raises CannotRender."""
    draft = draft_beside(out)
    try:
        batch = write_tasks(ledger, draft, config)
        stats = write_lists(draft, config, batch)
        write_pages(draft, stats, batch.newest(NEWEST), config)
        put_in_place(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Rendered(stats.tasks, stats.builds, batch.problems)
