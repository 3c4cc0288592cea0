"""What the generating step works with, and what comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from action.console import Console
from action.deadline import Deadline
from action.errors import ModelUnavailable, OutOfTime, SecretFound, UserError, missing_project
from action.gates.http import GuardedHttp
from action.generate.inputs import Inputs
from action.generate.loop import MOST_REVISIONS, Budget
from action.generate.trial import OpenSite, no_browser
from action.github.clone import History, OpenHistory
from action.model.interface import Model
from action.site.content import plain_page, reason_for_people, unchanged_page

DEFAULT_BUDGET = Budget()

CurrentFiles = Callable[[str, str], Mapping[str, bytes] | None]
"""Takes task and task key; returns the files of the task's repository, or None when there is none."""


def nothing_before(task: str, task_key: str) -> None:
    """There is no earlier round."""


def no_history(name: str) -> History:
    """There is no repository."""
    raise missing_project(name)


@dataclass(frozen=True)
class Tools:
    """The doors that generating needs. `license_holder` is who the license names, `open_site` shows a candidate.

    `secret` is the sender's, which no file may hold."""

    model: Model
    http: GuardedHttp
    console: Console
    deadline: Deadline
    license_holder: str
    current_files: CurrentFiles = nothing_before
    open_site: OpenSite = no_browser
    open_history: OpenHistory = no_history
    budget: Budget = DEFAULT_BUDGET
    most_revisions: int = MOST_REVISIONS
    secret: str = field(default="", repr=False)


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


def fall_back(inputs: Inputs, error: UserError, license_holder: str) -> Outcome:
    """Return the plain page in the first round; in a later one the page stays as it is, with a note in the README."""
    request, attached = inputs.request, inputs.attached.files
    reason = reason_for(error)
    notes = (f"{error.code}: {error.what}",)
    if "index.html" in inputs.current:
        kept = unchanged_page(request, reason, inputs.current.get("README.md"))
        return Outcome({**kept.files, **attached}, notes=notes, fallback=reason, fetched=frozenset(attached))
    page = plain_page(request, reason, license_holder, inputs.private, attached)
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
