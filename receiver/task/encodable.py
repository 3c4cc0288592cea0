"""Text that can be written: Python reads half of a character (`\\ud800` alone) from JSON, and UTF-8 cannot hold it."""

from typing import Annotated

from pydantic import AfterValidator


def encodable(text: str) -> str:
    """Return a text. Raises ValueError for one with half of a surrogate pair."""
    if not text.isascii():  # known without looking through it
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(
                "must be text that UTF-8 can hold; it has half of a character (a lone surrogate)"
            ) from None
    return text


Encodable = Annotated[str, AfterValidator(encodable)]
