"""Workflows, runs, jobs and artifacts as the API shows them."""

import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from embedded.github.bare_git import BareGit, Commit, GitRefused
from embedded.github.core import GitHub, full_name
from embedded.github.shapes.git import short_commit
from embedded.github.shapes.repositories import api_address, minimal_repository, web_address
from embedded.github.shapes.users import node_id, simple_user
from embedded.github.store import Document
from embedded.github.times import has_expired
from embedded.github.workflow_states import state_of


def workflow_id(path: str) -> int:
    """Return the number of a workflow; it follows from the path, so it survives restarts."""
    return zlib.crc32(path.encode())


def workflow(core: GitHub, repo: Document, path: str, name: str) -> dict[str, Any]:
    """Return a workflow."""
    number, file = workflow_id(path), path.rpartition("/")[2]
    web = web_address(core, repo)
    return {
        "id": number,
        "node_id": node_id("Workflow", number),
        "name": name,
        "path": path,
        "state": state_of(core.store, full_name(repo), path),
        "created_at": repo["created_at"],
        "updated_at": repo["created_at"],
        "url": f"{api_address(core, repo)}/actions/workflows/{number}",
        "html_url": f"{web}/blob/{repo['default_branch']}/{path}",
        "badge_url": f"{web}/actions/workflows/{file}/badge.svg",
    }


def workflow_run(core: GitHub, repo: Document, run: Document) -> dict[str, Any]:
    """Return a run."""
    api = f"{api_address(core, repo)}/actions"
    url = f"{api}/runs/{run['id']}"
    actor = simple_user(core, run["actor"])
    repository = minimal_repository(core, repo)
    return {
        "id": run["id"],
        "name": run["workflow_name"],
        "node_id": node_id("WorkflowRun", run["id"]),
        "check_suite_id": run["id"],
        "check_suite_node_id": node_id("CheckSuite", run["id"]),
        "head_branch": run.get("head_branch"),
        "head_sha": run["head_sha"],
        "path": run["workflow_path"],
        "display_title": run["run_name"],
        "run_number": run["run_number"],
        "run_attempt": run["run_attempt"],
        "event": run["event"],
        "status": run["status"],
        "conclusion": run.get("conclusion"),
        "workflow_id": workflow_id(run["workflow_path"]),
        "url": url,
        "html_url": f"{web_address(core, repo)}/actions/runs/{run['id']}",
        "pull_requests": [],
        "created_at": run["created_at"],
        "updated_at": run.get("updated_at") or run["created_at"],
        "run_started_at": run.get("run_started_at") or run["created_at"],
        "actor": actor,
        "triggering_actor": actor,
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "check_suite_url": f"{api_address(core, repo)}/check-suites/{run['id']}",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": None,
        "workflow_url": f"{api}/workflows/{workflow_id(run['workflow_path'])}",
        "head_commit": head_commit(core, repo, run["head_sha"]),
        "repository": repository,
        "head_repository": repository,
    }


def head_commit(core: GitHub, repo: Document, sha: str) -> dict[str, Any] | None:
    """Return the short form of the commit that a run is about, if it is still there."""
    try:
        commit = read_commit(core.repository_path(repo), sha)
    except GitRefused:
        return None
    return short_commit(commit)


@lru_cache(maxsize=1024)
def read_commit(path: Path, sha: str) -> Commit:
    """Read a commit once: run lists ask for the same ones again and again, and commits never change."""
    return BareGit(path).commit(sha)


def job(core: GitHub, repo: Document, run: Document, document: Document) -> dict[str, Any]:
    """Return a job with its steps."""
    api = api_address(core, repo)
    started = document.get("started_at") or run["created_at"]
    return {
        "id": document["id"],
        "run_id": run["id"],
        "workflow_name": run["workflow_name"],
        "head_branch": run.get("head_branch"),
        "run_url": f"{api}/actions/runs/{run['id']}",
        "run_attempt": document["run_attempt"],
        "node_id": node_id("CheckRun", document["id"]),
        "head_sha": run["head_sha"],
        "url": f"{api}/actions/jobs/{document['id']}",
        "html_url": f"{web_address(core, repo)}/actions/runs/{run['id']}/job/{document['id']}",
        "status": document["status"],
        "conclusion": document.get("conclusion"),
        "created_at": run.get("run_started_at") or run["created_at"],
        "started_at": started,
        "completed_at": document.get("completed_at"),
        "name": document["name"],
        "steps": [step(each) for each in document.get("steps") or []],
        "check_run_url": f"{api}/check-runs/{document['id']}",
        "labels": ["ubuntu-24.04"],
        "runner_id": 1,
        "runner_name": "embedded",
        "runner_group_id": 0,
        "runner_group_name": "GitHub Actions",
    }


def step(document: Document) -> dict[str, Any]:
    """Return one step of a job."""
    names = ("name", "status", "conclusion", "number", "started_at", "completed_at")
    return {name: document.get(name) for name in names}


LEVELS = {"error": "failure", "warning": "warning", "notice": "notice"}


def annotation(core: GitHub, repo: Document, run: Document, document: Document) -> dict[str, Any]:
    """Return an annotation; one that names no file belongs to .github."""
    return {
        "path": ".github",
        "blob_href": f"{web_address(core, repo)}/blob/{run['head_sha']}/.github",
        "start_line": 1,
        "start_column": None,
        "end_line": 1,
        "end_column": None,
        "annotation_level": LEVELS[document["level"]],
        "title": document["title"],
        "message": document["message"],
        "raw_details": "",
    }


def artifact(core: GitHub, repo: Document, document: Document) -> dict[str, Any]:
    """Return an artifact."""
    run = core.store.get("run", str(document["run_id"])) or {}
    url = f"{api_address(core, repo)}/actions/artifacts/{document['id']}"
    digest = str(document.get("digest") or "")
    return {
        "id": document["id"],
        "node_id": node_id("Artifact", document["id"]),
        "name": document["name"],
        "size_in_bytes": document["size"],
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": has_expired(document),
        "created_at": document["created_at"],
        "expires_at": document.get("expires_at"),
        "updated_at": document["created_at"],
        "digest": digest if digest.startswith("sha256:") or not digest else f"sha256:{digest}",
        "workflow_run": {
            "id": document["run_id"],
            "repository_id": repo["id"],
            "head_repository_id": repo["id"],
            "head_branch": run.get("head_branch") or repo["default_branch"],
            "head_sha": run.get("head_sha", ""),
        },
    }
