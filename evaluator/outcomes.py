"""What came of each student and round: a state, a reason and a next step, the same words wherever they are shown."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from evaluator.db import Store
from evaluator.deadlines import NEVER, shown_moment
from evaluator.gradebook import BROKEN
from evaluator.marks import Mark, State
from evaluator.page import SHOWN
from evaluator.reasons import AGAIN, CORRECT, LOG, cut, in_a_line, next_after, what_fails
from evaluator.repository_marks import PUBLIC
from evaluator.scoring import Score, score_of
from evaluator.settings import Weights

ROUNDS = """
    SELECT s.id AS student, s.email, s.template AS wanted, s.endpoint,
      coalesce(s.deadline, class_deadline()) AS deadline,
      r.id, r.round, r.task, r.template, r.next_attempt_at, r.sent_at, r.accepted_at, r.check_at, r.checked_at,
      c.id AS callback, c.is_late, c.received_at, c.repo_url, c.commit_sha, c.pages_url,
      e.state AS endpoint_state, e.said AS endpoint_said
    FROM students s LEFT JOIN requests r ON r.student = s.id LEFT JOIN callbacks c ON c.id = r.callback
    LEFT JOIN endpoint_checks e ON e.student = s.id AND e.endpoint = s.endpoint
    ORDER BY s.email, s.id, r.round
"""
MARKS = 'SELECT request, origin, "check", state, reason, evidence FROM marks ORDER BY request, number'
ATTEMPTS = "SELECT request, status, said, seconds FROM attempts ORDER BY id"
LONGEST_ANSWER = 120
NO_SCORE = Score()


@dataclass(frozen=True)
class Outcome:
    """One round of one student. The score is empty unless a submission came and was decided on."""

    student: int
    email: str
    task: str
    template: str
    round: int
    state: str
    reason: str
    next_step: str
    is_open: bool  # time alone may still change it
    score: Score = NO_SCORE
    accepted: bool = False
    callback: str = "none"
    repo_url: str = ""
    commit_sha: str = ""
    pages_url: str = ""
    attempts: str = ""
    checked_at: float | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether nothing is left to be explained."""
        return self.score.total == 1.0 and not self.reason

    @property
    def verdict(self) -> State:
        """The state of all checks together."""
        if self.is_open:
            return "not checked"
        if self.is_fine:
            return "pass"
        is_undecided = self.callback != "none" and self.score.total in {None, 1.0}
        return "unclear" if is_undecided else "fail"


@dataclass(frozen=True)
class Outcomes:
    """`rounds_of` says how many rounds a template has, of which the class does at most `rounds`."""

    store: Store
    weights: Weights
    now: Callable[[], float]
    patience: float = 3_600
    rounds: int = 2
    rounds_of: Callable[[str], int] = lambda template: 1

    def read(self) -> list[Outcome]:
        """Return all, by email and round. Whoever handed in one round has an outcome for the next one, too."""
        marks, attempts, refused = self._grouped(MARKS), self._grouped(ATTEMPTS), self._refused_callbacks()
        found: list[Outcome] = []
        rows = [dict(row) for row in self.store.rows(ROUNDS)]
        for row, following in zip_longest(rows, rows[1:]):
            tried, bad = attempts[row["id"]], refused[row["id"]] or refused[row["email"]]
            found.append(self._outcome(row, [Mark(*tuple(each)[1:]) for each in marks[row["id"]]], tried, bad))
            is_last = following is None or following["student"] != row["student"]
            if is_last and row["callback"] and row["round"] < min(self.rounds, self.rounds_of(row["template"])):
                found.append(self._not_asked({**row, "round": row["round"] + 1}))
        return found

    def _outcome(
        self, row: Mapping[str, Any], marks: Sequence[Mark], attempts: Sequence[sqlite3.Row], refused: Sequence[str]
    ) -> Outcome:
        if not attempts and not row["callback"]:
            return self._not_asked(row)
        if row["callback"]:
            return self._handed_in(row, marks, attempts)
        return self._silent(row, attempts, refused) if row["accepted_at"] else self._not_accepted(row, attempts)

    def _not_asked(self, row: Mapping[str, Any]) -> Outcome:
        if row["deadline"] <= self.now():
            reason = f"nothing was sent: {self._passed(row)}"
            return made(row, "not asked", reason, f"`extend --email {row['email']}`", is_open=False)
        seen = row["endpoint_said"] if row["endpoint_state"] not in {None, "good"} else ""
        reason = "nothing was sent yet" + (f"; a look at the endpoint: {seen}" if seen else "")
        return made(row, "not asked", reason, CORRECT.format("the endpoint") if seen else "`run`", is_open=True)

    def _not_accepted(self, row: Mapping[str, Any], attempts: Sequence[sqlite3.Row]) -> Outcome:
        last = [attempt for attempt in attempts if attempt["seconds"] is not None][-1:]
        said = last[0]["said"].rstrip(".") if last else "the attempt was cut off"
        status = last[0]["status"] if last else None
        next_at = NEVER if row["next_attempt_at"] is None else row["next_attempt_at"]
        is_over, is_late = next_at >= row["deadline"] or next_at == NEVER, row["deadline"] <= self.now()
        rest = "no more are made" if is_over else f"the next one is at {shown_moment(next_at)}"
        if is_over and next_at != NEVER:
            rest = f"no more are made before the deadline at {shown_moment(row['deadline'])}"
        if is_late:
            rest = self._passed(row)
        number = "1 attempt" if len(attempts) == 1 else f"{len(attempts)} attempts"
        what = f"the endpoint answered {cut(said, LONGEST_ANSWER)}" if status else said[:1].lower() + said[1:]
        step = f"`extend --email {row['email']}`" if is_late else next_after(status)
        return made(
            row,
            "refused" if status else "unreachable",
            f"{what} ({number}; {rest})",
            step,
            is_open=not is_over and not is_late,
            attempts=in_a_line(attempts),
        )

    def _silent(self, row: Mapping[str, Any], attempts: Sequence[sqlite3.Row], refused: Sequence[str]) -> Outcome:
        is_over = row["checked_at"] is not None
        state, reason, step = "no callback", "no callback came yet", "wait"
        if is_over:
            reason, step = f"no callback came within {self.patience / 60:g} minutes", LOG
        if row["deadline"] <= self.now():
            reason = f"{reason}; {self._passed(row)}"
        if refused:
            number = "a callback was" if len(refused) == 1 else f"{len(refused)} callbacks were"
            state, reason = "callback refused", f"{number} refused: {refused[-1]}"
            step = f"{LOG}, which got this answer; a right callback is taken while `run` or `serve` runs"
        return made(row, state, reason, step, is_open=not is_over, accepted=True, attempts=in_a_line(attempts))

    def _handed_in(self, row: Mapping[str, Any], marks: Sequence[Mark], attempts: Sequence[sqlite3.Row]) -> Outcome:
        known = {
            **{name: row[name] for name in ("repo_url", "commit_sha", "pages_url", "checked_at")},
            "accepted": True,
            "callback": "late" if row["is_late"] else "in time",
            "attempts": in_a_line(attempts),
        }
        if row["checked_at"] is None:
            is_postponed = row["check_at"] > row["received_at"]
            reason = "called back; its page does not show the commit yet" if is_postponed else "called back"
            return made(row, "not checked", f"{reason}, not checked yet", "`check`", is_open=True, **known)
        known |= {"score": (score := score_of(marks, self.weights)), "marks": tuple(marks)}
        bad = {mark.check: mark.reason for mark in marks if mark.state in {"fail", "unclear"}}
        counted = {origin for origin, weight in self.weights if weight and origin != "given"}
        reason = "; ".join(what_fails(marks, bad, score, counted))
        fails = {mark.check for mark in marks if mark.state == "fail"}
        if BROKEN in bad:
            state, reason, step = "check broke", bad[BROKEN], "evaluator.log says more"
        elif PUBLIC in fails:
            state, step = "repository missing", "the student makes it public"
        elif SHOWN in fails:
            state, step = "page missing", "the student looks at the page"
        elif score.total is None:
            state, reason, step = "undecided", reason or "nothing could be decided", "results.csv says why"
        else:
            return made(row, "checked", reason, "results.csv and `report` say more" if reason else "", **known)
        return made(row, state, reason, f"{step}; {AGAIN.format(row['email'])}", **known)

    def _passed(self, row: Mapping[str, Any]) -> str:
        return f"the deadline passed at {shown_moment(row['deadline'])}"

    def _grouped(self, query: str) -> defaultdict[int, list[sqlite3.Row]]:
        """Return what a query finds, by its first column."""
        found = defaultdict[int, list[sqlite3.Row]](list)
        for row in self.store.rows(query):
            found[row[0]].append(row)
        return found

    def _refused_callbacks(self) -> defaultdict[int | str, list[str]]:
        """Return why callbacks were refused, by request; by the email they named where the nonce is none of ours."""
        found = defaultdict[int | str, list[str]](list)
        for row in self.store.rows("SELECT request, reasons, body FROM callbacks WHERE reasons != '' ORDER BY id"):
            found[row["request"] or email_in(row["body"])].append(row["reasons"])
        return found


def made(row: Mapping[str, Any], state: str, reason: str, next_step: str, **known: Any) -> Outcome:
    """Return an outcome of a row."""
    return Outcome(
        student=row["student"],
        email=row["email"],
        task=row["task"] or row["wanted"],
        template=row["template"] or row["wanted"],
        round=row["round"] or 1,
        state=state,
        reason=reason,
        next_step=next_step,
        **{"is_open": False, **known},
    )


def email_in(body: str) -> str:
    """Return the email that a callback named, empty when there is none to be read."""
    try:
        callback = json.loads(body)
    except (ValueError, RecursionError):  # it was cut, for example
        return ""
    return str(callback.get("email", "")) if isinstance(callback, dict) else ""
