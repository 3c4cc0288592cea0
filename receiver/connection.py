"""One client of GitHub's API for each request of ours, and downloads from the storage that GitHub points at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import github
import requests
from github.Requester import Requester

from receiver.refusals import FROM_OUTSIDE, from_exception, from_status

CHUNK = 64 * 1024
LISTED_WITHIN = timedelta(minutes=2)  # from a dispatch to its run in the list


class TooLargeToDownload(Exception):
    """The storage sends more than is read."""


@dataclass(frozen=True)
class Connection:
    """Where GitHub's API is and who asks. `timeout_s` is for one call."""

    token: str = field(repr=False)
    api_url: str
    timeout_s: int = 10

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

    @contextmanager
    def stored(self, location: str, asked: str) -> Iterator[requests.Response]:
        """Open what GitHub's redirect points at. It is another host, so it does not get the token."""
        with requests.get(
            location, auth=without_credentials, timeout=self.timeout_s, stream=True, allow_redirects=False
        ) as reply:
            if reply.status_code != 200:
                raise from_status(asked, reply.status_code, dict(reply.headers), "")
            yield reply

    def download(self, location: str, asked: str, limit: int) -> bytes:
        """Return at most `limit` bytes from the storage. Raises TooLargeToDownload, GitHubRefused."""
        body = bytearray()
        with self.stored(location, asked) as reply:
            for chunk in reply.iter_content(CHUNK):
                body += chunk
                if len(body) > limit:
                    raise TooLargeToDownload
        return bytes(body)


def created_about(moment: datetime) -> str:
    """Return GitHub's filter for the runs of what was accepted at about this time."""
    first, last = (
        (moment + delta).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for delta in (-LISTED_WITHIN, LISTED_WITHIN)
    )
    return f"{first}..{last}"


def without_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from looking for a password in a .netrc file."""
    return request
