"""The connection to GitHub's API: PyGithub with the build's deadline in its retries."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from github import Auth, Github, GithubException, GithubRetry

from action.deadline import Deadline
from action.errors import GitHubUnavailable
from action.github_replies import explain

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
) -> Github:
    """Return PyGithub with a throttle, and without waits that would outlast the deadline; at best, without any."""
    longest = max(1.0, deadline.remaining())
    retry = GithubRetry(total=5, backoff_factor=0.5, max_rate_limit_wait=longest, retry_after_max=int(longest))
    return Github(
        auth=Auth.Token(token),
        base_url=api_url,
        user_agent="pagewright",
        seconds_between_requests=0,
        seconds_between_writes=seconds_between_writes,
        retry=retry if is_patient else None,
    )
