"""Reads an envelope that was too big for the event from the repository that runs this workflow."""

import time
from collections.abc import Callable

import requests

from action.errors import UnreadableRequest
from action.request import SEND_AGAIN

PAUSES = (1.0, 2.0, 4.0, 8.0)  # a blob may not be everywhere yet when the dispatch already is


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
        self._headers = {"Accept": "application/vnd.github.raw+json", "Authorization": f"Bearer {token}"}
        self._sleep = sleep

    def read(self, blob: str) -> bytes:
        """Return the bytes of a blob, trying again for what passes by itself."""
        reason = ""
        for pause in (*PAUSES, None):
            try:
                answer = self._session.get(f"{self._url}/{blob}", headers=self._headers, timeout=(10, 60))
            except requests.RequestException as error:
                reason = f"the connection failed ({type(error).__name__})"
            else:
                if answer.status_code == 200:
                    return answer.content
                reason = f"GitHub answered {answer.status_code}"
                if answer.status_code in {401, 403}:
                    break
            if pause is not None:
                self._sleep(pause)
        raise UnreadableRequest(
            "The stored envelope of this build could not be read.",
            f"{reason}: the job lacks 'contents: read', or refs/requests/ was cleaned up.",
            SEND_AGAIN,
        )
