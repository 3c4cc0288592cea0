"""Plain requests to GitHub's API with the run's own token: their headers, and patience with what passes by itself."""

from collections.abc import Callable, Sequence
from typing import Final

import requests

JSON: Final = "application/vnd.github+json"
RAW: Final = "application/vnd.github.raw+json"
SECONDS: Final = (10, 60)  # to connect, and between two bytes
LONGEST_PAUSE = 60.0


def headers_for(token: str, accept: str = JSON) -> dict[str, str]:
    """Return what goes with every request."""
    return {
        "Accept": accept,
        "Authorization": f"Bearer {token}",
        "X-GitHub-Api-Version": "2022-11-28",
        "User-Agent": "pagewright",
    }


def patiently(
    send: Callable[[], requests.Response],
    *,
    passes: Callable[[requests.Response], bool],
    pauses: Sequence[float],
    sleep: Callable[[float], None],
    is_repeatable: bool = True,
) -> requests.Response:
    """Return the answer, asking again while it `passes` by itself, and after a lost connection if that does no harm.

    Raises requests.RequestException for the last connection that failed.
    """
    for pause in (*pauses, None):
        try:
            answer = send()
        except requests.RequestException:
            if pause is None or not is_repeatable:
                raise
        else:
            if pause is None or not passes(answer):
                return answer
            pause = max(pause, min(seconds_of(answer.headers.get("retry-after")), LONGEST_PAUSE))
        sleep(pause)
    raise AssertionError("the loop ends by returning or raising")


def seconds_of(text: str | None) -> float:
    """Return a number of seconds, 0 for anything else."""
    return float(text) if text and text.isdecimal() else 0.0
