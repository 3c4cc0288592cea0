"""GitHub as somebody with one token sees it: each answer as it is, asked for once, with GitHub's own words."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from action.errors import GitHubUnavailable
from action.github.api import SECONDS, headers_for, is_passing, patiently, refusal_of, unreachable

PAUSES = (1.0, 2.0)


@dataclass(frozen=True)
class Reply:
    """One answer. `body` is None for what is no JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any = None

    @property
    def said(self) -> str:
        """GitHub's message, on one line."""
        text = self.body.get("message") if isinstance(self.body, dict) else None
        return " ".join(str(text or "no message").split())[:300]

    def entries(self, key: str) -> list[dict[str, Any]]:
        """Return the entries of a list that stands under a key."""
        found = self.body.get(key) if isinstance(self.body, dict) else None
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


@dataclass
class GitHub:
    """`token` may be empty: everybody may read what is public. What was read stays as it was."""

    session: requests.Session
    api_url: str
    token: str = field(repr=False)
    sleep: Callable[[float], None] = time.sleep
    read: dict[str, Reply] = field(default_factory=dict)
    is_away: GitHubUnavailable | None = None  # whoever cannot be reached now is not waited for again

    def get(self, path: str) -> Reply:
        """Return what is behind a path, whatever GitHub says. Raises GitHubUnavailable."""
        if path not in self.read:
            self.read[path] = self.send("GET", path)
        return self.read[path]

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Reply:
        """Return the answer to a request. Raises GitHubUnavailable."""
        if self.is_away:
            raise self.is_away
        url = f"{self.api_url.rstrip('/')}{path}"
        headers = headers_for(self.token)
        if not self.token:
            del headers["Authorization"]

        def ask() -> requests.Response:
            return self.session.request(method, url, json=body, headers=headers, timeout=SECONDS, allow_redirects=False)

        def may_wait(seconds: float) -> bool:
            return seconds == 0  # somebody sits in front of it

        is_reading = method == "GET"
        try:
            answer = patiently(ask, is_passing, PAUSES, self.sleep, may_wait=may_wait, is_repeatable=is_reading)
        except requests.RequestException as error:
            self.is_away = unreachable(type(error).__name__)
            raise self.is_away from None
        if refusal_of(answer).is_limit or answer.status_code >= 500:
            raise troubled(answer.status_code)
        try:
            content = answer.json() if answer.content else None
        except ValueError:
            content = None
        return Reply(answer.status_code, answer.headers, content)


def troubled(status: int) -> GitHubUnavailable:
    """Return the error for a GitHub that answers, but not what was asked."""
    why = "its limit of requests is used up" if status in {403, 429} else f"it answered {status}"
    return unreachable(why)
