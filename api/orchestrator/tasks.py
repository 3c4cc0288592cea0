"""Tasks and what is said about them, under the names that clients know."""

from datetime import UTC, datetime
from typing import Any

from flask import g, url_for

from api.context import Api
from api.errors import INVALID_REQUEST, NO_DATA_YET
from api.lists import page_of
from api.orchestrator.replies import (
    ClientTask,
    ClientTasks,
    ClientWholeTask,
    TaskWritten,
)
from api.orchestrator.requests import (
    STATUSES,
    ChangedTask,
    NewTask,
    TasksQuery,
    as_status,
)
from api.orchestrator.task_ids import WORD, KnownTask, known_task, new_task_id
from api.project_request import invalid_field, refuse_secret
from api.routes.feedback import FeedbackRequest, say
from api.routes.tasks import SEARCHED, whole
from api.task_data import entries
from receiver.auth import require
from receiver.body import read_as
from receiver.errors import Problem
from receiver.routes.accept_task import payload_of
from receiver.task import BuildRequest, Task

SAID = frozenset({"message", "feedback", "result", "state"})
LONGEST_PREVIEW = 4_000


def upload_task(api: Api, asked: NewTask) -> TaskWritten:
    """Make a task: a message says its title and description. A build is started when that is asked for."""
    key = new_task_id(api.door.keys)
    words = asked.description.strip() or asked.title
    build = build_of(api, asked, key) if asked.build else None
    closed = {} if asked.status == "open" else {"kind": "state", "state": asked.status}
    said = message(api, "message", {"task_key": key, "role": asked.role, "text": words, "title": asked.title, **closed})
    status_url = said.message_url
    if build:
        g.build_id, g.task_key = build.build_id, key
        api.door.runner.dispatch(payload_of(build, build.seal(api.door.keys), api.door))
        api.door.schedules.wake()
        status_url = url_for("build_status.build_status", build_id=build.build_id, _external=True)
    return TaskWritten(
        **written(api, key, key, status_url),
        title=asked.title,
        description=words,
        status=asked.status,
        build_id=build.build_id if build else None,
    )


def build_of(api: Api, asked: NewTask, key: str) -> BuildRequest:
    """Return the build by the model of what a task describes. Raises Problem (403)."""
    key_of_caller = require("start")
    brief = f"{asked.title}\n\n{asked.description}".strip()
    refuse_secret("description", brief)
    task = Task(task=WORD, round=1, nonce=api.door.keys.name("nonce", key), brief=brief)
    build_id = api.door.keys.name("build of a client", key)
    now = datetime.now(UTC)
    return BuildRequest(build_id=build_id, task_key=key, received_at=now, task=task, sent_by=key_of_caller.name)


def update_task(api: Api, asked: ChangedTask, task_id: str) -> TaskWritten:
    """Say another title, description or status. What is not given stays."""
    task = known_task(api, task_id)
    text = asked.description.strip()
    before = described(task)
    title = asked.title or (text and str(task.document.get("title") or "")) or (text.splitlines() or [""])[0][:200]
    said: dict[str, Any] = {"task_key": task.key, "role": asked.role, "title": title}
    said["text"] = text or (asked.title and (before or asked.title)) or f"The task is {asked.status}."
    if asked.status:
        said |= {"kind": "state", "state": asked.status}
    found = message(api, "message", said)
    about = {"title": title or str(task.document.get("title") or ""), "description": text or before}
    return TaskWritten(**written(api, task.key, found.message_id, found.message_url), **about, status=asked.status)


def message(api: Api, kind: str, said: dict[str, Any]) -> Any:
    """Dispatch a message. Raises Problem, GitHubRefused."""
    return say(api, read_as(FeedbackRequest.model_validate, {"kind": kind, **said}, INVALID_REQUEST))


def written(api: Api, task_id: str, some_id: str, status_url: str) -> dict[str, Any]:
    """Return what every answer about something that was written says."""
    page = api.door.config.dashboard_page(task_id)
    now = datetime.now(UTC)
    return {"task_id": task_id, "id": some_id, "as_of": now, "status_url": status_url, "dashboard_url": page}


def get_tasks(api: Api, query: TasksQuery) -> ClientTasks:
    """List the tasks that are collected."""
    try:
        tip, found = whole("tasks.json")
    except Problem as problem:
        if problem.reply.error != NO_DATA_YET.code:
            raise
        return ClientTasks(as_of=None, tasks=[], total=0, page=query.page, next=None)
    try:
        status = as_status(query.status) if query.status else ""
    except ValueError:
        raise invalid_field("status", f"must be one of {', '.join(STATUSES)}") from None
    words = query.q.casefold().split()
    listed = [
        each
        for each in entries(found, "tasks")
        if status in {"", each.get("lifecycle") or "open"}
        and all(word in "\n".join(str(each.get(name, "")) for name in SEARCHED).casefold() for word in words)
    ]
    page = page_of(listed, query)
    tasks = [ClientTask(**summary(str(each.get("key")), each), as_of=tip.as_of) for each in page.pop("entries")]
    return ClientTasks(as_of=tip.as_of, tasks=tasks, **page)


def get_task(api: Api, task_id: str) -> ClientWholeTask:
    """Show a task."""
    task = known_task(api, task_id)
    about = {**summary(task.key, task.document), "project": task.project if task.document.get("project") else ""}
    return ClientWholeTask(**about, description=described(task), is_collected=bool(task.document), as_of=task.as_of)


def summary(key: str, found: dict[str, Any]) -> dict[str, Any]:
    """Return what the dashboard says about a task in a client's words."""
    same = ("title", "created_at", "updated_at", "project", "repo_url", "pages_url", "headline")
    about = {name: found[name] for name in same if found.get(name)}
    return {"title": "", **about, "task_id": key, "status": found.get("lifecycle") or "open"}


def described(task: KnownTask) -> str:
    """Return a task's description: the newest message that names it has it, else the brief of its first build."""
    named = [each for each in entries(task.document, "messages") if each.get("title")]
    if named:
        return str(named[-1].get("text") or "")
    records = [record for build in entries(task.document, "builds") for record in entries(build, "records")]
    return next((str(record["brief"]) for record in records if record.get("brief")), "")
