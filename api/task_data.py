"""What is collected about a task, for routes that go on without it."""

import re
from datetime import datetime
from typing import Any

from api.context import Api
from api.errors import NO_DATA_YET
from api.task_replies import TASK_KEY
from receiver.errors import Problem


def collected(api: Api, task_key: str) -> tuple[datetime | None, dict[str, Any]]:
    """Return when the data was written, and a task's document: nothing of what is not collected. Raises Problem."""
    try:
        tip = api.data.tip()
    except Problem as problem:
        if problem.reply.error != NO_DATA_YET.code:
            raise
        return None, {}
    found = api.data.document(f"tasks/{task_key}.json", tip) if re.fullmatch(TASK_KEY, task_key) else None
    return tip.as_of, found or {}


def entries(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a list of a document; nothing where it has none, as documents of an earlier version."""
    listed = found.get(name)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def hidden_in(found: dict[str, Any]) -> set[str]:
    """Return the commits that lists leave out."""
    return {str(each.get("sha")) for each in entries(found, "versions") if each.get("is_hidden")}
