"""The documents of runs: made from an event, and what expressions may know about them."""

from typing import Any

from embedded.actions.concurrency import Claim, group_name
from embedded.actions.expressions import interpolate, resolve, truthy
from embedded.actions.workflow import Workflow
from embedded.github.events import Event
from embedded.github.store import Document, Store
from embedded.github.times import timestamp


def new_run(store: Store, event: Event, workflow: Workflow) -> Document:
    """Make the document of a queued run. Raises InvalidExpression."""
    number = store.next_id("run")
    moment = timestamp()
    branch = event.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    payload = {**event.payload, "inputs": event.inputs} if event.name == "workflow_dispatch" else event.payload
    run: Document = {
        "id": number,
        "repo": event.repo,
        "workflow_path": workflow.path,
        "workflow_name": workflow.name,
        "event": event.name,
        "payload": payload,
        "ref": event.ref,
        "run_name": workflow.name,
        "head_sha": event.sha,
        "head_branch": branch,
        "actor": event.actor,
        "run_attempt": 1,
        "run_number": store.next_id(f"run_number {event.repo.lower()} {workflow.path}"),
        "status": "queued",
        "conclusion": None,
        "created_at": moment,
        "run_started_at": moment,
        "updated_at": moment,
        "concurrency_group": None,
        "claims": [],
    }
    contexts = contexts_of(run, store.get("variable", event.repo) or {})
    run["run_name"] = run_name(workflow, event, contexts)
    claims = claims_of(workflow, run, contexts)
    run["claims"] = [[claim.group, claim.cancel_in_progress, claim.queue] for claim in claims]
    if workflow.concurrency:
        run["concurrency_group"] = interpolate(workflow.concurrency.group, contexts)
    return run


def run_name(workflow: Workflow, event: Event, contexts: dict[str, Any]) -> str:
    """Return `run-name`, else the commit's first line, else the workflow's name."""
    if workflow.run_name:
        return interpolate(str(workflow.run_name), contexts).strip() or workflow.name
    message = str((event.payload.get("head_commit") or {}).get("message", "")) if event.name == "push" else ""
    return message.split("\n")[0] or workflow.name


def claims_of(workflow: Workflow, run: Document, contexts: dict[str, Any]) -> list[Claim]:
    """Return the groups that the run needs. A job's group is claimed for the whole run: act starts jobs by itself."""
    claims: dict[str, Claim] = {}
    for wanted in [workflow.concurrency, *(job.concurrency for job in workflow.jobs.values())]:
        if wanted:
            group = group_name(run["repo"], interpolate(wanted.group, contexts))
            cancels = truthy(resolve(wanted.cancel_in_progress, contexts))
            claims.setdefault(group, Claim(run["id"], group, cancels, wanted.queue))
    return list(claims.values())


def stored_claims(run: Document) -> list[Claim]:
    """Return the claims as the document remembers them."""
    return [Claim(run["id"], group, cancels, queue) for group, cancels, queue in run["claims"]]


def contexts_of(run: Document, variables: dict[str, str]) -> dict[str, Any]:
    """Return what run names, job names and concurrency groups can refer to."""
    github = {
        "event": run["payload"],
        "event_name": run["event"],
        "repository": run["repo"],
        "repository_owner": run["repo"].split("/")[0],
        "ref": run["ref"],
        "ref_name": run["head_branch"],
        "sha": run["head_sha"],
        "actor": run["actor"],
        "triggering_actor": run["actor"],
        "run_id": run["id"],
        "run_number": run["run_number"],
        "run_attempt": run["run_attempt"],
        "workflow": run["workflow_name"],
    }
    return {"github": github, "inputs": run["payload"].get("inputs") or {}, "vars": variables}


def failed_run(run: Document, message: str) -> Document:
    """Return the run as ended before it began, with the reason."""
    ended = {"status": "completed", "conclusion": "startup_failure", "updated_at": timestamp()}
    return {**run, **ended, "problem": message}
