"""The part of a long text that patterns read: guesses need no more, and patterns are slow on what no person wrote."""

import re

LONGEST_READ = 50_000  # characters
LONGEST_TOKEN = 300  # a longer one is data, such as an inline image
TOKEN = re.compile(r"\S+")
GAP = re.compile(r"\s{20,}")


def readable(text: str) -> str:
    """Return a text without very long tokens and gaps, cut at its limit."""
    words = TOKEN.sub(lambda match: match[0] if len(match[0]) <= LONGEST_TOKEN else " ", text)
    return GAP.sub(lambda match: "\n\n" if "\n" in match[0] else " ", words)[:LONGEST_READ]
