"""The job summary of a collection: what is new in the ledger, and what could not be collected."""

from collections.abc import Iterable

from action.escaping import cell
from action.phases.collect import Collected, in_words
from action.summary import filled
from action.summary_costs import MOST_ROWS


def verdict(done: Collected) -> str:
    """Return the one line that says what came of it."""
    left = f"; {len(done.skipped)} artifacts were refused" if done.skipped else ""
    return f"{in_words(done)}, of {done.tasks} tasks{left}"


def render(done: Collected, repository_url: str) -> str:
    """Return the summary as Markdown. All text that is not ours is escaped."""
    sign = "⚠" if done.skipped or done.problems else "✓"
    return filled(
        "summary-ledger",
        verdict=f"{sign} {verdict(done)}",
        links=f"[ledger]({repository_url}/tree/ledger) · [commit]({repository_url}/commit/{done.commit})",
        skipped=table(done),
        problems=bullets(done.problems),
    )


def table(done: Collected) -> str:
    """Return the artifacts that cannot be collected, with the reasons."""
    if not done.skipped:
        return ""
    rows = [
        f"| {cell(str(entry['name']))} | {entry['run_id']} | {cell(str(entry['reason']))} |"
        for _, entry in sorted(done.skipped.items())[:MOST_ROWS]
    ]
    return "\n".join(["### Not collected", "", "| artifact | run | why |", "|---|---|---|", *rows, ""])


def bullets(problems: Iterable[str]) -> str:
    """Return what the next run tries again."""
    lines = [f"- {cell(problem)}" for problem in problems][:MOST_ROWS]
    return "\n".join(["### For the next run", "", *lines, ""]) if lines else ""
