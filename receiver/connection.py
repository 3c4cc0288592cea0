"""One client of GitHub's API for each request of ours, and downloads from the storage that GitHub points at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import github
import requests
from github.Requester import Requester

from receiver.config import Config
from receiver.github_errors import FROM_OUTSIDE, from_exception, from_status

Run = TypeVar("Run")


@dataclass(frozen=True)
class Connection:
    """Where GitHub's API is and who asks. `timeout_s` is for one call."""

    token: str = field(repr=False)
    api_url: str
    timeout_s: int = 10

    @classmethod
    def of(cls, config: Config) -> "Connection":
        """Return the connection of a configuration."""
        return cls(config.token, config.api_url, config.github_timeout_s)

    @contextmanager
    def session(self) -> Iterator[Requester]:
        """Open a client for one request of ours: PyGithub's connection mixes up the calls of several threads.

        It neither retries nor pauses by itself: the sender re-sends, and a request must not hang.
        """
        with github.Github(
            auth=github.Auth.Token(self.token),
            base_url=self.api_url,
            timeout=self.timeout_s,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=0,
            user_agent="pagewright-receiver",
        ) as client:
            try:
                yield client.requester
            except FROM_OUTSIDE as error:
                raise from_exception(error) from None

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
