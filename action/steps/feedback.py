"""`python -m action feedback`: keep feedback as a message, and decide whether a build comes of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from action.console import Console
from action.errors import CannotRestore, RepositoryMissing, TooManyRevisions, UnreadableRequest, UserError
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
from action.job.settings import MostRevisions, Settings
from action.ledger.models import Message
from action.record import Run
from receiver.task.feedback import Feedback
from receiver.task.project import task_of

EVALUATOR = "evaluator"
HELD = " It held when the page was published."  # what the Evaluator says of an assertion that fails now
SEND_AGAIN = "Send the feedback to the receiver's /feedback; it starts this workflow."


class FeedbackSettings(Settings):
    """No secret and no token."""

    most_revisions: MostRevisions = MOST_REVISIONS


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. The message is kept even when what it asks for cannot be done. Raises UserError."""
    settings = FeedbackSettings.from_environ(environ)
    runner = settings.runner
    job = Job(runner, console)
    feedback = read_feedback(job.event())
    repositories = PublicRepositories(runner.server_url, runner.target_owner, runner.temp / "projects", environ)
    with console.group("Read the project") as shown:
        history = PublicHistory.open(repositories, feedback.project.partition("/")[2])
        decision = decide(feedback, runner.target_owner, history, settings.most_revisions)
        shown.verdict = verdict(decision)
    runner.temp.mkdir(parents=True, exist_ok=True)
    message = decision.message(runner.run).model_dump_json(indent=1)
    (runner.temp / "message.json").write_text(message + "\n", encoding="utf-8")
    job.output(plan=decision.plan.model_dump_json(), starts="true" if decision.starts_a_build else "false")
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
    """`plan` says what the message is about; `refusal` why no build comes of it although one is asked for."""

    feedback: Feedback
    plan: Plan
    refusal: UserError | None = None

    @property
    def starts_a_build(self) -> bool:
        """Whether the next job dispatches one."""
        return self.feedback.asks_for_a_build and self.refusal is None

    def message(self, run: Run) -> Message:
        """Return what is kept. Why no build comes of it is said below the text."""
        return Message(
            id=self.feedback.message_id,
            task_key=self.plan.task_key,
            project=self.feedback.project,
            role=self.feedback.role,
            at=self.feedback.at,
            text=f"{self.feedback.text}{self.told_refusal()}",
            metrics=self.feedback.metrics,
            revise=self.feedback.revise,
            restore=self.feedback.restore,
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
    raw: Any = event.get("client_payload")
    if raw is None:
        raw = (event.get("inputs") or {}).get("payload")
    try:
        return Feedback.model_validate(json.loads(raw) if isinstance(raw, str) else raw)
    except (ValueError, TypeError):
        raise UnreadableRequest(
            "The event that started this run carries no feedback.",
            "it was started by hand without a payload, or by a receiver of another version.",
            SEND_AGAIN,
        ) from None


def decide(feedback: Feedback, owner: str, history: History, most_revisions: int) -> Decision:
    """Say which task the feedback is about, and whether it may start a build. Raises RepositoryMissing."""
    plan = plan_for(feedback, owner, history)
    try:
        if feedback.restore:
            require_version(history, feedback.restore)
        elif feedback.revise:
            require_room(history, plan.round, feedback.message_id, most_revisions)
    except (CannotRestore, TooManyRevisions) as error:
        return Decision(feedback, plan, error)
    return Decision(feedback, plan)


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
    return f"build {feedback.build_id} revises the page" if feedback.revise else "the message is kept"


def render(decision: Decision) -> str:
    """Return the job summary. All text that is not ours is escaped."""
    feedback = decision.feedback
    heading = f"## Feedback from the {feedback.role} about {cell(decision.plan.project)}"
    return f"{heading}\n\n{cell(verdict(decision))}\n\n> {cell(feedback.text)}"
