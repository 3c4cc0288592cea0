"""How an admitted workflow file is made safe: pinned actions, least permissions, time limits."""

from yaml.nodes import Node

from action.gates.known_actions import Pins
from action.gates.workflow_job_rules import MOST_MINUTES
from action.gates.workflow_rules import ENVIRONMENT
from action.gates.workflow_text import Changes, entries, first_key, items, text_of
from action.gates.workflow_view import action_name, deploys, jobs_of, uses_of

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
