"""Whether an event starts a workflow: types, branches, tags, paths and workflow names."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from embedded.github.bare_git import NO_COMMIT
from embedded.github.events import Event

SKIP = re.compile(r"\[(skip ci|ci skip|no ci|skip actions|actions skip)\]|^skip-checks: *true *$", re.M | re.I)


def starts(on: dict[str, dict[str, Any]], path: str, event: Event, changed: Callable[[], Iterable[str]]) -> bool:
    """Whether a workflow at `path` with these triggers runs for `event`; `changed` lists the files of a push."""
    if event.name not in on:
        return False
    filters = on[event.name]
    if event.name == "push":
        return starts_on_push(filters, event, changed)
    if event.name == "workflow_dispatch":
        return event.workflow_path in (None, path)
    if event.name == "workflow_run" and not names_workflow(filters, event):
        return False
    return has_type(filters, event)


def has_type(filters: dict[str, Any], event: Event) -> bool:
    """Whether the event's action is among the `types`; without `types` every action is."""
    types = as_list(filters.get("types"))
    return not types or event.payload.get("action") in types


def names_workflow(filters: dict[str, Any], event: Event) -> bool:
    """Whether `workflows` names the one that ended, and `branches` its branch."""
    ended = event.payload.get("workflow_run", {})
    wanted = as_list(filters.get("workflows"))
    branches = filters.get("branches")
    return ended.get("name") in wanted and (
        branches is None or selects(as_list(branches), str(ended.get("head_branch")))
    )


def starts_on_push(filters: dict[str, Any], event: Event, changed: Callable[[], Iterable[str]]) -> bool:
    """Apply GitHub's rules for pushes: a skip mark or a deletion starts nothing, then the filters decide."""
    message = str((event.payload.get("head_commit") or {}).get("message", ""))
    if event.sha == NO_COMMIT or SKIP.search(message) or not passes_ref(filters, event.ref):
        return False
    if "paths" in filters:
        return any(selects(as_list(filters["paths"]), name) for name in changed())
    if "paths-ignore" in filters:
        return any(not selects(as_list(filters["paths-ignore"]), name) for name in changed())
    return True


def passes_ref(filters: dict[str, Any], ref: str) -> bool:
    """Whether a branch or tag passes; a filter for one kind alone shuts the other kind out."""
    kind, other = ("tags", "branches") if ref.startswith("refs/tags/") else ("branches", "tags")
    name = ref.split("/", 2)[-1]
    if kind in filters:
        return selects(as_list(filters[kind]), name)
    if f"{kind}-ignore" in filters:
        return not selects(as_list(filters[f"{kind}-ignore"]), name)
    return other not in filters and f"{other}-ignore" not in filters


def selects(patterns: Iterable[str], name: str) -> bool:
    """Apply patterns in order; the last one that matches decides, and `!` turns it round."""
    selected = False
    for pattern in patterns:
        if glob(pattern.removeprefix("!")).fullmatch(name):
            selected = not pattern.startswith("!")
    return selected


def glob(pattern: str) -> re.Pattern[str]:
    """Translate GitHub's filter pattern: * stops at a slash, ** does not, ? and + repeat the sign before."""
    parts = re.findall(r"\*\*/|\*\*|\*|\?|\+|\[[^\]]*\]|\\.|.", pattern)
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "?", "+": "+"}
    keep = ("[", "\\")
    return re.compile(
        "".join(special.get(part) or (part if part.startswith(keep) else re.escape(part)) for part in parts)
    )


def as_list(value: Any) -> list[str]:
    """Return a single text as a list of one, and nothing as an empty list."""
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
