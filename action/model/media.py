"""Pictures and PDFs in a question: not every model takes them, so a refused question is asked again without."""

from collections.abc import Callable
from dataclasses import replace

from action.errors import ModelUnavailable
from action.model.conversation import Written
from action.model.prompts import Media, Prompt, Turn


def ask_with_or_without_media(prompt: Prompt, ask: Callable[[Prompt], Written]) -> Written:
    """Ask; without pictures and PDFs when every model refuses the whole question because of one."""
    try:
        return ask(prompt)
    except ModelUnavailable as error:
        if not has_media(prompt) or "HTTP 400" not in error.what:
            raise
    return ask(without_media(prompt))


def without_media(prompt: Prompt) -> Prompt:
    """Return a prompt without its pictures and PDFs."""
    turns = tuple(
        Turn(turn.role, tuple(part for part in turn.parts if not isinstance(part, Media))) for turn in prompt.turns
    )
    return replace(prompt, turns=turns)


def has_media(prompt: Prompt) -> bool:
    """Whether pictures or PDFs go along."""
    return any(isinstance(part, Media) for turn in prompt.turns for part in turn.parts)
