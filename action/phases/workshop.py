"""What the phase that writes files works with: its doors, and how much it may use them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from action.config import MOST_REVISIONS
from action.console import Console
from action.deadline import Deadline
from action.errors import missing_project
from action.gates.guarded_http import GuardedHttp
from action.history import History, OpenHistory
from action.loop.budget import Budget
from action.loop.proof import OpenSite, no_browser
from action.model.door import Model

DEFAULT_BUDGET = Budget()

CurrentFiles = Callable[[str, str], Mapping[str, bytes] | None]
"""Takes task and task key; returns the files of the task's repository, or None when there is none."""


def nothing_before(task: str, task_key: str) -> None:
    """There is no earlier round."""


def no_history(name: str) -> History:
    """There is no repository."""
    raise missing_project(name)


@dataclass(frozen=True)
class Workshop:
    """The doors that generating needs. `holder` is who the license names, `open_site` shows a candidate.

    `secret` is the sender's, which no file may hold."""

    model: Model
    http: GuardedHttp
    console: Console
    deadline: Deadline
    holder: str
    current_files: CurrentFiles = nothing_before
    open_site: OpenSite = no_browser
    open_history: OpenHistory = no_history
    budget: Budget = DEFAULT_BUDGET
    most_revisions: int = MOST_REVISIONS
    secret: str = field(default="", repr=False)
