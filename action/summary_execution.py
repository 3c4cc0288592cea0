"""The job summary of a command: what was run where, how it ended, and the end of what it wrote."""

import re

from action.escaping import cell, code
from action.summary import filled
from receiver.task import Execution, ExecutionResult

LONGEST_SHOWN = 20_000  # characters of each stream


def render(execution: Execution, result: ExecutionResult) -> str:
    """Return the summary as Markdown. All text that is not ours is only text."""
    streams = {"Standard output": result.stdout, "Standard error": result.stderr}
    return filled(
        "summary-execution",
        verdict=verdict(result),
        project=cell(execution.project),
        commit=result.commit,
        command=code(execution.command),
        seconds=f"{result.duration_s:.1f}",
        streams="\n\n".join(f"**{name}**\n\n{fenced(text)}" for name, text in streams.items() if text),
    )


def verdict(result: ExecutionResult) -> str:
    """Return the one line that says how it ended."""
    if result.timed_out:
        return "✗ The command was ended because its time was over"
    sign = "✓" if result.return_code == 0 else "✗"
    return f"{sign} The command ended with code {result.return_code}"


def fenced(text: str) -> str:
    """Return the end of a text in a fence that nothing in the text can close."""
    shown = text[-LONGEST_SHOWN:]
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown.rstrip()}\n{fence}"
