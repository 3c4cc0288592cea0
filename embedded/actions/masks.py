"""Hiding secret values in everything that is kept of a run."""

import re

HIDDEN = "***"
SHORTEST_LINE = 4  # of a secret with several lines; a shorter line ("{", "  }") would hide half of the log


class Masks:
    """The values that a run must not show: its secrets, and what its steps name with ::add-mask::."""

    def __init__(self, secrets: list[str]) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    @property
    def values(self) -> list[str]:
        """What is hidden by now."""
        return sorted(self._values)

    def add(self, value: str) -> None:
        """Hide this value from now on, as a whole and line by line."""
        value = value.strip("\r\n")
        lines = [line.strip() for line in value.splitlines()]
        parts = [value, *(line for line in lines if len(lines) > 1 and len(line) >= SHORTEST_LINE)]
        self._values.update(part for part in parts if part.strip())
        longest_first = sorted(self._values, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def hide(self, text: str) -> str:
        """Return the text with every hidden value replaced; the longest match wins."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text
