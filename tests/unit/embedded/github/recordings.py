"""Real replies of GitHub, as far as clients look at them, and how a reply of the embedded GitHub differs from one.

recordings.json has one reply a line: texts of refusals and values of headers as they were, of everything else the kind.
Left out are the scopes of classic tokens, which the embedded GitHub does not have.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.embedded.github.doubles import Reply

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?"
KINDS = {
    "sha": r"[0-9a-f]{40}",
    "moment": f"{MOMENT}Z",
    "moment with an offset": rf"{MOMENT}[+-]\d\d:\d\d",
    "address": r"http://localhost:1/api/v3/\S+",
    "text": r".*",
}
TYPES: dict[str, type] = {"int": int, "bool": bool}


@dataclass(frozen=True)
class Recording:
    """One reply of GitHub. A header without a value must only be there; `source` says where the recording is kept."""

    row: int
    topic: str
    source: str
    status: int
    headers: dict[str, str]
    body: Any

    def differences(self, reply: Reply) -> list[str]:
        """Say how a reply differs from this one; it may have more headers and keys."""
        status = [] if reply.status_code == self.status else [f"status {reply.status_code}"]
        headers = [name for name, value in self.headers.items() if not agrees(value, reply.headers.get(name))]
        return [*status, *headers, *self.differences_of_body(reply)]

    def differences_of_body(self, reply: Reply) -> list[str]:
        """Compare JSON by its kinds, and text as it is."""
        if self.body is None:
            return ["body"] if reply.data else []
        if reply.json is not None and not isinstance(self.body, str):
            return list(unlike(self.body, reply.json, "body"))
        pattern = KINDS.get(str(self.body)) or f".*{re.escape(str(self.body))}.*"
        return [] if re.fullmatch(pattern, reply.text, re.DOTALL) else ["body"]


def agrees(recorded: str, value: str | None) -> bool:
    """Whether a header is there, and with the value that was recorded."""
    if value is None or recorded in {"", "SIGNED"}:
        return value is not None and (recorded == "" or "sig=" in value)
    return recorded == plain(value)


def plain(value: str) -> str:
    """Return a header without what is different in each reply."""
    value = re.sub(r"repositories/\d+", "repositories/N", value.replace("http://localhost:1/api/v3", "API"))
    return re.sub(r"\b[0-9a-f]{40}\b", "SHA", re.sub(r"([&?]page=)\d+", r"\1N", value))


def unlike(recorded: Any, value: Any, where: str) -> list[str]:
    """Say where a part of a body is missing or of another kind."""
    if isinstance(recorded, dict):
        if not isinstance(value, dict):
            return [where]
        missing = [f"{where}.{key}" for key in recorded if key not in value]
        return missing + [
            it for key in recorded if key in value for it in unlike(recorded[key], value[key], f"{where}.{key}")
        ]
    if isinstance(recorded, list):
        is_list = isinstance(value, list) and bool(value)
        return [it for each in value for it in unlike(recorded[0], each, f"{where}[]")] if is_list else [where]
    if recorded is None or recorded in TYPES:
        return [] if type(value) is TYPES.get(recorded, type(None)) else [where]
    pattern = KINDS.get(recorded) or re.sub(r"\bN\b", r"\\d+", re.escape(recorded))
    return [] if isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) else [where]


def recordings() -> dict[int, Recording]:
    """Return the replies by their numbers."""
    lines = json.loads(Path(__file__).with_name("recordings.json").read_text(encoding="utf-8"))
    return {line["row"]: Recording(source=line.pop("from"), **line) for line in lines}
