"""The phase that runs a command: the event, the result, the summary, and what is left when it cannot be run."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from action.console import Console
from action.errors import CannotExecute, NoSuchProject, UnreadableRequest
from action.execution.output import KeptOutput
from action.execution.run import Ended
from action.execution.workplace import Workplace
from action.steps import execute
from action.steps.execute import read_execution
from receiver.task import Execution, ExecutionResult

JOB = "a" * 20
COMMIT = "c" * 40
PAYLOAD = {
    "job_id": JOB,
    "project": "owner/site",
    "command": "echo '$x'",
    "ref": COMMIT,
    "working_dir": "sub",
    "timeout_s": 7,
}


def read(event: dict[str, Any]) -> Execution:
    return read_execution(event, owner="owner", runner="owner/runner", run_id=42)


def test_a_dispatch_carries_the_command() -> None:
    assert read({"client_payload": PAYLOAD}).model_dump(exclude_none=True) == PAYLOAD


def test_a_run_that_was_started_by_hand_has_inputs() -> None:
    inputs = {"project": "site", "command": "ls", "ref": "", "timeout-s": "9"}
    expected = {"job_id": "0" * 18 + "42", "project": "owner/site", "command": "ls", "timeout_s": 9}
    assert read({"inputs": inputs}).model_dump(exclude_none=True, exclude_defaults=True) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"project": "elsewhere/site"},
        {"project": "owner/runner"},
        {"project": "owner/.."},
        {"project": "owner/a/b"},
        {"command": ""},
        {"command": "x" * 4001},
        {"ref": "--upload-pack=touch /tmp/x"},
        {"timeout_s": 301},
        {"job_id": "../../etc"},
        {"command": None},
    ],
)
def test_what_the_receiver_would_refuse_is_refused_here_as_well(change: dict[str, Any]) -> None:
    with pytest.raises(UnreadableRequest):
        read({"client_payload": {**PAYLOAD, **change}})


@pytest.mark.parametrize("event", [{}, {"inputs": None}, {"inputs": {"project": "site"}}, {"client_payload": None}])
def test_an_event_without_a_command_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(UnreadableRequest):
        read(event)


def kept(text: str, limit: int = 100) -> KeptOutput:
    output = KeptOutput(limit)
    output.add(text.encode())
    return output


def ended(stdout: str = "", stderr: str = "", code: int = 0, **more: Any) -> Ended:
    return Ended(code, kept(stdout), kept(stderr), 1.23456, more.get("timed_out", False), ("limits",))


@contextmanager
def no_folder() -> Iterator[Workplace]:
    yield Workplace(Path("/nowhere"), None)


def executed(how: Ended, log: StringIO, asked: list[Any]) -> ExecutionResult:
    def clone(project: str, ref: str | None, place: Workplace) -> str:
        asked.append((project, ref))
        return COMMIT

    def run(command: str, place: Workplace, seconds: float, working_dir: str) -> Ended:
        asked.append((command, seconds))
        return how

    return execute.execute(Execution.model_validate(PAYLOAD), no_folder(), clone, run, Console(log))


def test_the_result_says_everything(log: StringIO) -> None:
    asked: list[Any] = []
    how = ended("x" * 200, "::error::mine\n", 3)
    result = executed(how, log, asked)
    assert asked == [("owner/site", COMMIT), ("echo '$x'", 7)]
    assert (result.job_id, result.project, result.commit) == (JOB, "owner/site", COMMIT)
    assert (result.return_code, result.duration_s, result.isolation) == (3, 1.235, ("limits",))
    assert result.truncated.model_dump() == {"stdout": True, "stderr": False}
    assert result.stderr == "::error::mine\n"


def test_what_the_command_writes_is_no_command_to_the_runner(log: StringIO) -> None:
    executed(ended("::set-output name=a::b\n##[error]x"), log, [])
    lines = log.getvalue().splitlines()
    stops = [number for number, line in enumerate(lines) if line.startswith("::stop-commands::")]
    assert len(stops) == 2
    for number in stops:
        token = lines[number].removeprefix("::stop-commands::")
        assert f"::{token}::" in lines[number + 1 :]
    assert lines.index("::set-output name=a::b") > stops[1]
    assert "##[error]" not in log.getvalue()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (ended("fine"), "✓ The command ended with code 0"),
        (ended(code=2), "✗ The command ended with code 2"),
        (ended(code=124, timed_out=True), "✗ The command was ended because its time was over"),
    ],
)
def test_the_summary_begins_with_the_verdict(log: StringIO, how: Ended, words: str) -> None:
    execution = Execution.model_validate(PAYLOAD)
    result = executed(how, log, [])
    assert execute.render(execution, result).startswith(f"## {words}\n")


def test_nothing_in_the_summary_gets_out_of_its_fence() -> None:
    execution = Execution.model_validate({**PAYLOAD, "command": "echo `x` | cat\n# title"})
    result = ExecutionResult(job_id=JOB, stdout="```\n# title\n````\n<b>", return_code=0)
    text = execute.render(execution, result)
    assert "\n`````text\n```\n# title\n````\n<b>\n`````\n" in text
    assert "`echo 'x' ¦ cat # title`" in text


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"client_payload": PAYLOAD}))
    return {
        "PATH": os.environ["PATH"],
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "owner/runner",
        "GITHUB_SERVER_URL": f"file://{tmp_path}/nobody-is-here",
    }


def test_a_command_that_cannot_be_run_leaves_a_result_that_says_why(
    environ: dict[str, str], tmp_path: Path, console: Console
) -> None:
    with pytest.raises((NoSuchProject, CannotExecute)) as raised:
        execute.run(environ, console)
    result = ExecutionResult.model_validate_json((tmp_path / "temp" / "pagewright" / "result.json").read_text())
    assert (result.job_id, result.return_code, result.error) == (JOB, None, str(raised.value))


def test_another_owner_than_the_configured_one_is_refused(environ: dict[str, str], console: Console) -> None:
    with pytest.raises(UnreadableRequest, match="repositories of lab"):
        execute.run({**environ, "TARGET_OWNER": "lab"}, console)
