"""GET /status/<build id> where records are read: what a build that has ended published."""

from typing import Any

import pytest
from werkzeug.test import Client

from api.artifacts import ArtifactExpired
from receiver.errors import GitHubRefused
from receiver.github_errors import AWAY, SOON_S
from receiver.models import BuildOutcome, Verdict
from tests.unit.api.doubles import ScriptedMessages

BUILD = "1" * 20


def test_a_build_that_has_ended__says_repository_commit_page_and_verdict(
    client: Client, runner: Any, messages: ScriptedMessages, owner: Any, make_build: Any
) -> None:
    verdict = Verdict(headline="all 3 hold", passed=3, failed=0, undecided=0)
    messages.outcomes[2] = BuildOutcome(repository="owner/site", commit="d" * 40, page="https://p/", verdict=verdict)
    runner.builds = [make_build(BUILD, 2), make_build(BUILD, 1)]
    reply: Any = client.get(f"/status/{BUILD}", headers=owner).json
    assert (reply["repository"], reply["commit"], reply["page"]) == ("owner/site", "d" * 40, "https://p/")
    assert reply["verdict"] == {"headline": "all 3 hold", "passed": 3, "failed": 0, "undecided": 0}
    runner.builds = [make_build(BUILD, 2, status="in_progress", conclusion=None)]
    client.application.extensions["receiver"].recent_builds._until = 0  # type: ignore[attr-defined]
    assert client.get(f"/status/{BUILD}", headers=owner).json["commit"] is None  # type: ignore[index]


@pytest.mark.parametrize("problem", [ArtifactExpired(), GitHubRefused(AWAY, retry_after_s=SOON_S)])
def test_a_record_that_cannot_be_had__does_not_hide_how_the_build_is(
    client: Client, runner: Any, messages: ScriptedMessages, owner: Any, make_build: Any, problem: Exception
) -> None:
    messages.no_outcome = problem
    runner.builds = [make_build(BUILD, 2)]
    reply: Any = client.get(f"/status/{BUILD}", headers=owner)
    assert (reply.status_code, reply.json["conclusion"], reply.json["commit"]) == (200, "success", None)
