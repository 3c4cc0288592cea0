"""What a job records of its request before anything else happens."""

from io import StringIO
from pathlib import Path

from action.console import Console
from action.job.job import Job
from action.job.settings import Runner
from tests.unit.action.conftest import make_request


def job(folder: Path) -> Job:
    runner = Runner(runner_temp=folder, event_path=folder / "event.json", repository="owner/runner", run_id=7)
    return Job(runner, Console(StringIO()))


def test_a_new_record__holds_brief_and_checks_without_private_values(tmp_path: Path) -> None:
    request = make_request(brief="A card for student@example.org.", checks=["The page loads", {"js": "1 > 0"}])
    record = job(tmp_path).new_record(request, "the-secret")
    assert (record.brief, record.checks) == ("A card for ***.", ["The page loads", "js: 1 > 0"])


def test_a_new_record__names_the_key_of_the_sender(tmp_path: Path) -> None:
    request = make_request().model_copy(update={"sent_by": "course-a"})
    assert job(tmp_path).new_record(request, "the-secret").sent_by == "course-a"
