"""`python -m action dispatch`: send the events that the job before made."""

import time
from collections.abc import Mapping

import requests

from action.agents.config import DispatchConfig
from action.agents.dispatch import Dispatcher
from action.agents.events import read_events, send
from action.console import Console


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises UserError."""
    config = DispatchConfig.from_environ(environ)
    runner = config.runner
    with console.phase("Send the events") as shown, requests.Session() as session:
        events = read_events(runner.temp / "events", runner.digest)
        dispatcher = Dispatcher(
            session, api_url=runner.api_url, repository=runner.repository, token=config.github_token
        )
        send(events, dispatcher, lambda: time.sleep(config.seconds_between_writes))
        shown.verdict = ", ".join(f"{event.name} {shown_id(event.payload)}" for event in events) or "none"


def shown_id(payload: Mapping[str, object]) -> str:
    """Return the id that an event is known by."""
    return str(payload.get("build_id") or payload.get("message_id"))
