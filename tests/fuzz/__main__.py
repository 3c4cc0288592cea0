"""python -m tests.fuzz [--seconds N] [--seed N] [--examples N] [TARGET ...]: inputs that nobody thought of."""

import argparse
import faulthandler
import secrets
import sys

from tests.fuzz.all_targets import TARGETS
from tests.fuzz.findings import keep
from tests.fuzz.running import PATIENCE, ROOT, Finding, run

SECONDS_UNTIL_THE_END = 120  # no reader in C may hold the program for longer, after the last target's time


def main(arguments: list[str]) -> int:
    """Run the targets one after the other; return 1 when something was found."""
    chosen = parse(arguments)
    names = chosen.targets or list(TARGETS)
    print(f"{len(names)} targets, {chosen.seconds:g} seconds, --seed {chosen.seed}", flush=True)
    findings = [finding for name in names for finding in run_one(name, chosen.seconds / len(names), chosen)]
    if findings:
        print(f"{len(findings)} findings. Each is a file now, which `make test` tries again.")
        print("Likely cause: a reader breaks a promise that its target in tests/fuzz/targets states.")
        print("Next step: mend the reader, and commit the file with it.")
    return 1 if findings else 0


def run_one(name: str, seconds: float, chosen: argparse.Namespace) -> list[Finding]:
    """Run one target, say how it went, and keep what it found."""
    faulthandler.dump_traceback_later(seconds + SECONDS_UNTIL_THE_END, exit=True)
    result = run(TARGETS[name], seconds, chosen.seed, chosen.examples, chosen.patience)
    faulthandler.cancel_dump_traceback_later()
    findings = list(result.findings.values())
    print(f"{name:18} {result.examples:7,} examples {len(findings):3} findings {result.seconds:6.1f} s", flush=True)
    for finding in findings:
        print(f"    {finding.what} in {finding.where}: {keep(name, finding.value).relative_to(ROOT)}", flush=True)
    return findings


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line. Without a seed, every run tries other inputs."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="for all targets together (600)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="the same seed, the same inputs")
    parser.add_argument("--examples", type=int, help="at most this many for each target")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds of processor time for each (1)")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all of them")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.targets) - set(TARGETS):
        parser.error(f"there is no target {', '.join(sorted(unknown))}; they are {', '.join(TARGETS)}")
    return chosen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
