"""The program as a step runs it: exit codes, annotations, outputs and what stays out of the log."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from action.__main__ import SECONDS, main, seconds_for
from action.console import Console
from action.deadline import SECONDS_OVER, Deadline
from action.environment import STEPS
from action.errors import Defect, StepHung, UserError
from action.job.job import Job, time_for
from action.job.settings import Runner, Settings
from action.record import BuildRecord, Publication
from receiver.task import BuildRequest, Keys

ROOT = Path(__file__).parents[3]
SECRET = "a secret for tests"


@pytest.fixture
def environ(tmp_path: Path, request_: BuildRequest) -> dict[str, str]:
    sealed = request_.seal(Keys.derive(SECRET, b"s" * 16))
    event = {"client_payload": json.loads(request_.payload(sealed).model_dump_json())}
    (tmp_path / "event.json").write_text(json.dumps(event))
    return {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "owner/runner",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "STUDENT_SECRET": SECRET,
    }


@pytest.fixture
def kept(environ: dict[str, str], record: BuildRecord, publication: Publication, tmp_path: Path) -> BuildRecord:
    """The record that publish left; a later commit has replaced the page since."""
    record.publication = publication.model_copy(update={"superseded_by": "9" * 40})
    record.save(tmp_path / "pagewright" / "record.json")
    return record


def test_missing_configuration__exit_code_annotation_and_summary(
    environ: dict[str, str], console: Console, log: StringIO, tmp_path: Path
) -> None:
    assert main(["publish"], {**environ, "TARGET_TOKEN": ""}, console) == 10
    assert "::error title=E-CONFIG::" in log.getvalue()
    assert "TARGET_TOKEN is not set" in log.getvalue()
    assert "TARGET\\_TOKEN is not set" in (tmp_path / "summary.md").read_text()


@pytest.mark.parametrize("step", ["publish", "deploy"])
def test_an_app_that_gave_no_token__is_told_as_that(
    environ: dict[str, str], console: Console, log: StringIO, step: str
) -> None:
    assert main([step], {**environ, "TARGET_TOKEN": "", "APP_ID": "123456"}, console) == 40
    assert "::error title=E-TOKEN::The GitHub App in the variable APP_ID gave no token." in log.getvalue()
    assert "APP_PRIVATE_KEY" in log.getvalue()


def test_another_secret_than_the_receiver_has(environ: dict[str, str], console: Console, log: StringIO) -> None:
    assert main(["notify"], {**environ, "STUDENT_SECRET": "another-one"}, console) == 11
    assert "E-REQUEST" in log.getvalue()


def test_a_defect_shows_its_place_and_no_environment(
    environ: dict[str, str], console: Console, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("::set-output name=x::y")

    monkeypatch.setattr("action.steps.verify.run", broken)
    assert main(["verify"], environ, console) == Defect.exit_code
    assert "Traceback" in log.getvalue()
    assert "E-DEFECT" in log.getvalue()
    assert SECRET not in log.getvalue()
    assert log.getvalue().index("::stop-commands::") < log.getvalue().index("::set-output")


def test_private_values_are_masked_before_anything_else_is_printed(
    environ: dict[str, str], console: Console, log: StringIO, kept: BuildRecord
) -> None:
    Job(runner(environ), console).request(SECRET, "")
    assert all(line.startswith("::add-mask::") for line in log.getvalue().splitlines())
    assert "::add-mask::nonce-4711-abcd" in log.getvalue()


def runner(environ: dict[str, str]) -> Runner:
    return Settings.from_environ(environ).runner


def test_a_superseded_build_is_neither_waited_for_nor_compared(
    environ: dict[str, str], console: Console, kept: BuildRecord, tmp_path: Path
) -> None:
    assert main(["deploy"], {**environ, "TARGET_TOKEN": "t"}, console) == 0
    assert main(["verify"], environ, console) == 0
    record = BuildRecord.load(tmp_path / "pagewright" / "record.json")
    assert record.deployment is not None
    assert record.deployment.commits == ["1" * 40]
    assert [phase.name for phase in record.phases] == ["deploy", "verify"]


def test_outputs_have_delimiters_that_no_value_can_guess(
    environ: dict[str, str], console: Console, kept: BuildRecord, tmp_path: Path
) -> None:
    main(["deploy"], {**environ, "TARGET_TOKEN": "t"}, console)
    lines = (tmp_path / "output").read_text().splitlines()
    name, mark = lines[0].split("<<")
    assert name == "build-id"
    assert lines[1:3] == [kept.build_id, mark]
    assert len(mark) == 32


def test_no_commit__notify_fails_loudly_and_writes_the_summary(
    environ: dict[str, str], console: Console, log: StringIO, record: BuildRecord, tmp_path: Path
) -> None:
    record.save(tmp_path / "pagewright" / "record.json")
    assert main(["notify"], environ, console) == 60
    assert "✗ Nothing was published" in (tmp_path / "summary.md").read_text()
    assert "no commit to report" in log.getvalue()
    kept = BuildRecord.load(tmp_path / "pagewright" / "record.json")
    assert kept.failures[0].code == "E-CALLBACK"


@pytest.mark.parametrize("error", [IndexError("x"), OSError("x"), UnicodeEncodeError("utf-8", "x", 0, 1, "x")])
def test_a_summary_that_fails_is_a_warning(
    environ: dict[str, str], console: Console, log: StringIO, record: BuildRecord, error: Exception
) -> None:
    def broken(_: BuildRecord) -> str:
        raise error

    Job(runner(environ), console).summarize(record, broken)
    assert f"::warning::The job summary could not be written: {type(error).__name__}." in log.getvalue()


def test_exit_codes_are_unique() -> None:
    kinds = UserError.__subclasses__()
    assert len({kind.exit_code for kind in kinds}) == len(kinds)
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_a_build_that_is_run_again_late_gets_time_of_its_own(environ: dict[str, str], request_: BuildRequest) -> None:
    deadline = time_for(runner(environ), request_.received_at, leave=60, when_late=120)
    assert deadline.remaining() == pytest.approx(120, abs=1)


def test_publishing_in_the_last_minute_gets_the_time_that_it_needs__a_wait_gets_none(environ: dict[str, str]) -> None:
    received_at = datetime.now(UTC) - timedelta(seconds=560)
    left = [
        time_for(runner(environ), received_at, leave=60, when_late=300, is_vital=is_vital).remaining()
        for is_vital in (True, False)
    ]
    assert left == [pytest.approx(300, abs=1), 0]


@pytest.mark.parametrize(("told", "expected"), [({}, 540), ({"CALLBACK_WITHIN_S": "1800"}, 1740)])
def test_a_sender_who_waits_longer_gives_a_build_more_time(
    environ: dict[str, str], told: dict[str, str], expected: int
) -> None:
    deadline = time_for(runner({**environ, **told}), datetime.now(UTC), leave=60)
    assert deadline.remaining() == pytest.approx(expected, abs=1)


def test_a_phase_that_hangs_ends_with_its_error__and_its_record_is_kept(
    environ: dict[str, str], console: Console, log: StringIO, kept: BuildRecord, tmp_path: Path
) -> None:
    job = Job(runner(environ), console)

    class Started(Deadline):
        def remaining(self) -> float:
            return 0.2 - SECONDS_OVER

    with pytest.raises(StepHung), job.step(kept, "verify", "Compare", Started(kept.received_at)):
        time.sleep(60)
    record = BuildRecord.load(tmp_path / "pagewright" / "record.json")
    assert [(phase.name, phase.outcome) for phase in record.phases] == [("verify", "failed")]
    assert "Compare: failed (E-HUNG): Compare did not come to an end" in log.getvalue()


def test_a_step_that_hangs_outside_of_its_phase_ends_too(
    environ: dict[str, str], console: Console, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*_: Any) -> None:
        while True:
            pass

    monkeypatch.setattr("action.steps.verify.run", endless)
    monkeypatch.setitem(SECONDS, "verify", 0.2)
    assert main(["verify"], environ, console) == StepHung.exit_code
    assert "::error title=E-HUNG::The step verify did not come to an end" in log.getvalue()


def test_each_step_has_less_time_than_its_job() -> None:
    found: dict[str, float] = {}
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            minutes = re.findall(r"\d+", str(job.get("timeout-minutes", "")))
            given = [step["with"] for step in job["steps"] if step.get("uses") == "./action"]
            phases = [each["phase"] for each in given if not each.get("prepare-only")]
            found.update({phase: 60 * float(minutes[-1]) for phase in phases})
    assert set(found) == set(STEPS) - {"explain"}  # people run it, no job does
    assert {phase for phase in found if not 0 < seconds_for(phase, {}) < found[phase]} == set()


def test_a_build_whose_sender_waits_longer_may_take_longer() -> None:
    assert seconds_for("generate", {"CALLBACK_WITHIN_S": "1800"}) == 1740
    assert seconds_for("generate", {"CALLBACK_WITHIN_S": "soon"}) == 540
