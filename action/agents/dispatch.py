"""Starts workflows of the runner repository with the run's own token."""

import time
from collections.abc import Callable
from typing import Any, Final

import requests

from action.errors import GitHubUnavailable, TokenInsufficient, UserError
from action.github_http import SECONDS, headers_for, patiently

BUILD: Final = "build-task"
FEEDBACK: Final = "record-feedback"
DISPATCH_PAUSES = (2.0, 5.0, 10.0, 20.0)


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
        self._headers = headers_for(token)
        self._sleep = sleep

    def dispatch(self, event: str, payload: dict[str, Any]) -> None:
        """Start what listens for an event, trying again for what passes by itself. Raises UserError."""
        body = {"event_type": event, "client_payload": payload}

        def send() -> requests.Response:
            return self._session.post(self._url, json=body, headers=self._headers, timeout=SECONDS)

        try:
            answer = patiently(send, passes=may_be_taken_soon, pauses=DISPATCH_PAUSES, sleep=self._sleep)
        except requests.RequestException as error:
            raise unavailable(event, f"the connection failed ({type(error).__name__})") from None
        if may_be_taken_soon(answer):
            raise unavailable(event, f"it answered {answer.status_code}")
        if answer.status_code != 204:
            raise refused(event, f"it answered {answer.status_code}", answer.status_code)


def may_be_taken_soon(answer: requests.Response) -> bool:
    """Whether the event may be taken in a moment."""
    return answer.status_code >= 500 or is_limit(answer)


def is_limit(answer: requests.Response) -> bool:
    """Whether an answer is about the number of requests."""
    return answer.status_code == 429 or (answer.status_code == 403 and "rate limit" in answer.text.lower())


def unavailable(event: str, said: str) -> GitHubUnavailable:
    """Return the error for a GitHub that stays away."""
    return GitHubUnavailable(
        f"GitHub did not take the event {event}: {said}.",
        "GitHub has an incident, or its rate limit is used up.",
        "See https://www.githubstatus.com, then run this job again: an event that arrives twice does no harm.",
    )


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
