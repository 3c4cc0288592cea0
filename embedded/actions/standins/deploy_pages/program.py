"""Stands in for actions/deploy-pages: the same eight calls, and a cancelled deployment when it must stop."""

import os
import signal
import sys
import time
from types import FrameType
from typing import Any, NoReturn

from embedded.actions.standins.http_calls import call_json
from embedded.actions.standins.results import listed
from embedded.actions.standins.runner import fail, inputs, output, say

LONGEST = 600_000  # milliseconds; the real action waits no longer either
LONGEST_PAUSE = 30_000  # milliseconds; between two looks, each half as long again as the one before
TEMPORARY = ("unknown_status", "not_found", "deployment_attempt_error")
FAILED = {
    "deployment_failed": "Deployment failed, try again later.",
    "deployment_content_failed": "Artifact could not be deployed. Please ensure the content does not contain any hard "
    "links, symlinks and total size is less than 10GB.",
    "deployment_cancelled": "Deployment cancelled.",
    "deployment_lost": "Deployment failed to report final status.",
}


class Deployment:
    """One deployment of this run's commit."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._base = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/pages/deployments"
        self._number: Any = None

    def create(self, artifact: str) -> str:
        """Ask for the deployment; return the address of the page."""
        body = {
            "artifact_id": int(artifact),
            "pages_build_version": os.environ["GITHUB_SHA"],
            "oidc_token": identity(),
        }
        status, answer = call_json("POST", self._base, self._token, body)
        commit = body["pages_build_version"]
        if status not in (200, 201):
            failed = f"Failed to create deployment (status: {status}) with build version {commit}."
            fail(f"{failed} {hint(status, answer.get('message'))}")
        self._number = answer.get("id") or str(answer.get("status_url", "")).rpartition("/")[2] or commit
        say(f"Created deployment for {commit}, ID: {self._number}")
        return str(answer["page_url"])

    def status(self) -> str:
        """Return the status, or an empty text when it could not be read."""
        code, answer = call_json("GET", f"{self._base}/{self._number}", self._token)
        return str(answer.get("status", "")) if code == 200 else ""

    def cancel(self) -> None:
        """Ask for the end of a deployment that exists."""
        if self._number is not None:
            call_json("POST", f"{self._base}/{self._number}/cancel", self._token, {})
            say("Canceled deployment")
            self._number = None


def main() -> None:
    """Deploy the artifact of this run and wait until the page serves it."""
    given = inputs()
    deployment = Deployment(given["token"])

    def stop(_signum: int, _frame: FrameType | None) -> NoReturn:
        deployment.cancel()
        sys.exit(1)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    output("page_url", deployment.create(only_artifact(given["artifact_name"])))
    follow(deployment, given)


def only_artifact(name: str) -> str:
    """Return the id of the one artifact with this name."""
    found = listed(name)
    if not found:
        fail(f'No artifacts named "{name}" were found for this workflow run. Ensure artifacts are uploaded.')
    if len(found) > 1:
        fail(f'Multiple artifacts named "{name}" were unexpectedly found for this workflow run.')
    return str(found[0]["databaseId"])


def identity() -> str:
    """Return this job's OIDC token."""
    url = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL")
    if not url:
        fail("Ensure GITHUB_TOKEN has permission id-token: write.")
    status, answer = call_json("GET", str(url), os.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
    if status != 200:
        fail(f"Failed to get the ID token: {answer.get('message')} Ensure GITHUB_TOKEN has permission id-token: write.")
    return str(answer["value"])


def hint(status: int, message: object) -> str:
    """Return the next step for a refused deployment."""
    hints = {
        400: f"Responded with: {message}",
        403: 'Ensure GITHUB_TOKEN has permission "pages: write".',
        404: "Ensure GitHub Pages has been enabled.",
    }
    return hints.get(status, "Server error, is githubstatus.com reporting a Pages outage?")


def follow(deployment: Deployment, given: dict[str, str]) -> None:
    """Report until the deployment succeeds; give up as the real action does."""
    end = time.monotonic() + min(int(given["timeout"]), LONGEST) / 1000
    errors, pause = 0, int(given["reporting_interval"])
    while time.monotonic() < end:
        status = deployment.status()
        if status == "succeed":
            say("Reported success!")
            return
        errors += not status
        if status in FAILED:
            fail(FAILED[status])
        if errors >= int(given["error_count"]):
            break
        temporarily = "::warning::Deployment temporarily failed, a retry will be automatically scheduled..."
        say(temporarily if status in TEMPORARY else f"Current status: {status or 'unknown'}")
        time.sleep(pause / 1000)
        pause = min(pause * 3 // 2, LONGEST_PAUSE)
    deployment.cancel()
    fail("Too many errors, aborting!" if errors else "Timeout reached, aborting!")
