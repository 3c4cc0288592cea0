"""GET /openapi.json: what every route takes and answers, generated from the models that the routes use."""

import json
from functools import cache
from typing import Any

from flask import Blueprint, Response, url_for
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from receiver import replies
from receiver.problems import ProblemReply
from receiver.routes.accept_task import PATHS
from receiver.routes.build_logs import DEFAULT_LINES, MOST_LINES
from receiver.task import Task

TITLE = "Pagewright receiver"
VERSION = "1.0.0"
KEY_SCHEME = {"type": "apiKey", "in": "header", "name": "X-API-KEY", "description": "the shared secret"}
PROBLEMS = {
    400: "The body is not one JSON object.",
    401: "The secret is wrong or missing.",
    404: "Unknown build.",
    413: "The request is too large.",
    415: "The content type is not JSON.",
    422: "Something in the request cannot be accepted; details say what and why.",
    503: "GitHub refuses, is slow, or limits the rate. Nothing was started; send the same request again.",
}
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
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Task, "validation")]
    wanted += [(model, "serialization") for model in REPLIES]
    _, found = models_json_schema(wanted, ref_template="#/components/schemas/{model}")
    components: dict[str, Any] = found["$defs"]
    task = components["Task"]
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
    accept["requestBody"] = {"required": True, "content": {"application/json": {"schema": reference("Task")}}}
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
    return described


def operation(summary: str, good: dict[str, str], *bad: int, key: bool = False, also: str = "") -> dict[str, Any]:
    """Describe one operation: `good` maps the possible reply models to what they say, `bad` lists statuses."""
    names = [reference(name) for name in good if name]
    schema = {"anyOf": names} if len(names) > 1 else names[0] if names else {"type": "object"}
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if also:
        content[also] = {"schema": string()}
    problem = {"application/json": {"schema": reference("ProblemReply")}}
    responses = {"200": {"description": " ".join(good.values()), "content": content}}
    responses |= {str(status): {"description": PROBLEMS[status], "content": problem} for status in bad}
    responses["default"] = {"description": "Anything else that goes wrong.", "content": problem}
    return {"summary": summary, "responses": responses, "security": [{"secret": []}] if key else []}


def operation_id(name: str, path: str) -> str:
    """Return a name that differs from path to path."""
    return f"{name}_{path.strip('/').replace('-', '_')}".rstrip("_")


def log_parameters() -> list[dict[str, Any]]:
    """Describe the query of /logs."""
    lines = {"type": "integer", "minimum": 1, "maximum": MOST_LINES, "default": DEFAULT_LINES}
    download = {"type": "string", "enum": ["1", "true", "yes"], "description": "the log as a file, without a preview"}
    return [
        parameter("build", "query", string()),
        parameter("lines", "query", lines),
        parameter("download", "query", download),
    ]


def parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Describe one parameter."""
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def reference(name: str) -> dict[str, Any]:
    """Point at a model."""
    return {"$ref": f"#/components/schemas/{name}"}


def string() -> dict[str, Any]:
    """Return the schema of a text."""
    return {"type": "string"}
