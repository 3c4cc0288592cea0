"""Prompts are files in templates/prompts with named variables; text that others wrote goes in between random marks."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parents[2] / "templates" / "prompts"


class PromptError(ValueError):
    """A template and the values that it is filled with do not fit: a defect of the program."""


@dataclass(frozen=True)
class Media:
    """An image or a PDF that goes to the model as it is."""

    media_type: str
    data: bytes
    name: str


Part = str | Media


@dataclass(frozen=True)
class Turn:
    """What one side says. `role` is "user" or "model"."""

    role: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Prompt:
    """One question. `purpose` names it in the record; `avoid` are models that shall not be asked again.

    `token` is what the marks of the reply carry, when it shall hold files.
    """

    system: str
    turns: tuple[Turn, ...]
    purpose: str = "write"
    low_thinking: bool = False
    avoid: frozenset[str] = frozenset()
    token: str = ""


def without_media(prompt: Prompt, kind: str = "") -> Prompt:
    """Return a prompt without its pictures and PDFs, or without those whose media type begins with `kind`."""
    turns = (Turn(turn.role, tuple(part for part in turn.parts if not is_media(part, kind))) for turn in prompt.turns)
    return replace(prompt, turns=tuple(turns))


def has_media(prompt: Prompt, kind: str = "") -> bool:
    """Whether pictures or PDFs go along; of a kind, when one is given."""
    return any(is_media(part, kind) for turn in prompt.turns for part in turn.parts)


def is_media(part: Part, kind: str) -> bool:
    """Whether a part is a picture or PDF; of a kind, when one is given."""
    return isinstance(part, Media) and part.media_type.startswith(kind)


def render(name: str, folder: Path = FOLDER, /, **values: object) -> str:
    """Fill in the template `name`. Raises PromptError, which names each missing and each unknown variable."""
    template = Template((folder / f"{name}.md").read_text(encoding="utf-8"))
    if not template.is_valid():
        raise PromptError(f"The prompt {name}.md contains a dollar sign that is neither ${{name}} nor $$.")
    wanted = set(template.get_identifiers())
    missing, unknown = wanted - values.keys(), values.keys() - wanted
    if missing or unknown:
        faults = [f"missing: {', '.join(sorted(missing))}"] if missing else []
        faults += [f"unknown: {', '.join(sorted(unknown))}"] if unknown else []
        raise PromptError(f"The variables of the prompt {name}.md do not fit ({'; '.join(faults)}).")
    return template.substitute(values).strip() + "\n"


def new_token() -> str:
    """Return 16 hex digits that nobody can have known when they wrote the brief."""
    return secrets.token_hex(8)


def fenced(fence: str, label: str, text: str) -> str:
    """Return foreign text between marks. `label` says what it is."""
    return f"<<<DATA {fence} {one_line(label)}>>>\n{text.rstrip()}\n<<<CLOSE {fence}>>>"


def bullets(lines: Iterable[str]) -> str:
    """Return a list, one line for each entry."""
    return "\n".join(f"* {one_line(line)}" for line in lines)


def one_line(text: str) -> str:
    """Return `text` without line breaks and without the marks that structure a prompt."""
    return re.sub(r"<<<|>>>", "", " ".join(text.split()))
