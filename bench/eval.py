"""python -m bench.eval: the sample tasks against the configured model, through the whole embedded path."""

import argparse
import os
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from action.deadline import SECONDS_FROM_RECEIPT
from action.generate.task_template import TemplateIsWrong
from bench.builder import Order
from bench.embedded_builder import EmbeddedBuilder
from bench.judge import LiveJudge
from bench.modes import BASELINES, LOOP
from bench.prices import PriceTableIsWrong, load_prices
from bench.program import ROOT, model_name, program_digest
from bench.results import RoundResult, RunFolder, RunResults
from bench.runner import Plan, Runner
from bench.table import comparison_of, line_of, table_of, wide_console
from bench.task_file import load_tasks
from embedded.system.system import System

INTERRUPTED = 130


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Run the evaluation and return the exit code."""
    chosen, console = parse(arguments), wide_console()
    try:
        prices = load_prices(chosen.prices) if chosen.prices else {}
        plan = plan_of(chosen, environ)
    except (TemplateIsWrong, PriceTableIsWrong) as error:
        print(error, file=sys.stderr)
        return 2
    folder, started = RunFolder(chosen.out), datetime.now(UTC)
    start = partial(System, chosen.out / "data", environ, model_file=chosen.model)
    results: list[RoundResult] = []
    try:
        with EmbeddedBuilder(start, chosen.seconds) as builder:
            follow(Runner(plan, builder, LiveJudge(environ), folder), results, console)
        return 0
    except KeyboardInterrupt:
        console.print("Interrupted. The same command goes on with the first round that is not finished.")
        return INTERRUPTED
    finally:
        is_whole = len(results) == len(list(plan.orders()))
        written = folder.write_results(
            RunResults(
                model=model_name(environ, chosen.model),
                seed=chosen.seed,
                started_at=started,
                finished_at=datetime.now(UTC) if is_whole else None,
                rounds=results,
            )
        )
        console.print(table_of(results, prices))
        console.print(f"{comparison_of(results)}\nEvery verdict is in {written}", highlight=False, soft_wrap=True)


def follow(runner: Runner, results: list[RoundResult], console: Console) -> None:
    """Run, with a bar on a terminal and one line for each round everywhere; `results` grows while it runs."""
    orders = list(runner.plan.orders())
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(str(orders[0]), total=len(orders))

        def report(order: Order, result: RoundResult, is_known: bool) -> None:
            results.append(result)
            progress.console.print(line_of(result, is_known=is_known), highlight=False, markup=False, soft_wrap=True)
            following = orders[len(results)] if len(results) < len(orders) else order
            progress.update(bar, advance=1, description=str(following))

        runner.run(report)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.eval", description=__doc__)
    parser.add_argument("--tasks", type=names, metavar="A,B", help="only these sample tasks")
    parser.add_argument("--rounds", type=int, choices=(1, 2), default=2, help="1: only the first round of each")
    parser.add_argument("--baseline", choices=sorted(BASELINES), help="also build each round this way, and compare")
    parser.add_argument("--model", type=Path, metavar="FILE", help="a GGUF model on this machine that writes the pages")
    parser.add_argument(
        "--prices",
        type=Path,
        metavar="FILE",
        help="YAML: model: {input: USD, output: USD} per million; others at their list prices",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", default=ROOT / ".data" / "eval", help="the run's folder")
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS_FROM_RECEIPT,
        metavar="N",
        help="what a build may take, in all modes: a model on a slow machine needs more than the protocol's 600",
    )
    parser.add_argument("--seed", default="1", help="what stands in the tasks for ${seed}, and their numbers")
    parser.add_argument(
        "--resume",
        choices=("same", "any", "no"),
        default="same",
        help="take over finished rounds of the same code and model (default), of any, or none",
    )
    return parser.parse_args(arguments)


def names(text: str) -> list[str]:
    """Split a list at its commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def plan_of(chosen: argparse.Namespace, environ: Mapping[str, str]) -> Plan:
    """Return what the command line asks for. Raises TemplateIsWrong."""
    return Plan(
        tasks=load_tasks(chosen.seed, chosen.tasks),
        modes=[LOOP, *([BASELINES[chosen.baseline]] if chosen.baseline else [])],
        rounds=chosen.rounds,
        code=program_digest(model_name(environ, chosen.model)),
        resume=chosen.resume,
    )


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # it ends in the same order as after Ctrl-C
    sys.exit(main(sys.argv[1:], os.environ))
