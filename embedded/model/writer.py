"""What answers a prompt: the stand-in, or a real model on this machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

Finish = Literal["STOP", "MAX_TOKENS"]


@dataclass(frozen=True)
class Turn:
    """One side's text. `role` is system, user or model."""

    role: str
    text: str


@dataclass(frozen=True)
class Piece:
    """A part of a reply. The last one says why the reply ends, and what it took in tokens where that is known."""

    text: str
    finish: Finish | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


class Writer(Protocol):
    """Answers prompts, a piece at a time."""

    def write(self, turns: list[Turn]) -> Iterator[Piece]:
        """Yield the reply; the last piece has a finish. Raises CannotWrite before the first piece."""
        ...


class StandsAlone(Writer, Protocol):
    """A `Writer` that the embedded system can serve by itself, and that says on its page what it is."""

    @property
    def description(self) -> str:
        """Say to people what answers."""
        ...


class CannotWrite(Exception):
    """The model gave no answer. `code` is the HTTP status to answer with, `status` Google's word for it."""

    def __init__(self, code: int, status: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.status = status


def joined(turns: list[Turn]) -> str:
    """Return all that the prompt says as one text."""
    return "\n".join(turn.text for turn in turns)
