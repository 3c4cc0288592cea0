"""A mark: what came of one check, in words that a student can use."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from action.contract.verdict import Verdict

Origin = Literal["protocol", "repository", "rule", "given", "kept", "model"]
State = Literal["pass", "fail", "unclear", "not checked"]
SHORTEST_SECRET = 4  # a shorter one is in every other word
LONGEST = {"check": 500, "reason": 1_000, "evidence": 4_000}


@dataclass(frozen=True)
class Mark:
    """`check` is what should be true. `origin`: "given" came with the task, "kept" with an earlier round of it; what
    only a model can judge is "model", wherever it came from.
    """

    origin: Origin
    check: str
    state: State
    reason: str = ""
    evidence: str = ""


def passed(origin: Origin, check: str, evidence: str = "") -> Mark:
    """Return a mark for what is as it should be."""
    return Mark(origin, check, "pass", evidence=evidence)


def failed(origin: Origin, check: str, reason: str, evidence: str = "") -> Mark:
    """Return a mark for what is not as it should be."""
    return Mark(origin, check, "fail", reason, evidence)


def unclear(origin: Origin, check: str, reason: str) -> Mark:
    """Return a mark for what could not be decided."""
    return Mark(origin, check, "unclear", reason)


def unchecked(origin: Origin, check: str, reason: str) -> Mark:
    """Return a mark for what nobody looked at."""
    return Mark(origin, check, "not checked", reason)


def mark_of(origin: Origin, check: str, verdicts: Iterable[Verdict]) -> Mark:
    """Return the mark of a check that several assertions stand for: the worst of them decides."""
    verdicts = list(verdicts)
    for state in ("fail", "unclear"):
        bad = [verdict for verdict in verdicts if verdict.state == state]
        if bad:
            reason = "; ".join(verdict.actual or verdict.detail for verdict in bad)
            evidence = "; ".join(verdict.detail for verdict in bad if verdict.actual and verdict.detail)
            return Mark(origin, check, "fail" if state == "fail" else "unclear", reason, evidence)
    return passed(origin, check)


def masked(mark: Mark, *hidden: str) -> Mark:
    """Return a mark without what nobody may read, should a page or repository show it."""
    reason, evidence = mark.reason, mark.evidence
    for secret in hidden:
        if len(secret) >= SHORTEST_SECRET:
            reason, evidence = reason.replace(secret, "***"), evidence.replace(secret, "***")
    return replace(mark, reason=reason, evidence=evidence)


def bounded(mark: Mark) -> Mark:
    """Return a mark as it is stored: its texts may be those of strangers, and of any length."""
    texts = {name: plain(getattr(mark, name), longest) for name, longest in LONGEST.items()}
    return replace(mark, **texts)  # type: ignore[arg-type]


def plain(text: str, limit: int) -> str:
    """Return foreign text without control characters, and without halves of characters, in a length that fits."""
    clean = "".join(character if character.isprintable() else " " for character in text)
    return clean if len(clean) <= limit else f"{clean[: limit - 4]} ..."
