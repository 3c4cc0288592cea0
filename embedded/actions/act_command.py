"""How act is started: its arguments, the files it reads, and the only environment that it and its steps get."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.actions.plan import SUPPORTED_LABELS
from embedded.actions.used_actions import STANDINS
from embedded.github.store import Document


@dataclass(frozen=True)
class Machine:
    """The programs and directories that runs share. `path` is the PATH of every step."""

    act: str
    python: str
    uv: str
    path: str
    uv_settings: Mapping[str, str]
    web: str
    api: str
    seconds_per_minute: float = 60.0
    patience: float = 5.0


@dataclass(frozen=True)
class Desk:
    """The directories of one attempt, all under `root`; nothing of them is kept."""

    root: Path

    @property
    def home(self) -> Path:
        """The HOME of act and its steps; it also marks their processes."""
        return self.root / "home"

    @property
    def workspace(self) -> Path:
        """Where act starts from."""
        return self.root / "workspace"

    @property
    def handed(self) -> Path:
        """What the last step of each job and whoever follows the run hand to each other."""
        return self.root / "handed"


def arguments(machine: Machine, desk: Desk, run: Document, mapped: dict[str, Path]) -> list[str]:
    """Return the command line. It names no secret: those lie in files."""
    root = desk.root
    command = [
        machine.act,
        str(run["event"]),
        "-C",
        str(desk.workspace),
        "-W",
        str(desk.workspace / run["workflow_path"]),
    ]
    command += ["-e", str(root / "event.json"), "--secret-file", str(root / "secrets.yml")]
    command += ["--var-file", str(root / "vars.yml"), "--env-file", str(root / "environment")]
    command += ["--input-file", "/dev/null", "-a", str(run["actor"]), "--json", "--rm"]
    command += ["--no-cache-server", "--no-skip-checkout"]
    for label in SUPPORTED_LABELS:
        command += ["-P", f"{label}=-self-hosted"]
    for used, directory in mapped.items():
        command += ["--local-repository", f"{used}={directory}"]
    return command


def process_environment(machine: Machine, desk: Desk) -> dict[str, str]:
    """Return act's own environment; all of it reaches every step."""
    return {
        "PATH": machine.path,
        "HOME": str(desk.home),
        "LANG": "C.UTF-8",
        "TERM": "dumb",  # act gives steps a terminal, and GitHub does not: no colours, no pager
        "PAGER": "cat",
        "UV_OFFLINE": "1",
        **machine.uv_settings,
        "STANDIN": str(STANDINS / "run.py"),
        "STANDIN_PYTHON": machine.python,
        "STANDIN_UV": machine.uv,
        "STANDIN_HANDED": str(desk.handed),
    }


def job_environment(machine: Machine, run: Document, runtime_token: str, *, id_token: bool) -> dict[str, str]:
    """Return the variables that GitHub's runner sets and act does not know by itself."""
    variables = {
        "GITHUB_SERVER_URL": machine.web,
        "GITHUB_API_URL": machine.api,
        "GITHUB_GRAPHQL_URL": f"{machine.web}/api/graphql",
        "GITHUB_REPOSITORY": run["repo"],
        "GITHUB_REPOSITORY_OWNER": run["repo"].split("/")[0],
        "GITHUB_RUN_ID": run["id"],
        "GITHUB_RUN_NUMBER": run["run_number"],
        "GITHUB_RUN_ATTEMPT": run["run_attempt"],
        "GITHUB_REF": run["ref"],
        "GITHUB_TRIGGERING_ACTOR": run["actor"],
        "GITHUB_WORKFLOW_REF": f"{run['repo']}/{run['workflow_path']}@{run['ref']}",
        "GITHUB_WORKFLOW_SHA": run["head_sha"],
        "RUNNER_NAME": "embedded",
        "RUNNER_ENVIRONMENT": "self-hosted",
        "ACTIONS_RUNTIME_TOKEN": runtime_token,
        "ACTIONS_RESULTS_URL": f"{machine.web}/_results/",
    }
    if id_token:
        variables["ACTIONS_ID_TOKEN_REQUEST_URL"] = f"{machine.web}/_oidc/token?api-version=2.0"
        variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = runtime_token
    return {name: str(value) for name, value in variables.items()}


def lay_out(desk: Desk, files: dict[str, Any], tool_cache: Path) -> None:
    """Write the files that act reads: JSON, which keeps every value exact, but for the environment."""
    act_directory = desk.home / ".cache" / "act"
    act_directory.mkdir(parents=True)
    desk.handed.mkdir()
    tool_cache.mkdir(exist_ok=True)
    (act_directory / "tool_cache").symlink_to(tool_cache.resolve())
    for name, content in files.items():
        text = json.dumps(content) if name.endswith((".yml", ".json")) else dotenv(content)
        file = desk.root / name
        file.touch(mode=0o600)
        file.write_text(text)


def dotenv(variables: dict[str, str]) -> str:
    """Write variables in single quotes, where act's reader changes nothing."""
    return "".join(f"{name}='{value}'\n" for name, value in variables.items() if "'" not in value)
