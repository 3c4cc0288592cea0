"""GitHub's own client libraries, unmodified, against the embedded GitHub: `make lint` installs them."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from embedded.system.system import CHECKOUT
from tests.embedded.little_github import LittleGitHub, wait_until

CLIENTS = CHECKOUT / ".venv" / "clients"
NODE, SCRIPTS = CLIENTS / "bin" / "node", CLIENTS / "github"
WORKFLOW = """
on: push
permissions: {id-token: write}
jobs:
  waits:
    runs-on: ubuntu-24.04
    steps:
    - {id: off, run: sleep 60}
"""

pytestmark = pytest.mark.skipif(
    not (SCRIPTS / "node_modules").exists(), reason="GitHub's clients are not installed; make lint does it"
)


@pytest.fixture
def github(tmp_path: Path) -> Iterator[LittleGitHub]:
    github = LittleGitHub(tmp_path / "data")
    yield github
    github.close()


def environment_of_step(github: LittleGitHub, run_id: int) -> dict[str, str]:
    """What a step has. The real client takes no server but github.com, *.ghe.com and *.localhost."""
    run = github.store.get("run", str(run_id))
    assert run
    url, token = github.server.url, github.actions.tokens.runtime(run)
    named = f"http://github.localhost:{urlsplit(url).port}"
    identity = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/_oidc/token?api-version=2.0"}
    rest = {"GITHUB_SERVER_URL": named, "ACTIONS_RESULTS_URL": f"{url}/", "ACTIONS_RUNTIME_TOKEN": token}
    return {"PATH": os.environ["PATH"], **rest, **identity, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": token}


def test_the_clients_of_actions_work_as_with_github(github: LittleGitHub, tmp_path: Path) -> None:
    run_id = github.push("waiting", WORKFLOW)
    wait_until(lambda: "in_progress" in {job["status"] for job in github.jobs(run_id).values()})
    (tmp_path / "in").mkdir()
    for name in ("a.txt", "in/b.txt", "page.html"):
        (tmp_path / name).write_text(f"content of {name}\n")
    ran = subprocess.run(
        [str(NODE), "artifacts.mjs", str(tmp_path)], cwd=SCRIPTS, env=environment_of_step(github, run_id),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert said["downloaded"] == ["content of in/b.txt\n", "content of page.html\n"]
    assert "an artifact with this name already exists" in said["again"]
    assert "Colon :" in said["colon"]
    assert {each["name"] for each in said["listed"]} == {"site", "page.html"}
    assert {each["name"]: each["size"] for each in said["listed"]}["site"] == said["site"]["size"]
    assert (said["gone"], said["left"]) == (True, ["page.html"])
    assert "Artifact not found for name: site" in said["missing"]
    assert github.actions.tokens.verify(said["identity"])["aud"] == "an-audience"
    github.actions.cancel(run_id)


def test_an_unknown_service_answers_as_twirp_does(github: LittleGitHub) -> None:
    answer = github._app.test_client().post("/twirp/github.actions.results.api.v1.CacheService/CreateCacheEntry")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "bad_route")
