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
    seconds: float = 0.0
    input_tokens: int | None = None
    output_tokens: int | None = None


class CallFailed(Exception):
    """One call gave no answer; `event` says why."""

    def __init__(self, event: Event) -> None:
        super().__init__(str(event))
        self.event = event


class Provider(Protocol):
    """Calls one model once."""

    def call(self, model: str, prompt: Prompt, deadline: Deadline) -> tuple[Answer, Event]:
        """Return an answer and how it ended. Raises CallFailed, OutOfTime."""
        ...


class Model(Protocol):
    """Anything that answers prompts. `calls` grows with every call, also with those that failed."""

    calls: list[ModelCall]

    def ask(self, prompt: Prompt, *, deadline: Deadline) -> Answer:
        """Return an answer. Raises ModelUnavailable, ModelBlocked, ModelKeyRefused, ModelRegionRefused, OutOfTime."""
        ...
