"""`python -m tests.chaos.flood [--tasks N] [--speed F] [--shared JOBS]`: a class sends everything in a minute.

One factor makes pauses, the sixty seconds of the senders, and the windows of the limits shorter: at 6, a minute lasts
ten seconds and an hour ten minutes. What a build computes, and its ten minutes, are not shortened. Limits for 200
tasks: 80 writes a minute and 500 an hour for a token, for fewer tasks as much less; 20 builds and 20 runs of pages at a
time, or so many of both together.
Each sender sends again what the receiver could not hand on (503). What did not end well is left to reconcile.
"""

import argparse
import secrets
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from tests.chaos.judge import Judge, Sent
from tests.chaos.outside import OPEN, NeverSettled, Outside
from tests.chaos.play import BRIEF
from tests.chaos.world import WHOLE_FLOOD

RUNNING = (
    "select json_extract(body, '$.repo') = ? from document"
    " where kind = 'run' and json_extract(body, '$.status') = 'in_progress'"
)
SENDERS = 16
SECONDS_OF_AN_HOUR = 3600
MOST_RECONCILES = 6
SECONDS_FOR_ALL = 1500.0


class Flood:
    """`refusals` counts what senders were answered before their 200."""

    def __init__(self, outside: Outside, tasks: int, speed: float) -> None:
        self.outside, self.tasks, self.speed = outside, tasks, speed
        self.refusals: Counter[int] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self.began = time.monotonic()

    def run(self) -> list[str]:
        """Send everything, wait, reconcile; return what is not as it must be."""
        self.outside.ensure_up()
        with ThreadPoolExecutor(SENDERS) as pool:
            sent = list(pool.map(self.send, range(self.tasks)))
        self.say(f"{len(sent)} tasks were taken; before, senders were answered {dict(self.refusals)}")
        self.settle()
        self.report(sent)
        problems = self.problems(sent)
        for number in range(MOST_RECONCILES):
            if not problems:
                break
            self.say(
                f"{len(problems)} of {len(sent)} did not end well, so reconcile runs: {Counter(problems.values())}"
            )
            over = self.began + SECONDS_OF_AN_HOUR / self.speed  # its schedule is every three hours
            time.sleep(max(0.0, over - time.monotonic()))
            self.outside.reconcile()
            self.settle()
            problems = self.problems(sent)
            self.say(f"after reconcile {number + 1}: {len(problems)} left")
        self.report(sent)
        return [f"{task}: {problem}" for task, problem in problems.items()]

    def send(self, number: int) -> Sent:
        """Send one task, spread over a minute, until it is taken."""
        time.sleep(max(0.0, number * 60 / self.speed / self.tasks - (time.monotonic() - self.began)))
        task, nonce = f"t{number:03}{secrets.token_hex(4)}", secrets.token_hex(6)
        body = {"task": task, "nonce": nonce, "round": 1, "brief": BRIEF}
        end = time.monotonic() + SECONDS_FOR_ALL
        while time.monotonic() < end:
            answer = requests.post(f"{self.outside.ready['evaluator']}/tasks", json=body, timeout=60)
            if answer.status_code == 200:
                return Sent(task, nonce, 1, str(answer.json()["answer"]["build_id"]))
            self.refusals[answer.status_code] += 1
            time.sleep(float(answer.headers.get("Retry-After", "30")) / self.speed)
        raise NeverSettled(f"{task} was never taken")

    def report(self, sent: list[Sent]) -> None:
        """Say how often GitHub refused, and how long senders waited for a page and its callback."""
        for limit, what, count in self.outside.refused():
            self.say(f"refused {count} times: {what} ({limit})")
        attempts = Counter(run["run_attempt"] for each in sent for run in self.outside.builds(each.build_id)[-1:])
        self.say(f"attempts of a build: {dict(sorted(attempts.items()))}; at a time ran {dict(self.most_at_once)}")

    def settle(self) -> None:
        """Wait until no run is open."""
        end, calm = time.monotonic() + SECONDS_FOR_ALL, 0
        while time.monotonic() < end:
            self.outside.ensure_up()
            calm = 0 if self.outside.rows(OPEN) else calm + 1
            self.count_running()
            if calm == 5:
                return
            time.sleep(1)
        raise NeverSettled("runs are still open")

    def count_running(self) -> None:
        """Keep how many builds, runs of pages, and both together ran at one time."""
        running = Counter("builds" if is_ours else "pages" for (is_ours,) in self.rows_running())
        for kind, number in {**running, "together": running.total()}.items():
            self.most_at_once[kind] = max(number, self.most_at_once[kind])

    def rows_running(self) -> list[tuple[int]]:
        """Return a row for each run that has a place, 1 for one of the runner repository."""
        return self.outside.rows(RUNNING, str(self.outside.ready["runner"]))

    def problems(self, sent: list[Sent]) -> dict[str, str]:
        """Return the first problem of each task that has one."""
        judge = Judge(self.outside)
        return {each.task: found[0] for each in sent if (found := judge.problems([each]))}

    def say(self, text: str) -> None:
        """Tell how far it is."""
        seconds = time.monotonic() - self.began
        print(f"{seconds:6.0f} s (minute {seconds * self.speed / 60:5.1f}): {text}", flush=True)


def main() -> None:
    """Play it once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=WHOLE_FLOOD)
    parser.add_argument("--speed", type=float, default=6.0)
    parser.add_argument("--shared", type=int, default=0, help="so many jobs at a time, for builds and pages together")
    parser.add_argument("--keep", type=Path, help="where the world's data stay afterwards")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outside = Outside(
            (chosen.keep or Path(folder)) / "flood",
            kind=["flood", str(chosen.tasks), str(chosen.speed), str(chosen.shared)],
            seconds_to_settle=SECONDS_FOR_ALL,
        )
        try:
            problems = Flood(outside, chosen.tasks, chosen.speed).run()
        finally:
            outside.stop()
    print("\n".join(problems) or f"All {chosen.tasks} ended well.")
    raise SystemExit(bool(problems))


if __name__ == "__main__":
    main()
