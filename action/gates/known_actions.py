"""The actions that a workflow in a target repository may use, each pinned to the commit of a release."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("known_actions.json")


@dataclass(frozen=True)
class Pin:
    """One release of an action."""

    name: str
    version: str
    sha: str

    @property
    def reference(self) -> str:
        """What stands after `uses:`."""
        return f"{self.name}@{self.sha}"


Pins = Mapping[str, Pin]


@cache
def known_actions() -> Pins:
    """Return the pins by name in lower case: GitHub does not tell upper from lower case either."""
    entries = json.loads(DATA.read_text(encoding="utf-8"))
    return {name.lower(): Pin(name, entry["version"], entry["sha"]) for name, entry in entries.items()}
