"""The 23 paths that clients of an orchestrator know: one table, which docs/clients.md explains row by row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel

from api.context import this_api
from api.errors import INVALID_REQUEST
from api.lists import Paging, read_query
from api.orchestrator import code, containers, replies, requests, said, tasks
from api.orchestrator.bodies import PLAIN_FORM, as_text, read_body
from api.routes.feedback import LARGEST
from api.routes.tasks import log
from api.uploads import FORM, MOST_REASONS
from receiver.auth import Right, require
from receiver.body import ONE_LARGE_BODY, read_as, turn_of
from receiver.models import Healthy, as_json
from receiver.openapi import BODY, KEY, Answer, Operation
from receiver.routes.health import health

READ = (401, 404, 409, 413, 422, 503)
Serve = Callable[..., BaseModel | Response]

blueprint = Blueprint("orchestrator", __name__)


@dataclass(frozen=True)
class Row:
    """A path that clients know. `text` is the field that a form may bring as a file."""

    methods: str
    path: str
    right: Right
    what: str
    serve: Serve
    answer: Answer
    takes: type[requests.FromClient] | None = None
    query: type[Paging] | None = None
    text: str = ""


def read(model: type[BaseModel]) -> Answer:
    """Return an answer that says how things are."""
    return Answer("As far as it is collected; as_of says when.", (model,))


def wrote(model: type[BaseModel]) -> Answer:
    """Return an answer to what was written."""
    return Answer("GitHub has it; status_url says what comes of it.", (model,))


ZIP = Answer("Its regular files.", also="application/zip")
TEXT = Answer("Its text, whole.", also="text/plain")
TABLE = (
    Row(
        "POST",
        "/upload_task",
        "talk",
        "Make a task",
        tasks.upload_task,
        wrote(replies.TaskWritten),
        requests.NewTask,
        text="description",
    ),
    Row(
        "GET", "/get_tasks", "read", "All tasks", tasks.get_tasks, read(replies.ClientTasks), query=requests.TasksQuery
    ),
    Row("GET", "/get_task/<task_id>", "read", "A task", tasks.get_task, read(replies.ClientWholeTask)),
    Row(
        "PUT POST PATCH",
        "/update_task/<task_id>",
        "talk",
        "Change a task",
        tasks.update_task,
        wrote(replies.TaskWritten),
        requests.ChangedTask,
        text="description",
    ),
    Row(
        "POST", "/upload_code", "upload", "Upload code", code.upload_code, wrote(replies.CodeWritten), requests.NewCode
    ),
    Row(
        "GET",
        "/get_code/<task_id>",
        "read",
        "The newest code",
        code.get_code,
        read(replies.Code),
        query=requests.CodeQuery,
    ),
    Row(
        "GET",
        "/get_code/<task_id>/<version>",
        "read",
        "A version",
        code.get_code,
        read(replies.Code),
        query=requests.CodeQuery,
    ),
    Row("GET", "/download_code/<task_id>/<version>", "read", "A version as a zip", code.download_code, ZIP),
    Row(
        "DELETE POST", "/delete_code/<code_id>", "upload", "Hide a version", code.delete_code, wrote(replies.CodeHidden)
    ),
    Row(
        "POST",
        "/upload_results",
        "talk",
        "Upload results",
        said.upload_results,
        wrote(replies.Written),
        requests.NewResult,
        text="raw_logs",
    ),
    Row(
        "GET", "/get_results/<task_id>", "read", "Results", said.get_results, read(replies.ClientResults), query=Paging
    ),
    Row(
        "GET",
        "/get_latest_results/<task_id>",
        "read",
        "The latest result",
        said.get_latest_results,
        read(replies.ClientLatestResults),
    ),
    Row(
        "POST",
        "/upload_feedback",
        "talk",
        "Give feedback",
        said.upload_feedback,
        wrote(replies.Written),
        requests.NewFeedback,
        text="text",
    ),
    Row(
        "GET",
        "/get_feedback/<task_id>",
        "read",
        "Feedback",
        said.get_feedback,
        read(replies.ClientFeedback),
        query=Paging,
    ),
    Row(
        "POST",
        "/upload_message",
        "talk",
        "Say something",
        said.upload_message,
        wrote(replies.Written),
        requests.NewMessage,
        text="text",
    ),
    Row(
        "GET",
        "/get_messages/<task_id>",
        "read",
        "What was said",
        said.get_messages,
        read(replies.ClientMessages),
        query=Paging,
    ),
    Row("GET", "/get_logs/<task_id>", "read", "Logs", said.get_logs, read(replies.ClientLogs), query=Paging),
    Row(
        "GET",
        "/download_log/<task_id>/<path:filename>",
        "read",
        "A log",
        lambda api, task_id, filename: log(task_id, filename),
        TEXT,
    ),
    Row(
        "POST",
        "/spawn_container",
        "run",
        "Run a task's code",
        containers.spawn_container,
        wrote(replies.Container),
        requests.NewContainer,
        text="command",
    ),
    Row(
        "GET",
        "/container_status/<container_id>",
        "read",
        "How a run is doing",
        containers.container_status,
        read(replies.Container),
    ),
    Row(
        "DELETE POST",
        "/container/<container_id>",
        "run",
        "Stop a run",
        containers.stop_container,
        wrote(replies.Container),
    ),
)  # /stats is one of the dashboard's own names (api/routes/tasks.py), and /healthcheck is below


def answered(row: Row) -> Callable[..., Response]:
    """Return what Flask calls for a row: the key first, then the body or the query, then what the row does."""

    def view(**in_path: str) -> Response:
        api = this_api()
        require(row.right)
        if row.takes is None:
            query = (read_query(row.query.model_validate),) if row.query else ()
            reply = row.serve(api, *query, **in_path)
        else:
            with ONE_LARGE_BODY if request.mimetype == FORM else turn_of(request):
                reply = row.serve(api, *read_request(row, row.takes), **in_path)
        return reply if isinstance(reply, Response) else as_json(reply)

    return view


def read_request(row: Row, takes: type[requests.FromClient]) -> tuple[Any, ...]:
    """Return the body as a model, and as it came when its files matter. Raises Problem."""
    if not row.text:
        body = read_body(request, this_api().door.config.max_request_bytes, unzip=True)
        return read_as(takes.model_validate, body, INVALID_REQUEST, MOST_REASONS), body
    body = read_body(request, LARGEST)
    as_text(body, requests.names_of(takes, row.text))
    return (read_as(takes.model_validate, body, INVALID_REQUEST, MOST_REASONS),)


for row in TABLE:
    form = {"type": "object", "description": "the same fields as in JSON; texts may be files"}
    operation = Operation(
        f"{row.what}, for clients of an orchestrator",
        {200: row.answer},
        (404, 409, *BODY) if row.takes else READ,
        takes=row.takes,
        also_takes={FORM: form, PLAIN_FORM: form} if row.takes else {},
        query=row.query,
        security=KEY,
    )
    called = operation(answered(row))
    for method in row.methods.split():
        name = f"{method.lower()}_{row.path.split('/')[1]}"
        blueprint.add_url_rule(
            row.path, name + "_version" * ("<version>" in row.path and "get_code" in name), called, methods=[method]
        )
blueprint.add_url_rule(
    "/healthcheck",
    "healthcheck",
    Operation("Whether the process answers, for clients of an orchestrator", {200: Answer("It does.", (Healthy,))})(
        lambda: health()
    ),
    methods=["GET"],
)
