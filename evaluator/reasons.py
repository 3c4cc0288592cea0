"""Why a submission has less than the full score, and what is to be done, in words that fit into a table."""

import sqlite3
from collections.abc import Container, Iterable, Mapping, Sequence

from evaluator.gradebook import CALLED_BACK
from evaluator.marks import Mark
from evaluator.page import SHOWN
from evaluator.repository_marks import PUBLIC
from evaluator.scoring import Score

LONGEST_NAME, MOST_NAMES = 80, 5
LOG = "the student looks at the log of the program"
CORRECT = "correct {} in the CSV, then `init` with it"
AGAIN = "then `check --again --email {}`"


def what_fails(marks: Sequence[Mark], bad: Mapping[str, str], score: Score, counted: Container[str]) -> list[str]:
    """Return what keeps a submission from the full score: what it lacks altogether, given checks, others that count."""
    found = [f"the repository cannot be read: {bad[PUBLIC]}"] if PUBLIC in bad else []
    found += [f"the page never showed the commit: {bad[SHOWN]}"] if SHOWN in bad else []
    given = [mark for mark in marks if mark.origin == "given" and mark.state != "pass"]
    fails = [mark.check for mark in given if mark.state == "fail"]
    found += [f"given {score.given_passed} of {score.given_total}"] if given else []
    found += [f"fails: {named(fails)}"] if fails else []
    found += [f"{len(given) - len(fails)} given not decided"] if len(given) > len(fails) else []
    others = [
        mark.reason if mark.check == CALLED_BACK else mark.check
        for mark in marks
        if mark.state == "fail" and mark.origin in counted and mark.check not in {PUBLIC, SHOWN}
    ]
    return found + ([f"other checks that fail: {named(others)}"] if others else [])


def named(checks: Sequence[str]) -> str:
    """Return names in one line, the long ones cut, and how many there are besides."""
    shown = " | ".join(cut(check.removesuffix("."), LONGEST_NAME) for check in checks[:MOST_NAMES])
    return shown + (f" and {len(checks) - MOST_NAMES} more" if len(checks) > MOST_NAMES else "")


def cut(text: str, longest: int) -> str:
    """Return a text in one line of at most this length."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 4]} ..."


def next_after(status: int | None) -> str:
    """Return what to do about an endpoint that did not accept the request."""
    if status in {401, 403}:
        return CORRECT.format("the secret")
    if status in {404, 405, 410}:
        return CORRECT.format("the endpoint")
    if status:
        return f"{LOG}; then `send --retry-now`"
    return f"{CORRECT.format('the endpoint')}; or `send --retry-now` once it is up"


def in_a_line(attempts: Iterable[sqlite3.Row]) -> str:
    """Return what each attempt brought, as evidence."""
    return " | ".join(attempt["said"] or "stopped" for attempt in attempts)
