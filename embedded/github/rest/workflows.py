"""Workflows of a repository, and workflow_dispatch."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from flask import Response, jsonify, request

from embedded.actions.workflow import triggers_of
from embedded.github.access import github
from embedded.github.bare_git import BareGit
from embedded.github.core import full_name
from embedded.github.errors import ApiError, Invalid, NotFound
from embedded.github.rest.dispatches import emit
from embedded.github.rest.routes import Routes, json_body, paged, text_of
from embedded.github.shapes.repositories import api_address, web_address
from embedded.github.shapes.runs import workflow, workflow_id
from embedded.github.store import Document
from embedded.github.workflow_states import ACTIVE, DISABLED, may_run, set_state, state_of

route = Routes("workflows", "/actions/workflows", "actions")
MOST_INPUTS = 25
LARGEST_INPUTS = 65_535
ALWAYS_WITH_DETAILS = "2026-03-10"


@dataclass(frozen=True)
class WorkflowFile:
    """A workflow as it stands at a commit; a file that is no YAML has an empty definition."""

    path: str
    definition: dict[Any, Any]

    @property
    def name(self) -> str:
        """What the workflow calls itself, else its path."""
        return str(self.definition.get("name") or self.path)

    @property
    def dispatch(self) -> dict[str, Any] | None:
        """The settings of its workflow_dispatch trigger, or None when it has none."""
        triggers = self.definition.get("on", self.definition.get(True))  # YAML 1.1 reads a bare `on` as true
        return triggers_of(triggers).get("workflow_dispatch")


def workflow_files(repo: Document, commit: str | None) -> list[WorkflowFile]:
    """Return the workflows at a commit."""
    git = github().git(repo)
    entries = git.tree(commit, path=".github/workflows/") if commit else []
    files = [entry for entry in entries if entry.kind == "blob" and entry.path.endswith((".yml", ".yaml"))]
    return [WorkflowFile(entry.path, read_definition(git.path, entry.sha)) for entry in files]


@lru_cache(maxsize=1024)
def read_definition(repository: Path, sha: str) -> dict[Any, Any]:
    """Return the workflow in a blob, or nothing when it is not YAML. It is read once: blobs never change."""
    try:
        definition = yaml.load(BareGit(repository).blob(sha), Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return {}
    return definition if isinstance(definition, dict) else {}


def wanted_workflow(repo: Document, wanted: str, ref: str | None = None) -> WorkflowFile:
    """Return the workflow of this id or file name. Raises NotFound."""
    commit = github().git(repo).resolve(ref or f"refs/heads/{repo['default_branch']}")
    for each in workflow_files(repo, commit):
        if wanted in {each.path, each.path.rpartition("/")[2], str(workflow_id(each.path))}:
            return each
    raise NotFound


@route("GET ")
def list_workflows(repo: Document) -> Response:
    """actions/list-repo-workflows"""
    commit = github().git(repo).resolve(f"refs/heads/{repo['default_branch']}")
    files = workflow_files(repo, commit)
    return paged(files, lambda each: workflow(github(), repo, each.path, each.name), "workflows")


@route("GET /<wanted>")
def show_workflow(repo: Document, wanted: str) -> Response:
    """actions/get-workflow"""
    found = wanted_workflow(repo, wanted)
    return jsonify(workflow(github(), repo, found.path, found.name))


@route("PUT /<wanted>/disable")
def disable_workflow(repo: Document, wanted: str) -> tuple[str, int]:
    """actions/disable-workflow"""
    if state_of(github().store, full_name(repo), wanted_workflow(repo, wanted).path) != ACTIVE:
        raise ApiError(403, "Unable to disable a workflow that is not active.")
    return change_state(repo, wanted, DISABLED)


@route("PUT /<wanted>/enable")
def enable_workflow(repo: Document, wanted: str) -> tuple[str, int]:
    """actions/enable-workflow"""
    return change_state(repo, wanted, ACTIVE)


def change_state(repo: Document, wanted: str, state: str) -> tuple[str, int]:
    """Let a workflow run from now on, or not."""
    set_state(github().store, full_name(repo), wanted_workflow(repo, wanted).path, state)
    return "", 204


@route("POST /<wanted>/dispatches")
def dispatch_workflow(repo: Document, wanted: str) -> tuple[Response | str, int]:
    """actions/create-workflow-dispatch"""
    path = wanted_workflow(repo, wanted).path
    body = json_body()
    ref, sha = full_ref(repo, text_of(body, "ref"))
    found = wanted_workflow(repo, path, sha)
    if found.dispatch is None:
        raise Invalid("Workflow does not have 'workflow_dispatch' trigger")
    if not may_run(github().store, full_name(repo), path):
        raise Invalid("Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    inputs = checked_inputs(found.dispatch, body.get("inputs"))
    payload = {"inputs": inputs, "ref": ref, "workflow": path}
    run_ids = emit(repo, "workflow_dispatch", (ref, sha), payload, inputs=inputs, workflow_path=path)
    newest = request.headers.get("X-GitHub-Api-Version", "") >= ALWAYS_WITH_DETAILS
    if not run_ids or not (body.get("return_run_details") or newest):
        return "", 204
    return jsonify(run_details(repo, run_ids[0])), 200


def full_ref(repo: Document, wanted: str) -> tuple[str, str]:
    """Return the full name of a branch or tag, and its commit. Raises Invalid."""
    git = github().git(repo)
    short = wanted.removeprefix("refs/heads/").removeprefix("refs/tags/")
    for ref in (f"refs/heads/{short}", f"refs/tags/{short}"):
        sha = git.resolve(ref)
        if sha is not None:
            return ref, sha
    raise Invalid(f"No ref found for: {wanted}")


def checked_inputs(dispatch: dict[str, Any], given: object) -> dict[str, Any]:
    """Return the inputs with their defaults. Raises Invalid for unknown, missing or oversized ones."""
    declared: dict[str, Any] = dispatch.get("inputs") or {}
    inputs = given if isinstance(given, dict) else {}
    if len(inputs) > MOST_INPUTS or len(json.dumps(inputs, ensure_ascii=False)) > LARGEST_INPUTS:
        raise Invalid("inputs are too large.")
    unexpected = sorted(set(inputs) - set(declared))
    if unexpected:
        raise Invalid(f"Unexpected inputs provided: {json.dumps(unexpected)}")
    complete = {name: (settings or {}).get("default") for name, settings in declared.items()} | inputs
    for name, settings in declared.items():
        if (settings or {}).get("required") and complete[name] in {None, ""}:
            raise Invalid(f"Required input '{name}' not provided")
    return {name: "" if value is None else value for name, value in complete.items()}


def run_details(repo: Document, run_id: int) -> dict[str, Any]:
    """Return where the new run is."""
    return {
        "workflow_run_id": run_id,
        "run_url": f"{api_address(github(), repo)}/actions/runs/{run_id}",
        "html_url": f"{web_address(github(), repo)}/actions/runs/{run_id}",
    }
