"""`python -m action feedback`: keep a message with its log, and decide whether a build comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from action.console import Console
from action.errors import (
    CannotRestore,
    RepositoryMissing,
    TaskNotOpen,
    TooManyRevisions,
    UnreadableRequest,
    UserError,
)
from action.github.clone import (
    MOST_REVISIONS,
    History,
    PublicHistory,
    PublicRepositories,
    require_room,
    require_version,
)
from action.github.naming import slug
from action.job.job import Job, append_summary
from action.job.markdown import cell
from action.job.request import payload_in
from action.job.settings import MostRevisions, Settings
from action.ledger.layout import LOG, states_in
from action.ledger.models import KeptText, Lifecycle, Log, Message
from action.record import Run
from receiver.task.feedback import LARGEST_LOG, Feedback
from receiver.task.project import task_of

EVALUATOR = "evaluator"
HELD = " It held when the page was published."  # what the Evaluator says of an assertion that fails now
SEND_AGAIN = "Send the feedback to the receiver's /feedback; it starts this workflow."


class FeedbackSettings(Settings):
    """No secret and no token. `ledger` is a checkout of the ledger branch; without one, every task is open."""

    most_revisions: MostRevisions = MOST_REVISIONS
    ledger: Path | None = Field(None, validation_alias="PAGEWRIGHT_LEDGER")


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. The message is kept even when what it asks for cannot be done. Raises UserError."""
    settings = FeedbackSettings.from_environ(environ)
    runner = settings.runner
    job = Job(runner, console)
    feedback = read_feedback(job.event())
    with console.group("Read what it is about") as shown:
        states = states_in(settings.ledger) if settings.ledger else {}
        if feedback.project:
            repositories = PublicRepositories(runner.server_url, runner.target_owner, runner.temp / "projects", environ)
            history = PublicHistory.open(repositories, feedback.project.partition("/")[2])
            decision = decide(feedback, runner.target_owner, history, settings.most_revisions, states)
        else:
            decision = Decision(feedback, feedback.task_key)
        shown.verdict = verdict(decision)
    log = kept_log(feedback, runner.temp / LOG)
    if feedback.log and not log:
        console.warning("The message is kept without its log, which could not be opened; the job before says why.")
    runner.temp.mkdir(parents=True, exist_ok=True)
    message = decision.message(runner.run, log).model_dump_json(indent=1)
    (runner.temp / "message.json").write_text(message + "\n", encoding="utf-8")
    plan = decision.plan.model_dump_json() if decision.plan else ""
    job.output(plan=plan, starts="true" if decision.starts_a_build else "false")
    append_summary(runner.summary, lambda: render(decision), console)
    if isinstance(decision.refusal, CannotRestore):
        raise decision.refusal
    if decision.refusal:
        console.report(decision.refusal, degraded=True)


class Plan(BaseModel):
    """The build that a message asks for, as far as it is public: it passes from one job to the next."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: str = Field(pattern=r"^[A-Za-z0-9._-]{1,100}$", description="name of the repository")
    task: str = Field(pattern=r"^[a-z0-9-]{1,60}$", description="as in the repository's name")
    task_key: str = Field(pattern=r"^[0-9a-f]{20}$")
    round: int = Field(ge=1, le=1000)


@dataclass(frozen=True)
class Decision:
    """`plan` says what could be built, of a project; `refusal` why it is not although that is asked for."""

    feedback: Feedback
    task_key: str
    plan: Plan | None = None
    refusal: UserError | None = None

    @property
    def starts_a_build(self) -> bool:
        """Whether the next job dispatches one."""
        return self.feedback.asks_for_a_build and self.refusal is None

    def message(self, run: Run, log: Log | None = None) -> Message:
        """Return what is kept. Why no build comes of it is said below the text."""
        return Message(
            id=self.feedback.message_id,
            task_key=self.task_key,
            project=self.feedback.project,
            kind=self.feedback.kind,
            role=self.feedback.role,
            at=self.feedback.at,
            text=f"{self.feedback.text}{self.told_refusal()}",
            metrics=self.feedback.metrics,
            revise=self.feedback.revise,
            restore=self.feedback.restore,
            state=self.feedback.state,
            hides=self.feedback.hides,
            title=self.feedback.title,
            log=log,
            build_id=self.feedback.build_id if self.starts_a_build else "",
            run=run,
        )

    def told_refusal(self) -> str:
        """Return why nothing was started, as a paragraph."""
        if self.refusal is None:
            return ""
        what = "Nothing was restored" if self.feedback.restore else "No revision was started"
        return f"\n\n{what}: {self.refusal.what} {self.refusal.next_step}"


def read_feedback(event: dict[str, Any]) -> Feedback:
    """Return the payload of a repository_dispatch or a workflow_dispatch. Raises UnreadableRequest."""
    try:
        return Feedback.model_validate(payload_in(event))
    except (ValueError, TypeError):
        raise UnreadableRequest(
            "The event that started this run carries no feedback.",
            "it was started by hand without a payload, or by a receiver of another version.",
            SEND_AGAIN,
        ) from None


def kept_log(feedback: Feedback, path: Path) -> Log | None:
    """Return what the ledger says about the log that the job before opened; None when there is none."""
    if feedback.log is None or not path.is_file() or path.stat().st_size > LARGEST_LOG:
        return None
    return Log(name=feedback.log.name, **KeptText.of(path.read_bytes()).model_dump())


def decide(
    feedback: Feedback,
    owner: str,
    history: History,
    most_revisions: int,
    states: Mapping[str, Lifecycle] = MappingProxyType({}),
) -> Decision:
    """Say which task the feedback is about, and whether it may start a build. Raises RepositoryMissing."""
    plan = plan_for(feedback, owner, history)
    try:
        if feedback.asks_for_a_build:
            require_open(states.get(plan.task_key, "open"))
        if feedback.restore:
            require_version(history, feedback.restore)
        elif feedback.revise:
            require_room(history, plan.round, feedback.message_id, most_revisions)
    except (CannotRestore, TaskNotOpen, TooManyRevisions) as error:
        return Decision(feedback, plan.task_key, plan, error)
    return Decision(feedback, plan.task_key, plan)


def require_open(state: Lifecycle) -> None:
    """Raise TaskNotOpen for a task that is closed or archived."""
    if state != "open":
        raise TaskNotOpen(
            f"The task is {state}.",
            "a message of kind state closed it, and the ledger has collected that.",
            'Send a message of kind state with the state "open", wait until the dashboard shows it, and ask again.',
        )


def plan_for(feedback: Feedback, owner: str, history: History) -> Plan:
    """Return what the project says about itself; its name must agree. Raises RepositoryMissing."""
    project_owner, _, name = feedback.project.partition("/")
    note = history.note()
    task_key = str(note.get("task_key", ""))
    task = task_of(feedback.project, task_key)
    try:
        if project_owner.lower() != owner.lower() or task is None:
            raise ValueError("another repository")
        return Plan.model_validate(
            {"project": name, "task": slug(task), "task_key": task_key, "round": note.get("round")}
        )
    except ValueError:
        raise RepositoryMissing(
            f"{feedback.project} is no project of {owner}.",
            "it is not what Pagewright published: its note about the last build is missing or was changed.",
            "Name a project that the dashboard lists.",
        ) from None


def verdict(decision: Decision) -> str:
    """Return what comes of it, in one line."""
    feedback = decision.feedback
    if decision.refusal:
        return decision.told_refusal().strip()
    if feedback.restore:
        return f"build {feedback.build_id} brings the version of commit {feedback.restore[:10]} back"
    if feedback.revise:
        return f"build {feedback.build_id} revises the page"
    if feedback.hides:
        return f"lists leave the version of commit {feedback.hides[:10]} out once this is collected; git keeps it"
    return f"the task is {feedback.state} once this is collected" if feedback.state else "the message is kept"


def render(decision: Decision) -> str:
    """Return the job summary. All text that is not ours is escaped."""
    feedback = decision.feedback
    heading = (
        f"## {feedback.kind.capitalize()} from the {feedback.role} about {cell(feedback.project or feedback.task_key)}"
    )
    return f"{heading}\n\n{cell(verdict(decision))}\n\n> {cell(feedback.text)}"
