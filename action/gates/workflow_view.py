"""What a workflow file is for, whoever wrote it: its jobs, the actions they use, and when it deploys Pages."""

import re

from yaml.nodes import Node

from action.gates.workflow_text import (
    Unreadable,
    entries,
    items,
    read_mapping,
    text_of,
    texts,
)

DEPLOY = "actions/deploy-pages"


def jobs_of(root: Node) -> dict[str, Node]:
    """Return the jobs by their keys."""
    return entries(entries(root).get("jobs"))


def deploys(job: Node) -> bool:
    """Whether a job deploys Pages."""
    return any(action_name(used) == DEPLOY for step in items(entries(job).get("steps")) for used in uses_of(step))


def uses_of(step: Node) -> list[Node]:
    """Return what a step uses, as a list of one or none."""
    uses = entries(step).get("uses")
    return [uses] if uses is not None else []


def action_name(uses: Node) -> str:
    """Return the action that a step uses, without its version, as it is in the table of known ones."""
    name, _, version = text_of(uses).partition("@")
    return name.lower() if re.fullmatch(r"[\w./-]+", version) else ""


def deploys_on_push(text: str, branch: str) -> bool:
    """Whether a workflow file, whoever wrote it, deploys Pages on each push to a branch."""
    try:
        root = read_mapping(text.replace("\r\n", "\n"))
    except Unreadable:
        return False
    on = entries(root).get("on")
    push = entries(entries(on).get("push"))
    branches = texts(push["branches"]) if "branches" in push else [branch]
    is_limited = bool(set(push) - {"branches"}) or "push" not in texts(on)
    return not is_limited and branch in branches and any(deploys(job) for job in jobs_of(root).values())


def runs_on_push(text: str) -> bool:
    """Whether each push to some branch starts a workflow, whoever wrote it. With filters for paths, nobody knows."""
    try:
        on = entries(read_mapping(text.replace("\r\n", "\n"))).get("on")
    except Unreadable:
        return False
    return "push" in texts(on) and not set(entries(entries(on).get("push"))) & {"paths", "paths-ignore", "tags"}
