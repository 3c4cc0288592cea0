"""The rules for repositories, on snapshots."""

from dataclasses import replace

import pytest
import requests
import responses

from evaluator.gradebook import Submission
from evaluator.marks import Mark
from evaluator.repository import Ages, RepositoryProblem, Snapshot
from evaluator.repository_marks import CLEAN, CREATED, NEW_COMMIT, PUBLIC, SAME, RepositoryRules, unreadable
from tests.unit.evaluator.doubles import FIRST, SECOND, SENT, SHA

API = "https://api.github.example"
SNAPSHOT = Snapshot("ann/birds", {}, {SHA: SENT + 60})


def rules() -> RepositoryRules:
    return RepositoryRules(Ages(requests.Session(), API, "token"))


def states(marks: list[Mark]) -> dict[str, str]:
    return {mark.check: mark.state for mark in marks}


def judged(snapshot: Snapshot, created_at: str | None = "2027-01-15T08:00:30Z", status: int = 200) -> list[Mark]:
    with responses.RequestsMock() as api:
        api.get(f"{API}/repos/ann/birds", json={"created_at": created_at}, status=status)
        return rules().marks(snapshot, FIRST, [])


def test_a_repository_as_it_should_be() -> None:
    assert states(judged(SNAPSHOT)) == dict.fromkeys((PUBLIC, CREATED, NEW_COMMIT, CLEAN), "pass")


def test_a_repository_from_before_the_task_fails_with_both_times() -> None:
    mark = judged(SNAPSHOT, "2026-01-01T00:00:00Z")[1]
    assert (mark.state, mark.reason) == ("fail", "it is older than the task")
    assert mark.evidence == "it was created 2026-01-01 00:00:00 UTC; the task was sent 2027-01-15 08:00:00 UTC"


@pytest.mark.parametrize(
    ("committed_at", "is_whole", "state"),
    [(SENT + 5, True, "pass"), (SENT - 5_000, True, "fail"), (SENT, False, "unclear")],
)
def test_when_the_server_does_not_say__the_first_commit_does(committed_at: float, is_whole: bool, state: str) -> None:
    snapshot = replace(SNAPSHOT, commits={SHA: SENT + 60, "1" * 40: committed_at}, is_whole=is_whole)
    assert judged(snapshot, status=403)[1].state == state


def test_the_token_goes_to_the_api_and_is_not_shown() -> None:
    with responses.RequestsMock() as api:
        api.get(
            f"{API}/repos/ann/birds",
            json={"created_at": "2027-01-15T08:00:30Z"},
            match=[responses.matchers.header_matcher({"Authorization": "Bearer token"})],
        )
        rules().marks(SNAPSHOT, FIRST, [])
    assert "'token'" not in repr(rules())


def test_a_commit_from_before_the_request_fails() -> None:
    assert states(judged(replace(SNAPSHOT, commits={SHA: SENT - 5_000})))[NEW_COMMIT] == "fail"


def test_findings_fail_with_their_places__what_could_not_be_scanned_is_unclear() -> None:
    found = judged(replace(SNAPSHOT, findings=(".env (abc):1: github-token",)))[3]
    assert (found.state, found.evidence) == ("fail", ".env (abc):1: github-token")
    assert judged(replace(SNAPSHOT, is_scanned=False))[3].state == "unclear"


def second_round(snapshot: Snapshot, second: Submission = SECOND) -> Mark:
    return next(mark for mark in rules().marks(snapshot, second, [FIRST]) if mark.check == SAME)


def test_round_2_stands_on_round_1_in_the_same_repository() -> None:
    both = replace(SNAPSHOT, commits={SHA: SENT, SECOND.commit_sha: SENT + 1_500})
    assert second_round(both).state == "pass"
    assert second_round(both, replace(SECOND, repo_url=FIRST.repo_url + ".git/")).state == "pass"
    assert second_round(both, replace(SECOND, repo_url="https://github.example/ann/other")).state == "fail"
    rewritten = replace(SNAPSHOT, commits={SECOND.commit_sha: SENT + 1_500})
    assert "is not in the history" in second_round(rewritten).reason
    assert second_round(replace(rewritten, is_whole=False)).state == "unclear"


def test_a_repository_that_cannot_be_read__fails_when_that_is_certain() -> None:
    assert [mark.state for mark in unreadable(RepositoryProblem("gone", is_certain=True), FIRST)] == ["fail"]
    assert [mark.state for mark in unreadable(RepositoryProblem("slow", is_certain=False), FIRST)] == ["unclear"]
