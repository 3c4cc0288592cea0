"""Why a field cannot be accepted, in words: what pydantic says about a pattern is the pattern itself."""

from typing import Any

from receiver.problems import FieldReason
from receiver.task.feedback import COMMIT, ROLE

IN_WORDS = {
    ROLE: "must be one short word: a lower-case letter, then lower-case letters, digits and hyphens, at most 30 in all",
    COMMIT: "must be a whole commit id: 40 hexadecimal digits in lower case",
}
OTHER_PATTERN = "has signs, or a form, that cannot be accepted here; /openapi.json describes it"


def as_reason(entry: Any) -> FieldReason:
    """Turn one of pydantic's errors into a field and a reason."""
    return FieldReason(field=".".join(map(str, entry["loc"]))[:120] or "(the whole task)", reason=words(entry)[:300])


def words(entry: Any) -> str:
    """Return what is wrong. Our own validators say it themselves."""
    if entry["type"] == "value_error":
        return str(entry["ctx"]["error"])
    if entry["type"] == "string_pattern_mismatch":
        return IN_WORDS.get(entry["ctx"]["pattern"], OTHER_PATTERN)
    return str(entry["msg"])
