"""The title of a run: the workflow's name, the id of what it is about, and words for people after it.

GitHub's run object says nothing else about the event, so runs are found by their titles (`run-name` in each workflow).
"""

import re
from collections.abc import Mapping
from typing import Any

TITLE = re.compile(r"([a-z]+) ([0-9a-f]{20})(?: · .*)?")  # older runs have no words after the id


BUILD_TITLE = re.compile(r"build [0-9a-f]{20} · task ([0-9a-f]{20}) round ([1-9]\d{0,5})")


def task_in_title(run: Mapping[str, Any]) -> tuple[str, int]:
    """Return the task key and the round of a build; "" and 0 when its title does not name them."""
    found = BUILD_TITLE.fullmatch(str(run.get("display_title") or run.get("name") or ""))
    return (found[1], int(found[2])) if found else ("", 0)


def id_in_title(kind: str, run: Mapping[str, Any]) -> str | None:
    """Return the id that a run of the workflow `kind` is about, None for one that was started by hand."""
    found = TITLE.fullmatch(str(run.get("display_title") or run.get("name") or ""))
    return found[2] if found and found[1] == kind else None


def words_in_title(run: Mapping[str, Any]) -> str:
    """Return what stands behind the id: the project of a command or a message."""
    return str(run.get("display_title") or run.get("name") or "").partition(" · ")[2]
