"""Starts workflows of the runner repository with the run's own token."""

import time
from collections.abc import Callable
from typing import Any, Final

import requests

from action.errors import GitHubUnavailable, TokenInsufficient, UserError

BUILD: Final = "build-task"
FEEDBACK: Final = "record-feedback"
PAUSES = (2.0, 5.0, 10.0, 20.0)
SECONDS = (10, 30)


class Dispatcher:
    """Sends repository_dispatch events. One that arrives twice, because an answer was lost, starts the same work."""

    def __init__(
        self,
        session: requests.Session,
        *,
        api_url: str,
        repository: str,
        token: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session = session
        self._url = f"{api_url.rstrip('/')}/repos/{repository}/dispatches"
        self._headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "pagewright",
        }
        self._sleep = sleep

    def dispatch(self, event: str, payload: dict[str, Any]) -> None:
        """Start what listens for an event, trying again for what passes by itself. Raises UserError."""
        body = {"event_type": event, "client_payload": payload}
        said = ""
        for pause in (*PAUSES, None):
            try:
                answer = self._session.post(self._url, json=body, headers=self._headers, timeout=SECONDS)
            except requests.RequestException as error:
                said = f"the connection failed ({type(error).__name__})"
            else:
                if answer.status_code == 204:
                    return
                said = f"it answered {answer.status_code}"
                if answer.status_code < 500 and not is_limit(answer):
                    raise refused(event, said, answer.status_code)
            if pause is not None:
                self._sleep(pause)
        raise GitHubUnavailable(
            f"GitHub did not take the event {event}: {said}.",
            "GitHub has an incident, or its rate limit is used up.",
            "See https://www.githubstatus.com, then run this job again: an event that arrives twice does no harm.",
        )


def is_limit(answer: requests.Response) -> bool:
    """Whether an answer is about the number of requests."""
    return answer.status_code == 429 or (answer.status_code == 403 and "rate limit" in answer.text.lower())


def refused(event: str, said: str, status: int) -> UserError:
    """Return the error for an answer that stays the same."""
    if status in {401, 403, 404}:
        return TokenInsufficient(
            f"The run's own token may not start the event {event}: {said}.",
            "the job lacks 'contents: write', or the repository's settings limit what workflows may do.",
            "Allow it under Settings, Actions, General, Workflow permissions; keep the job's permissions as they are.",
        )
    return GitHubUnavailable(
        f"GitHub did not take the event {event}: {said}.",
        "its payload is larger than 64 KB, or GitHub changed.",
        "Shorten what was sent, and send it again.",
    )
