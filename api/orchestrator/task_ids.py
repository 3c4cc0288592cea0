"""Which task and project a client's task_id means. Nothing is stored here, so an id says itself that we gave it."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from api.context import Api
from api.errors import NO_PROJECT_YET, NOT_COLLECTED_YET
from api.project_request import project_of
from api.task_data import collected
from api.task_replies import TASK_KEY
from receiver.errors import Problem
from receiver.task import Keys
from receiver.task.project import DIGITS_OF_KEY

WORD = "task"  # the whole name of these tasks where one is needed: their title can change


@dataclass(frozen=True)
class KnownTask:
    """A task. `project` is "owner/name", also of one that is still to be made; empty when nothing says it."""

    key: str
    project: str
    as_of: datetime | None = None
    document: dict[str, Any] = field(default_factory=dict)


def new_task_id(keys: Keys) -> str:
    """Return the key of a new task: random, and ending with what only we can make of it."""
    return signed(keys, secrets.token_hex(DIGITS_OF_KEY // 2))


def signed(keys: Keys, begin: str) -> str:
    """Return a key that begins like this."""
    return begin + keys.name("task of a client", begin)[: 20 - len(begin)]


def given_task(api: Api, task_id: str) -> KnownTask | None:
    """Return a task that a client made here, None for another one. Nobody is asked: its project is named after it."""
    if not re.fullmatch(TASK_KEY, task_id) or signed(api.door.keys, task_id[:DIGITS_OF_KEY]) != task_id:
        return None
    return KnownTask(task_id, project_of(api, f"{WORD}-{task_id[:DIGITS_OF_KEY]}"))


def known_task(api: Api, task_id: str) -> KnownTask:
    """Return a task, whoever made it, with what is collected about it. Raises Problem (404)."""
    given, (as_of, document) = given_task(api, task_id), collected(api, task_id)
    if given is None and not document:
        raise Problem(NOT_COLLECTED_YET, as_of=as_of.isoformat() if as_of else "nothing yet")
    project = given.project if given else str(document.get("project") or "")
    return KnownTask(task_id, project, as_of, document)


def task_to_write(api: Api, task_id: str) -> KnownTask:
    """Return a task about which something is said; the data is looked at only where that is needed."""
    return given_task(api, task_id) or known_task(api, task_id)


def with_project(task: KnownTask) -> str:
    """Return a task's project. Raises Problem (404)."""
    if not task.project:
        raise Problem(NO_PROJECT_YET)
    return task.project
