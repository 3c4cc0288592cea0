"""Who runs a command: nobody, when we are root; else we ourselves, who are an ordinary user already."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from action.errors import CannotExecute

UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class User:
    """An account without rights of its own."""

    name: str
    uid: int
    gid: int


def other_user(effective: int | None = None) -> User | None:
    """Return the account that root hands its rights over to, or None for who is not root. Raises CannotExecute."""
    if (os.geteuid() if effective is None else effective) != 0:
        return None
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise CannotExecute(
            f"This job runs as root, and there is no user {UNPRIVILEGED} who could run the command instead.",
            "the container image has no such account.",
            "Use an image that has it, or run the runner as an ordinary user.",
        ) from None
    return User(entry.pw_name, entry.pw_uid, entry.pw_gid)


def process_options(user: User | None) -> dict[str, Any]:
    """Return what subprocess needs to start something as this user."""
    return {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}


def hand_over(path: Path | int, user: User | None) -> None:
    """Give a file, or what a descriptor is open on, to a user."""
    if user:
        os.chown(path, user.uid, user.gid)
