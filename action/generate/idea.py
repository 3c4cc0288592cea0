"""From an idea to a task: a model writes brief and checks, and only checks that can be executed are taken."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from action.contract.compile import names_of, read_one
from action.deadline import Deadline
from action.errors import UnusableReply, UserError
from action.generate.task_template import AskedRound
from action.model.conversation import Written, ask_for_files, follow_up
from action.model.interface import Model
from action.model.prompts import Prompt, Turn, bullets, fenced, new_token, render
from receiver.task import Check, Task

BRIEF, CHECKS = "brief.md", "checks.json"
SHORTEST_BRIEF, LONGEST_BRIEF = 80, 8_000
FEWEST_CHECKS, MOST_CHECKS = 3, 12
TRIES = 2


@dataclass(frozen=True)
class Draft:
    """What a reply holds: `checks` are those that can be executed, `problems` is what the model should correct."""

    brief: str
    checks: tuple[str | dict[str, str], ...]
    problems: tuple[str, ...]

    @property
    def is_usable(self) -> bool:
        """Whether a task can be made of it, perhaps without some of its checks."""
        return SHORTEST_BRIEF <= len(self.brief) <= LONGEST_BRIEF and len(self.checks) >= FEWEST_CHECKS


def invent(idea: str, model: Model, deadline: Deadline) -> AskedRound:
    """Return a task for an idea: one question, and a second one when the first reply has mistakes. Raises UserError."""
    token = new_token()
    question = Prompt(
        system=render("idea_rules"),
        turns=(Turn("user", (render("idea", idea=fenced(new_token(), "idea", idea), token=token),)),),
        purpose="idea",
        token=token,
    )
    best: Draft | None = None
    for _ in range(TRIES):
        try:
            written = ask_for_files(model, question, deadline)
        except UserError:
            if best is None:
                raise
            break  # without the correction, too, there is a task
        draft = read_draft(written.reply.files)
        if draft.is_usable and (best is None or len(draft.checks) > len(best.checks)):
            best = draft
        if not draft.problems:
            break
        question = corrected(written, draft)
    if best is None:
        raise unusable(draft)
    return AskedRound.model_validate({"brief": best.brief, "checks": list(best.checks[:MOST_CHECKS])})


def corrected(written: Written, draft: Draft) -> Prompt:
    """Return the question that names the mistakes."""
    token = new_token()
    text = render("idea_again", problems=bullets(draft.problems), token=token)
    return follow_up(written.prompt, text, token, purpose="idea, corrected")


def read_draft(files: dict[str, str]) -> Draft:
    """Read the two files of a reply."""
    brief, problems = files.get(BRIEF, "").strip(), []
    if not SHORTEST_BRIEF <= len(brief) <= LONGEST_BRIEF:
        problems.append(f"{BRIEF} has {len(brief)} characters; it needs {SHORTEST_BRIEF} to {LONGEST_BRIEF}.")
    entries, reason = entries_of(files.get(CHECKS, ""))
    problems += [f"{CHECKS} {reason}"] if reason else []
    task = Task(task="an idea", nonce="-", brief=brief or "-")
    good: list[str | dict[str, str]] = []
    for number, entry in enumerate(entries, start=1):
        wrong = wrong_with(entry, task)
        if wrong:
            problems.append(f"Check {number} {wrong}")
        elif entry not in good:
            good.append(entry)
    if len(good) < FEWEST_CHECKS:
        problems.append(f"There are {len(good)} checks that can be executed; at least {FEWEST_CHECKS} are needed.")
    return Draft(brief, tuple(good), tuple(problems))


def entries_of(text: str) -> tuple[list[Any], str]:
    """Return the entries of a JSON array, or why there are none."""
    start, end = text.find("["), text.rfind("]")
    try:
        found = json.loads(text[start : end + 1] if 0 <= start < end else text)
    except (ValueError, RecursionError):
        return [], "is not JSON; it must be one JSON array of checks."
    return (found, "") if isinstance(found, list) else ([], "is not a JSON array.")


def wrong_with(entry: Any, task: Task) -> str:
    """Return what is wrong with a check, nothing when it can be executed."""
    is_js = isinstance(entry, dict) and set(entry) == {"js"} and isinstance(entry["js"], str)
    if not is_js and not isinstance(entry, str):
        return 'is neither a sentence nor {"js": "an expression"}.'
    try:
        found = read_one(Check.model_validate(entry), names_of(task))
    except ValidationError:
        found = []
    if objection := next((assertion.objection for assertion in found if assertion.objection), ""):
        return f"cannot be met: {objection}."
    if not found or any(assertion.kind == "advice" or assertion.origin == "inferred" for assertion in found):
        return "is a sentence that no rule reads; use one of the listed sentences, or JavaScript."
    return ""


def unusable(draft: Draft) -> UnusableReply:
    """Return the error for replies that no task can be made of."""
    return UnusableReply(
        f"The model answered {TRIES} times, but not with a task that can be checked: {' '.join(draft.problems[:3])}",
        "the idea says too little about what shall be seen, or the model does not follow the format.",
        "Word the idea more concretely, or put a stronger model first in the variable GEMINI_MODEL.",
    )
