"""The replies of the embedded GitHub beside real ones: each row is a recorded reply, and how to get the same here."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from embedded.actions.log import JobLog
from embedded.actions.masks import Masks
from embedded.actions.standins.deploy_pages.program import FAILED
from embedded.faults.layer import Faulty
from embedded.faults.plan import FaultPlan
from embedded.github.bare_git import CLEAN_ENVIRONMENT, NO_COMMIT
from embedded.github.core import GitHub
from embedded.github.smart_http import HOOKS
from embedded.github.store import Document
from embedded.github.tokens import create_token
from tests.unit.embedded.github.doubles import ALL, Api, Reply
from tests.unit.embedded.github.recordings import recordings
from tests.unit.embedded.github.world import ACTIONS, SITE, World

GIT = f"{SITE}/git"
WORKFLOWS = f"{ACTIONS}/workflows"
RECORDED = recordings()
Situation = Callable[[World], Reply]


def renamed(world: World) -> World:
    return world.after("PATCH", SITE, {"name": "page"})


def over_the_limit(world: World) -> Reply:
    job = world.job_token({"contents": "read"})
    world.github.hourly_requests_of_a_run = 0
    return job("GET", SITE)


def dispatched(world: World) -> Reply:
    return world.alice("POST", f"{SITE}/dispatches", {"event_type": "build"})


def anew(world: World) -> Reply:
    """Ask again for what did not change."""
    tag = world.alice("GET", SITE).headers["ETag"]
    return world.alice("GET", SITE, headers={"If-None-Match": tag})


def with_tag(world: World) -> World:
    return world.after("POST", f"{GIT}/refs", {"ref": "refs/tags/v1", "sha": world.sha})


def new_commit(world: World, **more: Any) -> Reply:
    wanted = {
        "message": "Add multiple files in one commit",
        "tree": world.alice("GET", f"{GIT}/trees/main").json["sha"],
        "parents": [world.sha],
    }
    return world.alice("POST", f"{GIT}/commits", {**wanted, **more})


def live_page(world: World) -> Reply:
    world.github.store.put("pages", "alice/site", {"build_type": "workflow", "live_sha": world.sha})
    return world.alice("GET", f"{SITE}/pages")


def deployed(world: World, **artifact: int) -> Reply:
    world.after("POST", f"{SITE}/pages", {"build_type": "workflow"})
    wanted = {"pages_build_version": world.sha, "oidc_token": "alice/site|github-pages", **artifact}
    return world.alice("POST", f"{SITE}/pages/deployments", wanted)


def push_of(world: World, token: str) -> Reply:
    return world.outside("/alice/site.git/info/refs?service=git-receive-pack", token)


TREE = {"tree": [{"path": "a.txt", "mode": "100644", "type": "blob", "content": "a"}]}
DISABLE = ("PUT", f"{WORKFLOWS}/build.yml/disable")
PAGES_ON = ("POST", f"{SITE}/pages", {"build_type": "workflow"})
OLD = "2026-01-20T05:36:22Z"
SITUATIONS: dict[int, Situation] = {
    0: lambda w: w.alice("GET", "/repos/alice/absent"),
    1: lambda w: w.alice("GET", f"{ACTIONS}/artifacts/99"),
    2: lambda w: Api(w.app, "made-up")("GET", "/user"),
    3: lambda w: Api(w.app, "made-up")("POST", "/orgs/lab/repos", {"name": "site"}),
    4: lambda w: w.alice("GET", "/user", headers={"User-Agent": ""}),
    12: lambda w: renamed(w).alice("GET", SITE),
    13: lambda w: renamed(w).alice("PATCH", SITE, {"homepage": ""}),
    14: lambda w: renamed(w).alice("GET", SITE),
    15: lambda w: w.alice("GET", f"{SITE}/contents/js/"),
    16: lambda w: w.alice("GET", f"{SITE}/contents/github3/search/"),
    17: lambda w: w.alice("POST", "/orgs/lab/repos", {"name": "site"}),
    18: lambda w: w.alice("POST", "/user/repos", {"name": "fresh", "auto_init": True}),
    19: dispatched,
    20: dispatched,
    21: dispatched,
    22: lambda w: w.alice("POST", f"{WORKFLOWS}/build.yml/dispatches", {"ref": "main", "inputs": {}}),
    23: lambda w: w.alice("POST", f"{WORKFLOWS}/push.yml/dispatches", {"ref": "main"}),
    24: lambda w: w.after(*DISABLE).alice(*DISABLE),
    25: lambda w: w.alice("GET", f"{ACTIONS}/artifacts"),
    26: lambda w: w.alice("GET", f"{ACTIONS}/artifacts?name=build-tar&per_page=1"),
    27: lambda w: w.alice("GET", f"{ACTIONS}/artifacts/1/zip"),
    28: lambda w: w.alice("GET", f"{ACTIONS}/artifacts/1/zip"),
    29: lambda w: w.alice("HEAD", f"{ACTIONS}/artifacts/1/zip"),
    30: lambda w: w.alice("GET", f"{ACTIONS}/jobs/7/logs"),
    31: lambda w: w.alice("GET", f"{ACTIONS}/jobs/7/logs"),
    32: lambda w: w.alice("GET", f"{ACTIONS}/runs/7/logs"),
    33: lambda w: w.changed("run", run_attempt=2).alice("GET", f"{ACTIONS}/runs/7/logs"),
    34: lambda w: w.alice("GET", f"{ACTIONS}/jobs/7"),
    35: lambda w: w.alice("GET", f"{ACTIONS}/runs/7/jobs"),
    36: lambda w: w.alice("GET", f"{ACTIONS}/runs/7/attempts/1/jobs"),
    37: lambda w: w.changed("run", conclusion="startup_failure").alice("GET", f"{WORKFLOWS}/build.yml/runs"),
    38: lambda w: w.alice("GET", f"{ACTIONS}/runs?head_sha={w.sha}&created=%3E%3D2026-11-20T05:00:00Z"),
    39: lambda w: w.changed("run", status="in_progress").alice("POST", f"{ACTIONS}/runs/7/cancel"),
    40: lambda w: w.alice("POST", f"{ACTIONS}/runs/7/rerun"),
    41: lambda w: w.alice("POST", f"{ACTIONS}/runs/7/rerun-failed-jobs"),
    42: lambda w: w.nobody("POST", f"{ACTIONS}/runs/7/cancel"),
    43: lambda w: w.nobody("POST", f"{ACTIONS}/runs/7/rerun"),
    44: lambda w: w.alice("GET", f"{ACTIONS}/runs/7"),
    45: lambda w: w.alice("PATCH", f"{GIT}/refs/heads/main", {"sha": w.sha}),
    46: lambda w: w.alice("POST", f"{GIT}/trees", TREE),
    47: new_commit,
    48: lambda w: w.alice("POST", f"{GIT}/refs", {"ref": "refs/heads/BranchCreatedByPyGithub", "sha": w.sha}),
    49: lambda w: w.alice("POST", f"{GIT}/blobs", {"content": "x"}),
    50: lambda w: with_tag(w).alice("GET", f"{GIT}/matching-refs/tags?per_page=1"),
    51: lambda w: w.alice("DELETE", f"{GIT}/refs/heads/testing/test-ref"),
    52: lambda w: w.alice("DELETE", f"{GIT}/refs/heads/testing/test-ref"),
    53: lambda w: new_commit(w, committer={}),
    54: lambda w: w.alice("GET", f"{SITE}/contents/data/val1.dat"),
    55: lambda w: w.alice("GET", f"{SITE}/commits/main", headers={"Accept": "application/vnd.github.v3.sha"}),
    56: live_page,
    57: live_page,
    58: anew,
    61: lambda w: w.job_token({"contents": "read"})("POST", f"{GIT}/blobs", {"content": "x"}),
    65: over_the_limit,
    66: lambda w: w.alice("POST", "/user/repos", {"name": "site"}),
    67: lambda w: w.bob("POST", "/orgs/lab/repos", {"name": "site"}),
    68: lambda w: w.after(*PAGES_ON).alice(*PAGES_ON),
    69: lambda w: w.job_token({"pages": "write"})(*PAGES_ON),
    71: lambda w: deployed(w, artifact_id=1),
    73: deployed,
    75: lambda w: w.log_in_store(conclusion="cancelled"),
    76: lambda w: w.log_in_store(status="in_progress", conclusion=None),
    77: lambda w: w.changed("run", status="in_progress").alice("POST", f"{ACTIONS}/runs/7/rerun-failed-jobs"),
    78: lambda w: w.changed("run", conclusion="startup_failure").alice("POST", f"{ACTIONS}/runs/7/rerun-failed-jobs"),
    79: lambda w: w.changed("run", created_at=OLD).alice("POST", f"{ACTIONS}/runs/7/rerun"),
    80: lambda w: w.alice("POST", f"{ACTIONS}/runs/7/cancel"),
    81: lambda w: w.changed("run", status="requested").alice("POST", f"{ACTIONS}/runs/7/cancel"),
    85: lambda w: w.caller(repositories=["alice/other"])("POST", f"{GIT}/blobs", {"content": "x"}),
    86: lambda w: w.alice(
        "POST", f"{SITE}/dispatches", {"event_type": "x", "client_payload": dict.fromkeys("abcdefghijklmn", 1)}
    ),
    91: lambda w: push_of(w, create_token(w.github.store, "bob", ALL)),
    94: lambda w: push_of(w, "made-up"),
}
PLAYED = {  # the fault, and a request that it is planned for
    7: ("limit-secondary", "/api/v3/repos/a/b"),
    8: ("limit-secondary", "/api/v3/repos/a/b"),
    9: ("limit-secondary-with-time", "/api/v3/repos/a/b"),
    11: ("rest-503", "/api/v3/repos/a/b/contents/x"),
    63: ("limit-secondary", "/api/v3/search/code"),
    64: ("limit-of-content", "POST /api/v3/repos/a/b/git/blobs"),
    70: ("deployment-in-the-way", "POST /api/v3/repos/a/b/pages/deployments"),
    72: ("deployment-purging", "/api/v3/repos/a/b/pages/deployments/1"),
    84: ("lists-stale", "/api/v3/repos/a/b/actions/workflows/1/runs?branch=main"),
    90: ("push-500", "POST /a/b.git/git-receive-pack"),
    92: ("push-not-granted", "/a/b.git/info/refs?service=git-receive-pack"),
    93: ("push-classic-forbidden", "/a/b.git/info/refs?service=git-receive-pack"),
}


def played(fault: str, request: str) -> Reply:
    """Ask a server behind a fault."""
    healthy = Flask("healthy")
    healthy.add_url_rule("/<path:_>", view_func=lambda _: {"status": "succeed", "total_count": 1, "workflow_runs": [1]})
    method, _, path = request.rpartition(" ")
    answer = Client(Faulty(healthy, "github", FaultPlan([fault]))).open(path, method=method or "GET")
    return Reply(answer.status_code, answer.headers, answer.data, answer.get_json(silent=True))


SITUATIONS |= {row: lambda _, planned=planned: played(*planned) for row, planned in PLAYED.items()}  # type: ignore[misc]
DIFFERENT_ON_PURPOSE: dict[int, tuple[list[str], str]] = {
    4: (["content-type"], "a recording of 2012; JSON is called JSON in all later ones"),
    36: (
        ["body.jobs[].steps[].started_at", "body.jobs[].steps[].completed_at"],
        "of early 2023; row 34, of 2025, has no offset",
    ),
    51: (["body.message"], "a text of 2013; row 52 is what GitHub says since"),
    7: (["body.message"], "with a full stop, as in row 8"),
    9: (["body.message"], "with a full stop, as in row 8"),
    56: (["body.cname"], "nobody has a domain of his own here"),
}
PLAYED_BY_THE_FAULT_PLAN = {
    5: "the primary limit in words of 2013; rows 4 and 69 are compared",
    6: "a secondary limit in words of 2018; rows 7 to 9 are compared",
    10: "row 9 without a header",
    82: "the fault's stale list is empty, as in row 84",
    83: "has no body",
    88: "what git prints: tests/embedded/test_git_over_http.py has it from a real git",
    89: "what git prints: tests/embedded/test_git_over_http.py has it from a real git",
}
NOT_HERE = {59: "transfer of a repository", 60: "forks"}
WITH_A_TEST_OF_ITS_OWN = {
    62: "test_the_log_of_a_step__begins_as_the_recorded_one",
    74: "test_the_final_statuses_of_a_deployment__are_those_of_the_real_client",
    87: "test_push_protection__speaks_as_recorded",
}


@pytest.mark.parametrize("row", SITUATIONS)
def test_a_reply_is_the_recorded_one(world: World, row: int) -> None:
    expected, _ = DIFFERENT_ON_PURPOSE.get(row, ([], ""))
    assert RECORDED[row].differences(SITUATIONS[row](world)) == expected


def test_each_recording_is_compared_or_listed_once() -> None:
    places = [*SITUATIONS, *PLAYED_BY_THE_FAULT_PLAN, *NOT_HERE, *WITH_A_TEST_OF_ITS_OWN]
    assert sorted(places) == list(range(95))
    assert set(RECORDED) == set(SITUATIONS)
    assert set(DIFFERENT_ON_PURPOSE) <= set(SITUATIONS)
    assert all(name in globals() for name in WITH_A_TEST_OF_ITS_OWN.values())


def test_the_comparison_finds_what_is_missing_or_different(world: World) -> None:
    good = SITUATIONS[34](world)
    poor = Reply(404, type(good.headers)(), b"{}", {"id": "seven", "message": "x"})
    found = RECORDED[34].differences(poor)
    assert {"status 404", "content-type", "x-ratelimit-limit", "body.id", "body.steps"} <= set(found)
    assert RECORDED[0].differences(poor) != []
    assert RECORDED[19].differences(poor)[-1] == "body"


def test_the_log_of_a_step__begins_as_the_recorded_one(tmp_path: Path) -> None:
    log = JobLog(tmp_path / "job.log", tmp_path / "summary.md", Masks([]))
    log.begin_step("Say hello", {"run": "echo Hello from job1!"})
    log.close()
    lines = (tmp_path / "job.log").read_text().splitlines()
    assert [line.partition(" ")[2] for line in lines] == [
        "##[group]Run echo Hello from job1!",
        "\x1b[36;1mecho Hello from job1!\x1b[0m",
        "shell: /usr/bin/bash -e {0}",
        "##[endgroup]",
    ]


def test_the_final_statuses_of_a_deployment__are_those_of_the_real_client() -> None:
    final = ["deployment_failed", "deployment_content_failed", "deployment_cancelled", "deployment_lost"]
    assert sorted(FAILED) == sorted(final)


RECORDED_PUSH = """\
error: GH013: Repository rule violations found for refs/heads/main.
- GITHUB PUSH PROTECTION
  —
    Resolve the following violations before pushing again
    - Push cannot contain secrets
     (?) Learn how to resolve a blocked push
     https://docs.github.com/code-security/secret-scanning/working-with-secret-scanning-and-push-protection/\
working-with-push-protection-from-the-command-line#resolving-a-blocked-push
      —— DeepSeek API Key —
       locations:
         - commit: SHA
           path: .env:6
       (?) To push, remove secret from commit(s) or follow this URL to allow the secret.
"""


def test_push_protection__speaks_as_recorded(github: GitHub, repo: Document) -> None:
    git = github.git(repo)
    author, blob = git.commit("main").author, git.write_blob(b"a\nb\nc\nd\ne\nKEY=sk-" + b"0a" * 16 + b"\n")
    sha = git.write_commit(git.write_tree(None, [("100644", ".env", blob)]), ["main"], "Add", author, author)
    environment = {**CLEAN_ENVIRONMENT, "PAGEWRIGHT_LARGEST_FILE": "1000000", "PAGEWRIGHT_PROTECTED": ""}
    asked = f"{NO_COMMIT} {sha} refs/heads/main\n"
    done = subprocess.run(
        [HOOKS / "pre-receive"], cwd=git.path, env=environment, input=asked, text=True, capture_output=True
    )
    lines = [re.sub("—{3,}", "—", line.replace(sha, "SHA")) for line in done.stdout.splitlines() if line.strip()]
    assert (done.returncode, lines) == (1, RECORDED_PUSH.splitlines())
