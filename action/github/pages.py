"""GitHub Pages of a target repository: switched on once, watched for one commit, looked for later, and led to."""

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from github import GithubException

from action.errors import CannotEnablePages, GitHubUnavailable, UserError
from action.gates.http import GuardedHttp, GuardedHttpError
from action.gates.http import TooLarge as AnswerTooLarge
from action.github.naming import usual_address
from action.github.target_api import PAUSES, GitHub, explain, reachable
from action.record import MARKER

# What GitHub tries again by itself, such as deployment_attempt_error, is not among them.
FAILED_DEPLOYMENTS = frozenset(
    {
        "deployment_failed",
        "deployment_content_failed",
        "deployment_cancelled",
        "deployment_lost",
    }
)
IN_THE_WAY = re.compile(r"Please cancel ([0-9a-f]{40}) first")  # a 400 about the deployment of another commit


class Pages:
    """PyGithub has no methods for Pages, so these are plain requests."""

    def __init__(self, github: GitHub) -> None:
        self._github = github

    def enable_pages(self, full_name: str, *, is_new: bool) -> str:
        """Let a workflow publish the repository's page. Returns the page's address. Raises UserError.

        Where the repository is not new this only looks: a write would count for GitHub's limits, in vain.
        """
        for pause in (*PAUSES, None):
            try:
                return self._enable_pages_once(full_name, may_be_enabled=not is_new)
            except GithubException as error:
                if error.status not in {404, 422} or pause is None or not self._github.pause(pause):
                    raise self._no_pages(error) from None
        raise AssertionError("the loop ends by returning or raising")

    def deployment_of(self, full_name: str, commit: str) -> str | None:
        """Return the status of the Pages deployment of a commit, or None when there is none (yet)."""
        answer = self._github.get(f"/repos/{full_name}/pages/deployments/{commit}")
        return str(answer["status"]) if answer and answer.get("status") else None

    def cancel_deployment(self, full_name: str, commit: str) -> None:
        """End the deployment of a commit, if it goes on. Raises UserError."""
        try:
            with reachable():
                path = f"/repos/{full_name}/pages/deployments/{commit}/cancel"
                self._github.api.requester.requestJsonAndCheck("POST", path)
        except GithubException as error:
            if error.status != 404:
                raise explain(error, "cancel a deployment that is in the way", "Pages: write") from None

    def _enable_pages_once(self, full_name: str, *, may_be_enabled: bool) -> str:
        requester, path = self._github.api.requester, f"/repos/{full_name}/pages"
        page = self._github.get(path) if may_be_enabled else None
        if page is None:
            try:
                _, page = requester.requestJsonAndCheck("POST", path, input={"build_type": "workflow"})
            except GithubException as error:
                if error.status != 409:
                    raise
                _, page = requester.requestJsonAndCheck("GET", path)
        if page.get("build_type", "workflow") != "workflow":
            requester.requestJsonAndCheck("PUT", path, input={"build_type": "workflow"})
        return str(page["html_url"]).rstrip("/") + "/"

    def _no_pages(self, error: GithubException) -> UserError:
        problem = explain(error, "enable GitHub Pages", "Pages: write and Administration: write")
        if type(problem) is not GitHubUnavailable:
            return problem
        return CannotEnablePages(problem.what, problem.cause, problem.next_step)


GONE = frozenset({404, 410, 500, 502, 503, 504})
SECONDS_BETWEEN_LOOKS = 15.0
SECONDS_FOR_A_LOOK = 20.0
SECONDS_FOR_THE_MARKER = 5.0
ENOUGH = 200_000  # bytes; only the status is of interest


@dataclass(frozen=True)
class LivePages:
    """Looks twice, because an edge of the network can fail for a moment."""

    http: GuardedHttp
    sleep: Callable[[float], None] = time.sleep

    def wrong_with(self, pages_url: str, commit: str = "") -> str:
        """Say what is wrong both times, "" when nothing is; `commit` is the one that it should show.

        A page that cannot be reached may be there, and one that names no commit may be right.
        """
        if self._wrong_with(pages_url, commit):
            self.sleep(SECONDS_BETWEEN_LOOKS)
            return self._wrong_with(pages_url, commit)
        return ""

    def _wrong_with(self, pages_url: str, commit: str) -> str:
        if self._status(pages_url) in GONE:
            return "is gone"
        shown = self.commit(pages_url) if commit else ""
        return f"shows commit {shown[:10]} instead of {commit[:10]}" if shown not in {"", commit} else ""

    def commit(self, pages_url: str) -> str:
        """Return the commit that the page says it is of, "" when it says none."""
        url = f"{pages_url.rstrip('/')}/{MARKER}?pagewright={secrets.token_hex(8)}"
        try:
            answer = self.http.get(url, limit_bytes=ENOUGH, timeout_s=SECONDS_FOR_THE_MARKER)
        except GuardedHttpError:
            return ""
        return answer.body.decode(errors="replace").strip() if answer.status == 200 else ""

    def _status(self, pages_url: str) -> int:
        url = f"{pages_url.rstrip('/')}/?pagewright={secrets.token_hex(8)}"  # past every cache
        try:
            return self.http.get(url, limit_bytes=ENOUGH, timeout_s=SECONDS_FOR_A_LOOK).status
        except AnswerTooLarge:
            return 200
        except GuardedHttpError:
            return 0


TOPICS = ("pagewright", "github-pages")  # lower case, at most 50 letters, digits and hyphens
MOST_TOPICS = 20
SECONDS_AT_WORST = 45.0  # three requests, until each is given up


class Signpost:
    """`github` should not wait for long: the page is more important than the way to it."""

    def __init__(self, github: GitHub) -> None:
        self._github = github

    def lead_to(self, full_name: str, pages_url: str) -> None:
        """Add the topics and the homepage that are missing; what its owner chose stays. Raises UserError.

        When there is hardly time left for the page, the next build does it.
        """
        if self._github.deadline.remaining() < SECONDS_AT_WORST:
            return
        path = f"/repos/{full_name}"
        try:
            with reachable():
                repository = self._ask("GET", path)
                has = [str(topic) for topic in repository.get("topics") or []]
                missing = [topic for topic in TOPICS if topic not in has][: MOST_TOPICS - len(has)]
                if missing:
                    self._ask("PUT", f"{path}/topics", {"names": [*has, *missing]})
                homepage = str(repository.get("homepage") or "")
                if homepage in {"", usual_address(full_name)} and homepage != pages_url:
                    self._ask("PATCH", path, {"homepage": pages_url})
        except GithubException as error:
            raise explain(error, "set the homepage and the topics of the repository", "Administration: write") from None

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        _, found = self._github.api.requester.requestJsonAndCheck(method, path, input=body)
        return found if isinstance(found, dict) else {}
