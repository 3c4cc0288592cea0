"""Reads an envelope that was too big for the event from the repository that runs this workflow."""

import time
from collections.abc import Callable

import requests

from action.errors import SEND_AGAIN, UnreadableRequest
from action.github_http import RAW, SECONDS, headers_for, patiently

BLOB_PAUSES = (1.0, 2.0, 4.0, 8.0)  # a blob may not be everywhere yet when the dispatch already is


class RunnerRepository:
    """Reads git blobs with the run's own token."""

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
        self._url = f"{api_url.rstrip('/')}/repos/{repository}/git/blobs"
        self._headers = headers_for(token, RAW)
        self._sleep = sleep

    def read(self, blob: str) -> bytes:
        """Return the bytes of a blob, trying again for what passes by itself."""

        def send() -> requests.Response:
            return self._session.get(f"{self._url}/{blob}", headers=self._headers, timeout=SECONDS)

        try:
            answer = patiently(send, passes=may_be_there_soon, pauses=BLOB_PAUSES, sleep=self._sleep)
        except requests.RequestException as error:
            raise unreadable(f"the connection failed ({type(error).__name__})") from None
        if answer.status_code != 200:
            raise unreadable(f"GitHub answered {answer.status_code}")
        return answer.content


def may_be_there_soon(answer: requests.Response) -> bool:
    """Whether the blob may be there in a moment."""
    return answer.status_code not in {200, 401, 403}


def unreadable(reason: str) -> UnreadableRequest:
    """Return the error for an envelope that cannot be had."""
    return UnreadableRequest(
        "The stored envelope of this build could not be read.",
        f"{reason}: the job lacks 'contents: read', or refs/requests/ was cleaned up.",
        SEND_AGAIN,
    )
