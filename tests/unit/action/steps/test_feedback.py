"""Feedback becomes a message, and a build only when the project, its history and the limit allow it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from action.errors import CannotRestore, RepositoryMissing, TaskNotOpen, TooManyRevisions, UnreadableRequest
from action.ledger.models import Lifecycle, Message
from action.record import Run
from action.steps.feedback import Decision, Plan, decide, read_feedback
from action.steps.revise import brief_for, request_for
from receiver.task.feedback import Feedback

KEY, MESSAGE, VERSION = "0123456789" * 2, "a" * 20, "d" * 40
PROJECT = f"owner/my-task-{KEY[:10]}"
RUN = Run(repository="owner/runner", run_id=7, url="https://github.example/owner/runner/actions/runs/7")
NOW = datetime(2026, 11, 20, 6, tzinfo=UTC)


@dataclass
class FakeHistory:
    """A project that says what it is, and how often round 2 was revised."""

    written: dict[str, object] = field(default_factory=lambda: {"task_key": KEY, "round": 2})
    ids: frozenset[str] = frozenset()

    def tip(self) -> str:
        return VERSION

    def note(self) -> dict[str, object]:
        return self.written

    def holds(self, commit: str) -> bool:
        return commit == VERSION

    def files(self, commit: str) -> dict[str, bytes]:
        raise AssertionError("nobody needs the files to decide")

    def revisions(self, round_number: int) -> set[str]:
        return set(self.ids) if round_number == 2 else set()


def feedback(**change: Any) -> Feedback:
    payload = {"message_id": MESSAGE, "project": PROJECT, "role": "teacher", "text": "Add a title.", "at": NOW}
    return Feedback.model_validate({**payload, **change})


def decided(history: FakeHistory | None = None, **change: Any) -> Decision:
    return decide(feedback(**change), "owner", history or FakeHistory(), 3)


def test_a_remark_is_kept_and_starts_nothing() -> None:
    decision = decided(metrics={"score": 0.5})
    assert not decision.starts_a_build
    assert decision.message(RUN) == Message(
        id=MESSAGE,
        task_key=KEY,
        project=PROJECT,
        kind="feedback",
        role="teacher",
        at=NOW,
        text="Add a title.",
        metrics={"score": 0.5},
        run=RUN,
    )


def test_a_revision_starts_a_build_of_the_same_task_round_and_repository() -> None:
    decision = decided(revise=True)
    assert decision.starts_a_build
    assert decision.plan == Plan(project=PROJECT.split("/")[1], task="my-task", task_key=KEY, round=2)
    message = decision.message(RUN)
    assert (message.revise, message.build_id) == (True, feedback().build_id)


@pytest.mark.parametrize("before", [2, 3, 4])
def test_the_limit__the_message_is_kept_and_says_why_nothing_starts(before: int) -> None:
    decision = decided(FakeHistory(ids=frozenset(map(str, range(before)))), revise=True)
    assert decision.starts_a_build == (before < 3)
    message = decision.message(RUN)
    if before < 3:
        assert message.text == "Add a title."
    else:
        assert isinstance(decision.refusal, TooManyRevisions)
        assert message.text.startswith("Add a title.\n\nNo revision was started: Round 2 of this task has ")
        assert message.build_id == ""


def test_a_restore_does_not_count_and_is_not_counted() -> None:
    decision = decided(FakeHistory(ids=frozenset("123456")), restore=VERSION)
    assert decision.starts_a_build
    assert decision.message(RUN).restore == VERSION


@pytest.mark.parametrize("wish", [{"revise": True}, {"restore": VERSION}])
@pytest.mark.parametrize("state", ["closed", "archived", "open"])
def test_a_task_that_is_not_open_is_not_changed__the_message_says_so(wish: dict[str, Any], state: Lifecycle) -> None:
    decision = decide(feedback(**wish), "owner", FakeHistory(), 3, {KEY: state, "9" * 20: "closed"})
    assert decision.starts_a_build == (state == "open")
    if state != "open":
        assert isinstance(decision.refusal, TaskNotOpen)
        assert f": The task is {state}. Send a message of kind state" in decision.message(RUN).text


def test_words_about_a_closed_task_are_kept_without_more() -> None:
    decision = decide(feedback(), "owner", FakeHistory(), 3, {KEY: "closed"})
    assert (decision.refusal, decision.message(RUN).text) == (None, "Add a title.")


def test_an_unknown_version__the_message_says_so() -> None:
    decision = decided(restore="e" * 40)
    assert isinstance(decision.refusal, CannotRestore)
    assert not decision.starts_a_build
    assert "Nothing was restored: Commit eeeeeeeeee is no version of this project." in decision.message(RUN).text


@pytest.mark.parametrize(
    ("project", "note"),
    [
        (f"someone/my-task-{KEY[:10]}", {"task_key": KEY, "round": 1}),
        ("owner/my-task-9999999999", {"task_key": KEY, "round": 1}),  # its note claims another task's key
        ("owner/pagewright", {}),
        (PROJECT, {}),
        (PROJECT, {"task_key": KEY, "round": "2; rm"}),
        (PROJECT, {"task_key": KEY, "round": 0}),
        (PROJECT, {"task_key": "../" + KEY, "round": 1}),
    ],
)
def test_a_repository_that_is_no_project_of_this_owner(project: str, note: dict[str, object]) -> None:
    with pytest.raises(RepositoryMissing, match="is no project of owner"):
        decided(FakeHistory(note), project=project)


def test_the_second_repository_of_a_task_is_a_project_of_its_own() -> None:
    plan = decided(project=f"{PROJECT}-2").plan
    assert plan
    assert (plan.project, plan.task) == (f"my-task-{KEY[:10]}-2", "my-task")


def test_the_event_is_read_in_both_shapes_and_nothing_of_a_wrong_one_is_shown() -> None:
    payload = feedback().model_dump(mode="json")
    assert read_feedback({"client_payload": payload}) == feedback()
    assert read_feedback({"inputs": {"payload": feedback().model_dump_json()}}) == feedback()
    for wrong in ({}, {"client_payload": {**payload, "role": "Not A Role"}}, {"inputs": {"payload": "{"}}):
        with pytest.raises(UnreadableRequest, match="carries no feedback"):
            read_feedback(wrong)


def test_the_request__no_sender_no_callback_and_the_message_as_its_nonce() -> None:
    plan = decided(revise=True).plan
    assert plan
    request = request_for(feedback(revise=True), plan, NOW)
    assert (request.task.email, request.task.evaluation_url, request.task.nonce) == ("", "", MESSAGE)
    assert (request.project, request.revision, request.restore) == (plan.project, MESSAGE, "")
    assert (request.task_key, request.task.round, request.task.task) == (KEY, 2, "my-task")
    assert request.task.checks == ()
    assert request.build_id == request_for(feedback(revise=True), plan, NOW).build_id
    assert request.build_id != request_for(feedback(message_id="b" * 20), plan, NOW).build_id


def test_the_brief_is_the_feedback_in_its_own_words() -> None:
    brief = brief_for(feedback(metrics={"failed": 2, "ratio": 0.25}))
    assert "from the teacher" in brief
    assert "\n\nAdd a title.\n\n" in brief
    assert "failed 2, ratio 0.25" in brief
    assert "Numbers" not in brief_for(feedback())


def test_of_the_evaluators_words_only_what_is_wanted_becomes_the_brief() -> None:
    lines = [
        "2 of 5 assertions fail on the live page:",
        "",
        '* The page title is "Clock". Found: the title is "Other" It held when the page was published.',
        "* help.html exists. Found: nothing is there",
    ]
    brief = brief_for(feedback(role="evaluator", text="\n".join(lines)))
    assert '* The page title is "Clock". It held when the page was published.\n* help.html exists.\n' in brief
    assert "Other" not in brief
    assert "Found: the moon" in brief_for(feedback(text="A line. Found: the moon"))
