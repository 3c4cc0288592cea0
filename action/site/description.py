"""How a target repository is described: one line of the brief, without what nobody may read.

Every step of a build names its subject, so that this imports little: no contract, and no YAML.
"""

from collections.abc import Iterable

from action.gates import secret_scan
from action.gates.text import EMAIL

LONGEST_DESCRIPTION = 350
LONGEST_BEGINNING = 2_000  # what is looked at: the rest of a brief cannot become part of the description
NEUTRAL = "A published page"


def description_of(brief: str, task: str, private: Iterable[str]) -> str:
    """Return the description of a task's repository, without private values and what looks like a secret."""
    private = tuple(private)
    return next(
        (clean for text in (brief, task) if is_public(text, clean := clean_description(text), private)), NEUTRAL
    )


def is_public(text: str, clean: str, private: tuple[str, ...]) -> bool:
    """Whether neither the beginning of a text nor what becomes of it holds anything that nobody may read."""
    forms = {name: form.encode(errors="replace") for name, form in (("text", beginning(text)), ("clean", clean))}
    folded = {f"{name} in lower case": form.lower() for name, form in forms.items()}
    return not secret_scan.scan(forms | folded, [*private, *(value.lower() for value in private)])


def clean_description(text: str) -> str:
    """Return what GitHub accepts as a description: one line of 350 characters; and no email address in it."""
    text = EMAIL.sub("", beginning(text))
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= LONGEST_DESCRIPTION else line[: LONGEST_DESCRIPTION - 1].rstrip() + "…"


def beginning(text: str) -> str:
    """Return the words that can matter; the last one is left out when it is cut, for it can be half an address."""
    if len(text) <= LONGEST_BEGINNING:
        return text
    return (text[:LONGEST_BEGINNING].rsplit(maxsplit=1) or [""])[0]
