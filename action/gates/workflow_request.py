"""Whether a task asks for a workflow: only then may the model write one."""

import re

from receiver.task import BuildRequest, Task

NAMED = re.compile(
    r"\.github/workflows/"
    r"|\bgithub[ -]actions?\b(?! (?:minutes|logo|icon|badge|status|docs?|documentation|marketplace))"
    r"|\b(?:ci|ci/cd|continuous[ -]integration)[ -](?:workflows?|pipelines?|jobs?|runs?|logs?)\b"
    r"|\b(?:github|actions|push|deployment|lint(?:ing)?) workflows?\b"
    r"|\bworkflow (?:files?|runs?|ya?ml)\b|\bworkflows?/[\w-]+\.ya?ml\b"
    r"|\b(?:in|on|by|during) (?:the )?(?:CI|continuous integration)\b",
    re.IGNORECASE,
)
# A workflow is also a word for how people work, so alone it counts only with what a workflow of this kind does.
WORKFLOW = re.compile(
    r"\b(?:add|write|create|commit|include|set up|with|has|provide|use)s? (?:an? |the )?workflow\b", re.I
)
OF_A_REPOSITORY = re.compile(r"\b(?:on (?:every |each )?push|runner|lint|ruff|pytest|workflow_dispatch|CI)\b", re.I)
NOT_WANTED = re.compile(
    r"\b(?:no|not|without|never|avoid|don't|isn't|instead of|rather than)\b[^.;,\n]{0,40}$", re.IGNORECASE
)
ABOUT = re.compile(
    r"\b(?:about|explain(?:s|ing)?|describ(?:es?|ing)|essay|article|tutorial|quiz|guide|poem|compar(?:es?|ing)|logo of"
    r"|history of|introduction to|questions? on)\b[^.;\n]{0,60}$",
    re.IGNORECASE,
)


def may_bring_workflows(request: BuildRequest) -> bool:
    """Whether workflow files may be among a build's files: they are asked for, or an earlier version had them."""
    return bool(request.restore) or asks_for_workflow(request.task)


def asks_for_workflow(task: Task) -> bool:
    """Whether the brief or a check asks for a workflow of GitHub Actions. When in doubt, it does not."""
    return any(wants_workflow(text) for text in [task.brief, *(str(check) for check in task.checks)])


def wants_workflow(text: str) -> bool:
    """Whether a text wants one: it names one, and neither declines it nor only writes about it."""
    found = [*NAMED.finditer(text)]
    if OF_A_REPOSITORY.search(text):
        found += WORKFLOW.finditer(text)
    return any(is_wanted(text[max(0, match.start() - 80) : match.start()]) for match in found)


def is_wanted(before: str) -> bool:
    """Whether the words before a mention neither decline it nor make it a mere subject."""
    return not NOT_WANTED.search(before) and not ABOUT.search(before)
