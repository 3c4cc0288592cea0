"""The runner repository through GitHub's API, with the run's own token: runs, files, dispatches, and patience."""

import base64
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import requests

from action.errors import (
    SEND_AGAIN,
    GitHubUnavailable,
    RateLimitReached,
    TokenInsufficient,
    UnreadableRequest,
    UserError,
)
from action.gates.http import REDIRECTS
from action.github.refusals import OF_RUNS, Refusal, known
from receiver.task import StoredEnvelope
from receiver.task.payload import digest

PAUSES = (1.0, 2.0, 4.0, 8.0)
PASSING = {500, 502, 503, 504}
MOVED = {301, 307, 308}  # to the repository's new name: 301 for a GET, 307 for what changes something
PAGE = 100
LONGEST_MESSAGE = 300


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
        self._api_url = api_url.rstrip("/")
        self._url = f"{self._api_url}/repos/{repository}"
        self._headers = headers_for(token)
        self._sleep = sleep
        self._waited = 0.0

    def get(self, path: str, **query: str | int) -> Any:
        """Return the JSON behind a path. Raises NotThere, UserError."""
        return self._json("GET", path, query)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send JSON and return the answer's, None for an empty one. Raises NotThere, UserError."""
        return self._json("POST", path, {}, body)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Change what is behind a path. Raises NotThere, UserError."""
        return self._json("PATCH", path, {}, body)

    def delete(self, path: str) -> None:
        """Delete what is behind a path. Raises NotThere, UserError."""
        self._json("DELETE", path, {})

    def dispatch(self, event: str, payload: dict[str, Any]) -> None:
        """Start what listens for an event, trying again for what passes by itself. Raises UserError.

        An event that arrives twice, because an answer was lost, starts the same work.
        """
        body, url = {"event_type": event, "client_payload": payload}, f"{self._url}/dispatches"

        def send() -> requests.Response:
            return self._session.post(url, json=body, headers=self._headers, timeout=SECONDS)

        try:
            answer = self._patiently(send, may_be_taken_soon, DISPATCH_PAUSES)
        except requests.RequestException as error:
            raise unavailable(event, f"the connection failed ({type(error).__name__})") from None
        if refusal_of(answer).is_limit:
            raise explain(f"the event {event}", answer)
        if answer.status_code >= 500:
            raise unavailable(event, f"it answered {answer.status_code}")
        if answer.status_code != 204:
            raise refused(event, f"it answered {answer.status_code}", answer.status_code)

    def blob(self, sha: str) -> bytes:
        """Return the bytes of a git blob, trying again for what passes by itself. Raises UnreadableRequest."""
        url, headers = f"{self._url}/git/blobs/{sha}", {**self._headers, "Accept": RAW}

        def send() -> requests.Response:
            return self._session.get(url, headers=headers, timeout=SECONDS)

        try:
            answer = self._patiently(send, may_be_there_soon, PAUSES)
        except requests.RequestException as error:
            raise unreadable(f"the connection failed ({type(error).__name__})") from None
        if answer.status_code != 200:
            raise unreadable(f"GitHub answered {answer.status_code}")
        return answer.content

    def store(self, build_id: str, sealed: bytes) -> StoredEnvelope:
        """Keep an envelope that is too large for an event, as the receiver does. Raises NotThere, UserError."""
        blob = self.post("/git/blobs", {"encoding": "base64", "content": base64.b64encode(sealed).decode()})["sha"]
        entry = {"path": "envelope", "mode": "100644", "type": "blob", "sha": blob}
        tree = self.post("/git/trees", {"tree": [entry]})["sha"]
        ref, commit = f"requests/{build_id}", {"message": "Keep a sealed request", "tree": tree}
        try:
            before = self.get(f"/git/ref/{ref}")["object"]["sha"]
        except NotThere:
            made = self.post("/git/commits", {**commit, "parents": []})["sha"]
            self.post("/git/refs", {"ref": f"refs/{ref}", "sha": made})
        else:
            made = self.post("/git/commits", {**commit, "parents": [before]})["sha"]
            self.patch(f"/git/refs/{ref}", {"sha": made, "force": True})
        return StoredEnvelope(blob=blob, sha256=digest(sealed))

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
        answer = self._send(method, path, may_be_readable_soon, params=query, json=body)
        if answer.status_code >= 300:
            raise self._refused(method, path, answer)
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise unreachable("it answered without JSON") from None

    def _send(
        self, method: str, path: str, passes: Callable[[requests.Response], bool] | None = None, **more: Any
    ) -> requests.Response:
        """Ask, again for what passes by itself. A request that changes something is repeated after a refusal only."""
        options = {"headers": self._headers, "timeout": SECONDS, "allow_redirects": False, **more}

        def send() -> requests.Response:
            answer = self._session.request(method, f"{self._url}{path}", **options)
            new = answer.headers.get("location", "").partition("?")[0]
            if answer.status_code in MOVED and new.startswith(f"{self._api_url}/"):
                return self._session.request(method, new, **options)
            return answer

        try:
            is_repeatable = method == "GET"
            passes = passes if passes and is_repeatable else is_passing
            return self._patiently(send, passes, PAUSES, is_repeatable=is_repeatable)
        except requests.RequestException as error:
            raise unreachable(type(error).__name__) from None

    def _patiently(
        self,
        send: Callable[[], requests.Response],
        passes: Callable[[requests.Response], bool],
        pauses: Sequence[float],
        *,
        is_repeatable: bool = True,
    ) -> requests.Response:
        return patiently(send, passes, pauses, self._sleep, may_wait=self._may_wait, is_repeatable=is_repeatable)

    def _may_wait(self, seconds: float) -> bool:
        """Whether so long a wait that GitHub asks for has a place in this step; then it is counted."""
        if self._waited + seconds > MOST_WAITING:
            return False
        self._waited += seconds
        return True

    def _refused(self, method: str, path: str, answer: requests.Response) -> Exception:
        if answer.status_code in {404, 410}:
            return NotThere()
        return explain(f"{method} {path.partition('?')[0]}", answer)


def patiently(
    send: Callable[[], requests.Response],
    passes: Callable[[requests.Response], bool],
    pauses: Sequence[float],
    sleep: Callable[[float], None],
    *,
    may_wait: Callable[[float], bool],
    is_repeatable: bool = True,
) -> requests.Response:
    """Return the answer; ask again while it `passes` by itself, and after a lost connection if that does no harm.

    `may_wait` is asked about the seconds that GitHub wants. Raises requests.RequestException for the last connection
    that failed.
    """
    for pause in (*pauses, None):
        try:
            answer = send()
        except requests.RequestException:
            if pause is None or not is_repeatable:
                raise
        else:
            asked = refusal_of(answer).wait(time.time())
            if pause is None or not passes(answer) or not may_wait(asked):
                return answer
            pause = max(pause, asked)
        sleep(pause)
    raise AssertionError("the loop ends by returning or raising")


def refusal_of(answer: requests.Response) -> Refusal:
    """Return an answer as far as it says why something was not done."""
    return Refusal(answer.status_code, answer.headers, answer.text if answer.status_code >= 400 else "")


def is_passing(answer: requests.Response) -> bool:
    """Whether the same request may succeed in a moment."""
    return answer.status_code in PASSING or is_short_limit(answer)


def may_be_readable_soon(answer: requests.Response) -> bool:
    """Whether the same question may be answered in a moment, and with JSON: a proxy's page is 200 now and then."""
    return is_passing(answer) or (answer.status_code == 200 and not is_json(answer))


def is_json(answer: requests.Response) -> bool:
    """Whether an answer can be read, or is empty."""
    try:
        return not answer.content or answer.json() is not None
    except (ValueError, RecursionError):
        return False


def is_short_limit(answer: requests.Response) -> bool:
    """Whether an answer is about too many requests in a short time."""
    refusal = refusal_of(answer)
    return refusal.is_limit and not refusal.is_used_up


def explain(what: str, answer: requests.Response) -> UserError:
    """Return the error of a refused request."""
    refusal = refusal_of(answer)
    if refusal.is_used_up:
        return RateLimitReached(
            "The run's token has used up its requests of this hour.",
            "a runner repository has 1,000 an hour, and very many builds ended in it.",
            "Nothing is lost: the next run goes on where this one stopped.",
        )
    if refusal.is_limit:
        return RateLimitReached(
            "GitHub holds back the requests of the run's token for some minutes (a secondary rate limit).",
            "this run and others sent very many in a short time.",
            "Nothing is lost: the next run goes on where this one stopped.",
        )
    if refused_run := known(OF_RUNS, refusal.text):
        return refused_run
    if answer.status_code in {401, 403}:
        return TokenInsufficient(
            f"GitHub refused {what} with {answer.status_code}.",
            f"the job's token lacks a permission ({refusal.accepted('one that it does not name')}).",
            "Compare the job's permissions with those in the workflow file of the project.",
        )
    return unreachable(f"it answered {answer.status_code} to {what}{message_in(answer)}")


def message_in(answer: requests.Response) -> str:
    """Return GitHub's message behind a colon, "" when there is none."""
    try:
        message = answer.json()["message"]
    except (ValueError, TypeError, KeyError):
        return ""
    return f": {' '.join(str(message).split())[:LONGEST_MESSAGE]}"


def unreachable(reason: str) -> GitHubUnavailable:
    """Return the error of an API that does not answer as it should."""
    return GitHubUnavailable(
        f"GitHub's API could not be used: {reason}.",
        "GitHub has an incident, or this runner has no connection.",
        "See https://www.githubstatus.com; the next run goes on where this one stopped.",
    )


BUILD: Final = "build-task"
FEEDBACK: Final = "record-feedback"
DISPATCH_PAUSES = (2.0, 5.0, 10.0, 20.0)


def may_be_taken_soon(answer: requests.Response) -> bool:
    """Whether the event may be taken in a moment."""
    return answer.status_code >= 500 or is_short_limit(answer)


def unavailable(event: str, said: str) -> GitHubUnavailable:
    """Return the error for a GitHub that stays away."""
    return GitHubUnavailable(
        f"GitHub did not take the event {event}: {said}.",
        "GitHub has an incident, or this runner has no connection.",
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


def may_be_there_soon(answer: requests.Response) -> bool:
    """Whether the blob may be there in a moment: it may not be everywhere yet when the dispatch already is."""
    return answer.status_code not in {200, 401, 403} or is_short_limit(answer)


def unreadable(reason: str) -> UnreadableRequest:
    """Return the error for an envelope that cannot be had."""
    return UnreadableRequest(
        "The stored envelope of this build could not be read.",
        f"{reason}: the job lacks 'contents: read', or refs/requests/ was cleaned up.",
        SEND_AGAIN,
    )


JSON: Final = "application/vnd.github+json"
RAW: Final = "application/vnd.github.raw+json"
SECONDS: Final = (10, 60)  # to connect, and between two bytes
MOST_WAITING = 150.0  # seconds because GitHub asks for them, in one step: a build is still in time


def headers_for(token: str, accept: str = JSON) -> dict[str, str]:
    """Return what goes with every request."""
    return {
        "Accept": accept,
        "Authorization": f"Bearer {token}",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "pagewright",
    }
