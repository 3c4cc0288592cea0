"""Commands in a published project, and its files, over HTTP: real gunicorn, real act, real git, real processes."""

import base64
import json
import os
import secrets
import shutil
import time
from typing import Any

import psutil
import pytest
import requests

from action.execution import sandbox as landlock
from api.ids import new_id
from embedded.github.repositories import create_repository
from embedded.system.system import System
from receiver.task.project import BUILD_NOTE
from tests.embedded.senders import Sender

pytestmark = pytest.mark.timeout(600)

BINARY = bytes(range(256)) * 3
LARGE = b"0123456789abcdef" * 100_000  # 1.6 MB
PACKAGE = {"name": "x", "version": "1.0.0", "scripts": {"test": "node check.js"}}
FILES = {
    "hello.py": b"import sys\nprint('hello from', sys.implementation.name)\n",
    "script.sh": b'set -e\necho "in $(basename $PWD)"\necho problems >&2\n',
    "package.json": json.dumps(PACKAGE).encode(),
    "check.js": b"require('assert').equal([1, 2].length, 2); fetch; console.log('1 test passed')\n",
    "data/points.bin": BINARY,
    "data/large.txt": LARGE,
    "gr\u00fc\u00df e.txt": "grün\n".encode(),
}
TERMINAL = {"completed"}


class Owner:
    """Somebody who has the printed line of JSON and asks about one project."""

    def __init__(self, sender: Sender, project: str, first: str, second: str) -> None:
        self.system, self.session = sender.system, sender.session
        self.project, self.first, self.second = project, first, second
        self.key = {"X-API-KEY": self.system.secret}

    def __call__(self, method: str, path: str, body: Any = None, timeout_s: float = 180) -> requests.Response:
        url = path if path.startswith("http") else self.system.addresses.receiver + path
        return self.session.request(method, url, json=body, headers=self.key, timeout=timeout_s)

    def execute(self, command: str, **more: Any) -> requests.Response:
        return self("POST", "/execute", {"project_id": self.project, "command": command, **more})

    def result(self, command: str, **more: Any) -> dict[str, Any]:
        """Return the result, also when this machine is so slow that the answer is 202 first."""
        reply = self.execute(command, **more)
        if reply.status_code == 202:
            return dict(self.wait(reply.headers["Location"])["result"])
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def wait(self, url: str, states: set[str] = TERMINAL, seconds: float = 300) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            job = self("GET", url)
            assert job.status_code == 200, job.text
            if job.json()["state"] in states:
                return dict(job.json())
            time.sleep(0.5)
        raise AssertionError(f"{url} was not {states} within {seconds} seconds")

    def read(self, path: str, **more: Any) -> requests.Response:
        return self("POST", "/file/read", {"project_id": self.project, "file_path": path, **more})


@pytest.fixture(scope="module")
def owner(sender: Sender, system: System) -> Owner:
    """A project as a build leaves it, which was then changed by a push of somebody else."""
    project = "a-project"
    name = f"{system.owner}/{project}"
    create_repository(system.github, system.owner, {"name": project, "auto_init": True})
    page = {"index.html": b"<title>A test</title>", "README.md": b"# A test", BUILD_NOTE: b"{}"}
    published = push(system, name, page)
    return Owner(sender, project, published, push(system, name, FILES))


def push(system: System, name: str, files: dict[str, bytes]) -> str:
    """Commit files on top of a repository's default branch."""
    repo = system.github.repository(name)
    assert repo
    git = system.github.git(repo)
    head = git.resolve(f"refs/heads/{repo['default_branch']}")
    assert head
    person = git.commit(head).author
    tree = git.write_tree(head, [("100644", path, git.write_blob(body)) for path, body in files.items()])
    sha = git.write_commit(tree, [head], "Add programs", person, person)
    git.update_ref(f"refs/heads/{repo['default_branch']}", sha, head)
    return sha


def run_of(system: System, job_id: str) -> dict[str, Any]:
    return next(run for run in system.store.find("run") if run["run_name"].startswith(f"execute {job_id} "))


@pytest.fixture(scope="module")
def answered(owner: Owner) -> dict[str, Any]:
    """The result of three programs in one command: a job takes seconds, whatever it runs.

    The last one looks for what it must not see.
    """
    data = owner.system.data.path
    tests = " && npm test" if shutil.which("npm") else ""
    reply = owner.execute(
        f"{{ python3 hello.py{tests}; }} || exit 9; "
        f"bash script.sh; env; cat {data}/credentials.json; ls {data}; "
        "cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; "
        "id -u; git log --format=%H; git status --porcelain; cat .git/config"
    )
    assert reply.status_code in {200, 202}
    return dict(reply.json() if reply.status_code == 200 else owner.wait(reply.headers["Location"])["result"])


def test_python_answers_within_the_request(owner: Owner, answered: dict[str, Any]) -> None:
    result = answered
    assert result["stdout"].startswith("hello from cpython\n")
    assert (result["return_code"], result["error"]) == (0, None)
    assert (result["project"], result["commit"]) == (f"{owner.system.owner}/{owner.project}", owner.second)
    assert result["exists"] is True
    assert result["truncated"] == {"stdout": False, "stderr": False}
    assert 0 < result["duration_s"] < 60
    assert result["run_url"].startswith(f"{owner.system.addresses.web}/{owner.system.runner}/actions/runs/")
    run = run_of(owner.system, result["job_id"])
    ran, skipped = owner.system.store.find("job", run_id=run["id"])
    assert (run["conclusion"], ran["permissions"], ran["conclusion"]) == ("success", {}, "success")
    assert skipped["conclusion"] == "skipped", "it brings what is to be kept, and nothing was"


@pytest.mark.skipif(shutil.which("npm") is None, reason="Node is not installed on this machine")
def test_npm_test_runs_the_projects_tests(answered: dict[str, Any]) -> None:
    assert (answered["return_code"], "1 test passed" in answered["stdout"]) == (0, True), answered


@pytest.mark.skipif(
    os.geteuid() != 0 and not landlock.version(), reason="without root and without Landlock nothing hides these files"
)
def test_a_script_sees_its_project_and_nothing_of_the_system(owner: Owner, answered: dict[str, Any]) -> None:
    """Its environment holds no secret; neither the system's credentials nor other processes can be read."""
    result = answered
    assert "\nin project\n" in result["stdout"]
    assert "problems\n" in result["stderr"], "npm may have said something before"
    assert result["stderr"].count("Permission denied") >= 2
    system = owner.system
    secret = [system.secret, *vars(system.credentials).values()]
    assert [number for number, text in enumerate(secret) if text in result["stdout"] + result["stderr"]] == []
    names = {line.partition("=")[0] for line in result["stdout"].splitlines() if "=" in line}
    assert not {name for name in names if name.startswith(("GITHUB_", "ACTIONS_", "RUNNER_", "PAGEWRIGHT_", "INPUT_"))}
    assert owner.second in result["stdout"]
    assert "0" not in result["stdout"].splitlines()  # what `id -u` says to root
    expected = {"privileges", "limits", "processes"} | ({"files"} if landlock.version() else set())
    assert expected <= set(result["isolation"])


def test_a_failing_command_with_a_long_output_is_a_result_like_any_other(owner: Owner) -> None:
    result = owner.result("head -c 3000000 /dev/zero | tr '\\0' x; echo the end; echo no >&2; exit 3", ref=owner.first)
    assert (result["return_code"], result["stderr"], result["commit"]) == (3, "no\n", owner.first)
    assert result["truncated"] == {"stdout": True, "stderr": False}
    assert 200_000 <= len(result["stdout"]) < 201_000
    assert result["stdout"].endswith("xthe end\n")


def test_202_then_the_job__and_at_the_time_limit_what_has_detached_itself_ends_as_well(owner: Owner) -> None:
    mark = f"{secrets.randbelow(10**6) + 10**6}.25"  # seconds that no other process sleeps
    reply = owner.execute(f"echo begun; (setsid sleep {mark} &); sleep 300", wait_s=0, timeout_s=3)
    assert reply.status_code == 202
    assert reply.headers["Retry-After"]
    job = reply.json()
    assert (job["state"], job["result"]) == ("queued", None)
    assert owner("GET", f"/jobs/{job['job_id']}").json()["state"] in {"queued", "in_progress"}
    ended = owner.wait(reply.headers["Location"])
    result = ended["result"]
    assert (result["timed_out"], result["return_code"], result["stdout"]) == (True, 124, "begun\n")
    assert "processes" in result["isolation"]
    assert sleeping(mark) == []
    assert owner("DELETE", f"/jobs/{job['job_id']}").status_code == 409
    title = owner("GET", f"/jobs/{job['job_id']}").json()["run_url"]
    assert title == ended["run_url"]


def test_cancel_ends_the_run_and_its_processes(owner: Owner) -> None:
    mark = f"{secrets.randbelow(10**6) + 10**6}.75"
    job = owner.execute(f"(setsid sleep {mark} &); sleep {mark}", wait_s=0).json()
    until = time.monotonic() + 200
    while len(sleeping(mark)) < 2 and time.monotonic() < until:
        time.sleep(0.3)
    assert len(sleeping(mark)) >= 2
    assert owner("DELETE", f"/jobs/{job['job_id']}").status_code == 202
    result = owner.wait(f"/jobs/{job['job_id']}")["result"]
    assert (result["return_code"], "was cancelled" in result["error"]) == (None, True)
    assert sleeping(mark) == []
    assert owner("DELETE", f"/jobs/{job['job_id']}").status_code == 409


def sleeping(mark: str) -> list[int]:
    """Return the processes that sleep for so many seconds."""
    found = psutil.process_iter(["cmdline"])
    return [process.pid for process in found if process.info["cmdline"] == ["sleep", mark]]


def test_what_is_not_there_is_told_without_a_run(owner: Owner) -> None:
    runs = len(owner.system.store.find("run"))
    for body, status, exists in (
        ({"project_id": "no-such-project"}, 404, False),
        ({"ref": "no-such-branch"}, 404, False),
        ({"project_id": owner.system.runner}, 422, None),
        ({"project_id": "somebody-else/site"}, 422, None),
        ({"project_id": f"../{owner.project}"}, 422, None),
        ({"command": ""}, 422, None),
    ):
        reply = owner("POST", "/execute", {"project_id": owner.project, "command": "ls", **body})
        assert (reply.status_code, reply.json().get("exists")) == (status, exists), reply.text
        assert reply.json()["next_step"]
    assert len(owner.system.store.find("run")) == runs
    assert owner("GET", f"/jobs/{new_id(time.time() - 3600)}").status_code == 404
    assert owner("GET", "/jobs/nonsense").status_code == 404


def test_files_are_read_at_any_commit(owner: Owner) -> None:
    text = owner.read("gr\u00fc\u00df e.txt").json()
    assert (text["content"], text["encoding"], text["size"], text["exists"]) == ("grün\n", "utf-8", 6, True)
    binary = owner.read("data/points.bin", ref=owner.second).json()
    assert (base64.b64decode(binary["content"]), binary["encoding"]) == (BINARY, "base64")
    large = owner.read("data/large.txt").json()
    assert (large["content"].encode(), large["size"]) == (LARGE, len(LARGE))
    assert owner.read("hello.py", ref=owner.first).json()["exists"] is False
    page = owner.read("./index.html", ref=owner.first[:7]).json()
    assert "<title>A test</title>" in page["content"]
    folder = owner.read("data/").json()
    assert (folder["exists"], folder["content"], folder["entries"]) == (True, None, ["large.txt", "points.bin"])
    roots = [owner.read(path).json()["entries"] for path in ("", ".", "/")]
    assert roots[0] == roots[1] == roots[2]
    assert {"README.md", "data/", "hello.py"} <= set(roots[0])


def test_files_that_are_not_there_or_nobodys_business(owner: Owner) -> None:
    for path, more in (("missing.txt", {}), ("hello.py", {"ref": "no-such-branch"})):
        reply = owner.read(path, **more)
        assert (reply.status_code, reply.json()["exists"]) == (200, False)
        assert reply.json()["error"]
    missing = owner("POST", "/file/read", {"project_id": "no-such-project", "file_path": "a"})
    assert (missing.status_code, missing.json()["exists"]) == (200, False)
    for path in ("../x", "/etc/passwd", "a/../../x", "a\\b", "a\0b", ".git/config"):
        assert owner.read(path).status_code == 422
    for project in (owner.system.runner, "somebody-else/site", ".."):
        reply = owner("POST", "/file/read", {"project_id": project, "file_path": "README.md"})
        assert reply.status_code == 422
    url = owner.system.addresses.receiver + "/file/read"
    assert owner.session.post(url, json={"project_id": owner.project, "file_path": "a"}, timeout=30).status_code == 401
