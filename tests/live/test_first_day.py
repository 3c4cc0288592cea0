"""The first hour on the real GitHub with the real Gemini (docs/first-run.md). Without credentials all of it is skipped.

In order: each test stands on the one before.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.first_day import NEEDED, FirstDay

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

TITLE = 'js: document.title === "Hello"'


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstDay]:
    if missing := [name for name in NEEDED if not os.environ.get(name)]:
        pytest.skip(f"set {', '.join(missing)}: docs/first-run.md says where they come from")
    with FirstDay(os.environ, tmp_path_factory.mktemp("first-day")) as day:
        yield day


def test_setup_makes_everything_and_doctor_finds_nothing(day: FirstDay) -> None:
    assert day.told_by_setup.returncode == 0, day.told_by_setup.stdout
    found = day.doctor()
    assert found.returncode == 0, found.stdout


def test_a_task_becomes_a_page_that_passes_its_check__and_is_called_back(day: FirstDay) -> None:
    record = day.task(1, 'A page with the title "Hello" that greets its visitor.', TITLE)
    assert record.is_delivered
    assert record.deployment
    assert record.deployment.is_live
    assert record.generation
    assert record.generation.fallback == ""
    assert "<title>Hello</title>" in day.page()
    assert day.page("pagewright-commit.txt").strip() == day.head()


def test_round_two_revises_the_same_repository(day: FirstDay) -> None:
    first, before = day.project, day.head()
    record = day.task(2, "Add a file words.json with three ways to greet.", TITLE, "words.json is valid JSON")
    assert record.is_delivered
    assert day.project == first
    assert day.page("pagewright-commit.txt").strip() == day.head() != before
    assert day.page("words.json")


def test_a_command_runs_in_the_project(day: FirstDay) -> None:
    sent = day.send("/execute", project_id=day.project, command="grep -c '<title>Hello' index.html", wait_s=120)
    result = day.until(lambda: ended(day, sent), "the command did not end")
    assert (result["return_code"], result["stdout"]) == (0, "1\n")


def ended(day: FirstDay, sent: dict[str, str]) -> dict[str, object] | None:
    """Return the result of a command: of the answer, or of its job."""
    if "return_code" in sent:
        return dict(sent)
    found: dict[str, object] | None = day.ask(f"/jobs/{sent['job_id']}")["result"]
    return found


def test_feedback_becomes_a_revision(day: FirstDay) -> None:
    before = day.head()
    said = day.send("/feedback", project_id=day.project, role="visitor", text="Add a file hours.txt.", revise=True)
    message = day.until(lambda: answered(day, said["message_id"]), "the message was not answered")
    assert message["state"] == "published", message["note"]
    assert message["build"]["is_live"]
    assert day.head() == message["build"]["commit"] != before
    assert day.page("hours.txt")


def answered(day: FirstDay, message_id: str) -> dict[str, Any] | None:
    """Return a message that nothing more will happen to."""
    message = day.ask(f"/feedback/{message_id}")
    return message if message["state"] in {"published", "not-published", "not-recorded", "recorded"} else None
