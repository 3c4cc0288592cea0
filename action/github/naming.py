"""Names of target repositories: readable, stable for a task, with a number when it has several; and whose they are."""

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


TASK = re.compile(r"^Pagewright-Task: (\S+)$", re.MULTILINE)
MOST_COMMITS = 100  # the newest of a repository, among which a build is looked for
Messages = list[tuple[str, str]]  # ids and messages of commits, newest first


def belongs_to(messages: Messages, task_key: str) -> bool:
    """Whether no other task has built in a repository last: two tasks can have names that begin alike."""
    newest = next((found[1] for _, message in messages if (found := TASK.search(message))), task_key)
    return newest == task_key


def commit_of(messages: Messages, build_id: str) -> str | None:
    """Return the newest commit of a build."""
    return next((sha for sha, message in messages if f"\nPagewright-Build: {build_id}\n" in f"{message}\n"), None)
