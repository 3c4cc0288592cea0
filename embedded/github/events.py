"""What happens in a repository, told to whoever subscribed: this is how a push or a dispatch becomes a run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

STARTED_BY_RUNS_TOO = {"repository_dispatch", "workflow_dispatch"}


@dataclass(frozen=True)
class Event:
    """`payload` is what workflows see as github.event; `repo` is "owner/name"; `ref` is full, as in refs/heads/main."""

    name: str
    repo: str
    ref: str
    sha: str
    payload: dict[str, Any]
    actor: str
    inputs: dict[str, Any] = field(default_factory=dict)
    workflow_path: str | None = None
    by_run_token: bool = False


Handler = Callable[[Event], list[int]]


class Events:
    """Passes each event to the subscribers and collects the ids of the runs that they created."""

    def __init__(self) -> None:
        self._handlers: list[Handler] = []

    def subscribe(self, handler: Handler) -> None:
        """Call `handler` with each event from now on; it returns the ids of the runs it created."""
        self._handlers.append(handler)

    def emit(self, event: Event) -> list[int]:
        """Return the ids of the created runs. As on GitHub, a run's own token starts runs only by dispatching them."""
        if event.by_run_token and event.name not in STARTED_BY_RUNS_TOO:
            return []
        return [run_id for handler in self._handlers for run_id in handler(event)]
