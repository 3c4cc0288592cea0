"""Pages for people about repositories, files and commits."""

import base64

from embedded.github.store import Document
from tests.unit.embedded.github.doubles import Api


def write(api: Api, path: str, content: str) -> None:
    body = {"message": f"Write {path}\n\nbecause", "content": base64.b64encode(content.encode()).decode()}
    assert api("PUT", f"/repos/alice/site/contents/{path}", body).status_code == 201


def test_pages_about_code__answer_and_escape(api: Api, anonymous: Api, repo: Document) -> None:
    write(api, "docs/README.md", "# Notes\n\n<script>alert(1)</script> [x](javascript:alert(1))\n")
    write(api, "odd name & <b>.txt", "<script>alert(2)</script>")
    sha = api("GET", "/repos/alice/site/commits").json[0]["sha"]
    client = anonymous.client
    for path in (
        "/",
        "/alice",
        "/alice/site",
        "/alice/site/tree/main/docs",
        "/alice/site/blob/main/docs/README.md",
        "/alice/site/blob/main/odd name %26 <b>.txt",
        "/alice/site/commits",
        f"/alice/site/commit/{sha}",
        "/alice/site/actions",
    ):
        reply = client.get(path)
        assert reply.status_code == 200, path
        assert "<script" not in reply.text
        assert "<b>.txt" not in reply.text
        assert 'href="javascript' not in reply.text
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_repository_page__shows_readme_files_and_clone_address(anonymous: Api, repo: Document) -> None:
    text = anonymous.client.get("/alice/site").text
    assert "<h1>site</h1>" in text
    assert "README.md" in text
    assert "git clone http://localhost:1/alice/site.git" in text


def test_empty_repository__has_a_page(anonymous: Api, empty_repo: Document) -> None:
    assert "This repository is empty" in anonymous.client.get("/alice/empty").text


def test_raw_files__are_not_run_by_a_browser(api: Api, anonymous: Api, repo: Document) -> None:
    write(api, "index.html", "<script>alert(1)</script>")
    reply = anonymous.client.get("/alice/site/raw/main/index.html")
    assert reply.mimetype == "text/plain"
    assert "sandbox" in reply.headers["Content-Security-Policy"]


def test_missing_things__are_404(anonymous: Api, repo: Document) -> None:
    for path in (
        "/nobody",
        "/alice/nope",
        "/alice/site/blob/main/nope",
        "/alice/site/commit/1234567",
        "/alice/site/tree/x",
    ):
        assert anonymous.client.get(path).status_code == 404


def test_repository_page__leads_to_the_homepage_and_shows_the_topics(api: Api, anonymous: Api, repo: Document) -> None:
    api("PUT", "/repos/alice/site/topics", {"names": ["github-pages"]})
    api("PATCH", "/repos/alice/site", {"homepage": "http://localhost:2/alice/site/"})
    page = anonymous.client.get("/alice/site").text
    assert '<a href="http://localhost:2/alice/site/">' in page
    assert ">github-pages</span>" in page
    api("PATCH", "/repos/alice/site", {"homepage": "javascript:alert(1)"})
    assert 'href="javascript:' not in anonymous.client.get("/alice/site").text


def test_repository__homepage_is_a_text_and_in_the_reply_to_its_creation(api: Api) -> None:
    assert api("POST", "/user/repos", {"name": "x", "homepage": "https://e.example/"}).json["homepage"] == (
        "https://e.example/"
    )
    assert api("POST", "/user/repos", {"name": "y", "homepage": 7}).status_code == 422
