"""`python -m action dispatch`: send the events that the job before made. Who asks a model can start nothing."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import requests
from pydantic import BaseModel, ConfigDict, ValidationError

from action.console import Console
from action.errors import BundleInvalid
from action.github.api import BUILD, FEEDBACK, RunnerApi
from action.job.settings import SECONDS_BETWEEN_WRITES, GithubToken, SecondsBetweenWrites, Settings
from receiver.task import Payload
from receiver.task.feedback import Feedback

FILE = "events.json"
LARGEST = 5_000_000
MODELS: dict[str, type[BaseModel]] = {BUILD: Payload, FEEDBACK: Feedback}


class DispatchSettings(Settings):
    """The run's own token."""

    github_token: GithubToken
    seconds_between_writes: SecondsBetweenWrites = SECONDS_BETWEEN_WRITES


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError."""
    settings = DispatchSettings.from_environ(environ)
    runner = settings.runner
    with console.group("Send the events") as shown, requests.Session() as session:
        events = read_events(runner.temp / "events", runner.digest)
        dispatcher = RunnerApi(
            session, api_url=runner.api_url, repository=runner.repository, token=settings.github_token
        )
        send(events, dispatcher, lambda: time.sleep(settings.seconds_between_writes))
        shown.verdict = ", ".join(f"{event.name} {event.id}" for event in events) or "none"


class Event(BaseModel):
    """One repository_dispatch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["build-task", "record-feedback"]
    payload: dict[str, Any]

    @property
    def id(self) -> str:
        """The id that it is known by."""
        return str(self.payload.get("build_id") or self.payload.get("message_id"))

    @classmethod
    def of(cls, payload: Payload | Feedback) -> "Event":
        """Return the event that carries a payload."""
        name: Literal["build-task", "record-feedback"] = BUILD if isinstance(payload, Payload) else FEEDBACK
        return cls(name=name, payload=payload.model_dump(mode="json", exclude_defaults=True))


def write_events(folder: Path, events: Sequence[Event]) -> str:
    """Write events for the next job and return their digest."""
    folder.mkdir(parents=True, exist_ok=True)
    body = json.dumps([event.model_dump() for event in events], indent=1).encode()
    (folder / FILE).write_bytes(body)
    return hashlib.sha256(body).hexdigest()


def read_events(folder: Path, digest: str) -> list[Event]:
    """Return the events that the job before announced. Raises BundleInvalid."""
    try:
        path = folder / FILE
        if path.is_symlink() or path.stat().st_size > LARGEST:
            raise ValueError("it is a link, or too large")
        body = path.read_bytes()
        if not digest or hashlib.sha256(body).hexdigest() != digest:
            raise ValueError("its digest is not the one that was announced")
        events = [Event.model_validate(event) for event in json.loads(body)]
        for event in events:
            MODELS[event.name].model_validate(event.payload)  # it is what the receiver would send
        return events
    except (OSError, ValueError, TypeError, RecursionError) as error:
        reason = "an event is malformed" if isinstance(error, ValidationError) else str(error)
        raise BundleInvalid(
            f"The events that the job before made are not sent: {reason}.",
            "that job failed, or someone changed its artifact.",
            "Look at the log of that job, then run all jobs again.",
        ) from None


def send(events: Sequence[Event], dispatcher: RunnerApi, pause: Callable[[], None]) -> None:
    """Send each event, with a pause between two. Raises UserError."""
    for number, event in enumerate(events):
        if number:
            pause()
        dispatcher.dispatch(event.name, event.payload)
