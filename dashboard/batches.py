"""Shares the tasks of a large ledger among the processors of the machine; a small one is written at once."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from dashboard.api import Batch, write_task
from dashboard.config import Config
from dashboard.errors import CannotRender
from dashboard.ledger import read_task, task_keys

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
