"""The line of the log about an attempt: `attempt 2/4: 7 of 9 checks, 41 s, 18k tokens`."""

from collections.abc import Sequence
from dataclasses import dataclass

from action.loop.attempt import Attempt
from action.record import ModelCall


@dataclass
class Telling:
    """`calls` grows while the model is asked; `most` is how many attempts the budget allows."""

    calls: Sequence[ModelCall] = ()
    most: int = 1
    told: int = 0

    def line(self, attempt: Attempt) -> str:
        """Return the line, with what this attempt cost: its calls since the last one, and the look at it."""
        new, self.told = self.calls[self.told :], len(self.calls)
        seconds = sum(call.seconds for call in new) + attempt.report.seconds
        tokens = sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in new)
        states = [result.verdict.state for result in attempt.report.results]
        lost = f" ({len(attempt.lost)} that worked before are lost)" if attempt.lost else ""
        checks = f"{states.count('pass')} of {len(states)} checks{lost}"
        return f"attempt {attempt.number}/{self.most}: {checks}, {seconds:.0f} s, {in_thousands(tokens)} tokens"


def in_thousands(number: int) -> str:
    """Return a number for people: 18k rather than 18,204."""
    return f"{number / 1000:.0f}k" if number >= 1000 else str(number)
