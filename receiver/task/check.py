"""A check of the caller, in whichever of its shapes it arrived."""

import json

from pydantic import BaseModel, ConfigDict, model_validator

from receiver.task.encodable import Encodable

# Where and when an expression is asked, and what it is compared with: more than it says itself.
AROUND = {
    *("url", "page", "path", "query", "viewport", "device", "steps", "actions", "action", "before", "after", "given"),
    *("when", "then", "setup", "precondition", "preconditions", "expect", "expected", "equals", "value", "result"),
}


class Check(BaseModel):
    """Exactly one of `js` (an expression that must be true in the page) and `text` (plain English) is set."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    js: Encodable | None = None
    text: Encodable | None = None

    @model_validator(mode="before")
    @classmethod
    def read_any_shape(cls, value: object) -> object:
        """Accept "js: ...", plain English, {"js": ...}; keep what is none of these as JSON, so that nothing is lost."""
        if isinstance(value, str):
            head, colon, rest = value.partition(":")
            is_js = bool(colon) and head.strip().lower() in {"js", "javascript"}
            return {"js": rest.strip()} if is_js else {"text": value.strip()}
        if isinstance(value, dict):
            if isinstance(value.get("js"), str) and not value.keys() & AROUND:
                return {"js": value["js"].strip()}
            if isinstance(value.get("text"), str) and not value.keys() & {"type", "kind", "selector", *AROUND}:
                return {"text": value["text"].strip()}
        return {"text": json.dumps(value, ensure_ascii=False, sort_keys=True)}

    def __str__(self) -> str:
        """Return the check as one line of a prompt or a report."""
        return f"js: {self.js}" if self.js is not None else self.text or ""


def as_list_of_checks(value: object) -> list[object]:
    """Accept a list, one bare check, or nothing at all."""
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
