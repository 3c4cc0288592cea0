"""The title of a run: the workflow's name, the id of what it is about, and words for people after it.

GitHub's run object says nothing else about the event, so runs are found by their titles (`run-name` in each workflow).
"""

import re
from collections.abc import Mapping
from typing import Any

TITLE = re.compile(r"([a-z]+) ([0-9a-f]{20})(?: · .*)?")  # older runs have no words after the id


def id_in_title(kind: str, run: Mapping[str, Any]) -> str | None:
    """Return the id that a run of the workflow `kind` is about, None for one that was started by hand."""
    found = TITLE.fullmatch(str(run.get("display_title") or run.get("name") or ""))
    return found[2] if found and found[1] == kind else None
