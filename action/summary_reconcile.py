"""The job summary of reconcile: what was run again, what was left, and why."""

from collections.abc import Sequence

from action.escaping import cell
from action.phases.reconcile import Step
from action.summary import filled
from action.summary_costs import MOST_ROWS


def verdict(steps: Sequence[Step], removed: int) -> str:
    """Return the one line that says what was done."""
    started = sum(1 for step in steps if step.start)
    parts = [f"{started} builds were started again", f"{len(steps) - started} left"] if steps else ["All is well"]
    if removed:
        parts.append(f"{removed} old envelopes removed")
    return ", ".join(parts)


def render(steps: Sequence[Step], removed: int) -> str:
    """Return the summary as Markdown. All text that is not ours is escaped."""
    sign = "⚠" if steps else "✓"
    return filled("summary-reconcile", verdict=f"{sign} {verdict(steps, removed)}", steps=table(steps))


def table(steps: Sequence[Step]) -> str:
    """Return a row for each build."""
    if not steps:
        return ""
    rows = [f"| [{step.build_id}]({step.url}) | {cell(step.what)} |" for step in steps[:MOST_ROWS]]
    more = [f"\n{len(steps) - MOST_ROWS} more are in the log."] if len(steps) > MOST_ROWS else []
    return "\n".join(["| build | what was done |", "|---|---|", *rows, *more])
