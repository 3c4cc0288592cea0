"""`python -m action feedback`: keep feedback as a message, and decide whether a build comes of it."""

from collections.abc import Mapping

from action.agents.config import FeedbackConfig
from action.agents.feedback import Decision, decide, read_feedback
from action.console import Console
from action.current_files import PublicRepositories
from action.errors import CannotRestore
from action.escaping import cell
from action.history import PublicHistory
from action.job import Job
from action.record import Run


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. The message is kept even when what it asks for cannot be done. Raises UserError."""
    config = FeedbackConfig.from_environ(environ)
    job = Job(config.runner, console)
    feedback = read_feedback(job.event())
    where = config.runner.temp / "projects"
    repositories = PublicRepositories(config.runner.server_url, config.target_owner, where, environ)
    with console.phase("Read the project") as shown:
        history = PublicHistory.open(repositories, feedback.project.partition("/")[2])
        decision = decide(feedback, config.target_owner, history, config.most_revisions)
        shown.verdict = verdict(decision)
    keep(decision, job)
    if isinstance(decision.refusal, CannotRestore):
        raise decision.refusal
    if decision.refusal:
        console.report(decision.refusal, degraded=True)


def keep(decision: Decision, job: Job) -> None:
    """Write the message, the outputs for the next job, and the summary."""
    runner, plan = job.runner, decision.plan
    run = Run(repository=runner.repository, run_id=runner.run_id, attempt=runner.attempt, url=runner.run_url)
    runner.temp.mkdir(parents=True, exist_ok=True)
    (runner.temp / "message.json").write_text(decision.message(run).model_dump_json(indent=1) + "\n", encoding="utf-8")
    job.output(plan=plan.model_dump_json(), starts="true" if decision.starts_a_build else "false")
    if runner.summary:
        with runner.summary.open("a", encoding="utf-8") as file:
            file.write(f"## Feedback from the {decision.feedback.role} about {cell(plan.project)}\n\n")
            file.write(f"{cell(verdict(decision))}\n\n> {cell(decision.feedback.text)}\n")


def verdict(decision: Decision) -> str:
    """Return what comes of it, in one line."""
    feedback = decision.feedback
    if decision.refusal:
        return decision.told_refusal().strip()
    if feedback.restore:
        return f"build {feedback.build_id} brings the version of commit {feedback.restore[:10]} back"
    return f"build {feedback.build_id} revises the page" if feedback.revise else "the message is kept"
