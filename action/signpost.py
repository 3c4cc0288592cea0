"""What leads from a target repository to its page: the homepage and the topics that GitHub shows beside the files."""

from typing import Any

from github import GithubException

from action.github_connection import GitHub, reachable
from action.github_replies import explain
from action.naming import usual_address

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
