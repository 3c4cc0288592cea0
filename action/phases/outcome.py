"""What comes of the phase that writes files, and what it falls back to."""

from collections.abc import Mapping
from dataclasses import dataclass

from action.content import plain_page, reason_for_people, unchanged_page
from action.errors import ModelUnavailable, OutOfTime, SecretFound, UserError
from action.material import Material

HELD_BACK = "This revision would have broken what worked before, so the page of the last round stays."
FALLBACK = "No language model answered in time, so this page could not be written."


@dataclass(frozen=True)
class Outcome:
    """What goes into the bundle. `fallback` is the reason when code wrote the page instead of a model."""

    files: Mapping[str, bytes]
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fallback: str = ""
    fetched: frozenset[str] = frozenset()


def fall_back(material: Material, error: UserError, holder: str) -> Outcome:
    """Return the plain page in the first round; in a later one the page stays as it is, with a note in the README."""
    request, attached = material.request, material.attached.files
    reason = reason_for(error)
    notes = (f"{error.code}: {error.what}",)
    if "index.html" in material.current:
        kept = unchanged_page(request, reason, material.current.get("README.md"))
        return Outcome({**kept.files, **attached}, notes=notes, fallback=reason, fetched=frozenset(attached))
    page = plain_page(request, reason, holder, material.private, attached)
    return Outcome(page.files, notes=notes, fallback=reason, fetched=frozenset(attached))


def reason_for(error: UserError) -> str:
    """Return the sentence that the page shows."""
    if isinstance(error, SecretFound):
        return reason_for_people(error)
    return FALLBACK if isinstance(error, ModelUnavailable | OutOfTime) else "This page could not be written."


def verdict(outcome: Outcome, calls: int) -> str:
    """Return the phase in one line."""
    asked = "1 call" if calls == 1 else f"{calls} calls"
    return f"the plain page, after {asked}" if outcome.fallback else f"{len(outcome.files)} files, {asked}"
