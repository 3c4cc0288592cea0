"""One client of GitHub's API for each request of ours, and downloads from the storage that GitHub points at."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, BinaryIO, TypeVar

import github
import requests
from github.Requester import Requester
from urllib3 import BaseHTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool

from receiver.app_token import AppToken
from receiver.config import Config
from receiver.github_errors import CAUSES, FROM_OUTSIDE, OF_THE_APP, from_exception, from_status
from receiver.request_log import log

Run = TypeVar("Run")
MOVED = {301, 307, 308}  # to the repository's new name: 301 for a GET, 307 for what changes something


@dataclass(frozen=True)
class Connection:
    """Where GitHub's API is and who asks: a token, or a GitHub App in its place. `timeout_s` is for one call."""

    token: str = field(repr=False)
    api_url: str
    timeout_s: int = 10
    app: AppToken | None = None

    @classmethod
    def of(cls, config: Config) -> "Connection":
        """Return the connection of a configuration."""
        app = AppToken(config.app_id, config.app_key, config.repository) if config.app_id else None
        return cls(config.token, config.api_url, config.github_timeout_s, app)

    @contextmanager
    def session(self) -> Iterator[Requester]:
        """Open a client for one request of ours: PyGithub's connection mixes up the calls of several threads."""
        token = self.app.current(partial(self._client, causes=OF_THE_APP)) if self.app else self.token
        with self._client(github.Auth.Token(token)) as client:
            try:
                yield client
            finally:
                if self.app and client.was_unknown:
                    self.app.forget()

    @contextmanager
    def _client(self, auth: github.Auth.Auth, causes: Mapping[int, str] = CAUSES) -> Iterator["Follower"]:
        """Open a client that neither retries nor pauses: the sender re-sends, and a request must not hang."""
        with github.Github(
            auth=auth,
            base_url=self.api_url,
            timeout=self.timeout_s,
            retry=AtOnce(0, read=False),
            seconds_between_requests=0,
            seconds_between_writes=0,
            user_agent="pagewright-receiver",
        ) as client:
            follower = Follower(**client.requester.kwargs)
            try:
                yield follower
            except FROM_OUTSIDE as error:
                raise from_exception(error, causes) from None
            finally:
                follower.close()

    def dispatch(self, repository: str, event: str, payload: dict[str, Any]) -> None:
        """Send a repository_dispatch. PyGithub's own method answers False for every refusal and keeps the reason."""
        body = {"event_type": event, "client_payload": payload}
        with self.session() as session:
            status, headers, text = session.requestJson("POST", f"/repos/{repository}/dispatches", input=body)
        if status != 204:
            raise from_status("take the task", status, headers, text)

    def runs(
        self, repository: str, workflow: str, read: Callable[[dict[str, Any]], Run | None], **query: Any
    ) -> list[Run]:
        """Return the newest runs of a workflow, newest first, as far as `read` makes something of them."""
        with self.session() as session:
            url = f"/repos/{repository}/actions/workflows/{workflow}/runs"
            _, data = session.requestJsonAndCheck("GET", url, parameters=query)
            return [run for each in data["workflow_runs"] if (run := read(each))]

    @contextmanager
    def stored(self, location: str, asked: str, *, also: int = 200) -> Iterator[requests.Response]:
        """Open what GitHub's redirect points at. It is another host, so it does not get the token.

        `also` is a status that the caller understands besides 200. Raises GitHubRefused for any other.
        """
        with requests.get(
            location, auth=without_credentials, timeout=self.timeout_s, stream=True, allow_redirects=False
        ) as reply:
            if reply.status_code not in {200, also}:
                raise from_status(asked, reply.status_code, dict(reply.headers), "")
            yield reply


def without_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from looking for a password in a .netrc file."""
    return request


class Moved(github.GithubException):
    """GitHub names another address of what was asked for."""


class AtOnce(Retry):
    """Tries nothing again, and stops at redirects: PyGithub would follow a 301 without the query, and no 307."""

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Whether `increment` is asked."""
        return status_code in MOVED

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> "AtOnce":
        """Raise Moved for a redirect, and what failed for everything else."""
        if response is not None:
            raise Moved(response.status, None, {name.lower(): value for name, value in response.headers.items()})
        return super().increment(method, url, response, error, _pool, _stacktrace)


class Follower(Requester):
    """Asks once more at the address that a renamed repository has now, with the same method, query and body."""

    was_unknown = False  # whether GitHub did not know the token

    def requestJson(self, verb: str, url: str, *more: Any, **named: Any) -> tuple[int, dict[str, Any], str]:
        """Return status, headers and text."""
        try:
            answer = super().requestJson(verb, url, *more, **named)
        except Moved as moved:
            answer = super().requestJson(verb, self._new_address(url, moved), *more, **named)
        self.was_unknown = self.was_unknown or answer[0] == 401
        return answer

    def requestMemoryBlobAndCheck(
        self, verb: str, url: str, parameters: Any, headers: dict[str, Any], file_like: BinaryIO, cnx: Any = None
    ) -> tuple[dict[str, Any], Any]:
        """Return headers and what the JSON says."""
        try:
            return super().requestMemoryBlobAndCheck(verb, url, parameters, headers, file_like, cnx)
        except Moved as moved:
            file_like.seek(0)
            new = self._new_address(url, moved)
            return super().requestMemoryBlobAndCheck(verb, new, parameters, headers, file_like, cnx)

    def _new_address(self, url: str, moved: Moved) -> str:
        """Return where a redirect leads, and tell the owner the new name. Raises Moved when it leads nowhere."""
        path = (moved.headers or {}).get("location", "").partition("/repositories/")[2]
        number = path.partition("?")[0].partition("/")[0]
        if not number.isdecimal():
            raise moved
        status, _, text = super().requestJson("GET", f"/repositories/{number}")
        name = json.loads(text)["full_name"] if status == 200 else f"the repository {number}"
        log.warning("renamed: %s is now %s; use this name in RUNNER_REPOSITORY and in requests", url, name)
        return f"/repositories/{path}"
