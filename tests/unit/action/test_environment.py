"""The environment of a phase: found, or made once although several jobs make it at the same time."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from action.environment import Environment, announce, build, cache_folder, environment_for, install

ROOT = Path(__file__).parents[3]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"RUNNER_TOOL_CACHE": str(tmp_path / "tools"), "RUNNER_TEMP": str(tmp_path / "temp")}


@pytest.fixture
def environment(environ: dict[str, str]) -> Environment:
    return environment_for("publish", environ)


def fake_uv(commands: list[list[str]], meanwhile: Callable[[], None] = lambda: None) -> Callable[[list[str]], None]:
    """A uv that makes the interpreter's file, and something else that happens at the same time."""

    def run(command: list[str]) -> None:
        commands.append(command)
        if command[1] == "venv":
            python = Path(command[-1], "bin", "python")
            python.parent.mkdir(parents=True)
            python.touch()
        else:
            meanwhile()

    return run


def test_the_two_jobs_have_different_environments(environ: dict[str, str]) -> None:
    folders = {phase: environment_for(phase, environ).folder for phase in ("generate", "publish", "deploy", "notify")}
    assert folders["generate"] != folders["publish"]
    assert folders["publish"] == folders["deploy"] == folders["notify"]


def test_other_requirements_are_another_environment(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "requirements").mkdir()
    found = set()
    for text in ("a==1", "a==2"):
        (tmp_path / "requirements" / "publish.txt").write_text(text)
        found.add(environment_for("publish", environ, tmp_path).folder)
    assert len(found) == 2


def test_build__with_hashes_and_relocatable(environment: Environment) -> None:
    commands: list[list[str]] = []
    build(environment, fake_uv(commands))
    assert environment.is_ready
    assert "--relocatable" in commands[0]
    assert "--require-hashes" in commands[1]
    assert [path.name for path in environment.folder.parent.iterdir()] == [environment.folder.name]


def test_build__is_done_already(environment: Environment) -> None:
    commands: list[list[str]] = []
    build(environment, fake_uv(commands))
    build(environment, fake_uv(commands))
    assert len(commands) == 2


def test_build__another_job_is_faster__its_environment_is_used(environment: Environment) -> None:
    def other_job() -> None:
        environment.python.parent.mkdir(parents=True)
        environment.python.write_text("made by the other job")

    build(environment, fake_uv([], meanwhile=other_job))
    assert environment.python.read_text() == "made by the other job"
    assert len(list(environment.folder.parent.iterdir())) == 1


def test_build__fails__nothing_is_left_that_looks_ready(environment: Environment) -> None:
    def broken() -> None:
        raise SystemExit("uv pip sync failed")

    with pytest.raises(SystemExit):
        build(environment, fake_uv([], meanwhile=broken))
    assert not environment.is_ready
    assert list(environment.folder.parent.iterdir()) == []


def test_build__an_environment_whose_interpreter_is_gone_is_replaced(environment: Environment) -> None:
    (environment.folder / "bin").mkdir(parents=True)
    environment.python.symlink_to("/nowhere/python")
    assert not environment.is_ready
    build(environment, fake_uv([]))
    assert environment.is_ready


def test_the_tool_cache_cannot_be_written__the_temporary_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environ = {"RUNNER_TOOL_CACHE": str(tmp_path / "file"), "RUNNER_TEMP": str(tmp_path / "temp")}
    assert cache_folder(environ) == tmp_path / "temp" / "pagewright"


def test_outside_of_a_job_it_says_so() -> None:
    with pytest.raises(SystemExit, match="Run this in a job"):
        cache_folder({"RUNNER_TEMP": ""})


def test_outputs_tell_the_next_steps(tmp_path: Path, environ: dict[str, str], environment: Environment) -> None:
    output = tmp_path / "output"
    announce(environment, {**environ, "GITHUB_OUTPUT": str(output)})
    assert output.read_text() == f"python={environment.python}\nready=false\n"


def test_a_missing_uv_is_a_sentence(environment: Environment) -> None:
    with pytest.raises(SystemExit, match=r"^uv venv .* failed\. Likely cause: uv is not installed.* then run"):
        install(environment, {"PATH": ""})


def test_it_runs_with_the_standard_library_alone(tmp_path: Path) -> None:
    script = str(ROOT / "action" / "environment.py")
    environ = {"RUNNER_TEMP": str(tmp_path), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-I", "-S", script, "find", "notify"], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("ready=false\n")
