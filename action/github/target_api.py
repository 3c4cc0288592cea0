"""PyGithub with the build's deadline in its retries, and what GitHub's error answers mean."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

import requests
from github import Auth, BadCredentialsException, Github, GithubException, GithubRetry
from github.Requester import Requester
from urllib3 import BaseHTTPResponse, HTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError

from action.deadline import Deadline
from action.errors import GitHubUnavailable, RateLimitReached, TokenInsufficient, UserError
from action.github.refusals import WHERE, Refusal, forbidden

PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # a new repository answers 404 here and there for up to a minute


@dataclass(frozen=True)
class GitHub:
    """PyGithub, and the patience that is left."""

    api: Github
    deadline: Deadline
    sleep: Callable[[float], None] = time.sleep

    def get(self, path: str, absent: frozenset[int] = frozenset({404})) -> Any:
        """Return the JSON behind a path, or None when GitHub says that it is not there. Raises UserError."""
        try:
            with reachable():
                return self.api.requester.requestJsonAndCheck("GET", path)[1]
        except GithubException as error:
            if error.status in absent:
                return None
            raise explain(error, "read the state of the target repository", "Contents and Actions: read") from None

    def pause(self, seconds: float) -> bool:
        """Wait, unless the time for the callback would be gone afterwards."""
        if self.deadline.remaining() <= seconds:
            return False
        self.sleep(seconds)
        return True


@contextmanager
def reachable() -> Iterator[None]:
    """Turn a failed connection, which is nobody's defect, into a UserError. It names no address and no header."""
    try:
        yield
    except requests.RequestException as error:
        raise GitHubUnavailable(
            f"GitHub's API could not be reached ({type(error).__name__}).",
            "GitHub has an incident, or this runner has no connection.",
            "See https://www.githubstatus.com, then run the build again with 'Re-run failed jobs'.",
        ) from None


def connect(
    token: str,
    *,
    api_url: str,
    seconds_between_writes: float,
    deadline: Deadline,
    is_patient: bool = True,
    sleep: Callable[[float], None] = time.sleep,
) -> Github:
    """Return PyGithub with a throttle, and without waits that would outlast the deadline; at best, without any."""
    api = Github(
        auth=Auth.Token(token),
        base_url=api_url,
        user_agent="pagewright",
        seconds_between_requests=0,
        seconds_between_writes=seconds_between_writes,
        retry=WithinDeadline(deadline=deadline, doze=sleep) if is_patient else None,
    )
    if is_patient:  # PyGithub takes no class of ours; everything that it gives out asks by this one
        vars(api)["_Github__requester"] = Rereader(deadline, sleep, **api.requester.kwargs)
    return api


class Rereader(Requester):
    """Asks again when an answer was cut off on its way, or is a page in place of JSON: that passes, as a 502 does."""

    def __init__(self, deadline: Deadline, doze: Callable[[float], None], **usual: Any) -> None:
        super().__init__(**usual)
        self._deadline, self._doze = deadline, doze

    def requestJson(self, verb: str, url: str, *more: Any, **named: Any) -> tuple[int, dict[str, Any], str]:
        """Return status, headers and text. Raises requests.RequestException for an answer that stays unreadable."""
        for pause in PAUSES_TO_REREAD:
            try:
                answer = super().requestJson(verb, url, *more, **named)
            except requests.exceptions.ChunkedEncodingError as error:
                problem: requests.RequestException = error
            else:
                if answer[0] >= 300 or is_readable(answer[2]):
                    return answer
                problem = requests.exceptions.InvalidJSONError("GitHub answered without JSON")
            if pause is None or self._deadline.remaining() <= pause:
                raise problem
            self._doze(pause)
        raise AssertionError("the loop ends by returning or raising")


def is_readable(text: str) -> bool:
    """Whether an answer of the API is JSON, or empty."""
    try:
        return not text or json.loads(text) is not None
    except (ValueError, RecursionError):
        return False


TRIES = 6
PAUSES_TO_REREAD = (1.0, 4.0, 15.0, None)
MAY_PASS = (403, 429, 500, 502, 503, 504)  # of 403, only what is about the number of requests
PUBLISHING, DISPATCH = "publishing token", "dispatch token"


class WithinDeadline(Retry):
    """Asks again for what passes by itself. What GitHub says at last is raised, as GithubException.

    GithubRetry sleeps as long as GitHub asks for, as often as it asks, whatever time is left.
    """

    def __init__(self, *, deadline: Deadline, doze: Callable[[float], None], **state: Any) -> None:
        usual = {"total": TRIES - 1, "backoff_factor": 0.5, "status_forcelist": MAY_PASS, "allowed_methods": None}
        super().__init__(**{**usual, **state})
        self.deadline, self.doze = deadline, doze

    def new(self, **state: Any) -> "WithinDeadline":
        """Return what is left of the patience."""
        return super().new(deadline=self.deadline, doze=self.doze, **state)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> "WithinDeadline":
        """Wait for the next try. Raises GithubException, and MaxRetryError for a connection that failed."""
        refusal = refusal_of(response, url or "") if isinstance(response, HTTPResponse) else None
        if refusal and refusal.status == 403 and not refusal.is_limit:
            raise as_exception(refusal)
        try:
            following = super().increment(method, url, response, error, _pool, _stacktrace)
        except MaxRetryError:
            if refusal is None:
                raise
            raise as_exception(refusal) from None
        pause = max(following.get_backoff_time(), refusal.wait(time.time()) if refusal else 0.0)
        if refusal and pause >= self.deadline.remaining():
            raise as_exception(refusal)
        self.doze(pause)
        return following

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Do nothing: `increment` has waited."""


def refusal_of(response: HTTPResponse, url: str) -> Refusal:
    """Return what an answer says; it can be read only once."""
    return Refusal(response.status, response.headers, GithubRetry.get_content(response, url).decode(errors="replace"))


def as_exception(refusal: Refusal) -> GithubException:
    """Return PyGithub's exception of an answer, which may be a page of HTML."""
    try:
        data = json.loads(refusal.text)
    except ValueError:
        data = None
    headers = {name.lower(): value for name, value in refusal.headers.items()}
    return Requester.createException(refusal.status, headers, data if isinstance(data, dict) else {})


def explain(error: GithubException, doing: str, permission: str) -> UserError:
    """Return the error to show. `doing` completes "GitHub did not let us"; `permission` is what that needs."""
    refusal = Refusal(error.status, error.headers or {}, said(error))
    if isinstance(error, BadCredentialsException) or error.status == 401:
        return not_accepted()
    if refusal.is_used_up:
        return RateLimitReached(
            f"GitHub's rate limit is used up, so it did not let us {doing}.",
            "many builds with the same publishing token at once.",
            "Run the build again in an hour; docs/own.md says how to spread builds over several tokens.",
        )
    if refusal.is_limit:
        return RateLimitReached(
            f"GitHub holds back the publishing token's requests (a secondary rate limit): it did not let us {doing}.",
            "many builds with the same publishing token in a short time.",
            "Run the build again in some minutes; docs/own.md says how to spread builds over several tokens.",
        )
    if error.status == 403:
        return forbidden(doing, "" if error.data is None else said(error), refusal.accepted(permission))
    return GitHubUnavailable(
        f"GitHub did not let us {doing} (it answered {error.status}: {said(error)}).",
        "GitHub has a problem, or the token may not see what it should.",
        "See https://www.githubstatus.com, then run the build again with 'Re-run failed jobs'.",
    )


def said(error: GithubException) -> str:
    """Return GitHub's message and its details, short enough for a sentence."""
    data = error.data if isinstance(error.data, dict) else {}
    details = [str(entry.get("message") or entry.get("code") or "") for entry in entries(data)]
    return "; ".join(part for part in (str(data.get("message") or "no message"), *details) if part)[:200]


def entries(data: dict[str, object]) -> list[dict[str, object]]:
    """Return the details of a validation error."""
    found = data.get("errors")
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def is_name_taken(error: GithubException) -> bool:
    """Whether a repository of that name exists already."""
    return error.status == 422 and "already exists" in said(error).lower()


EXPIRY = "github-authentication-token-expiration"  # in each reply to a token that ends
SOON = timedelta(days=14)
NO_NEWS = timedelta(minutes=5)  # a token that was just accepted has not expired, whatever its header says
CLASSIC_SCOPES = frozenset({"repo", "workflow"})  # what a classic token needs to publish


@dataclass(frozen=True)
class AcceptedToken:
    """What a reply says about the token that it was given. `scopes` are those of a classic one; others have none."""

    expires_at: datetime | None
    scopes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, headers: Mapping[str, Any], now: datetime) -> "AcceptedToken":
        """Read the headers of a reply, whose names are in small letters."""
        moment = expiry_in(str(headers.get(EXPIRY) or ""))
        scopes = {scope.strip() for scope in str(headers.get("x-oauth-scopes") or "").split(",")} - {""}
        return cls(moment if moment and moment > now + NO_NEWS else None, frozenset(scopes))

    def missing_scopes(self, needed: frozenset[str] = CLASSIC_SCOPES) -> list[str]:
        """Return what a classic token lacks. A fine-grained one shows its permissions only when it is used."""
        return sorted(needed - self.scopes) if self.scopes else []

    def warning(self, now: datetime, which: str = PUBLISHING, next_step: str = WHERE) -> TokenInsufficient | None:
        """Return what to say about a token that expires soon, None while there is time."""
        if self.expires_at is None or self.expires_at - now > SOON:
            return None
        left = (self.expires_at - now).days
        return TokenInsufficient(
            f"The {which} expires on {self.expires_at:%Y-%m-%d}, {f'in {left} days' if left > 1 else 'very soon'}.",
            "tokens are made for a limited time, and nothing renews them.",
            next_step,
        )


def expiry_in(text: str) -> datetime | None:
    """Return the moment that GitHub writes as "2027-03-01 12:30:00 UTC", or with an offset in place of the zone."""
    try:
        found = datetime.fromisoformat(text.replace(" UTC", "+00:00").replace(" -", "-").replace(" +", "+"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def not_accepted(which: str = PUBLISHING, next_step: str = WHERE) -> TokenInsufficient:
    """Return the error of a token that GitHub answers with 401."""
    return TokenInsufficient(
        f"GitHub does not accept the {which}.",
        "it has expired, was revoked, or was not copied whole.",
        next_step,
    )
