"""`python -m action make_task`: make a task from a template or an idea, and the event that starts its build."""

from collections.abc import Mapping
from datetime import UTC, datetime

from action.agents.config import MakeTaskConfig
from action.agents.events import Event, write_events
from action.agents.generator import Made, make, read_order
from action.agents.idea import invent
from action.console import Console
from action.deadline import Deadline
from action.errors import InvalidConfiguration, UnreadableRequest
from action.job import Job
from action.private_values import confidential
from action.record import Run
from receiver.task import Keys
from receiver.task.payload import fits_inline
from receiver.task.template import AskedRound

SECONDS_FOR_THE_MODEL = 240.0


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises UserError."""
    config = MakeTaskConfig.from_environ(environ)
    job, runner = Job(config.runner, console), config.runner
    console.mask(config.student_secret, config.gemini_api_key)
    event = job.event()
    console.mask(*private_inputs(event))
    order, keys = read_order(event), Keys.for_repository(config.student_secret, runner.repository)
    with console.phase("Make the task") as shown:
        made = make(order, keys, f"run {runner.run_id}", lambda idea: ask(idea, config, console))
        console.mask(*confidential(made.request))
        shown.verdict = f"build {made.request.build_id}, from {made.source}"
    digest = write_events(runner.temp / "events", [sealed(made, keys)])
    message = made.message(keys, config.student_secret, this_run(config))
    (runner.temp / "message.json").write_text(message.model_dump_json(indent=1) + "\n", encoding="utf-8")
    job.output(message=message.id, digest=digest)


def private_inputs(event: Mapping[str, object]) -> list[str]:
    """Return what the form holds that no log may show."""
    inputs = event.get("inputs")
    values = inputs if isinstance(inputs, dict) else {}
    return [str(values.get(name) or "") for name in ("recipient", "evaluation_url")]


def ask(idea: str, config: MakeTaskConfig, console: Console) -> AskedRound:
    """Ask the configured models for a task. Raises UserError."""
    if not config.gemini_api_key:
        raise InvalidConfiguration(
            "A task from an idea needs a model, and GEMINI_API_KEY is not set.",
            "the secret of the runner repository is missing, or empty.",
            "Set it under Settings, Secrets and variables, Actions; or start from a template, which needs no model.",
        )
    from action.model.gemini import Gemini  # takes a second, and a task from a template does without
    from action.model.ladder import Ladder

    ladder = Ladder(Gemini(config.gemini_api_key), config.models, console)
    return invent(idea, ladder, Deadline(datetime.now(UTC), SECONDS_FOR_THE_MODEL))


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


def this_run(config: MakeTaskConfig) -> Run:
    """Return the run that this phase is part of."""
    runner = config.runner
    return Run(repository=runner.repository, run_id=runner.run_id, attempt=runner.attempt, url=runner.run_url)
