"""Why GitHub did not do what it was asked, and when to try again."""

import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import github
import requests

from receiver.errors import ErrorKind, GitHubRefused

SOON_S = 30  # GitHub has a bad moment
RATE_LIMIT_S = 60  # the least that GitHub asks for when it does not say
OWNER_S = 300  # a person must change something
LONGEST_S = 3600
WHAT = "GitHub did not {asked} (it answered {status})."
AGAIN = "Send the same request again in {retry_after_s} seconds."
RATE_LIMIT = ErrorKind(503, "github-rate-limit", WHAT, "The token has used up its share of requests for now.", AGAIN)
UNAVAILABLE = ErrorKind(503, "github-unavailable", WHAT, "GitHub has trouble of its own (githubstatus.com).", AGAIN)
REFUSED = ErrorKind(
    503,
    "github-refused",
    WHAT,
    "{why}",
    "The owner checks RUNNER_REPOSITORY and GITHUB_TOKEN, or the GitHub App, of the receiver; after that, send the same"
    " request again.",
)
SLOW = ErrorKind(503, "github-unreachable", "GitHub did not answer in time.", "GitHub or the way to it is slow.", AGAIN)
AWAY = ErrorKind(
    503, "github-unreachable", "GitHub could not be reached.", "The network, a proxy, or GITHUB_API_URL.", AGAIN
)
UNREADABLE = ErrorKind(
    503,
    "github-unreachable",
    "GitHub's answer could not be read.",
    "A proxy in between, or a wrong GITHUB_API_URL.",
    AGAIN,
)
OTHER_CAUSE = "GitHub changed, or GITHUB_API_URL does not point at its API."
CAUSES = {
    401: "The receiver's token (GITHUB_TOKEN, or its GitHub App's) is wrong, revoked or expired.",
    403: "The receiver's token (GITHUB_TOKEN, or its GitHub App's) may not do this in the runner repository: it lacks a"
    " permission ({accepted}), is not for this repository, or waits for the approval of the organisation.",
    404: "RUNNER_REPOSITORY does not exist, lacks build.yml, or the receiver's token cannot see it.",
    422: "GitHub found the request invalid; the runner repository may be empty or archived.",
}
# Why there is no token of the App.
OF_THE_APP = {
    401: "GITHUB_APP_PRIVATE_KEY is not a key of the App in GITHUB_APP_ID, or the clock of this machine is wrong.",
    403: "The App's installation is suspended.",
    404: "There is no App with this GITHUB_APP_ID, or it is not installed on RUNNER_REPOSITORY.",
    422: "The App's installation lacks Contents: write or Actions: write (who changes an App's permissions accepts them"
    " once more where it is installed), or RUNNER_REPOSITORY has another name now.",
}
# What the words of a reply mean, whatever its status.
SAID = {
    "archived": "The runner repository is archived: nobody can start anything in it.",
    "saml enforcement": "The organisation wants a single sign-on, and GITHUB_TOKEN is not authorised for it.",
    "(classic)": "The organisation takes no classic tokens; GITHUB_TOKEN must be a fine-grained one.",
}
LIMITS = ("rate limit", "abuse detection", "retry your request again later", "wait a few minutes")
# What a call can raise because of GitHub or of what stands between: PyGithub has no common class for it.
FROM_OUTSIDE = (
    github.GithubException,
    requests.RequestException,
    OSError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AssertionError,
)


def from_status(
    asked: str, status: int, headers: Mapping[str, str], text: str, causes: Mapping[int, str] = CAUSES
) -> GitHubRefused:
    """Explain a reply. `asked` is what was asked, as in "GitHub did not <asked>"."""
    wait = retry_after(headers)
    if is_rate_limit(status, headers, text):
        return GitHubRefused(RATE_LIMIT, asked=asked, status=status, retry_after_s=wait or RATE_LIMIT_S)
    if status >= 500:
        return GitHubRefused(UNAVAILABLE, asked=asked, status=status, retry_after_s=wait or SOON_S)
    why = cause_of(status, headers, text, causes)
    return GitHubRefused(REFUSED, asked=asked, status=status, why=why, retry_after_s=wait or OWNER_S)


def cause_of(status: int, headers: Mapping[str, str], text: str, causes: Mapping[int, str]) -> str:
    """Return why GitHub refused, in its own words where it says which permission is enough."""
    accepted = headers.get("x-accepted-github-permissions") or "Contents: write, and Actions: write for runs"
    cause = causes.get(status, OTHER_CAUSE).format(accepted=accepted)
    return next((said for words, said in SAID.items() if status >= 400 and words in text.lower()), cause)


def from_exception(error: Exception, causes: Mapping[int, str] = CAUSES) -> GitHubRefused:
    """Explain a call that raised one of FROM_OUTSIDE."""
    match error:
        case github.GithubException():
            return from_status("do its part", error.status, error.headers or {}, str(error), causes)
        case requests.Timeout():
            return GitHubRefused(SLOW, retry_after_s=SOON_S)
        case requests.RequestException() | OSError():
            return GitHubRefused(AWAY, retry_after_s=SOON_S)
    return GitHubRefused(UNREADABLE, retry_after_s=SOON_S)


def is_rate_limit(status: int, headers: Mapping[str, str], text: str) -> bool:
    """Whether a reply is about the number of requests (403 means that as well as a missing permission)."""
    named = (
        any(words in text.lower() for words in LIMITS)
        or "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
    )
    return status == 429 or (status == 403 and named)


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Return the seconds that GitHub asks to wait, between 1 and an hour; None when it does not say."""
    given = headers.get("retry-after", "")
    seconds: float | None = None
    if given.isascii() and given.isdecimal():
        seconds = int(given[:9])
    elif given:
        seconds = seconds_until(given)
    elif headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdecimal():
        seconds = int(headers["x-ratelimit-reset"][:12]) - time.time()
    return None if seconds is None else max(1, min(math.ceil(seconds), LONGEST_S))


def seconds_until(date: str) -> float | None:
    """Read the other form of Retry-After, a date."""
    try:
        return (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
