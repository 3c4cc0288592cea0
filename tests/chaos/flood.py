"""`python -m tests.chaos.flood [--tasks N] [--speed F] [--shared JOBS]`: a class sends everything in a minute.

One factor makes pauses, the sixty seconds of the senders, and the windows of the limits shorter: at 6, a minute lasts
ten seconds and an hour ten minutes. Not shortened is what a build computes, its ten minutes, for how long a client
waits for an answer, and Pages' 0.3 s for a deployment. So on a slow machine a build takes more of an hour than on
GitHub, and fewer writes come in a minute. No browser is opened.
Limits for 200 tasks: 80 writes a minute and 500 an hour for a token, for fewer tasks as much less; 20 builds and 20
runs of pages at a time, or so many of both together.
Each task has a sender of its own, who sends it again when the receiver could not hand it on (503), or did not answer
(502). What did not end well is left to reconcile, first when the hour is over. The end is a table; exit code 0 when all
are well.
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
SECONDS_OF_AN_HOUR = 3600
MOST_RECONCILES = 9  # each starts twenty builds at most
SECONDS_FOR_ALL = 1440.0
SECONDS_BETWEEN_NEWS = 30.0


class Flood:
    """`refusals` counts what senders were answered before their 200; `rows` is the table of the end."""

    def __init__(self, outside: Outside, tasks: int, speed: float, seconds: float = SECONDS_FOR_ALL) -> None:
        self.outside, self.tasks, self.speed = outside, tasks, speed
        self.refusals: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self.rows: list[tuple[str, object]] = []
        outside.ensure_up()
        self.began = time.monotonic()
        self.end = self.began + seconds
        self.first_tries: list[float] = []

    def run(self) -> list[str]:
        """Send everything, wait, reconcile; return what is not as it must be."""
        with ThreadPoolExecutor(self.tasks) as pool:
            sent = [each for each in pool.map(self.send, range(self.tasks)) if each]
        self.note("tasks sent", f"{len(self.first_tries)}, the last one after {self.minutes(max(self.first_tries))}")
        self.note("taken (200)", f"{len(sent)}, the last one after {self.minutes(time.monotonic())}")
        self.note("answers before that", dict(self.refusals) or "none")
        problems = {each.task: "not looked at" for each in sent}
        try:
            self.settle()
            problems = self.problems(sent)
            self.note("ended well by themselves", f"{len(sent) - len(problems)} after {self.minutes(time.monotonic())}")
            for number in range(1, MOST_RECONCILES + 1):
                if not problems or time.monotonic() > self.end:
                    break
                problems = self.mend(sent, problems, number)
        except NeverSettled as error:
            self.say(f"{error}: the time is up")
            problems = self.problems(sent)
        self.report(sent)
        lost = self.tasks - len(sent)
        return [f"{task}: {problem}" for task, problem in problems.items()] + ["a task was never taken"] * lost

    def mend(self, sent: list[Sent], problems: dict[str, str], number: int) -> dict[str, str]:
        """Let reconcile run, not before the first hour is over; return what is left."""
        self.say(f"reconcile {number} runs, because of {dict(Counter(problems.values()))}")
        over = self.began + SECONDS_OF_AN_HOUR / self.speed  # its schedule is every three hours
        time.sleep(max(0.0, over - time.monotonic()))
        self.outside.reconcile()
        self.settle()
        left = self.problems(sent)
        self.note(f"after reconcile {number}", f"{len(problems) - len(left)} more, {self.minutes(time.monotonic())}")
        return left

    def send(self, number: int) -> Sent | None:
        """Send one task, spread over a minute, until it is taken; None when it never is."""
        time.sleep(max(0.0, number * 60 / self.speed / self.tasks - (time.monotonic() - self.began)))
        self.first_tries.append(time.monotonic())
        task, nonce = f"t{number:03}{secrets.token_hex(4)}", secrets.token_hex(6)
        body = {"task": task, "nonce": nonce, "round": 1, "brief": BRIEF}
        while time.monotonic() < self.end:
            pause = "30"
            try:
                answer = requests.post(f"{self.outside.ready['evaluator']}/tasks", json=body, timeout=60)
            except requests.RequestException as error:
                self.refusals[type(error).__name__] += 1
            else:
                if answer.status_code == 200:
                    return Sent(task, nonce, 1, str(answer.json()["answer"]["build_id"]))
                self.refusals[str(answer.status_code)] += 1
                pause = answer.headers.get("Retry-After", pause)
            time.sleep(float(pause) / self.speed)
        return None

    def report(self, sent: list[Sent]) -> None:
        """Add to the table how often GitHub refused, and how many runs there were."""
        runs = [self.outside.builds(each.build_id) for each in sent]
        self.note(
            "builds by attempts of their last run",
            dict(sorted(Counter(run["run_attempt"] for each in runs for run in each[-1:]).items())),
        )
        self.note("builds with more than one run (sent twice)", sum(len(each) > 1 for each in runs))
        self.note("most at a time", dict(self.most_at_once))
        for limit, what, count in self.outside.refused():
            self.note(f"refused by {limit}", f"{count} times {what}")

    def settle(self) -> None:
        """Wait until no run is open."""
        calm, news = 0, time.monotonic()
        while time.monotonic() < self.end:
            self.outside.ensure_up()
            still_open = len(self.outside.rows(OPEN))
            calm = 0 if still_open else calm + 1
            self.count_running()
            if calm == 5:
                return
            if time.monotonic() - news > SECONDS_BETWEEN_NEWS:
                news = time.monotonic()
                self.say(f"{still_open} runs are open, of them {self.running_now()} run")
            time.sleep(1)
        raise NeverSettled("runs are still open")

    def count_running(self) -> None:
        """Keep how many builds, runs of pages, and both together ran at one time."""
        running = self.running_now()
        for kind, number in {**running, "together": sum(running.values())}.items():
            self.most_at_once[kind] = max(number, self.most_at_once[kind])

    def running_now(self) -> dict[str, int]:
        """Return how many runs have a place: builds (with all else of the runner repository) and pages."""
        rows = self.outside.rows(RUNNING, str(self.outside.ready["runner"]))
        return dict(Counter("builds" if is_ours else "pages" for (is_ours,) in rows))

    def problems(self, sent: list[Sent]) -> dict[str, str]:
        """Return the first problem of each task that has one."""
        judge = Judge(self.outside)
        return {each.task: found[0] for each in sent if (found := judge.problems([each]))}

    def note(self, name: str, value: object) -> None:
        """Add a row to the table, and tell it at once."""
        self.rows.append((name, value))
        self.say(f"{name}: {value}")

    def minutes(self, moment: float) -> str:
        """Return a moment by both clocks."""
        seconds = moment - self.began
        return f"{seconds:.0f} s (minute {seconds * self.speed / 60:.1f})"

    def say(self, text: str) -> None:
        """Tell how far it is."""
        print(f"{self.minutes(time.monotonic())}: {text}", flush=True)

    def table(self) -> str:
        """Return the table for docs/results.md."""
        return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in self.rows)])


def main() -> None:
    """Play it once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=WHOLE_FLOOD)
    parser.add_argument("--speed", type=float, default=6.0)
    parser.add_argument("--shared", type=int, default=0, help="so many jobs at a time, for builds and pages together")
    parser.add_argument("--seconds", type=float, default=SECONDS_FOR_ALL, help="end with what there is after so many")
    parser.add_argument("--keep", type=Path, help="where the world's data stay afterwards")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outside = Outside(
            (chosen.keep or Path(folder)) / "flood",
            kind=["flood", str(chosen.tasks), str(chosen.speed), str(chosen.shared)],
            seconds_to_settle=chosen.seconds,
        )
        try:
            flood = Flood(outside, chosen.tasks, chosen.speed, chosen.seconds)
            problems = flood.run()
            well = f"All {chosen.tasks} ended well."
            print(f"\n{flood.table()}\n\n" + ("\n".join(problems) or well), flush=True)
        finally:
            outside.stop()
    raise SystemExit(bool(problems))


if __name__ == "__main__":
    main()
