"""The Generator: makes a task for one recipient, from a template or from an idea."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from action.description import description_of
from action.errors import UnreadableRequest
from action.ledger.message import Message
from action.private_values import private_values
from action.record import Run
from action.subject import recipient_of
from receiver.task import BuildRequest, Keys, Task
from receiver.task.template import AskedRound, TemplateIsWrong, load_template, seed_for

FOLDER = Path(__file__).parents[2] / "templates" / "tasks"
LONGEST_IDEA = 4_000
TEMPLATE = re.compile(r"[a-z][a-z0-9-]{2,40}")

Invent = Callable[[str], AskedRound]
"""Takes an idea; asks a model for a task. Raises UserError."""


class Order(BaseModel):
    """What the person who starts the Generator fills in: a template or an idea, and for whom."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    template: str = ""
    idea: str = Field(default="", max_length=LONGEST_IDEA)
    recipient: str = Field(min_length=1, max_length=500)
    task: str = Field(default="", max_length=500)
    round: int = Field(default=1, ge=1, le=1000)
    evaluation_url: str = ""

    @field_validator("template", "idea", "recipient", "task", "evaluation_url", mode="before")
    @classmethod
    def without_spaces_around(cls, value: object) -> object:
        """Forms bring spaces along, and null for what was left empty."""
        return value.strip() if isinstance(value, str) else value or ""

    @field_validator("round", mode="before")
    @classmethod
    def first_round(cls, value: object) -> object:
        """An empty field means round 1."""
        return value or 1

    @model_validator(mode="after")
    def has_one_source(self) -> "Order":
        """Require a template or an idea."""
        if bool(self.template) == bool(self.idea):
            raise ValueError("give either a template or an idea")
        return self


@dataclass(frozen=True)
class Made:
    """A task, and where it comes from in words."""

    request: BuildRequest
    asked: AskedRound
    source: str

    def message(self, keys: Keys, secret: str, run: Run) -> Message:
        """Return what the Generator says about it: no address, and of the brief no more than the repository shows."""
        task = self.request.task
        private = private_values(self.request, secret)
        title = description_of(task.brief, task.task, private)
        recipient = recipient_of(task.email, keys)
        return Message(
            id=keys.name("message of the generator", self.request.build_id),
            task_key=self.request.task_key,
            role="generator",
            at=self.request.received_at,
            text=f"Made round {task.round} for the recipient {recipient}, from {self.source}.\n\n{title}",
            metrics={"checks": len(self.asked.checks), "attachments": len(self.asked.attachments)},
            build_id=self.request.build_id,
            run=run,
        )


def read_order(event: dict[str, Any]) -> Order:
    """Return the inputs of a workflow_dispatch. Raises UnreadableRequest."""
    try:
        return Order.model_validate(event.get("inputs") or {})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        reasons = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'inputs'}: {each['msg']}" for each in found)
        raise UnreadableRequest(
            f"No task can be made of these inputs ({reasons}).",
            "a field was left empty, or both a template and an idea were given.",
            "Start the workflow 'task' again with a recipient and either a template or an idea.",
        ) from None


def make(order: Order, keys: Keys, nonce: str, invent: Invent, folder: Path = FOLDER) -> Made:
    """Return the task for an order. Raises UserError."""
    asked, source, name = from_template(order, keys, folder) if order.template else from_idea(order, invent)
    fields = {
        "email": order.recipient,
        "task": order.task or name,
        "round": order.round,
        "nonce": nonce,
        "evaluation_url": order.evaluation_url,
        **asked.as_sent(),
    }
    try:
        task = Task.model_validate(fields)
    except ValidationError as error:
        names = ", ".join(str(each["loc"][0]) for each in error.errors() if each["loc"])
        raise UnreadableRequest(
            f"No task can be made of these inputs; look at: {names}.",
            "the evaluation url is no address, or a template has an attachment that cannot be committed.",
            "Correct it, and start the workflow 'task' again.",
        ) from None
    return Made(BuildRequest.accept(task, keys), asked, source)


def from_template(order: Order, keys: Keys, folder: Path) -> tuple[AskedRound, str, str]:
    """Return what the template asks of this recipient, in which words it is called, and a name for the task."""
    path = folder / f"{order.template}.yaml"
    if not TEMPLATE.fullmatch(order.template) or not path.is_file():
        known = ", ".join(sorted(each.stem for each in folder.glob("*.yaml")))
        raise UnreadableRequest(
            "There is no task template of this name.",
            "its name was mistyped, or the template is on another branch.",
            f"Choose one of: {known}.",
        )
    try:
        template = load_template(path.read_text(encoding="utf-8"), order.template)
        seed = seed_for(keys, template.id, order.recipient)
        asked = template.task_for(seed, order.round)
        drawn, of = template.seeded(seed).variants[order.round - 1], len(template.choices()[order.round - 1])
    except TemplateIsWrong as error:
        raise UnreadableRequest(
            f"The template {order.template} gives no task for round {order.round}.",
            str(error),
            "Correct templates/tasks, or ask for another round.",
        ) from None
    variant = f", variant {drawn} of {of}" if of > 1 else ""
    return asked, f"the template {template.id}{variant}", template.id


def from_idea(order: Order, invent: Invent) -> tuple[AskedRound, str, str]:
    """Return what a model made of the idea."""
    short = description_of(order.idea, "an idea", (order.recipient,))
    digest = hashlib.sha256(order.idea.encode()).hexdigest()[:6]
    return invent(order.idea), f"the idea: {json.dumps(short, ensure_ascii=False)}", f"idea-{digest}"
