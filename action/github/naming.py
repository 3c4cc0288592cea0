"""Names of target repositories: readable, stable for a task, and a number when one task has several."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import count

from receiver.task.project import DIGITS_OF_KEY

LONGEST_SLUG = 60


def slug(task: str) -> str:
    """Return what a repository name can hold of a task's name."""
    ascii_only = unicodedata.normalize("NFKD", task).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:LONGEST_SLUG].strip("-") or "task"


def repository_names(task: str, task_key: str) -> Iterator[str]:
    """Yield the names that a task's repositories have, in the order in which they are made."""
    first = f"{slug(task)}-{task_key[:DIGITS_OF_KEY]}"
    return (first if number == 1 else f"{first}-{number}" for number in count(1))


def usual_address(full_name: str) -> str:
    """Return the address that a project's page has on GitHub when nobody chose a domain for it."""
    owner, _, name = full_name.partition("/")
    return f"https://{owner.lower()}.github.io/{name}/"
