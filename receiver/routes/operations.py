"""The pieces of the OpenAPI description: an operation, its parameters, its replies."""

from typing import Any

PROBLEMS = {
    400: "The body is not one JSON object.",
    401: "The secret is wrong or missing.",
    404: "It is not known here, or not any more.",
    409: "It cannot be done now; next_step says when.",
    413: "The request is too large.",
    415: "The body is not JSON, and its content type says so.",
    422: "Something in the request cannot be accepted; details say what and why.",
    503: "GitHub refuses, is slow, limits the rate; or large requests have no room. Nothing was started; send again.",
}


def operation(summary: str, good: dict[str, str], *bad: int, key: bool = False, also: str = "") -> dict[str, Any]:
    """Describe one operation: `good` maps the possible reply models to what they say, `bad` lists statuses."""
    names = [reference(name) for name in good if name]
    schema = {"anyOf": names} if len(names) > 1 else names[0] if names else {"type": "object"}
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if also:
        content[also] = {"schema": string()}
    problem = in_json(reference("ProblemReply"))
    responses = {"200": {"description": " ".join(good.values()), "content": content}}
    responses |= {str(status): {"description": PROBLEMS[status], "content": problem} for status in bad}
    responses["default"] = {"description": "Anything else that goes wrong.", "content": problem}
    return {"summary": summary, "responses": responses, "security": [{"secret": []}] if key else []}


def accepted(described: dict[str, Any], model: str, what: str, headers: tuple[str, ...] = ()) -> dict[str, Any]:
    """Add a 202 to an operation."""
    response = {"description": what, "content": in_json(reference(model))}
    if headers:
        response["headers"] = {name: {"schema": string()} for name in headers}
    return {**described, "responses": {"202": response, **described["responses"]}}


def takes(described: dict[str, Any], model: str) -> dict[str, Any]:
    """Add a body to an operation."""
    return {**described, "requestBody": {"required": True, "content": in_json(reference(model))}}


def operation_id(name: str, path: str) -> str:
    """Return a name that differs from path to path."""
    return f"{name}_{path.strip('/').replace('-', '_')}".rstrip("_")


def parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Describe one parameter."""
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def in_json(schema: dict[str, Any]) -> dict[str, Any]:
    """Describe a body in JSON."""
    return {"application/json": {"schema": schema}}


def reference(name: str) -> dict[str, Any]:
    """Point at a model."""
    return {"$ref": f"#/components/schemas/{name}"}


def string() -> dict[str, Any]:
    """Return the schema of a text."""
    return {"type": "string"}
