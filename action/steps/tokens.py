"""`python -m action tokens`: say in one issue, two weeks before, that the publishing token expires.

GitHub mails issues, so that it is heard by an owner who looks at no run and no dashboard.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from pydantic import Field

from action.console import Console
from action.errors import TokenInsufficient
from action.github.api import PAUSES, SECONDS, NotThere, RunnerApi, explain, headers_for, is_passing, patiently
from action.github.target_api import PUBLISHING, AcceptedToken, not_accepted, reachable
from action.job.settings import GithubToken, Settings

BOT = "github-actions[bot]"
OURS = f"The {PUBLISHING} expires on ", not_accepted().what
BODY = """{what}

Until then, builds work as before; afterwards none publishes anything, and each ends with `E-TOKEN`.

**Likely cause:** {cause}

**Next step:** {next_step}

`make doctor` looks at the new token before you rely on it. This issue is closed by itself when the token is renewed."""


class TokensSettings(Settings):
    """The token that is looked at, and the run's own, which opens the issue."""

    github_token: GithubToken
    target_token: str = Field("", validation_alias="TARGET_TOKEN", repr=False)


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError."""
    settings, now = TokensSettings.from_environ(environ), datetime.now(UTC)
    runner = settings.runner
    if not settings.target_token:
        console.line("There is no TARGET_TOKEN to look at.")
        return
    with requests.Session() as session, console.group("Look at when the publishing token expires") as shown:
        api = RunnerApi(session, api_url=runner.api_url, repository=runner.repository, token=settings.github_token)
        token = look_at(settings.target_token, session, runner.api_url, now)
        problem = token if isinstance(token, TokenInsufficient) else token.warning(now)
        shown.verdict = Issues(api).say(problem)
    if problem:
        console.report(problem, degraded=True)


def look_at(token: str, session: requests.Session, api_url: str, now: datetime) -> AcceptedToken | TokenInsufficient:
    """Return what GitHub says of a token. Raises UserError when it says something else."""
    url, headers = f"{api_url.rstrip('/')}/user", headers_for(token)
    with reachable():
        answer = patiently(
            lambda: session.get(url, headers=headers, timeout=SECONDS),
            passes=is_passing,
            pauses=PAUSES,
            sleep=time.sleep,
        )
    if answer.status_code == 401:
        return not_accepted()
    if answer.status_code != 200:
        raise explain("GET /user", answer)
    return AcceptedToken.of(answer.headers, now)


@dataclass(frozen=True)
class Issues:
    """The issues of the runner repository that this step opened: one for each date, and none while all is well."""

    api: RunnerApi

    def say(self, problem: TokenInsufficient | None) -> str:
        """Open the issue that is missing, close those that are over; return what was done. Raises UserError."""
        try:
            ours = [issue for issue in self.api.get("/issues", state="all", per_page=100) if is_ours(issue)]
            title = title_of(problem) if problem else ""
            over = [issue for issue in ours if issue["state"] == "open" and issue["title"] != title]
            for issue in over:
                self.api.patch(f"/issues/{issue['number']}", {"state": "closed"})
            if problem is None:
                return f"it is good for at least two weeks; {len(over)} issues closed" if over else "all is well"
            dated = title.startswith(OURS[0])  # one that somebody closed is not opened again
            if any(issue["title"] == title and (dated or issue["state"] == "open") for issue in ours):
                return f"{title}; there is an issue already"
            made = self.api.post("/issues", {"title": title, "body": body_of(problem)})
        except NotThere:
            return f"{problem.what if problem else 'all is well'}; the runner repository has no issues"
        return f"{title}; opened {made['html_url']}"


def is_ours(issue: Mapping[str, Any]) -> bool:
    """Whether this step opened an issue."""
    return issue["user"]["login"] == BOT and str(issue["title"]).startswith(OURS)


def title_of(problem: TokenInsufficient) -> str:
    """Return the title, which stays the same from day to day."""
    return problem.what.partition(",")[0].rstrip(".") if problem.what.startswith(OURS[0]) else problem.what


def body_of(problem: TokenInsufficient) -> str:
    """Return what the issue says."""
    return BODY.format(what=problem.what, cause=problem.cause, next_step=problem.next_step)
