"""Costs in the job summary: the calls to the model, and when each phase ran."""

from collections.abc import Sequence

from action.escaping import cell
from action.record import BuildRecord, ModelCall, PhaseRecord

MOST_ROWS = 50
BAR_WIDTH = 24


def calls_table(found: Sequence[ModelCall]) -> str:
    """Return the calls as a table with their sum, or nothing."""
    if not found:
        return ""
    head = "| call | model | purpose | outcome | took | tokens in | tokens out |\n|---:|---|---|---|---:|---:|---:|\n"
    rows = [
        f"| {number} | {cell(call.model)} | {cell(call.purpose)} | {cell(call.outcome)} | {call.seconds:.1f}&nbsp;s "
        f"| {tokens(call.input_tokens)} | {tokens(call.output_tokens)} |"
        for number, call in enumerate(found[:MOST_ROWS], start=1)
    ]
    if len(found) > 1:
        seconds, read, written = token_totals(found)
        rows.append(f"| | **all** | | | **{seconds:.1f}&nbsp;s** | **{read:,}** | **{written:,}** |")
    return "### Calls to the model\n\n" + head + "\n".join(rows) + "\n"


def token_totals(found: Sequence[ModelCall]) -> tuple[float, int, int]:
    """Return the seconds, the tokens in and the tokens out of all calls."""
    read, written = (sum(call.input_tokens or 0 for call in found), sum(call.output_tokens or 0 for call in found))
    return sum(call.seconds for call in found), read, written


def tokens(count: int | None) -> str:
    """Return a number of tokens; a call that failed has none."""
    return "" if count is None else f"{count:,}"


def timeline_table(record: BuildRecord) -> str:
    """Return one row for each phase, with a bar that shows when it ran."""
    starts = [(phase.started_at - record.received_at).total_seconds() for phase in record.phases]
    end = max((start + phase.seconds for start, phase in zip(starts, record.phases, strict=True)), default=0.0)
    rows = [row(phase, start, max(end, 1.0)) for start, phase in zip(starts, record.phases, strict=True)]
    return "\n".join(rows[:MOST_ROWS])


def row(phase: PhaseRecord, start: float, end: float) -> str:
    """Return one row of the timeline."""
    before = min(BAR_WIDTH - 1, max(0, int(start / end * BAR_WIDTH)))
    length = max(1, min(BAR_WIDTH - before, round(phase.seconds / end * BAR_WIDTH)))
    bar = "·" * before + "█" * length + "·" * (BAR_WIDTH - before - length)
    return f"| {cell(phase.name)} | {start:.1f}&nbsp;s | {phase.seconds:.1f}&nbsp;s | `{bar}` | {cell(phase.verdict)} |"
