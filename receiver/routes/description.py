"""GET /openapi.json: what every route takes and answers, generated from the models that the routes use."""

import json
from functools import cache
from typing import Any

from flask import Blueprint, Response, url_for
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from receiver import replies
from receiver.problems import ProblemReply
from receiver.routes import project_operations
from receiver.routes.accept_task import PATHS
from receiver.routes.build_logs import DEFAULT_LINES, MOST_LINES
from receiver.routes.operations import operation, operation_id, parameter, string, takes
from receiver.task import SentTask

TITLE = "Pagewright receiver"
VERSION = "1.0.0"
KEY_SCHEME = {"type": "apiKey", "in": "header", "name": "X-API-KEY", "description": "the shared secret"}
REPLIES: tuple[type[BaseModel], ...] = (
    replies.About,
    replies.Accepted,
    replies.BuildStatus,
    replies.Builds,
    replies.Healthy,
    replies.RunLog,
    replies.Up,
    ProblemReply,
)

blueprint = Blueprint("description", __name__)


@blueprint.get("/openapi.json")
def description() -> Response:
    """Answer the description; only the address of this server is added to it."""
    server = {"url": url_for("home.home", _external=True).rstrip("/")}
    return Response(json.dumps({**describe(), "servers": [server]}, indent=1) + "\n", mimetype="application/json")


@cache
def describe() -> dict[str, Any]:
    """Return the OpenAPI 3.1 description without its servers."""
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": replies.About().what},
        "paths": paths(),
        "components": {"schemas": schemas(), "securitySchemes": {"secret": KEY_SCHEME}},
    }


def schemas() -> dict[str, Any]:
    """Return the schema of each model; a task on the wire has the secret besides its own fields."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(SentTask, "validation")]
    wanted += [(model, "validation") for model in project_operations.REQUESTS]
    wanted += [(model, "serialization") for model in (*REPLIES, *project_operations.REPLIES)]
    _, found = models_json_schema(wanted, ref_template="#/components/schemas/{model}")
    components: dict[str, Any] = found["$defs"]
    task = components["SentTask"]
    del task["properties"]["echo"], components["JsonValue"]  # ours, never the sender's
    task["properties"]["secret"] = {
        "type": "string",
        "description": "never stored or sent on",
    }
    task["required"].append("secret")
    task["description"] = "What to build, how it is checked, where the callback goes. Further fields are ignored."
    return components


def paths() -> dict[str, Any]:
    """Return what each address takes and answers."""
    accept = operation("Send a task", {"Accepted": "GitHub has the task."}, 400, 401, 413, 415, 422, 503)
    accept = takes(accept, "SentTask")
    described: dict[str, Any] = {
        path: {"post": {**accept, "operationId": operation_id("send_task", path)}} for path in PATHS
    }
    described["/"]["get"] = operation("What this is", {"About": "A page, or JSON when asked for it."}, also="text/html")
    described["/health"] = {"get": operation("Whether the process answers", {"Healthy": "It does."})}
    status = operation("Running and last builds", {"Builds": "For the owner.", "Up": "For all."}, 401, 503, key=True)
    described["/status"] = {"get": {**status, "security": [{}, {"secret": []}]}}
    one = operation("One build", {"BuildStatus": "Its runs."}, 401, 404, 503, key=True)
    described["/status/{build_id}"] = {"get": {**one, "parameters": [parameter("build_id", "path", string())]}}
    logs = operation("A run's log", {"RunLog": "Its end."}, 401, 404, 422, 503, key=True, also="text/plain")
    described["/logs"] = {"get": {**logs, "parameters": log_parameters()}}
    described["/openapi.json"] = {"get": operation("This description", {"": "OpenAPI 3.1."})}
    return described | project_operations.paths()


def log_parameters() -> list[dict[str, Any]]:
    """Describe the query of /logs."""
    lines = {"type": "integer", "minimum": 1, "maximum": MOST_LINES, "default": DEFAULT_LINES}
    download = {"type": "string", "enum": ["1", "true", "yes"], "description": "the log as a file, without a preview"}
    return [
        parameter("build", "query", string()),
        parameter("lines", "query", lines),
        parameter("download", "query", download),
    ]
