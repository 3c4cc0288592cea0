"""Plays one cell: sends the task, lets it go wrong, runs again or reconciles what did not end well, and judges."""

import secrets
import time
from dataclasses import dataclass, field

from tests.chaos.cells import Cell
from tests.chaos.judge import Judge, Sent
from tests.chaos.outside import Json, NeverSettled, Outside

MOST_RECOVERIES = 3
BRIEF = 'Publish a page with the title "Chaos" and a file named data.json.'


@dataclass(frozen=True)
class Outcome:
    """`played` are the faults that really happened; without one, the cell proves nothing."""

    cell: Cell
    problems: list[str]
    played: list[str] = field(default_factory=list)
    recoveries: list[str] = field(default_factory=list)
    seconds: float = 0.0
    seen: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether all that was promised is true."""
        return not self.problems


@dataclass(frozen=True)
class Player:
    """Plays cells in one world, one after another."""

    outside: Outside

    def play(self, cell: Cell, *, with_reconcile: bool) -> Outcome:
        """Play one cell. With `with_reconcile` the first remedy is reconcile, otherwise a person's button."""
        began = time.monotonic()
        task, rounds, recoveries = f"t{secrets.token_hex(5)}", [], []  # type: ignore[var-annotated]
        played: list[str] = []
        seen: list[str] = []
        try:
            self.outside.ensure_up()
            self.outside.plan()
            if cell.round == 2:
                rounds.append(self.send(task, 1))
                self.outside.settle()
            self.outside.plan(*cell.plan)
            rounds.append(self.send(task, cell.round))
            self.outside.settle()
            told = self.outside.played()
            played, seen = [each["fault"] for each in told["played"]], told["seen"]
            self.outside.plan()
            problems = self.problems(rounds, cell)
            while problems and len(recoveries) < MOST_RECOVERIES:
                recoveries.append(self.recover(rounds[-1], with_reconcile=with_reconcile and not recoveries))
                problems = self.problems(rounds, cell)
        except NeverSettled as error:
            problems = [str(error)]
        return Outcome(cell, problems, played, recoveries, time.monotonic() - began, seen)

    def send(self, task: str, round_number: int) -> Sent:
        """Send one round."""
        nonce = secrets.token_hex(6)
        body: Json = {"task": task, "nonce": nonce, "round": round_number, "brief": f"{BRIEF} Round {round_number}."}
        return Sent(task, nonce, round_number, self.outside.send(body))

    def problems(self, rounds: list[Sent], cell: Cell) -> list[str]:
        """Judge all rounds."""
        lost = any(entry["fault"] == "callback-answer-lost" for entry in cell.plan)
        return Judge(self.outside, answers_lost=int(lost)).problems(rounds)

    def recover(self, sent: Sent, *, with_reconcile: bool) -> str:
        """Do what somebody does who sees that it did not end well; return what."""
        runs = self.outside.builds(sent.build_id)
        if with_reconcile:
            self.outside.reconcile()
            what = "reconcile"
        else:
            what = "rerun" if runs[-1]["conclusion"] == "success" else "rerun-failed-jobs"
            self.outside.run_again(runs[-1], what)
        self.outside.settle()
        return what
