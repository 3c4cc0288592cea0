"""The fence around a command: which files it may reach, as a set of Landlock's rules."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from action.execution.landlock import ALL, READ, SCOPED_SINCE, allow, new_ruleset, restrict, version
from action.execution.visible_files import readable, writable
from action.execution.workplace import Workplace


@dataclass(frozen=True)
class Fence:
    """An open set of rules, and the version of Landlock that will hold them."""

    ruleset: int
    version: int

    def close_behind(self) -> None:
        """Let this process, and all that it starts, stay inside for ever."""
        restrict(self.ruleset)

    @property
    def keeps_signals_in(self) -> bool:
        """Whether no signal can be sent to processes outside."""
        return self.version >= SCOPED_SINCE


@contextmanager
def fence_around(place: Workplace, search_path: str, hidden: tuple[Path, ...]) -> Iterator[Fence | None]:
    """Make the rules: programs may be read, the workplace may be written. None where the kernel has no Landlock."""
    known = version()
    if not known:
        yield None
        return
    ruleset = new_ruleset(known)
    try:
        allow(ruleset, readable(search_path, hidden), READ, known)
        allow(ruleset, [*writable(), place.root], ALL, known)
        yield Fence(ruleset, known)
    finally:
        os.close(ruleset)
