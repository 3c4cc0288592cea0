"""The one place that decides what a build, and with it its task, is called: a word of a closed set, and a headline."""

from dataclasses import dataclass

from dashboard.task_document import Score, State, Status, Tone

# The word for filters, and the tone: a page that something is wrong with is never "good".
STATES: dict[State, tuple[str, Tone]] = {
    "live": ("Live", "good"),
    "undecided": ("Live, checks undecided", "unclear"),
    "checks_fail": ("Live, checks fail", "warn"),
    "not_verified": ("Live, not verified", "warn"),
    "not_reported": ("Live, not reported", "warn"),
    "run_failed": ("Live, the run failed", "warn"),
    "fallback": ("Fallback page", "warn"),
    "held_back": ("Held back", "warn"),
    "not_live": ("Not live", "bad"),
    "failed": ("Nothing published", "bad"),
    "dry_run": ("Dry run", "idle"),
    "waiting": ("Waiting", "idle"),
}
SUCCESSES: frozenset[State] = frozenset({"live", "undecided"})  # nothing is known to be wrong


@dataclass(frozen=True)
class Facts:
    """What a state depends on. `earlier_failing`: given checks of earlier rounds; `base_failing`: of every page."""

    page: Status
    score: Score
    earlier_failing: int = 0
    base_failing: int = 0
    is_verified: bool = True
    is_reported: bool = True
    has_failed_run: bool = False
    has_page_before: bool = False


def judge(facts: Facts) -> tuple[State, str]:
    """Return the state and the headline."""
    if facts.page == "failed" and facts.has_page_before:
        return "failed", "Nothing new published"
    if facts.page == "dry_run":
        said = failing(facts.score) if facts.score.failed else "no page"
        return facts.page, f"{STATES[facts.page][0]}, {said}"
    if facts.page != "live":
        told = [] if facts.is_reported or facts.page in {"failed", "waiting"} else ["not reported"]
        return facts.page, ", ".join([STATES[facts.page][0], *told])
    found = remarks(facts)
    return (found[0][0] if found else "live"), ", ".join(["Live", *(words for _, words in found)])


def remarks(facts: Facts) -> list[tuple[State, str]]:
    """Return what keeps a live page from being called just that, the gravest first."""
    score = facts.score
    possible: list[tuple[bool | int, State, str]] = [
        (score.failed, "checks_fail", failing(score)),
        (facts.earlier_failing, "checks_fail", counted(facts.earlier_failing, "given in earlier rounds ")),
        (facts.base_failing, "checks_fail", counted(facts.base_failing, "of every page ")),
        (not facts.is_verified, "not_verified", "not verified"),
        (not facts.is_reported, "not_reported", "not reported"),
        (facts.has_failed_run, "run_failed", "the run failed"),
        (score.undecided and not score.failed, "undecided", undecided(score)),
    ]
    return [(state, words) for applies, state, words in possible if applies]


def failing(score: Score) -> str:
    """Say how many of the given checks fail."""
    rest = f", {score.undecided} undecided" if score.undecided else ""
    return f"{score.failed} of {score.given} {noun(score)} {'fails' if score.failed == 1 else 'fail'}{rest}"


def undecided(score: Score) -> str:
    """Say how many of the given checks could not be decided."""
    if not score.passed:
        return f"{score.given} {noun(score)} undecided"
    verb = "passes" if score.passed == 1 else "pass"
    return f"{score.passed} of {score.given} {noun(score)} {verb}, {score.undecided} undecided"


def noun(score: Score) -> str:
    """Name what is counted: a record of an earlier version does not say what the sender sent."""
    return score.counts[:-1] if score.given == 1 else score.counts


def counted(failing: int, of: str) -> str:
    """Say that other checks fail than those of the newest round."""
    return f"1 check {of}fails" if failing == 1 else f"{failing} checks {of}fail"
