"""Issues over the API."""

from flask import Flask

from embedded.github.store import Document, Store
from embedded.github.tokens import create_token
from tests.unit.embedded.github.doubles import Api

ISSUES = "/repos/alice/site/issues"


def test_issues__are_opened_listed_and_closed(api: Api, repo: Document) -> None:
    made = api("POST", ISSUES, {"title": "A token expires", "body": "Soon."})
    assert (made.status_code, made.json["number"], made.json["state"]) == (201, 1, "open")
    assert api("POST", ISSUES, {"title": "Another"}).json["number"] == 2
    assert [issue["number"] for issue in api("GET", ISSUES).json] == [2, 1]
    assert api("PATCH", f"{ISSUES}/1", {"state": "closed"}).json["state"] == "closed"
    assert [issue["number"] for issue in api("GET", ISSUES).json] == [2]
    assert len(api("GET", f"{ISSUES}?state=all").json) == 2
    assert api("POST", ISSUES, {}).status_code == 422
    assert api("PATCH", f"{ISSUES}/1", {"state": "gone"}).status_code == 422
    assert api("PATCH", f"{ISSUES}/9", {"state": "closed"}).status_code == 404


def test_issues__need_a_permission_of_their_own(app: Flask, store: Store, repo: Document) -> None:
    writer = Api(app, create_token(store, "alice", {"contents": "write"}))
    assert writer("POST", ISSUES, {"title": "x"}).status_code == 403
