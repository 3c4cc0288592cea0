"""The dashboard goes to GitHub Pages under the ledger's commit, because Pages takes each commit only once.

`actions/deploy-pages` names the commit that the workflow runs at. That is the tip of the default branch, so the second
dashboard since a push would be dropped without a word (docs/adr/0008-dashboard-deployments.md).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from action.errors import DashboardNotDeployed
from action.runner_api import NotThere

DEPLOYMENTS = "/pages/deployments"
SUCCEEDED = "succeed"
FAILED = frozenset(
    {
        "deployment_failed",
        "deployment_content_failed",
        "deployment_cancelled",
        "deployment_lost",
        "deployment_attempt_error",
    }
)
SECONDS_BETWEEN_LOOKS = 5.0
MOST_LOOKS = 96  # eight minutes
SECONDS_BEFORE_THE_SECOND_TRY = 30.0  # Pages sometimes takes after a moment what it just refused


class NoSite(Exception):
    """GitHub Pages is not switched on for this repository."""


class ApiDoor(Protocol):
    """The runner repository's API."""

    def get(self, path: str, **query: str | int) -> Any: ...

    def post(self, path: str, body: dict[str, Any]) -> Any: ...


@dataclass(frozen=True)
class DashboardDeployer:
    """`identity` returns a token that says which run asks: Pages wants one for each deployment."""

    api: ApiDoor
    identity: Callable[[], str]
    sleep: Callable[[float], None] = time.sleep

    def deploy(self, artifact: int, commit: str) -> str:
        """Deploy an artifact of this run and return the address of the page. Raises NoSite, UserError."""
        address, status = self._try(artifact, commit)
        if status in FAILED:
            self.sleep(SECONDS_BEFORE_THE_SECOND_TRY)
            address, status = self._try(artifact, commit)
        if status != SUCCEEDED:
            raise DashboardNotDeployed(
                f"GitHub Pages did not take the dashboard; the deployment's status is {status or 'unknown'}.",
                "Pages has an incident, or another deployment of this repository was in its way.",
                "Run this workflow by hand in a few minutes; see https://www.githubstatus.com.",
            )
        return address

    def _try(self, artifact: int, commit: str) -> tuple[str, str]:
        """Return the page's address and the status in which the deployment ended, or the last one that was seen."""
        body = {"artifact_id": artifact, "pages_build_version": commit, "environment": "github-pages"}
        try:
            made = self.api.post(DEPLOYMENTS, {**body, "oidc_token": self.identity()})
        except NotThere:
            raise NoSite from None
        status = ""
        for _ in range(MOST_LOOKS):
            status = str(self.api.get(f"{DEPLOYMENTS}/{made['id']}").get("status", ""))
            if status == SUCCEEDED or status in FAILED:
                break
            self.sleep(SECONDS_BETWEEN_LOOKS)
        return str(made.get("page_url", "")), status
