"""`python -m action make_task`: make a task from a template or an idea, and the event that starts its build."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from action.console import Console
from action.deadline import Deadline
from action.errors import InvalidConfiguration, UnreadableRequest
from action.gates.private_values import confidential, private_values
from action.generate.idea import invent
from action.generate.task_template import AskedRound, TemplateIsWrong, load_template, seed_for
from action.job.job import Job
from action.job.request import recipient_of
from action.job.settings import ModelSettings, StudentSecret
from action.ledger.models import Message
from action.model.fallback import Fallback, Providers, missing_key
from action.record import Run
from action.site.description import description_of
from action.steps.dispatch import Event, write_events
from receiver.task import BuildRequest, Keys, Task
from receiver.task.payload import fits_inline

SECONDS_FOR_THE_MODEL = 240.0
FOLDER = Path(__file__).parents[2] / "templates" / "tasks"
LONGEST_IDEA = 4_000
TEMPLATE = re.compile(r"[a-z][a-z0-9-]{2,40}")

Invent = Callable[[str], AskedRound]
"""Takes an idea; asks a model for a task. Raises UserError."""


class MakeTaskSettings(ModelSettings):
    """The secret that seals, and no token that can start anything. A task from a template needs no model's key."""

    student_secret: StudentSecret


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError."""
    settings = MakeTaskSettings.from_environ(environ)
    job, runner = Job(settings.runner, console), settings.runner
    console.mask(settings.student_secret, settings.gemini_api_key, settings.openai_api_key)
    event = job.event()
    console.mask(*private_inputs(event))
    order, keys = read_order(event), Keys.for_repository(settings.student_secret, runner.repository)
    with console.group("Make the task") as shown:
        made = make(order, keys, f"run {runner.run_id}", lambda idea: ask(idea, settings, console))
        console.mask(*confidential(made.request))
        shown.verdict = f"build {made.request.build_id}, from {made.source}"
    digest = write_events(runner.temp / "events", [sealed(made, keys)])
    message = made.message(keys, settings.student_secret, runner.run)
    (runner.temp / "message.json").write_text(message.model_dump_json(indent=1) + "\n", encoding="utf-8")
    job.output(message=message.id, digest=digest)


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
    def has_one_source(self) -> Self:
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


def private_inputs(event: Mapping[str, object]) -> list[str]:
    """Return what the form holds that no log may show."""
    inputs = event.get("inputs")
    values = inputs if isinstance(inputs, dict) else {}
    return [str(values.get(name) or "") for name in ("recipient", "evaluation_url")]


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


def ask(idea: str, settings: MakeTaskSettings, console: Console) -> AskedRound:
    """Ask the configured models for a task. Raises UserError."""
    keys = settings.gemini_api_key, settings.openai_api_key, settings.openai_base_url
    if missing := missing_key(settings.models, *keys):
        raise InvalidConfiguration(
            f"A task from an idea needs a model, and {missing} is not set.",
            "the secret of the runner repository is missing, or empty.",
            "Set it under Settings, Secrets and variables, Actions; or start from a template, which needs no model.",
        )
    fallback = Fallback(Providers(*keys), settings.models, console)
    return invent(idea, fallback, Deadline(datetime.now(UTC), SECONDS_FOR_THE_MODEL))


def sealed(made: Made, keys: Keys) -> Event:
    """Return the event that starts the build. Raises UnreadableRequest for a task that does not fit in it."""
    envelope = made.request.seal(keys)
    if not fits_inline(envelope):
        raise UnreadableRequest(
            f"The task is too large for an event: {len(envelope):,} bytes when it is sealed.",
            "the template has large attachments.",
            "Make them smaller, or send this task to the receiver, which stores large ones.",
        )
    return Event.of(made.request.payload(envelope))
