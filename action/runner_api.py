"""The runner repository through GitHub's API, with the run's own token."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import requests

from action.errors import GitHubUnavailable, RateLimitReached, TokenInsufficient, UserError
from action.github_http import SECONDS, headers_for, patiently

PAUSES = (1.0, 2.0, 4.0, 8.0)
PASSING = {429, 500, 502, 503, 504}
REDIRECTS = {301, 302, 303, 307, 308}
PAGE = 100


class NotThere(Exception):
    """GitHub answered 404 or 410: it is not there, or not any more."""


class TooLarge(Exception):
    """A download is larger than it may be."""


class RunnerApi:
    """`session` also fetches downloads: their address is a redirect to a store, which must not see the token."""

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
        self._url = f"{api_url.rstrip('/')}/repos/{repository}"
        self._headers = headers_for(token)
        self._sleep = sleep

    def get(self, path: str, **query: str | int) -> Any:
        """Return the JSON behind a path. Raises NotThere, UserError."""
        return self._json("GET", path, query)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send JSON and return the answer's, None for an empty one. Raises NotThere, UserError."""
        return self._json("POST", path, {}, body)

    def delete(self, path: str) -> None:
        """Delete what is behind a path. Raises NotThere, UserError."""
        self._json("DELETE", path, {})

    def pages(self, path: str, key: str, **query: str | int) -> Iterator[list[dict[str, Any]]]:
        """Yield a list page by page, until one is not full. Raises UserError."""
        number = 1
        while True:
            found = list(self.get(path, **query, per_page=PAGE, page=number).get(key) or [])
            yield found
            if len(found) < PAGE:
                return
            number += 1

    def download(self, path: str, largest: int) -> bytes:
        """Return the bytes that a path redirects to. Raises NotThere, TooLarge, UserError."""
        answer = self._send("GET", path)
        if answer.status_code in REDIRECTS:
            return self._fetch(answer.headers.get("location", ""), largest)
        raise self._refused("GET", path, answer)

    def _fetch(self, url: str, largest: int) -> bytes:
        try:
            with self._session.get(url, timeout=SECONDS, stream=True, allow_redirects=False) as answer:
                if answer.status_code in {404, 410}:
                    raise NotThere
                if answer.status_code != 200:
                    raise unreachable(f"its store answered {answer.status_code}")
                body = bytearray()
                for chunk in answer.iter_content(65_536):
                    body += chunk
                    if len(body) > largest:
                        raise TooLarge
                return bytes(body)
        except requests.RequestException as error:
            raise unreachable(type(error).__name__) from None

    def _json(self, method: str, path: str, query: dict[str, str | int], body: dict[str, Any] | None = None) -> Any:
        answer = self._send(method, path, params=query, json=body)
        if answer.status_code >= 300:
            raise self._refused(method, path, answer)
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise unreachable("it answered without JSON") from None

    def _send(self, method: str, path: str, **more: Any) -> requests.Response:
        """Ask, again for what passes by itself. A request that changes something is repeated after a refusal only."""
        url, headers = f"{self._url}{path}", self._headers

        def send() -> requests.Response:
            return self._session.request(method, url, headers=headers, timeout=SECONDS, allow_redirects=False, **more)

        try:
            return patiently(send, passes=is_passing, pauses=PAUSES, sleep=self._sleep, is_repeatable=method == "GET")
        except requests.RequestException as error:
            raise unreachable(type(error).__name__) from None

    def _refused(self, method: str, path: str, answer: requests.Response) -> Exception:
        if answer.status_code in {404, 410}:
            return NotThere()
        return explain(f"{method} {path.partition('?')[0]}", answer)


def is_passing(answer: requests.Response) -> bool:
    """Whether the same request may succeed in a moment."""
    return answer.status_code in PASSING and not is_used_up(answer)


def is_used_up(answer: requests.Response) -> bool:
    """Whether the token has no requests left."""
    return answer.status_code in {403, 429} and answer.headers.get("x-ratelimit-remaining") == "0"


def explain(what: str, answer: requests.Response) -> UserError:
    """Return the error of a refused request."""
    if is_used_up(answer):
        return RateLimitReached(
            "The run's token has used up its requests of this hour.",
            "a runner repository has 1,000 an hour, and very many builds ended in it.",
            "Nothing is lost: the next run goes on where this one stopped.",
        )
    if answer.status_code in {401, 403}:
        accepted = answer.headers.get("x-accepted-github-permissions", "one that it does not name")
        return TokenInsufficient(
            f"GitHub refused {what} with {answer.status_code}.",
            f"the job's token lacks a permission ({accepted}).",
            "Compare the job's permissions with those in the workflow file of the project.",
        )
    return unreachable(f"it answered {answer.status_code} to {what}")


def unreachable(reason: str) -> GitHubUnavailable:
    """Return the error of an API that does not answer as it should."""
    return GitHubUnavailable(
        f"GitHub's API could not be used: {reason}.",
        "GitHub has an incident, or this runner has no connection.",
        "See https://www.githubstatus.com; the next run goes on where this one stopped.",
    )
