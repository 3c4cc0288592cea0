"""Issues of a repository: list, open, change."""

from typing import Any

from flask import Response, jsonify, request

from embedded.github.access import caller, github
from embedded.github.core import full_name
from embedded.github.errors import Invalid, found
from embedded.github.rest.routes import Routes, json_body, paged, text_of
from embedded.github.shapes.repositories import api_address, web_address
from embedded.github.shapes.users import node_id, simple_user
from embedded.github.store import Document
from embedded.github.times import timestamp

route = Routes("issues", "/issues", "issues")
STATES = ("open", "closed")
ADDRESSES = ("labels{/name}", "comments", "events", "timeline")


def issue(repo: Document, kept: Document) -> dict[str, Any]:
    """Return an issue."""
    url = f"{api_address(github(), repo)}/issues/{kept['number']}"
    reactions = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
    return {
        **{name: kept[name] for name in ("number", "title", "body", "state", "created_at", "updated_at", "closed_at")},
        "id": kept["number"],
        "node_id": node_id("Issue", kept["number"]),
        "url": url,
        "repository_url": api_address(github(), repo),
        "html_url": f"{web_address(github(), repo)}/issues/{kept['number']}",
        **{f"{address.partition('{')[0]}_url": f"{url}/{address}" for address in ADDRESSES},
        "user": simple_user(github(), kept["user"]),
        "state_reason": "completed" if kept["state"] == "closed" else None,
        "labels": [],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "active_lock_reason": None,
        "comments": 0,
        "author_association": "NONE",
        "reactions": {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(reactions, 0)},
        "performed_via_github_app": None,
    }


@route("GET ")
def list_issues(repo: Document) -> Response:
    """issues/list-for-repo"""
    wanted = request.args.get("state", "open")
    kept = [each for each in github().store.find("issue", repo=full_name(repo)) if wanted in ("all", each["state"])]
    return paged(kept[::-1], lambda each: issue(repo, each))


@route("POST ")
def create_issue(repo: Document) -> tuple[Response, int]:
    """issues/create"""
    body, now = json_body(), timestamp()
    kept = {
        "repo": full_name(repo),
        "number": github().store.next_id(f"issue of {full_name(repo)}"),
        "title": text_of(body, "title"),
        "body": body.get("body"),
        "state": "open",
        "user": str(caller().login),
        "created_at": now,
        "updated_at": now,
        "closed_at": None,
    }
    github().store.put("issue", f"{full_name(repo)} {kept['number']}", kept)
    return jsonify(issue(repo, kept)), 201


@route("PATCH /<int:number>")
def update_issue(repo: Document, number: int) -> Response:
    """issues/update"""
    key, body = f"{full_name(repo)} {number}", json_body()
    found(github().store.get("issue", key))
    if body.get("state", "open") not in STATES:
        raise Invalid(f"Invalid request.\n\n{body['state']} is not a member of {list(STATES)}.")
    with github().store.change("issue", key) as kept:
        kept.update({name: body[name] for name in ("title", "body", "state") if name in body}, updated_at=timestamp())
        kept["closed_at"] = timestamp() if kept["state"] == "closed" else None
    return jsonify(issue(repo, kept))
