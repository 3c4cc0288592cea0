"""GET /tasks, /tasks/<key> and what belongs to a task, and /stats: the dashboard's JSON, from its branch."""

import re
from typing import Any

from flask import Blueprint, Response

from api.context import this_api
from api.dashboard_data import Tip
from api.downloads import as_download
from api.errors import UNKNOWN_LOG, UNKNOWN_MESSAGE_HERE, UNKNOWN_TASK, UNREADABLE_DATA
from api.lists import Paging, VersionPaging, page_of, read_query
from api.task_data import entries
from api.task_replies import (
    TASK_KEY,
    LatestResult,
    Logs,
    MessageFilter,
    Messages,
    Results,
    Runs,
    Statistics,
    TaskFilter,
    TaskList,
    TaskReply,
    Versions,
)
from receiver.auth import require
from receiver.errors import Problem
from receiver.models import as_json
from receiver.openapi import KEY, Answer, Operation

SHA256 = re.compile(r"[0-9a-f]{64}")
SEARCHED = ("task", "title", "project", "headline", "key")
READ = (401, 404, 422, 503)

blueprint = Blueprint("tasks", __name__)


@blueprint.get("/tasks")
@Operation("All tasks, newest first", {200: Answer("One page.", (TaskList,))}, READ, query=TaskFilter, security=KEY)
def tasks() -> Response:
    """List the tasks that the filters leave."""
    require("read")
    wanted = read_query(TaskFilter.model_validate)
    tip, found = whole("tasks.json")
    page = page_of([task for task in entries(found, "tasks") if is_wanted(task, wanted)], wanted)
    return as_json(TaskList(as_of=tip.as_of, tasks=page.pop("entries"), **page))


def is_wanted(task: dict[str, Any], wanted: TaskFilter) -> bool:
    """Whether a task is what the filters ask for. A task is open unless it says something else."""
    exact = wanted.model_dump(include={"state", "status", "lifecycle", "recipient"})
    if any(value and {"lifecycle": "open", **task}.get(name) != value for name, value in exact.items()):
        return False
    project, asked = str(task.get("project", "")).lower(), wanted.project.lower()
    if asked and asked not in {project, project.rpartition("/")[2]}:
        return False
    text = "\n".join(str(task.get(name, "")) for name in SEARCHED).casefold()
    return all(word in text for word in wanted.q.casefold().split())


@blueprint.get("/tasks/<task_key>")
@Operation("Everything about a task", {200: Answer("The task.", (TaskReply,))}, READ, security=KEY)
def task(task_key: str) -> Response:
    """Show a task."""
    tip, found = task_document(task_key)
    return as_json(TaskReply(**{**found, "as_of": tip.as_of}))


@blueprint.get("/tasks/<task_key>/versions")
@Operation("A task's versions", {200: Answer("Its commits.", (Versions,))}, READ, query=VersionPaging, security=KEY)
def versions(task_key: str) -> Response:
    """List the commits of a task."""
    return as_json(Versions(**part_of(task_key, "versions", read_query(VersionPaging.model_validate))[0]))


@blueprint.get("/tasks/<task_key>/results")
@Operation("A task's results", {200: Answer("What was found.", (Results,))}, READ, query=Paging, security=KEY)
def results(task_key: str) -> Response:
    """List what was found about a task."""
    reply, found = part_of(task_key, "results", read_query(Paging.model_validate))
    return as_json(Results(averages=found.get("averages") or {}, **reply))


@blueprint.get("/tasks/<task_key>/results/latest")
@Operation("A task's latest result", {200: Answer("It.", (LatestResult,))}, READ, security=KEY)
def latest(task_key: str) -> Response:
    """Show what is known last."""
    tip, found = task_document(task_key)
    reported = entries(found, "results")
    about = {"as_of": tip.as_of, "key": found["key"], "project": found.get("project", "")}
    return as_json(LatestResult(latest=found.get("latest"), result=reported[-1] if reported else None, **about))


@blueprint.get("/tasks/<task_key>/messages")
@Operation("A task's messages", {200: Answer("The timeline.", (Messages,))}, READ, query=MessageFilter, security=KEY)
def messages(task_key: str) -> Response:
    """List what was said about a task."""
    return as_json(Messages(**part_of(task_key, "messages", read_query(MessageFilter.model_validate))[0]))


@blueprint.get("/tasks/<task_key>/runs")
@Operation("A task's commands", {200: Answer("Those that ran.", (Runs,))}, READ, query=Paging, security=KEY)
def runs(task_key: str) -> Response:
    """List the commands that ran in a task's project."""
    return as_json(Runs(**part_of(task_key, "runs", read_query(Paging.model_validate))[0]))


@blueprint.get("/tasks/<task_key>/logs")
@Operation("A task's logs", {200: Answer("With previews.", (Logs,))}, READ, query=Paging, security=KEY)
def logs(task_key: str) -> Response:
    """List what can be downloaded."""
    return as_json(Logs(**part_of(task_key, "logs", read_query(Paging.model_validate))[0]))


@blueprint.get("/tasks/<task_key>/logs/<path:name>")
@Operation("Download a log", {200: Answer("Its text, whole.", also="text/plain")}, READ, security=KEY)
def log(task_key: str, name: str) -> Response:
    """Send a log by its name (the newest of this name) or by its SHA-256."""
    _, found = task_document(task_key)
    named = [each for each in entries(found, "logs") if name in {each.get("name"), each.get("sha256")}]
    digest = str(named[-1].get("sha256", "")) if named else ""
    body = this_api().data.file(task_key, digest) if SHA256.fullmatch(digest) else None
    if body is None:
        raise Problem(UNKNOWN_LOG)
    return as_download(body, str(named[-1].get("name") or digest), is_text=True)


@blueprint.get("/stats")
@Operation("Sums of all tasks", {200: Answer("The sums.", (Statistics,))}, READ, security=KEY)
def stats() -> Response:
    """Show the dashboard's statistics."""
    require("read")
    tip, found = whole("stats.json")
    return as_json(Statistics(**{**found, "as_of": tip.as_of}))


def part_of(task_key: str, name: str, query: Paging) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a page of a list of a task as a reply, and the whole task. Raises Problem."""
    tip, found = task_document(task_key)
    listed = entries(found, name)
    if isinstance(query, MessageFilter):
        listed = selected(listed, query)
    if isinstance(query, VersionPaging) and not query.hidden:
        listed = [each for each in listed if not each.get("is_hidden")]
    page = page_of(listed, query)
    about = {"as_of": tip.as_of, "key": found["key"], "project": found.get("project", "")}
    return {**about, name: page.pop("entries"), **page}, found


def selected(listed: list[dict[str, Any]], query: MessageFilter) -> list[dict[str, Any]]:
    """Return the messages that the filters leave. Raises Problem (404) when there is no `after`."""
    if query.after:
        ids = [each.get("id") for each in listed]
        if query.after not in ids:
            raise Problem(UNKNOWN_MESSAGE_HERE)
        listed = listed[len(ids) - ids[::-1].index(query.after) :]
    exact = query.model_dump(include={"role", "kind"})
    return [each for each in listed if all(not value or each.get(key) == value for key, value in exact.items())]


def task_document(task_key: str) -> tuple[Tip, dict[str, Any]]:
    """Return everything about a task. Raises Problem (401, 404)."""
    require("read")
    data = this_api().data
    tip = data.tip()
    found = data.document(f"tasks/{task_key}.json", tip) if re.fullmatch(TASK_KEY, task_key) else None
    if found is None:
        raise Problem(UNKNOWN_TASK, as_of=tip.as_of.isoformat())
    return tip, {**found, "key": task_key}


def whole(path: str) -> tuple[Tip, dict[str, Any]]:
    """Return a file that the branch always has. Raises Problem."""
    data = this_api().data
    tip = data.tip()
    found = data.document(path, tip)
    if found is None:
        raise Problem(UNREADABLE_DATA, path=path)
    return tip, found
