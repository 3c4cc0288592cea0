"""Runs the workflows of this project, and reports in act's words: the jobs one after another, each step a process.

It stands in the place of act, so that the scheduler, the logs, re-runs and cancelling are the embedded system's own.
A step that uses ./action is `python -m action STEP` of this checkout; the actions of GitHub are the stand-ins. It knows
no matrix, no called workflow and no container.
"""

import importlib
import json
import os
import re
import select
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from embedded.actions.expressions import as_text, evaluate, interpolate, resolve, truthy
from embedded.actions.used_actions import KNOWN, STANDINS

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"::(?P<name>[a-z-]+)(?: (?P<properties>[^:]*))?::(?P<text>.*)")
STATUS = re.compile(r"\b(success|failure|always|cancelled)\(\)")
KILLED = 137


def run(asked: dict[str, Any], connection: socket.socket) -> int:
    """Run a workflow as act's command line says it; return act's exit code."""
    return Run.of(asked, connection).execute()


def option(arguments: list[str], name: str) -> str:
    """Return the value after an option."""
    return arguments[arguments.index(name) + 1]


def read_dotenv(text: str) -> dict[str, str]:
    """Return the variables of a file as act_command writes it."""
    found = re.findall(r"^([A-Z_]+)='([^']*)'$", text, re.MULTILINE)
    return dict(found)


@dataclass
class Run:
    """One attempt of a run. `folder` holds what its jobs leave on the disk."""

    workflow: dict[str, Any]
    stem: str
    contexts: dict[str, Any]
    environment: dict[str, str]
    folder: Path
    connection: socket.socket
    results: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, asked: dict[str, Any], connection: socket.socket) -> "Run":
        """Read what act reads."""
        arguments, outer = asked["arguments"], asked["environment"]
        path = Path(option(arguments, "-W"))
        given = read_dotenv(Path(option(arguments, "--env-file")).read_text())
        event_file = Path(option(arguments, "-e"))
        event = json.loads(event_file.read_text())
        secrets = json.loads(Path(option(arguments, "--secret-file")).read_text())
        variables = json.loads(Path(option(arguments, "--var-file")).read_text())
        root = event_file.parent
        name = arguments[0]
        standard = {
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(event_file),
            "GITHUB_SHA": given["GITHUB_WORKFLOW_SHA"],
            "GITHUB_ACTIONS": "true",
            "RUNNER_TOOL_CACHE": str(root / "home" / ".cache" / "act" / "tool_cache"),
        }
        github = {
            "event": event,
            "event_name": name,
            "repository": given["GITHUB_REPOSITORY"],
            "ref": given["GITHUB_REF"],
            "sha": given["GITHUB_WORKFLOW_SHA"],
            "run_id": given["GITHUB_RUN_ID"],
            "run_attempt": given["GITHUB_RUN_ATTEMPT"],
            "token": secrets["GITHUB_TOKEN"],
            "server_url": given["GITHUB_SERVER_URL"],
        }
        contexts = {"github": github, "secrets": secrets, "vars": variables, "inputs": event.get("inputs") or {}}
        parsed = yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - texts only, and "on" stays a word
        return cls(parsed, path.stem, contexts, {**outer, **given, **standard}, root, connection)

    def execute(self) -> int:
        """Run the jobs in the order of the file."""
        for key, job in self.workflow["jobs"].items():
            needed = {name: self.results[name] for name in as_list(job.get("needs"))}
            is_fine = all(each["result"] == "success" for each in needed.values())
            contexts = {**self.contexts, "needs": needed, "job": {}}
            if not holds(job.get("if"), contexts, is_fine=is_fine):
                self.results[key] = {"result": "skipped", "outputs": {}}
                continue
            self.results[key] = Job(self, key, job, contexts).execute()
        return int(any(each["result"] == "failure" for each in self.results.values()))


def as_list(value: Any) -> list[str]:
    """Return a single text as a list of one."""
    return [value] if isinstance(value, str) else list(value or [])


def holds(condition: str | None, contexts: Mapping[str, Any], *, is_fine: bool) -> bool:
    """Whether a job or a step runs; without a word about its status, only after successes."""
    text = (condition or "success()").strip()
    whole = re.fullmatch(r"\$\{\{(.*)\}\}", text, re.DOTALL)
    expression = whole[1] if whole else text
    said = {"success": is_fine, "failure": not is_fine, "always": True, "cancelled": False}
    names_status = STATUS.search(expression)
    value = evaluate(STATUS.sub(lambda match: str(said[match[1]]).lower(), expression), contexts)
    return truthy(value) and (bool(names_status) or is_fine)


@dataclass
class Job:
    """One job: a temporary folder and a workspace of its own."""

    run: Run
    key: str
    job: dict[str, Any]
    contexts: dict[str, Any]
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_fine: bool = True

    def execute(self) -> dict[str, Any]:
        """Run the steps; return result and outputs, as `needs` shows them."""
        self.temp, self.workspace = self.run.folder / f"temp-{self.key}", self.run.folder / f"space-{self.key}"
        for folder in (self.temp, self.workspace):
            folder.mkdir()
        github = {**self.contexts["github"], "workspace": str(self.workspace)}
        self.contexts |= {"github": github, "steps": self.steps, "runner": {"temp": str(self.temp)}}
        self.say(stepid=["--setup-job"], msg="⭐ Run Set up job")
        self.say(stepid=["--setup-job"], msg="", stepResult="success")
        for place, step in enumerate(self.job["steps"]):
            if holds(step.get("if"), self.contexts, is_fine=self.is_fine):
                self.take(str(step.get("id") or place), step)
        outputs = {name: interpolate(text, self.contexts) for name, text in (self.job.get("outputs") or {}).items()}
        result = "success" if self.is_fine else "failure"
        self.say(msg="", jobResult=result)
        return {"result": result, "outputs": outputs}

    def say(self, **line: Any) -> None:
        """Write one line of act's."""
        label = f"{self.run.workflow['name']}/{interpolate(self.job.get('name', self.key), self.contexts)}"
        print(json.dumps({"job": label, "jobID": self.key, "level": "info", **line}), flush=True)

    def take(self, identity: str, step: dict[str, Any]) -> None:
        """Run one step, and say how it ended."""
        stage = {"stage": "Main", "stepID": [identity]}
        self.say(msg=f"⭐ Run Main {step.get('name', 'a step')}", **stage)
        files = {name: self.temp / f"{identity}-{name}" for name in ("output", "summary", "env", "path", "state")}
        for file in files.values():
            file.touch()
        code = self.start(step, files, lambda line: self.pass_on(line, identity))
        self.steps[identity] = {"outputs": read_outputs(files["output"].read_text())}
        result = "success" if code == 0 else "failure"
        if code:
            self.say(msg=f"exit status {code}", level="error", **stage)
        if code and step.get("continue-on-error"):
            self.say(msg="", stepResult=result, **stage)
            self.say(msg="Failed but continue next step", **stage)
            return
        self.is_fine = self.is_fine and not code
        self.say(msg="", stepResult=result, **stage)

    def pass_on(self, line: str, identity: str) -> None:
        """Bring one line of a step's output into act's form."""
        command = COMMAND.fullmatch(line)
        if not command:
            self.say(msg=f"{line}\n", raw_output=True, stepID=[identity])
            return
        properties = dict(part.split("=", 1) for part in (command["properties"] or "").split(",") if "=" in part)
        shown = {"command": command["name"], "arg": command["text"], "kvPairs": properties, "raw": line}
        self.say(msg=line, stepID=[identity], **shown)

    def start(self, step: dict[str, Any], files: Mapping[str, Path], tell: Callable[[str], None]) -> int:
        """Fork the process of a step, follow its output, and return its exit code."""
        environment = self.environment(step, files)
        program = self.program(step, environment)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            become(program, environment, self.workspace, writing)
        os.close(writing)
        name = step.get("with", {}).get("phase") or step.get("uses") or "run"
        note_process(self.run, {"pid": pid, "job": self.key, "step": name})
        follow(reading, self.run.connection, pid, tell)
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else KILLED

    def environment(self, step: dict[str, Any], files: Mapping[str, Path]) -> dict[str, str]:
        """Return what the process of a step is told."""
        given = {name: interpolate(text, self.contexts) for name, text in (step.get("env") or {}).items()}
        own = {"OUTPUT": "output", "STEP_SUMMARY": "summary", "ENV": "env", "PATH": "path", "STATE": "state"}
        runner = {f"GITHUB_{name}": str(files[file]) for name, file in own.items()}
        runner |= {"GITHUB_JOB": self.key, "GITHUB_WORKSPACE": str(self.workspace), "RUNNER_TEMP": str(self.temp)}
        return {**self.run.environment, **runner, **given}

    def program(self, step: dict[str, Any], environment: dict[str, str]) -> Callable[[], None]:
        """Return what the process of a step does; its inputs go into the environment."""
        uses = step.get("uses", "")
        given = {name: resolve(text, self.contexts) for name, text in (step.get("with") or {}).items()}
        if given.get("prepare-only") == "true":
            return announce_python  # everything is imported already
        if uses == "./action":
            names = ("payload", "digest", "plan", "bundle")
            environment |= {f"PAGEWRIGHT_{name.upper()}": as_text(given.get(name)) for name in names}
            return lambda: of_the_action(str(given["phase"]))
        if uses:
            folder = KNOWN[uses.partition("@")[0]]
            if folder == "checkout" and given.get("sparse-checkout"):
                return lambda: None  # of this project: the steps run from this checkout
            known = yaml.safe_load((STANDINS / folder / "action.yml").read_text()).get("inputs") or {}
            defaults = {name: interpolate(str(each.get("default", "")), self.contexts) for name, each in known.items()}
            environment["INPUTS"] = json.dumps({**defaults, **given})
            return lambda: importlib.import_module(f"embedded.actions.standins.{folder}.program").main()
        script = interpolate(step["run"], self.contexts)
        environment["PYTHONPATH"] = str(ROOT)
        return lambda: os.execvp("bash", ["bash", "-e", "-c", script])  # noqa: S606 - an argument list


def announce_python() -> None:
    """Do what is left of `environment.py find`."""
    Path(os.environ["GITHUB_OUTPUT"]).write_text(f"python={sys.executable}\n")


def of_the_action(step: str) -> None:
    """Do what `python -m action STEP` does."""
    import gc

    from action.__main__ import main, take_environment
    from action.console import Console
    from action.deadline import limit_memory

    limit_memory()
    gc.disable()
    sys.exit(main([step], take_environment(), Console()))


def become(program: Callable[[], None], environment: Mapping[str, str], folder: Path, output: int) -> None:
    """Be the process of a step, from here to its end."""
    code = 1
    try:
        os.setsid()
        for number in (1, 2):
            os.dup2(output, number)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="replace", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="replace", closefd=False)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        program()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:  # noqa: BLE001 - the last stop of a fork
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def follow(reading: int, client: socket.socket, pid: int, tell: Callable[[str], None]) -> None:
    """Pass on what a step says until it ends. When act's own process is gone, so is this, with all that it started."""
    rest = b""
    heard: list[int | socket.socket] = [reading, client]
    while True:
        ready, _, _ = select.select(heard, [], [])
        if client in ready:
            kill_group(pid)
            os._exit(KILLED)
        piece = os.read(reading, 65536)
        *lines, rest = (rest + piece).split(b"\n")
        for line in [*lines, *([rest] if rest and not piece else [])]:
            tell(line.decode(errors="replace"))
        if not piece:
            os.close(reading)
            return


def kill_group(pid: int) -> None:
    """Kill a step and what it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def note_process(run: Run, step: dict[str, Any]) -> None:
    """Leave a note about the step that runs now, for whoever wants to kill it."""
    folder = run.folder.parent / "steps"
    folder.mkdir(exist_ok=True)
    draft = folder / f".{run.stem}-{os.getpid()}"
    draft.write_text(json.dumps(step))
    draft.replace(folder / f"{run.stem}.json")


def read_outputs(text: str) -> dict[str, str]:
    """Read GITHUB_OUTPUT: name=value, or name<<MARK and lines up to MARK."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if match := re.fullmatch(r"([\w-]+)<<(.+)", line):
            value = []
            for inner in lines:
                if inner == match[2]:
                    break
                value.append(inner)
            found[match[1]] = "\n".join(value)
        elif "=" in line:
            name, _, value_text = line.partition("=")
            found[name] = value_text
    return found
