"""`make chaos`: plays the cells of the matrix in a few worlds at a time, and says which did not end well.

Each outcome is a line of JSON in the file of `--results`, and a cell that is in there is not played again; so a long
run can be interrupted, and `--seconds` ends one in time. `--show` prints the matrix of docs/results.md.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import count
from pathlib import Path
from threading import Lock

from tests.chaos.cells import KILLS, NOTHING, Cell, boundaries, crossed, every_fault, with_the_real_act
from tests.chaos.matrix import matrix
from tests.chaos.outside import Json, Outside
from tests.chaos.play import Outcome, Player


def all_cells(player: Player) -> list[Cell]:
    """Return every cell: first the boundaries of a build of each round, then each kill under each fault."""
    found: list[Cell] = []
    for number in (1, 2):
        clean = player.play(Cell(NOTHING, NOTHING, round=number), with_reconcile=False)
        if clean.problems:
            raise SystemExit(f"A build without any fault does not end well: {'; '.join(clean.problems)}")
        found += boundaries(clean.seen, number)
    for kill in KILLS:
        found += crossed(every_fault(), [kill])
    return sorted(found, key=lambda cell: ("server" in cell.column, cell.round))  # those that take long come last


class Chaos:
    """Plays cells in several worlds at the same time, and writes each outcome down at once."""

    def __init__(
        self, folder: Path, results: Path, seconds: float, *, with_act: bool, only: str = "", is_mixed: bool = False
    ) -> None:
        self._with_act, self._only, self._is_mixed = with_act, only, is_mixed
        self._folder, self._results, self._end = folder, results, time.monotonic() + seconds
        self._lock, self._numbers = Lock(), count()
        results.parent.mkdir(parents=True, exist_ok=True)
        self.outcomes = read(results)

    def run(self, workers: int) -> None:
        """Play what is not played yet, until all is or the time is up."""
        cells = list(with_the_real_act()) if self._with_act else self._found_cells()
        done = {(each["row"], each["column"]) for each in self.outcomes}
        cells = [cell for cell in cells if re.search(self._only, f"{cell.row} | {cell.column}")]
        missing = [cell for cell in cells if (cell.row, cell.column) not in done]
        left = iter(random.sample(missing, len(missing)) if self._is_mixed else missing)
        print(f"{len(cells)} cells, {len(done)} played before", flush=True)
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda number: self._work(number, left), range(workers)))

    def _found_cells(self) -> list[Cell]:
        outside = Outside(self._folder / "first")
        try:
            return all_cells(Player(outside))
        finally:
            outside.stop()

    def _work(self, number: int, left: Iterator[Cell]) -> None:
        outside = Outside(self._folder / f"world-{number}", number + 1, kind=["act"] if self._with_act else [])
        try:
            while time.monotonic() < self._end and (cell := self._next(left)):
                outcome = Player(outside).play(cell, with_reconcile=next(self._numbers) % 2 == 1)
                self._keep(outcome)
        finally:
            outside.stop()

    def _next(self, left: Iterator[Cell]) -> Cell | None:
        with self._lock:
            return next(left, None)

    def _keep(self, outcome: Outcome) -> None:
        line = as_json(outcome)
        with self._lock, self._results.open("a") as file:
            file.write(json.dumps(line) + "\n")
            self.outcomes.append(line)
            if not outcome.is_good:
                print(f"✗ {outcome.cell.row} / {outcome.cell.column}: {'; '.join(outcome.problems)}", flush=True)


def as_json(outcome: Outcome) -> Json:
    """Return what is kept of an outcome."""
    kept = asdict(outcome)
    cell = kept.pop("cell")
    planned = {entry["fault"] for entry in cell["plan"]}
    kept.pop("seen")
    kept["played"] = sorted(set(outcome.played))
    return {"row": cell["row"], "column": cell["column"], "happened": planned <= set(kept["played"]), **kept}


def read(results: Path) -> list[Json]:
    """Return the outcomes that were written down."""
    return [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []


def main(arguments: list[str]) -> int:
    """Play, and end with 1 when a cell did not end well."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--workers", type=int, default=2, help="worlds at the same time (2)")
    parser.add_argument("--seconds", type=float, default=36_000.0, help="begin no cell after so many (36000)")
    parser.add_argument("--results", type=Path, default=Path(".data/chaos.jsonl"), help="where outcomes are kept")
    parser.add_argument("--act", action="store_true", help="a few cells with the real act, which takes 15 s for each")
    parser.add_argument("--only", default="", help="cells whose 'row | column' this expression finds")
    parser.add_argument("--mixed", action="store_true", help="in random order, for a part that stands for all")
    parser.add_argument("--show", action="store_true", help="print the matrix of what was played, and play nothing")
    chosen = parser.parse_args(arguments)
    if chosen.show:
        print(matrix(read(chosen.results)))
        return 0
    with tempfile.TemporaryDirectory(prefix="pagewright-chaos-") as folder:
        chaos = Chaos(
            Path(folder),
            chosen.results,
            chosen.seconds,
            with_act=chosen.act,
            only=chosen.only,
            is_mixed=chosen.mixed,
        )
        chaos.run(chosen.workers)
    bad = [each for each in chaos.outcomes if each["problems"]]
    print(f"{len(chaos.outcomes)} cells were played, {len(bad)} did not end well.")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
