"""The 23 paths that clients of an orchestrator know: one table, which docs/clients.md explains row by row."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel

from api.context import Api, this_api
from api.errors import INVALID_REQUEST
from api.lists import Paging, read_query
from api.orchestrator import code, containers, said, tasks
from api.orchestrator.bodies import PLAIN_FORM, as_text, read_body
from api.orchestrator.replies import (
    ClientFeedback,
    ClientLatestResults,
    ClientLogs,
    ClientMessages,
    ClientResults,
    ClientTasks,
    ClientWholeTask,
    Code,
    CodeHidden,
    CodeWritten,
    Container,
    TaskWritten,
    Written,
)
from api.orchestrator.requests import (
    ChangedTask,
    CodeQuery,
    FromClient,
    NewCode,
    NewContainer,
    NewFeedback,
    NewMessage,
    NewResult,
    NewTask,
    TasksQuery,
    names_of,
)
from api.routes.feedback import LARGEST
from api.routes.tasks import log
from api.uploads import FORM, MOST_REASONS
from receiver.auth import Right, require
from receiver.body import ONE_LARGE_BODY, read_as, turn_of
from receiver.models import Healthy, as_json
from receiver.openapi import BODY, KEY, Answer, Operation
from receiver.routes.health import health

READ = (401, 404, 409, 413, 422, 503)
FIELDS = {"type": "object", "description": "the same fields as in JSON; a text may be a file"}
Serve = Callable[..., BaseModel | Response]

blueprint = Blueprint("orchestrator", __name__)


@dataclass(frozen=True)
class Row:
    """Methods and a path that clients know. `text` is the field that a form may bring as a file."""

    path: str
    right: Right
    what: str
    serve: Serve
    answer: Answer
    takes: type[FromClient] | None = None
    query: type[Paging] | None = None
    text: str = ""


def reads(path: str, what: str, serve: Serve, model: type[BaseModel], query: type[Paging] | None = None) -> Row:
    """Return a row that says how things are."""
    return Row(f"GET {path}", "read", what, serve, Answer("As of as_of.", (model,)), query=query)


def sends(path: str, what: str, serve: Serve, media_type: str) -> Row:
    """Return a row that sends a file."""
    return Row(f"GET {path}", "read", what, serve, Answer("The file.", also=media_type))


def writes(
    path: str,
    right: Right,
    what: str,
    serve: Serve,
    model: type[BaseModel],
    takes: type[FromClient] | None = None,
    text: str = "",
) -> Row:
    """Return a row that changes something."""
    return Row(path, right, what, serve, Answer("GitHub has it.", (model,)), takes, text=text)


def download_log(api: Api, task_id: str, filename: str) -> Response:
    """Send a log."""
    return log(task_id, filename)


TABLE = (  # and /stats, which is called the same here, and /healthcheck, which is below
    writes("POST /upload_task", "talk", "Make a task", tasks.upload_task, TaskWritten, NewTask, "description"),
    reads("/get_tasks", "All tasks", tasks.get_tasks, ClientTasks, TasksQuery),
    reads("/get_task/<task_id>", "A task", tasks.get_task, ClientWholeTask),
    writes(
        "PUT POST PATCH /update_task/<task_id>",
        *("talk", "Change a task", tasks.update_task, TaskWritten, ChangedTask, "description"),
    ),
    writes("POST /upload_code", "upload", "Upload code", code.upload_code, CodeWritten, NewCode),
    reads("/get_code/<task_id>", "The newest code", code.get_code, Code, CodeQuery),
    reads("/get_code/<task_id>/<version>", "A version", code.get_code, Code, CodeQuery),
    sends("/download_code/<task_id>/<version>", "A version as a zip", code.download_code, "application/zip"),
    writes("DELETE POST /delete_code/<code_id>", "upload", "Hide a version", code.delete_code, CodeHidden),
    writes("POST /upload_results", "talk", "Upload results", said.upload_results, Written, NewResult, "raw_logs"),
    reads("/get_results/<task_id>", "Results", said.get_results, ClientResults, Paging),
    reads("/get_latest_results/<task_id>", "The latest result", said.get_latest_results, ClientLatestResults),
    writes("POST /upload_feedback", "talk", "Give feedback", said.upload_feedback, Written, NewFeedback, "text"),
    reads("/get_feedback/<task_id>", "Feedback", said.get_feedback, ClientFeedback, Paging),
    writes("POST /upload_message", "talk", "Say something", said.upload_message, Written, NewMessage, "text"),
    reads("/get_messages/<task_id>", "What was said", said.get_messages, ClientMessages, Paging),
    reads("/get_logs/<task_id>", "Logs", said.get_logs, ClientLogs, Paging),
    sends("/download_log/<task_id>/<path:filename>", "A log", download_log, "text/plain"),
    writes("POST /spawn_container", "run", "Run code", containers.spawn_container, Container, NewContainer, "command"),
    reads("/container_status/<container_id>", "How a run is doing", containers.container_status, Container),
    writes("DELETE POST /container/<container_id>", "run", "Stop a run", containers.stop_container, Container),
)


def answered(row: Row) -> Callable[..., Response]:
    """Return what Flask calls for a row: the key first, then the body or the query, then what the row does."""

    def view(**in_path: str) -> Response:
        api = this_api()
        require(row.right)
        if row.takes is None:
            query = (read_query(row.query.model_validate),) if row.query else ()
            reply = row.serve(api, *query, **in_path)
        else:
            with turn(row):
                asked = read_request(api, row, row.takes)
            reply = row.serve(api, *asked, **in_path)
        return reply if isinstance(reply, Response) else as_json(reply)

    return view


def turn(row: Row) -> AbstractContextManager[object]:
    """Wait until no other large body is being worked on; a form with code may hold a small archive of large files."""
    return ONE_LARGE_BODY if request.mimetype == FORM and not row.text else turn_of(request)


def read_request(api: Api, row: Row, takes: type[FromClient]) -> tuple[Any, ...]:
    """Return the body as a model; code as the build that it becomes, sealed. Raises Problem."""
    if row.text:
        body = read_body(request, LARGEST)
        as_text(body, names_of(takes, row.text))
        return (read_as(takes.model_validate, body, INVALID_REQUEST, MOST_REASONS),)
    body = read_body(request, api.door.config.max_request_bytes, unzip=True)
    return (code.sealed(api, read_as(NewCode.model_validate, body, INVALID_REQUEST, MOST_REASONS), body.files),)


def add(row: Row) -> None:
    """Let the blueprint answer a row, each method under a name of its own."""
    operation = Operation(
        f"{row.what} (for clients of an orchestrator)",
        {200: row.answer},
        (404, 409, *BODY) if row.takes else READ,
        takes=row.takes,
        also_takes={FORM: FIELDS, PLAIN_FORM: FIELDS} if row.takes else {},
        query=row.query,
        security=KEY,
    )
    view = operation(answered(row))
    *methods, path = row.path.split()
    for method in methods:
        name = "_".join([method.lower(), path.split("/")[1], *(["version"] if path.endswith("<version>") else [])])
        blueprint.add_url_rule(path, name, view, methods=[method])


for each in TABLE:
    add(each)


@blueprint.get("/healthcheck")
@Operation("Whether the process answers (for clients of an orchestrator)", {200: Answer("It does.", (Healthy,))})
def healthcheck() -> Response:
    """Answer."""
    return health()
