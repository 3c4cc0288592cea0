"""python -m tests.fuzz.api [--seconds N] [--seed N]: Schemathesis against a running receiver, by its own /openapi.json.

The receiver is the real program, in a process of its own, before an embedded GitHub; it is called with its key. Every
reply must be one that the description has, with its content type, headers and form: 503 is one of them, 500 never is.
"""

import argparse
import hashlib
import json
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import requests

from embedded.github.tokens import create_token
from receiver.task.project import BUILD_NOTE
from tests.embedded.little_github import AUTHOR, OWNER, LittleGitHub
from tests.embedded.test_receiver_process import SECRET, RunningReceiver
from tests.fuzz.running import ROOT

PROGRAM = ROOT / ".venv" / "fuzz" / "bin" / "schemathesis"
CHECKS = ("status_code", "content_type", "response_headers", "response_schema")
PERMISSIONS = {"metadata": "read", "contents": "write", "actions": "write"}
NOTHING = "on:\n  workflow_dispatch:\njobs:\n  nothing:\n    runs-on: ubuntu-latest\n    steps:\n      - run: 'true'\n"
PROJECT = "page"
TASK = "7" * 20
LOG = b"a line\n"


def main(arguments: list[str]) -> int:
    """Start both, let Schemathesis call, and return its exit code; a traceback of the receiver counts as well."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.api", description=__doc__)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        github, log = LittleGitHub(Path(folder, "github")), Path(folder, "log")
        try:
            receiver = started(github, log)
            try:
                code = called(receiver, Path(folder), chosen.seconds, chosen.seed)
            finally:
                receiver.kill()
        finally:
            github.close()
        said = log.read_text()
    if "Traceback" in said:
        print(said[said.index("Traceback") :][:5_000])
    return 1 if "Traceback" in said else code


def started(github: LittleGitHub, log: Path) -> RunningReceiver:
    """Return a receiver whose runner repository has every workflow, none of which does anything when it is started."""
    names = [path.name for path in (ROOT / ".github" / "workflows").glob("*.yml")]
    github.repository("runner", {f".github/workflows/{name}": NOTHING for name in names})
    note = json.dumps({"task_key": TASK})
    github.repository(PROJECT, {"index.html": "<h1>A page</h1>\n", "data/a.csv": "a,b\n1,2\n", BUILD_NOTE: note})
    write_data(github)
    token = create_token(github.store, OWNER, PERMISSIONS)
    return RunningReceiver(f"{github.server.url}/api/v3", log, ("api",), GITHUB_TOKEN=token, EXECUTE_WAIT_S="0")


def write_data(github: LittleGitHub) -> None:
    """Write a task to the branches that the routes read."""
    git = github.core.git(github.core.repository(f"{OWNER}/runner") or {})
    digest = hashlib.sha256(LOG).hexdigest()
    about = {"key": TASK, "task": "page", "project": f"{OWNER}/{PROJECT}", "state": "live", "status": "live"}
    logs = [{"name": "run.log", "sha256": digest}]
    data = {"tasks.json": {"tasks": [about]}, "stats.json": {}, f"tasks/{TASK}.json": {**about, "logs": logs}}
    files = {f"api/{path}": json.dumps(body).encode() for path, body in data.items()}
    for branch, held in (("dashboard-data", files), ("ledger", {f"tasks/{TASK}/files/{digest}": LOG})):
        tree = git.write_tree(None, [("100644", path, git.write_blob(body)) for path, body in held.items()])
        git.update_ref(f"refs/heads/{branch}", git.write_commit(tree, [], "Data", AUTHOR, AUTHOR))


def called(receiver: RunningReceiver, folder: Path, seconds: int, seed: int) -> int:
    """Run Schemathesis; return its exit code."""
    description = folder / "openapi.json"
    description.write_text(
        json.dumps(with_known_values(requests.get(f"{receiver.url}/openapi.json", timeout=10).json()))
    )
    command = [str(PROGRAM), "run", str(description), "--url", receiver.url, "--header", f"X-API-KEY: {SECRET}"]
    command += ["--checks", ",".join(f"{name}_conformance" for name in CHECKS), "--warnings", "off"]
    command += ["--max-time", str(seconds), "--seed", str(seed), "--continue-on-failure"]
    return subprocess.run(command, cwd=folder, check=False).returncode


def with_known_values(description: dict[str, Any]) -> dict[str, Any]:
    """Return the description with what nobody can guess, so that calls come further than the door; nobody waits."""
    schemas = description["components"]["schemas"]
    schemas["SentTask"]["properties"]["secret"] = {"type": "string", "const": SECRET}
    names = [PROJECT, f"{OWNER}/{PROJECT}", "none"]
    for name in ("ExecuteRequest", "FeedbackRequest", "FileRequest"):
        schemas[name]["properties"]["project_id"] = {"type": "string", "enum": names}
    known = {"project_id": names, "task_key": [TASK, "f" * 20, "x"], "path": ["index.html", "data", "none"]}
    for item in description["paths"].values():
        for parameter in item.get("get", {}).get("parameters", ()):
            if parameter["name"] in known:
                parameter["schema"] = {"type": "string", "enum": known[parameter["name"]]}
    schemas["ExecuteRequest"]["properties"]["wait_s"] |= {"maximum": 0}
    return description


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
