"""GitHub Pages of a target repository: switched on once, watched for one commit, and led to."""

from typing import Any

from github import GithubException

from action.errors import CannotEnablePages, GitHubUnavailable, UserError
from action.github.naming import usual_address
from action.github.target_api import PAUSES, GitHub, explain, reachable


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
