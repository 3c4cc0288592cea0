"""Why a callback is refused: the reasons that an evaluation server has, in words."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from receiver.task.request import ECHOED

ADDRESSES = ("repo_url", "pages_url")
FULL_SHA = re.compile(r"[0-9a-f]{40}")


def reasons_to_refuse(callback: object, sent: Sequence[dict[str, Any]]) -> list[str]:
    """Return what is wrong with `callback`, given the tasks that were sent; nothing means that it is right."""
    if not isinstance(callback, dict):
        return ["the body is not a JSON object"]
    reasons = [f"{name} is missing" for name in (*ECHOED, *ADDRESSES, "commit_sha") if name not in callback]
    reasons += [
        f"{name} is not an http address" for name in ADDRESSES if not is_address(callback.get(name, "http://x"))
    ]
    if "commit_sha" in callback and not is_commit_id(callback["commit_sha"]):
        reasons.append("commit_sha is not a full commit id (40 hex digits)")
    return reasons + differences(callback, sent)


def differences(callback: dict[str, Any], sent: Sequence[dict[str, Any]]) -> list[str]:
    """Return how the copied fields differ from the sent task that comes closest."""
    if not sent:
        return ["no task was ever sent from here"]
    closest = max(sent, key=lambda task: sum(is_copy(callback.get(name), task[name]) for name in ECHOED))
    return [
        f"{name} does not match what was sent"
        for name in ECHOED
        if name in callback and not is_copy(callback[name], closest[name])
    ]


def is_copy(value: object, original: object) -> bool:
    """Whether a value came back unchanged, its type included: 1 is not "1"."""
    return type(value) is type(original) and value == original


def is_address(value: object) -> bool:
    """Whether `value` is an http or https address."""
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
        return parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that hold no IPv6 address, or a port that does not exist
        return False


def is_commit_id(value: object) -> bool:
    """Whether `value` can be the id of a commit: full length, and not one digit forty times."""
    return isinstance(value, str) and FULL_SHA.fullmatch(value) is not None and len(set(value)) > 1
