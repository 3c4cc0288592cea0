"""`python -m action tokens`: say in one issue, two weeks before, that a token expires.

GitHub mails issues, so that it is heard by an owner who looks at no run and no dashboard.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from pydantic import Field

from action.console import Console
from action.errors import TokenInsufficient
from action.github.api import (
    MOST_WAITING,
    PAUSES,
    SECONDS,
    NotThere,
    RunnerApi,
    headers_for,
    is_passing,
    patiently,
    unreachable,
)
from action.github.target_api import DISPATCH, PUBLISHING, AcceptedToken, expiry_in, not_accepted, reachable
from action.job.settings import GithubToken, Settings

BOT = "github-actions[bot]"
EXPIRES = " expires on "
OURS = (f"The {PUBLISHING}{EXPIRES}", f"The {DISPATCH}{EXPIRES}", not_accepted().what)
HOW_TO_RENEW = (
    "Make a new one as docs/own.md says, set it as GITHUB_TOKEN at the receiver's host and here, and run make setup: "
    "only with that does this repository know when it expires."
)
BODY = """{what}

Until then, all works as before. Afterwards, without the publishing token nothing is published, and without the \
dispatch token the receiver answers 503 to every task.

**Likely cause:** {cause}

**Next step:** {next_step}

`make doctor` looks at the new token before you rely on it. This issue is closed by itself when that is known."""


class TokensSettings(Settings):
    """The token that is looked at, and the run's own, which opens the issue. The dispatch token is not here."""

    github_token: GithubToken
    target_token: str = Field("", validation_alias="TARGET_TOKEN", repr=False)
    dispatch_token_expires: str = Field("", validation_alias="DISPATCH_TOKEN_EXPIRES")


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError."""
    settings, now = TokensSettings.from_environ(environ), datetime.now(UTC)
    runner = settings.runner
    with requests.Session() as session, console.group("Look at when the tokens expire") as shown:
        api = RunnerApi(session, api_url=runner.api_url, repository=runner.repository, token=settings.github_token)
        publishing = look_at(settings.target_token, session, runner.api_url, now)
        dispatch = AcceptedToken(expiry_in(settings.dispatch_token_expires)).warning(now, DISPATCH, HOW_TO_RENEW)
        problems = [problem for problem in (publishing, dispatch) if problem]
        shown.verdict = Issues(api).say(problems)
    for problem in problems:
        console.report(problem, degraded=True)


def look_at(
    token: str,
    session: requests.Session,
    api_url: str,
    now: datetime,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> TokenInsufficient | None:
    """Return what is wrong with a token, if there is one. Raises UserError when GitHub says something else."""
    if not token:
        return None
    url, headers = f"{api_url.rstrip('/')}/user", headers_for(token)
    with reachable():
        answer = patiently(
            lambda: session.get(url, headers=headers, timeout=SECONDS),
            is_passing,
            PAUSES,
            sleep,
            may_wait=lambda seconds: seconds <= MOST_WAITING,
        )
    if answer.status_code == 401:
        return not_accepted()
    if answer.status_code != 200:
        raise unreachable(f"it answered {answer.status_code} when it was asked about the publishing token")
    return AcceptedToken.of(answer.headers, now).warning(now)


@dataclass(frozen=True)
class Issues:
    """The issues of the runner repository that this step opened: one for each token and date."""

    api: RunnerApi

    def say(self, problems: Sequence[TokenInsufficient]) -> str:
        """Open the issues that are missing, close those that are over; return what was done. Raises UserError."""
        wanted = {title_of(problem): problem for problem in problems}
        done = []
        try:
            ours = [issue for issue in self.api.get("/issues", state="all", per_page=100) if is_ours(issue)]
            for issue in ours:
                if issue["state"] == "open" and issue["title"] not in wanted:
                    self.api.patch(f"/issues/{issue['number']}", {"state": "closed"})
                    done.append(f"closed #{issue['number']}")
            for title, problem in wanted.items():
                if not any(issue["title"] == title and is_enough(issue) for issue in ours):
                    self.api.post("/issues", {"title": title, "body": body_of(problem)})
                    done.append("opened an issue")
        except NotThere:
            done.append("the runner repository has no issues")
        return "; ".join([*wanted, *done]) or "all is well"


def is_ours(issue: Mapping[str, Any]) -> bool:
    """Whether this step opened an issue."""
    return (issue.get("user") or {}).get("login") == BOT and str(issue["title"]).startswith(OURS)


def is_enough(issue: Mapping[str, Any]) -> bool:
    """Whether an issue needs no second one. One about a date that somebody closed is not opened again."""
    return issue["state"] == "open" or EXPIRES in issue["title"]


def title_of(problem: TokenInsufficient) -> str:
    """Return the title, which stays the same from day to day."""
    return problem.what.partition(", ")[0] if EXPIRES in problem.what else problem.what


def body_of(problem: TokenInsufficient) -> str:
    """Return what the issue says."""
    return BODY.format(what=problem.what, cause=problem.cause, next_step=problem.next_step)
