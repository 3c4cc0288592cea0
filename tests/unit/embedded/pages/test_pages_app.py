"""Serving published sites: types, indexes, the 404 page, and nothing outside a site."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from embedded.pages.app import DOMAINS, create_app


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """A browser; alice/site is a link to a version, as deployments make it."""
    root = tmp_path / "pages"
    version = root / "alice" / ".site" / "v1"
    (version / "docs").mkdir(parents=True)
    (root / "alice" / "site").symlink_to(".site/v1")
    files = {
        "index.html": "<h1>Home</h1>",
        "docs/index.html": "<h1>Docs</h1>",
        "about.html": "about",
        "app.js": "1",
        "data.json": "{}",
        "404.html": "own 404",
        "odd name é.txt": "odd",
        "plain": "x",
    }
    for name, text in files.items():
        (version / name).write_text(text)
    (tmp_path / "outside.txt").write_text("outside")
    (version / "link.txt").symlink_to(tmp_path / "outside.txt")
    (version / "linked").symlink_to(tmp_path)
    return create_app(root).test_client()


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("", "text/html; charset=utf-8"),
        ("docs/", "text/html; charset=utf-8"),
        ("about", "text/html; charset=utf-8"),
        ("app.js", "application/javascript; charset=utf-8"),
        ("data.json", "application/json; charset=utf-8"),
        ("odd%20name%20%C3%A9.txt", "text/plain; charset=utf-8"),
        ("plain", "application/octet-stream"),
    ],
)
def test_file__is_served_with_its_type_and_may_be_cached(client: FlaskClient, path: str, media_type: str) -> None:
    reply = client.get(f"/alice/site/{path}?cb=1")
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, media_type)
    assert reply.headers["Cache-Control"] == "max-age=600"


@pytest.mark.parametrize(
    ("path", "there"), [("/alice/site", "/alice/site/"), ("/alice/site/docs", "/alice/site/docs/")]
)
def test_directory__without_slash_redirects(client: FlaskClient, path: str, there: str) -> None:
    reply = client.get(path)
    assert (reply.status_code, reply.headers["Location"]) == (301, there)


@pytest.mark.parametrize(
    "path",
    [
        "nope.txt",
        "link.txt",
        "linked/outside.txt",
        "../../../outside.txt",
        "..%2f..%2foutside.txt",
        "docs//index.html",
        "%2e%2e/%2e%2e/outside.txt",
        "..\\outside.txt",
        "a%00b",
    ],
)
def test_what_is_not_in_the_site__is_answered_with_its_own_404(client: FlaskClient, path: str) -> None:
    reply = client.get(f"/alice/site/{path}")
    assert reply.status_code == 404
    assert b"outside" not in reply.data


def test_own_404_page__is_used(client: FlaskClient) -> None:
    assert client.get("/alice/site/nope").data == b"own 404"


@pytest.mark.parametrize("path", ["/alice", "/alice/other/", "/alice/.site/v1/index.html", "/../site/"])
def test_what_is_no_site__is_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_unchanged_file__is_not_sent_again(client: FlaskClient) -> None:
    etag = client.get("/alice/site/").headers["ETag"]
    assert client.get("/alice/site/", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(("place", "below"), [("alice/site", ""), ("alice", "site/")])
def test_a_domain_of_ones_own__serves_the_page_and_the_old_address_leads_there(
    client: FlaskClient, tmp_path: Path, place: str, below: str
) -> None:
    (tmp_path / "pages" / DOMAINS).write_text(json.dumps({"pages.example": place}))
    at_home = {"base_url": "http://pages.example"}
    assert client.get(f"/{below}", **at_home).text == "<h1>Home</h1>"
    assert client.get(f"/{below}docs/", **at_home).text == "<h1>Docs</h1>"
    assert client.get("/nothing/", **at_home).status_code == 404
    led = client.get("/alice/site/docs/")
    assert (led.status_code, led.headers["Location"]) == (301, f"http://pages.example/{below}docs/")
    assert "pages.example" not in client.get("/bob/site/").headers.get("Location", "")
