"""The door to the model, as the rest of the program sees it: a prompt in, an answer out, and a list of what it cost."""

from dataclasses import dataclass
from typing import Protocol

from action.deadline import Deadline
from action.model.prompts import Prompt
from action.model.retry_policy import Event
from action.record import ModelCall


@dataclass(frozen=True)
class Answer:
    """What a model said. `finish` is STOP, or why it was cut off."""

    text: str
    finish: str
    model: str
    input_tokens: int | None = None
    output_tokens: int | None = None


class Provider(Protocol):
    """Calls one model once."""

    def call(self, model: str, prompt: Prompt, deadline: Deadline) -> tuple[Answer | None, Event]:
        """Return an answer and how it ended, or None and what came instead. Raises OutOfTime."""
        ...


class Model(Protocol):
    """Anything that answers prompts. `calls` grows with every call, also with those that failed."""

    calls: list[ModelCall]

    def ask(self, prompt: Prompt, *, deadline: Deadline) -> Answer:
        """Return an answer. Raises ModelUnavailable, ModelBlocked, ModelKeyRefused, ModelRegionRefused, OutOfTime."""
        ...
