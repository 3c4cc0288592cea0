"""From feedback that asks for a change to the request for a build: no sender, no checks of its own, no callback."""

import re
from datetime import datetime

from action.agents.feedback import EVALUATOR, HELD, Plan
from action.model.prompts import render
from receiver.task import BuildRequest, Task
from receiver.task.feedback import Feedback

FOUND = re.compile(rf" Found: .*?(?=(?:{re.escape(HELD)})?$)", re.MULTILINE)


def request_for(feedback: Feedback, plan: Plan, now: datetime) -> BuildRequest:
    """Return the build. What the page has to fulfil besides is the contract that lies in the project."""
    task = Task(task=plan.task, round=plan.round, nonce=feedback.message_id, brief=brief_for(feedback))
    return BuildRequest(
        build_id=feedback.build_id,
        task_key=plan.task_key,
        received_at=now,
        task=task,
        project=plan.project,
        revision=feedback.message_id,
        restore=feedback.restore,
    )


def brief_for(feedback: Feedback) -> str:
    """Return the feedback as the brief of a revision.

    What the Evaluator found instead is left out: a brief says what is wanted, and the build looks at the page itself.
    """
    text = FOUND.sub("", feedback.text) if feedback.role == EVALUATOR else feedback.text
    numbers = ", ".join(f"{name} {value:g}" for name, value in feedback.metrics.items())
    return render(
        "feedback",
        role=feedback.role,
        text=text,
        metrics=f"Numbers that came with it: {numbers}." if numbers else "",
    )
