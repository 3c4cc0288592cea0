"""Pages of any origin may call the API, as they may GitHub's: the dashboard watches runs in this way."""

from flask import Flask

from embedded.github.store import Document
from tests.unit.embedded.github.doubles import Api

SITE = "/repos/alice/site"
ORIGIN = {"Origin": "https://alice.pages.example"}


def test_answers__may_be_read_by_any_page_with_the_headers_that_it_needs(app: Flask, repo: Document) -> None:
    reply = app.test_client().get(f"/api/v3{SITE}", headers=ORIGIN)
    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (200, "*")
    readable = reply.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After", "ETag"} <= set(readable)


def test_refusals__may_be_read_too(app: Flask) -> None:
    reply = app.test_client().get("/api/v3/repos/alice/nothing", headers=ORIGIN)
    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (404, "*")


def test_preflight__is_answered_before_anything_else(app: Flask) -> None:
    asks = {**ORIGIN, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    reply = app.test_client().options("/api/v3/repos/alice/nothing", headers=asks)
    assert (reply.status_code, reply.data) == (204, b"")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in reply.headers["Access-Control-Allow-Headers"]
    assert "GET" in reply.headers["Access-Control-Allow-Methods"].split(", ")


def test_web_pages__are_not_readable_by_others(app: Flask, repo: Document) -> None:
    assert "Access-Control-Allow-Origin" not in app.test_client().get("/alice/site", headers=ORIGIN).headers


def test_used_requests__are_counted_by_hour(app: Flask, repo: Document) -> None:
    hours = app.extensions["requests by hour and token"]
    hours.clear()
    hours[0] = {"": 4999}  # long ago
    reply = Api(app, None)("GET", SITE)
    assert reply.headers["X-RateLimit-Used"] == "1"
    assert 0 not in hours
