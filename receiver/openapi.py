"""The OpenAPI description, made from what stands at each route: what it takes, what it answers, how it can fail."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from receiver.errors import ProblemReply

Model = type[BaseModel]
View = TypeVar("View", bound=Callable[..., Any])
KEY: tuple[dict[str, list[str]], ...] = ({"secret": []}, {"bearer": []})  # either of them
TEXT = {"schema": {"type": "string"}}
FILES_IN_FORM: dict[str, Any] = {
    "type": "object",
    "description": "each part with a file name is a file, and that name its path; fields as in JSON",
    "properties": {name: {"type": "string"} for name in ("message", "remove", "replace", "base", "nonce", "role")},
    "additionalProperties": {"type": "string", "format": "binary"},
}
FILES_IN_ZIP: dict[str, Any] = {
    "type": "string",
    "format": "binary",
    "description": "its files, without a folder that holds them all; fields as in JSON, in the query",
}
POINTER = "#/components/schemas/{model}"
BODY = (400, 401, 413, 415, 422, 503)  # how each route with a body can fail
ERRORS: dict[object, str] = {
    400: "The body is not one JSON object.",
    401: "The secret or key is wrong or missing.",
    403: "The key lacks the right that this needs, or is for other emails.",
    404: "It is not known here, or not any more.",
    409: "It cannot be done now; next_step says when.",
    413: "The request is too large.",
    415: "The body is not JSON, and its content type says so.",
    422: "Something in the request cannot be accepted; details say what and why.",
    429: "The key made too many requests within an hour, or the address showed too many wrong keys.",
    503: "GitHub refuses, is slow, limits the rate; or large requests have no room. Nothing was started; send again.",
    "default": "Anything else that goes wrong.",
}
ARGUMENT = re.compile(r"<(?:[a-z]+:)?(\w+)>")
AT_ROUTES: dict[Callable[..., Any], "Operation"] = {}


@dataclass(frozen=True)
class Answer:
    """A success: JSON of one of the models, or what is of a media type in `also` (with spaces between several)."""

    what: str
    models: tuple[Model, ...] = ()
    also: str = ""
    headers: tuple[str, ...] = ()

    def described(self) -> dict[str, Any]:
        """Return it in OpenAPI's words."""
        as_json = in_json(*self.models) if self.models or not self.also else {}
        content = as_json | dict.fromkeys(self.also.split(), TEXT)
        return {"description": self.what, "content": content, "headers": dict.fromkeys(self.headers, TEXT)}


@dataclass(frozen=True)
class Operation:
    """Stands at a route as its decorator, and leaves it as it is."""

    summary: str
    answers: dict[int, Answer]
    errors: tuple[int, ...] = ()
    takes: Model | None = None
    also_takes: dict[str, dict[str, Any]] = field(default_factory=dict)  # schemas by media type
    query: Model | None = None
    security: tuple[dict[str, list[str]], ...] = ()

    def __call__(self, view: View) -> View:
        """Remember what is said about a route."""
        AT_ROUTES[view] = self
        return view

    def described(self, operation_id: str, path_arguments: set[str]) -> dict[str, Any]:
        """Return it in OpenAPI's words."""
        query = self.query.model_json_schema()["properties"] if self.query else {}
        parameters = [{"name": name, "in": "path", "required": True, **TEXT} for name in path_arguments]
        parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in query.items()]
        good = {str(status): answer.described() for status, answer in self.answers.items()}
        errors = sorted({*self.errors, *((403, 429) if self.security else ())})
        bad = {str(each): {"description": ERRORS[each], "content": PROBLEM} for each in (*errors, "default")}
        if "429" in bad:
            bad["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
        about = {"operationId": operation_id, "summary": self.summary, "security": list(self.security)}
        others = {kind: {"schema": schema} for kind, schema in self.also_takes.items()}
        body = {"requestBody": {"required": True, "content": in_json(self.takes) | others}} if self.takes else {}
        return {**about, "parameters": parameters, **body, "responses": good | bad}


def in_json(*models: Model) -> dict[str, Any]:
    """Return JSON of one of these models; any object without one."""
    schemas = [{"$ref": POINTER.format(model=model.__name__)} for model in models] or [{"type": "object"}]
    return {"application/json": {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}}


PROBLEM = in_json(ProblemReply)


def paths_of(app: Flask) -> dict[str, dict[str, Any]]:
    """Return what is at each address of an application."""
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for rule in app.url_map.iter_rules():
        if operation := AT_ROUTES.get(app.view_functions[rule.endpoint]):
            path = ARGUMENT.sub(r"{\1}", rule.rule)
            several = len(list(app.url_map.iter_rules(rule.endpoint))) > 1
            name = rule.endpoint.rpartition(".")[2] + (path.replace("/", "_").replace("-", "_") if several else "")
            (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            paths[path][method.lower()] = operation.described(name.rstrip("_"), rule.arguments)
    return paths


def schemas_of(app: Flask) -> dict[str, Any]:
    """Return the schema of each model that the routes of an application name."""
    operations = [AT_ROUTES[view] for view in app.view_functions.values() if view in AT_ROUTES]
    replies = {model for each in operations for answer in each.answers.values() for model in answer.models}
    wanted: list[tuple[Model, JsonSchemaMode]] = [(each.takes, "validation") for each in operations if each.takes]
    wanted += [(model, "serialization") for model in replies | {ProblemReply}]
    found: dict[str, Any] = models_json_schema(wanted, ref_template=POINTER)[1]["$defs"]
    return found
