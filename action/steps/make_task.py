"""`python -m action make_task`: make a task from a template or an idea, and the event that starts its build."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from action.console import Console
from action.deadline import Deadline
from action.errors import InvalidConfiguration, UnreadableRequest
from action.gates.private_values import confidential, private_values
from action.generate.idea import invent
from action.generate.task_template import AskedRound, TemplateIsWrong, load_template, seed_for
from action.job.job import Job
from action.job.request import other_secret, recipient_of
from action.job.settings import ModelSettings, StudentSecret
from action.ledger.models import Message
from action.model.fallback import Fallback, Providers, missing_key
from action.record import Run
from action.site.description import description_of
from action.steps.dispatch import Event, write_events
from receiver.task import BuildRequest, CannotOpenEnvelope, Keys, Task
from receiver.task.order import TEMPLATE, Order, SealedOrder, SentOrder
from receiver.task.payload import fits_inline

SECONDS_FOR_THE_MODEL = 240.0
FOLDER = Path(__file__).parents[2] / "templates" / "tasks"

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
    order = read_order(event, settings.student_secret)
    keys = Keys.for_repository(settings.student_secret, runner.repository)
    console.mask(order.recipient, order.evaluation_url)
    with console.group("Make the task") as shown:
        made = make(order, keys, f"run {runner.run_id}", lambda idea: ask(idea, settings, console))
        console.mask(*confidential(made.request))
        shown.verdict = f"build {made.request.build_id}, from {made.source}"
    digest = write_events(runner.temp / "events", [sealed(made, keys)])
    message = made.message(keys, settings.student_secret, runner.run)
    (runner.temp / "message.json").write_text(message.model_dump_json(indent=1) + "\n", encoding="utf-8")
    job.output(message=message.id, digest=digest)


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


def read_order(event: Mapping[str, Any], secret: str) -> Order:
    """Return the inputs of a form, or the sealed order of a dispatch. Raises UnreadableRequest."""
    try:
        if sent := event.get("client_payload"):
            return SealedOrder.model_validate(sent).open(secret)
        return Order.model_validate(event.get("inputs") or {})
    except CannotOpenEnvelope as error:
        raise other_secret(f"The order that started this run cannot be opened: {error}.") from None
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
    asked, source = from_template(order, keys, folder) if order.template else from_idea(order, invent)
    sent = order if isinstance(order, SentOrder) else None
    fields = {
        "email": order.recipient,
        "task": order.task_name,
        "round": order.round,
        "nonce": sent.nonce if sent else nonce,
        "evaluation_url": order.evaluation_url,
        "dry_run": bool(sent and sent.dry_run),
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
    return Made(BuildRequest.accept(task, keys, sent_by=sent.sent_by if sent else ""), asked, source)


def from_template(order: Order, keys: Keys, folder: Path) -> tuple[AskedRound, str]:
    """Return what the template asks of this recipient, and in which words it is called."""
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
    return asked, f"the template {template.id}{variant}"


def from_idea(order: Order, invent: Invent) -> tuple[AskedRound, str]:
    """Return what a model made of the idea."""
    short = description_of(order.idea, "an idea", (order.recipient,))
    return invent(order.idea), f"the idea: {json.dumps(short, ensure_ascii=False)}"


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
