"""What is said about tasks, under the names that clients know: messages, feedback, results and logs."""

from typing import Any

from flask import url_for

from api.context import Api
from api.lists import Paging, page_of
from api.orchestrator.replies import (
    ClientFeedback,
    ClientLatestResults,
    ClientLog,
    ClientLogs,
    ClientMessage,
    ClientMessages,
    ClientResult,
    ClientResults,
    Written,
)
from api.orchestrator.requests import USUAL_NUMBERS, NewFeedback, NewMessage, NewResult
from api.orchestrator.task_ids import KnownTask, known_task, task_to_write, with_project
from api.orchestrator.tasks import SAID, message, written
from api.task_data import entries


def upload_results(api: Api, asked: NewResult) -> Written:
    """Keep numbers, with a log."""
    log = {} if asked.raw_logs is None else {"log": asked.raw_logs, "log_name": log_name(asked.log_name)}
    numbers, key = asked.numbers(), task_to_write(api, asked.task_id).key
    return told(api, "result", {"task_key": key, "role": asked.role, "text": asked.words(), "metrics": numbers, **log})


def log_name(given: str) -> str:
    """Return a file's name as the ledger takes it."""
    clean = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "_" for sign in given)
    return clean.lstrip(".")[-100:] or "raw_logs.txt"


def upload_feedback(api: Api, asked: NewFeedback) -> Written:
    """Keep what somebody thinks; a revision may come of it."""
    task = task_to_write(api, asked.task_id)
    about = {"project_id": with_project(task)} if asked.revise else {"task_key": task.key}
    said = {"role": asked.role, "text": asked.text, "metrics": asked.metrics, "revise": asked.revise}
    return told(api, "feedback", {**about, **said}, task.key)


def upload_message(api: Api, asked: NewMessage) -> Written:
    """Keep words."""
    key = task_to_write(api, asked.task_id).key
    return told(api, "message", {"task_key": key, "role": asked.role, "text": asked.text, "metrics": asked.metrics})


def told(api: Api, kind: str, said: dict[str, Any], key: str = "") -> Written:
    """Say something, and answer what it is."""
    found = message(api, kind, said)
    return Written(**written(api, key or said["task_key"], found.message_id, found.message_url))


def get_messages(api: Api, query: Paging, task_id: str) -> ClientMessages:
    """List what was said about a task, of every kind."""
    task, listed = said_about(api, task_id, SAID)
    page = page_of(listed, query)
    return ClientMessages(task_id=task.key, as_of=task.as_of, messages=as_messages(page.pop("entries")), **page)


def get_feedback(api: Api, query: Paging, task_id: str) -> ClientFeedback:
    """List the feedback."""
    task, listed = said_about(api, task_id, frozenset({"feedback"}))
    page = page_of(listed, query)
    return ClientFeedback(task_id=task.key, as_of=task.as_of, feedback=as_messages(page.pop("entries")), **page)


def said_about(api: Api, task_id: str, kinds: frozenset[str]) -> tuple[KnownTask, list[dict[str, Any]]]:
    """Return a task, and the messages about it of some kinds."""
    task = known_task(api, task_id)
    return task, [each for each in entries(task.document, "messages") if each.get("kind") in kinds]


def as_messages(listed: list[dict[str, Any]]) -> list[ClientMessage]:
    """Return messages in a client's words."""
    same = ("id", "role", "kind", "text", "metrics")
    return [ClientMessage(**{name: each[name] for name in same}, created_at=each["at"]) for each in listed]


def get_results(api: Api, query: Paging, task_id: str) -> ClientResults:
    """List what was measured."""
    task = known_task(api, task_id)
    page = page_of(entries(task.document, "results"), query)
    results = [as_result(task, each) for each in page.pop("entries")]
    averages = task.document.get("averages") or {}
    return ClientResults(task_id=task.key, as_of=task.as_of, results=results, averages=averages, **page)


def get_latest_results(api: Api, task_id: str) -> ClientLatestResults:
    """Show what was measured last, and how the newest build is doing."""
    task = known_task(api, task_id)
    found = entries(task.document, "results")
    result = as_result(task, found[-1]) if found else None
    return ClientLatestResults(task_id=task.key, as_of=task.as_of, result=result, build=task.document.get("latest"))


def as_result(task: KnownTask, found: dict[str, Any]) -> ClientResult:
    """Return a result in a client's words."""
    metrics = found.get("metrics") or {}
    log = next((each for each in entries(task.document, "logs") if each.get("of") == found.get("id")), None)
    return ClientResult(
        id=found["id"],
        role=found["role"],
        metrics=metrics,
        commit=found.get("sha") or "",
        created_at=found["at"],
        raw_logs=log and str(log.get("preview", "")),
        log_url=log and log_url(task.key, log),
        **{name: metrics.get(name) for name in USUAL_NUMBERS},
    )


def get_logs(api: Api, query: Paging, task_id: str) -> ClientLogs:
    """List what can be downloaded."""
    task = known_task(api, task_id)
    page = page_of(entries(task.document, "logs"), query)
    logs = [
        ClientLog(
            filename=each["name"],
            of=each["of"],
            size=each["size"],
            preview=each["preview"],
            created_at=each["at"],
            download_url=log_url(task.key, each),
        )
        for each in page.pop("entries")
    ]
    return ClientLogs(task_id=task.key, as_of=task.as_of, logs=logs, **page)


def log_url(task_id: str, log: dict[str, Any]) -> str:
    """Return where a log is; its digest is a name that no other log has."""
    return url_for("orchestrator.get_download_log", task_id=task_id, filename=str(log.get("sha256")), _external=True)
