"""Cuts GitHub's OpenAPI description down to the operations that the embedded GitHub has: `make test` needs no npm.

cd tests/github_openapi && npm ci && cd ../.. && .venv/bin/python tests/github_openapi/extract.py
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))
SOURCE = HERE / "node_modules/@octokit/openapi/generated/api.github.com.json"
RESULT = HERE / "operations.json"
PREFIX = "/api/v3"
OTHER_NAMES = {"/repos/{}/{}/contents": "/repos/{}/{}/contents/{}"}  # GitHub describes the root with the other paths
PROSE = {"description", "example", "examples", "title", "externalDocs", "deprecated"}
OVERLAPPING = {"oneOf": "anyOf"}  # an error often fits two of the alternatives that GitHub names
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def routes() -> list[tuple[str, str]]:
    """Return (method, path) of each REST route, with {} for each parameter."""
    from flask import Flask

    from embedded.github import rest

    app = Flask(__name__, static_folder=None)
    for blueprint in rest.blueprints():
        app.register_blueprint(blueprint)
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(PREFIX)]
    found = {(method, bare(rule.rule)) for rule in rules for method in (rule.methods or set()) & METHODS}
    return sorted(found)


def bare(path: str) -> str:
    """Return a path with {} for each parameter, however it is written."""
    return re.sub(r"<[^>]*>|\{[^}]*\}", "{}", path.removeprefix(PREFIX))


def schema_of(response: dict[str, Any]) -> Any:
    """Return the JSON schema of a reply, or None when it has no JSON."""
    content = response.get("content", {})
    return content.get("application/json", {}).get("schema")


def plain(schema: Any) -> Any:
    """Turn OpenAPI 3.0 into JSON Schema: no prose, and "nullable" as a type."""
    if isinstance(schema, list):
        return [plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        OVERLAPPING.get(name, name): plain_part(name, part)
        for name, part in schema.items()
        if name not in PROSE and not name.startswith("x-")
    }
    if not kept.pop("nullable", False):
        return kept
    if isinstance(kept.get("type"), str) and "anyOf" not in kept:
        enum = {"enum": [*kept["enum"], None]} if "enum" in kept else {}
        return {**kept, "type": [kept["type"], "null"], **enum}
    return {"anyOf": [kept, {"type": "null"}]}


def plain_part(name: str, part: Any) -> Any:
    """Properties are schemas by name; the names are no keywords."""
    if name == "properties":
        return {key: plain(value) for key, value in part.items()}
    return plain(part)


def referenced(schema: Any) -> set[str]:
    """Return the names of the schemas that a schema refers to."""
    return set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(schema)))


def main() -> None:
    """Write operations.json."""
    source = json.loads(SOURCE.read_text())
    components = source["components"]
    paths = {bare(path): methods for path, methods in source["paths"].items()}
    operations: dict[str, Any] = {}
    for method, route in routes():
        operation = paths.get(OTHER_NAMES.get(route, route), {}).get(method.lower())
        if operation is None:
            print(f"GitHub has no {method} {route}")
            continue
        replies = {}
        for status, response in operation["responses"].items():
            if "$ref" in response:
                response = components["responses"][response["$ref"].rpartition("/")[2]]
            replies[status] = plain(schema_of(response))
        operations[f"{method} {route}"] = {"id": operation["operationId"], "replies": replies}
    wanted, schemas = referenced(operations) | {"basic-error"}, {}
    while wanted:
        name = wanted.pop()
        schemas[name] = plain(components["schemas"][name])
        wanted |= referenced(schemas[name]) - schemas.keys()
    result = {"operations": operations, "components": {"schemas": dict(sorted(schemas.items()))}}
    RESULT.write_text(json.dumps(result, separators=(",", ":"), sort_keys=True) + "\n")
    print(f"{len(operations)} operations, {len(schemas)} schemas, {RESULT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
