"""python -m dashboard LEDGER OUT: make the pages and the JSON of a ledger."""

import argparse
import sys
from pathlib import Path

from dashboard.render import Rendered, render
from dashboard.settings import CannotRender, load_config


def main(arguments: list[str]) -> int:
    """Render, say what was made, and return the exit code."""
    chosen = parse(arguments)
    try:
        rendered = render(chosen.ledger.resolve(), chosen.out.resolve(), load_config(chosen.config))
    except CannotRender as error:
        print(error, file=sys.stderr)  # noqa: T201 - the program's way to speak
        return error.exit_code
    print(summary(rendered))  # noqa: T201 - the program's way to speak
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m dashboard", description=__doc__)
    parser.add_argument("ledger", type=Path, help="the folder that holds tasks/: a checkout of the branch `ledger`")
    parser.add_argument("out", type=Path, help="where the pages go; an earlier dashboard there is replaced")
    parser.add_argument("--config", type=Path, metavar="FILE", help="addresses, running builds and prices, as JSON")
    return parser.parse_args(arguments)


def summary(rendered: Rendered) -> str:
    """Say what was made, and what could not be read."""
    lines = [f"{rendered.tasks} tasks with {rendered.builds} builds."]
    if rendered.problems.count:
        lines.append(f"{rendered.problems.count} files of the ledger could not be read:")
        lines += [f"  {path}: {reason}" for path, reason in rendered.problems.named]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
