"""Whether a task asks for a workflow, which workflow files a model may write, and how they are made safe.

Pinned actions, least permissions, time limits. What is not known to be harmless is refused, in words that go back to
the model; when in doubt, no workflow is asked for. Nothing here runs or asks anything.
"""

import re
from dataclasses import dataclass

from yaml.nodes import Node

from action.gates.workflow_rules import ENVIRONMENT, MOST_MINUTES, Pins, wrong_with
from action.gates.workflow_yaml import (
    Changes,
    Unreadable,
    action_name,
    deploys,
    entries,
    first_key,
    items,
    jobs_of,
    read_mapping,
    text_of,
    uses_of,
)
from receiver.task import BuildRequest, Task
from receiver.task.file_names import Refusal

USUAL_MINUTES = 10


def made_safe(text: str, root: Node, pins: Pins) -> str:
    """Return the text with pinned actions, least permissions and time limits. Done twice, it changes nothing more."""
    changes = Changes(text)
    keys = entries(root)
    if "permissions" not in keys:
        at = next(key for key, _ in root.value if key.value == "jobs")
        changes.put_before(at, ["permissions:", "  contents: read", ""])
    for job in jobs_of(root).values():
        limit_job(changes, job, has_permissions="permissions" in keys)
        for step in items(entries(job)["steps"]):
            for used in uses_of(step):
                pin = pins[action_name(used)]
                changes.replace_to_line_end(used, f"{pin.reference} # {pin.version}")
    return changes.apply()


def limit_job(changes: Changes, job: Node, *, has_permissions: bool) -> None:
    """Give a job a time limit, and one that deploys what it needs for that."""
    keys, added = entries(job), []
    if "timeout-minutes" not in keys:
        added.append(f"timeout-minutes: {USUAL_MINUTES}")
    elif int(text_of(keys["timeout-minutes"])) not in range(1, MOST_MINUTES + 1):
        changes.replace(keys["timeout-minutes"], str(MOST_MINUTES))
    if deploys(job) and "environment" not in keys:
        added.append(f"environment: {ENVIRONMENT}")
    if deploys(job) and "permissions" not in keys and not has_permissions:
        added += ["permissions:", "  contents: read", "  pages: write", "  id-token: write"]
    if added:
        changes.put_before(first_key(job), added)


FOLDER = ".github/workflows/"
PATH = re.compile(r"\.github/workflows/[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.ya?ml")
RESERVED = re.compile(r"\.github/workflows/pages\.ya?ml", re.IGNORECASE)


@dataclass(frozen=True)
class Admitted:
    """The text to commit: what was written, with pins, permissions and time limits put in."""

    text: str
    deploys_pages: bool = False


def is_workflow(path: str) -> bool:
    """Whether a path is one that only this policy may let through."""
    return path.lower().startswith(FOLDER)


def review(path: str, text: str, *, pins: Pins) -> Admitted | list[Refusal]:
    """Return the text that may be committed, or everything that is wrong with it."""
    if reason := wrong_with_name(path):
        return [Refusal(path, reason)]
    text = text.replace("\r\n", "\n")
    try:
        root = read_mapping(text)
    except Unreadable as error:
        return [Refusal(path, str(error))]
    if reasons := list(dict.fromkeys(wrong_with(root, pins))):
        return [Refusal(path, reason) for reason in reasons]
    safe = made_safe(text, root, pins)
    if not is_settled(safe, pins):
        return [Refusal(path, "is written in an unusual way; write plain block-style YAML")]
    return Admitted(safe, deploys_pages=any(deploys(job) for job in jobs_of(root).values()))


def is_settled(safe: str, pins: Pins) -> bool:
    """Whether the changed text is still a workflow that the rules let through, with nothing more to change."""
    try:
        root = read_mapping(safe)
    except Unreadable:
        return False
    return not any(wrong_with(root, pins)) and made_safe(safe, root, pins) == safe


def wrong_with_name(path: str) -> str | None:
    """Return what is wrong with the path of a workflow file."""
    if RESERVED.fullmatch(path):
        return "is the name of the workflow that publishes every site; choose another one"
    if not PATH.fullmatch(path):
        return "must be .github/workflows/NAME.yml with letters, digits, - and _ in NAME"
    return None


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
    return bool(request.restore) or (request.upload is None and asks_for_workflow(request.task))


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
