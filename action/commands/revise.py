"""`python -m action revise`: start the build that feedback asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime

import requests

from action.agents.config import ReviseConfig
from action.agents.dispatch import BUILD, Dispatcher
from action.agents.feedback import Plan, read_feedback
from action.agents.revising import request_for
from action.console import Console
from action.errors import UnreadableRequest
from action.job import Job
from receiver.task import Keys


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises UserError."""
    config = ReviseConfig.from_environ(environ)
    runner = config.runner
    console.mask(config.student_secret)
    feedback = read_feedback(Job(runner, console).event())
    request = request_for(feedback, read_plan(config.plan), datetime.now(UTC))
    sealed = request.seal(Keys.for_repository(config.student_secret, runner.repository))
    payload = request.payload(sealed).model_dump(mode="json", exclude_none=True)
    with console.phase("Start the build") as shown, requests.Session() as session:
        Dispatcher(session, api_url=runner.api_url, repository=runner.repository, token=config.github_token).dispatch(
            BUILD, payload
        )
        shown.verdict = f"build {request.build_id}"


def read_plan(text: str) -> Plan:
    """Return what the job before decided. Raises UnreadableRequest."""
    try:
        return Plan.model_validate_json(text)
    except ValueError:
        raise UnreadableRequest(
            "What the job before decided cannot be read.",
            "its output was changed, or it ran with another version.",
            "Run all jobs of this run again.",
        ) from None
