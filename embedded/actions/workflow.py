"""A workflow file as data: triggers, names, permissions, time limits, concurrency and jobs."""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from embedded.actions.triggers import as_list

DEFAULT_PERMISSIONS = {"contents": "read", "packages": "read"}  # of a personal account's repository since 2023
SCOPES = (
    *("actions", "attestations", "checks", "contents", "deployments", "discussions", "id-token", "issues"),
    *("packages", "pages", "pull-requests", "repository-projects", "security-events", "statuses"),
)
DEFAULT_TIMEOUT_MINUTES = 360


class InvalidWorkflow(ValueError):
    """A workflow file that GitHub would not run either."""


@dataclass(frozen=True)
class Concurrency:
    """`group` may be an expression still; `queue` is "single" or "max"."""

    group: str
    cancel_in_progress: Any = False
    queue: str = "single"


@dataclass(frozen=True)
class Job:
    """One job as the file says it; `permissions` is None when the file says nothing."""

    key: str
    name: str
    named: bool
    needs: tuple[str, ...]
    runs_on: tuple[str, ...]
    permissions: dict[str, str] | None
    timeout_minutes: Any
    concurrency: Concurrency | None
    uses: str | None
    steps: tuple[dict[str, Any], ...]
    matrix: bool
    environment: str | None


@dataclass(frozen=True)
class Workflow:
    """One file under .github/workflows at one commit."""

    path: str
    name: str
    run_name: str | None
    on: dict[str, dict[str, Any]]
    permissions: dict[str, str] | None
    concurrency: Concurrency | None
    jobs: dict[str, Job] = field(default_factory=dict)


class Loader(yaml.CSafeLoader):
    """Reads YAML 1.2, as GitHub does: `on`, `off`, `yes` and `no` are texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def parse(text: str, path: str) -> Workflow:
    """Read a workflow file. Raises InvalidWorkflow with a sentence that names the file."""
    try:
        document = yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise InvalidWorkflow(f"{path} is not YAML: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("jobs"), dict) or not document["jobs"]:
        raise InvalidWorkflow(f"{path} has no jobs. Add at least one job under `jobs:`.")
    try:
        return workflow_of(document, path)
    except (TypeError, AttributeError, KeyError) as error:
        raise InvalidWorkflow(f"{path} has a value of an unexpected kind ({error}).") from error


def workflow_of(document: dict[Any, Any], path: str) -> Workflow:
    """Build a Workflow from the loaded file."""
    return Workflow(
        path=path,
        name=str(document.get("name") or path),
        run_name=document.get("run-name"),
        on=triggers_of(document.get("on")),
        permissions=permissions_of(document.get("permissions", ...)),
        concurrency=concurrency_of(document.get("concurrency"), path),
        jobs={str(key): job_of(str(key), job, path) for key, job in document["jobs"].items()},
    )


def job_of(key: str, job: dict[str, Any], path: str) -> Job:
    """Build one Job."""
    environment = job.get("environment")
    runs_on = job.get("runs-on")
    return Job(
        key=key,
        name=str(job.get("name") or key),
        named=bool(job.get("name")),
        needs=tuple(as_list(job.get("needs"))),
        runs_on=tuple(as_list(runs_on.get("labels") if isinstance(runs_on, dict) else runs_on)),
        permissions=permissions_of(job.get("permissions", ...)),
        timeout_minutes=job.get("timeout-minutes", DEFAULT_TIMEOUT_MINUTES),
        concurrency=concurrency_of(job.get("concurrency"), path),
        uses=job.get("uses"),
        steps=tuple(job.get("steps") or ()),
        matrix="matrix" in (job.get("strategy") or {}),
        environment=environment.get("name") if isinstance(environment, dict) else environment,
    )


def triggers_of(on: Any) -> dict[str, dict[str, Any]]:
    """Return every trigger with its filters, whichever of the three ways the file writes them."""
    if isinstance(on, dict):
        return {str(name): filters if isinstance(filters, dict) else {} for name, filters in on.items()}
    return {name: {} for name in as_list(on)}


def permissions_of(said: Any) -> dict[str, str] | None:
    """Return the named scopes; None when the file says nothing. A scope that is not named is none."""
    if said is ...:
        return None
    if said in ("read-all", "write-all"):
        return dict.fromkeys(SCOPES, said.removesuffix("-all"))
    return {str(scope): str(level) for scope, level in (said or {}).items() if level != "none"}


def concurrency_of(said: Any, path: str) -> Concurrency | None:
    """Return the group and its rules. Raises InvalidWorkflow for what GitHub refuses."""
    if said is None:
        return None
    if not isinstance(said, dict):
        return Concurrency(str(said))
    wanted = Concurrency(str(said["group"]), said.get("cancel-in-progress", False), str(said.get("queue", "single")))
    if wanted.queue not in ("single", "max") or (wanted.queue == "max" and wanted.cancel_in_progress is True):
        raise InvalidWorkflow(f"{path}: `queue` is single or max, and max cannot be combined with cancel-in-progress.")
    return wanted


def effective_permissions(workflow: Workflow, job: Job) -> dict[str, str]:
    """Return what the job's token may do: the job's own list, else the workflow's, else GitHub's default."""
    if job.permissions is not None:
        return job.permissions
    return workflow.permissions if workflow.permissions is not None else DEFAULT_PERMISSIONS


def lesser(first: dict[str, str], second: dict[str, str]) -> dict[str, str]:
    """Return what both allow: a called workflow never gets more than its caller has."""
    strength = {"read": 1, "write": 2}
    both = {
        scope: min(first[scope], second[scope], key=lambda level: strength.get(level, 0))
        for scope in first.keys() & second
    }
    return dict(sorted(both.items()))
