"""Pages over the API: the site, its deployments, and what is served in the end."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from embedded.github.core import GitHub
from embedded.github.store import Document, Store
from embedded.github.tokens import create_token
from embedded.pages.app import create_app as create_pages
from tests.unit.embedded.github.doubles import Api, Reply

SITE = "/repos/alice/site/pages"
GOOD = "alice/site|github-pages"


def pack(files: dict[str, bytes], link: str | None = None) -> bytes:
    """Return what upload-pages-artifact makes: a zip with one tar."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        if link:
            info = tarfile.TarInfo("./link")
            info.type, info.linkname = tarfile.SYMTYPE, link
            tar.addfile(info)
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("artifact.tar", inner.getvalue())
    return outer.getvalue()


class Site:
    """alice/site with Pages on: makes artifacts and commits, and deploys them."""

    def __init__(self, api: Api, github: GitHub, repo: Document) -> None:
        self.api, self.github, self.repo = api, github, repo
        self.head = str(github.git(repo).resolve("main"))

    def upload(self, content: bytes) -> int:
        store = self.github.store
        number = store.next_id("artifact")
        path = store.data / f"{number}.zip"
        path.write_bytes(content)
        artifact = {"id": number, "run_id": 1, "repo": "alice/site", "name": "github-pages", "path": str(path)}
        store.put("artifact", str(number), {**artifact, "finalized": True})
        return number

    def deploy(self, content: bytes, sha: str | None = None, token: str = GOOD) -> Reply:
        body = {"artifact_id": self.upload(content), "pages_build_version": sha or self.head, "oidc_token": token}
        return self.api("POST", f"{SITE}/deployments", body)

    def status(self, wanted: object) -> str:
        return str(self.api("GET", f"{SITE}/deployments/{wanted}").json["status"])

    def commit(self) -> str:
        git = self.github.git(self.repo)
        person = git.commit(self.head).author
        self.head = git.write_commit(git.commit(self.head).tree, [self.head], "Empty", person, person)
        return self.head


@pytest.fixture
def site(api: Api, github: GitHub, repo: Document) -> Site:
    api("POST", SITE, {"build_type": "workflow"})
    return Site(api, github, repo)


@pytest.fixture
def client(github: GitHub) -> FlaskClient:
    """A browser for the published pages."""
    return create_pages(github.store.data / "pages").test_client()


def test_pages__are_off_then_on_then_off(api: Api, github: GitHub, repo: Document) -> None:
    assert api("GET", SITE).status_code == 404
    made = api("POST", SITE, {"build_type": "workflow"})
    assert (made.status_code, made.json["html_url"]) == (201, "http://localhost:2/alice/site/")
    assert api("POST", SITE, {"build_type": "workflow"}).status_code == 409
    assert api("GET", "/repos/alice/site").json["has_pages"] is True
    github.store.put("pages", "alice/site", {**(github.store.get("pages", "alice/site") or {}), "build_type": "legacy"})
    assert api("GET", SITE).json["build_type"] == "legacy"
    assert api("PUT", SITE, {"build_type": "workflow"}).status_code == 204
    assert api("GET", SITE).json["build_type"] == "workflow"
    assert api("DELETE", SITE).status_code == 204
    assert api("GET", SITE).status_code == 404


def test_pages__need_a_commit_first(api: Api, empty_repo: Document) -> None:
    assert api("POST", "/repos/alice/empty/pages", {"build_type": "workflow"}).status_code == 422


def test_pages__need_two_permissions(app: Flask, store: Store, repo: Document) -> None:
    for permissions in ({"pages": "write"}, {"administration": "write"}):
        some = Api(app, create_token(store, "alice", permissions))
        assert some("POST", SITE, {"build_type": "workflow"}).status_code == 403


def test_deployment__publishes_the_artifact(site: Site, client: FlaskClient) -> None:
    reply = site.deploy(pack({"index.html": b"<h1>Hi</h1>", "a/data.csv": b"1,2"}))
    assert site.status(reply.json["id"]) == site.status(site.head) == "succeed"
    assert client.get("/alice/site/").data == b"<h1>Hi</h1>"
    assert client.get("/alice/site/a/data.csv").headers["Content-Type"] == "text/csv; charset=utf-8"
    assert site.api("GET", SITE).json["status"] == "built"


def test_deployment__is_in_progress_at_first(site: Site, client: FlaskClient, github: GitHub) -> None:
    github.deployment_seconds = 60
    number = site.deploy(pack({"index.html": b"x"})).json["id"]
    assert site.status(number) == "deployment_in_progress"
    assert client.get("/alice/site/").status_code == 404


def test_deployment__of_the_same_commit_is_dropped_silently(site: Site, client: FlaskClient) -> None:
    first = site.deploy(pack({"index.html": b"old"})).json["id"]
    assert site.status(first) == "succeed"
    second = site.deploy(pack({"index.html": b"new"}))
    assert (second.status_code, site.status(second.json["id"])) == (200, "succeed")
    assert client.get("/alice/site/").data == b"old"


def test_deployment__of_a_new_commit_replaces_everything(site: Site, client: FlaskClient) -> None:
    site.status(site.deploy(pack({"index.html": b"old", "old.txt": b"x"})).json["id"])
    site.commit()
    site.status(site.deploy(pack({"index.html": b"new"})).json["id"])
    assert client.get("/alice/site/").data == b"new"
    assert client.get("/alice/site/old.txt").status_code == 404


def test_deployment__cancelled_burns_the_commit(site: Site, github: GitHub) -> None:
    github.deployment_seconds = 60
    number = site.deploy(pack({"index.html": b"x"})).json["id"]
    assert site.api("POST", f"{SITE}/deployments/{number}/cancel").status_code == 204
    assert site.status(number) == "deployment_cancelled"
    assert site.api("POST", f"{SITE}/deployments/{number}/cancel").status_code == 404
    assert site.deploy(pack({"index.html": b"x"})).status_code == 400
    site.commit()
    assert site.deploy(pack({"index.html": b"x"})).status_code == 200


def test_deployment__another_one_in_progress_is_in_the_way_until_it_is_cancelled(site: Site, github: GitHub) -> None:
    github.deployment_fate = lambda repo, sha: "updating_pages" if sha == stuck else "succeed"
    stuck = site.head
    assert site.status(site.deploy(pack({"index.html": b"x"})).json["id"]) == "updating_pages"
    fresh = site.commit()
    refused = site.deploy(pack({"index.html": b"x"}))
    assert (refused.status_code, refused.json["message"]) == (
        400,
        f"Deployment request failed for {fresh} due to in progress deployment. "
        f"Please cancel {stuck} first or wait for it to complete.",
    )
    assert site.api("POST", f"{SITE}/deployments/{stuck}/cancel").status_code == 204
    assert site.status(site.deploy(pack({"index.html": b"x"})).json["id"]) == "succeed"


def test_deployment__that_failed_may_be_tried_again(site: Site, github: GitHub, client: FlaskClient) -> None:
    fates = iter(["deployment_failed", "succeed"])
    github.deployment_fate = lambda repo, sha: next(fates)
    assert site.status(site.deploy(pack({"index.html": b"x"})).json["id"]) == "deployment_failed"
    assert client.get("/alice/site/").status_code == 404
    assert site.status(site.deploy(pack({"index.html": b"x"})).json["id"]) == "succeed"


def test_deployment__refuses_links_and_what_is_no_archive(site: Site, tmp_path: Path) -> None:
    for content in (pack({"index.html": b"x"}, link="/etc/passwd"), b"no zip"):
        site.commit()
        assert site.status(site.deploy(content).json["id"]) == "deployment_content_failed"


def test_deployment__cannot_leave_the_site(site: Site, client: FlaskClient, github: GitHub) -> None:
    site.status(site.deploy(pack({"../../../../outside.txt": b"x"})).json["id"])
    assert not list(github.store.data.parent.rglob("outside.txt"))


@pytest.mark.parametrize("token", ["", "made up", "alice/other|github-pages", "alice/site|"])
def test_deployment__needs_the_token_of_a_run_of_this_repository(site: Site, token: str) -> None:
    assert site.deploy(pack({}), token=token).status_code in {400, 422}


def test_deployment__of_no_commit_or_with_pages_off_is_404(site: Site) -> None:
    assert site.deploy(pack({}), sha="1" * 40).status_code == 404
    site.api("DELETE", SITE)
    assert site.deploy(pack({})).status_code == 404


def test_deployment__needs_pages_write(site: Site, app: Flask, store: Store) -> None:
    reader = Api(app, create_token(store, "alice", {"pages": "read"}))
    assert reader("POST", f"{SITE}/deployments", {}).status_code == 403
    assert reader("GET", f"{SITE}/deployments/{site.head}").status_code == 404


def test_a_domain_of_ones_own__is_the_address_of_the_page_without_https_at_first(
    api: Api, github: GitHub, repo: Document
) -> None:
    api("POST", f"{SITE}", {"build_type": "workflow"})
    assert api("PUT", f"{SITE}", {"cname": "Pages.example.org"}).status_code == 204
    page = api("GET", f"{SITE}").json
    shown = {name: page[name] for name in ("cname", "html_url", "https_enforced")}
    assert shown == {"cname": "pages.example.org", "html_url": "http://pages.example.org/", "https_enforced": False}
    refused = api("PUT", f"{SITE}", {"https_enforced": True})
    assert (refused.status_code, refused.json["message"]) == (404, "The certificate does not exist yet")
    assert api("PUT", f"{SITE}", {"cname": "no domain/"}).status_code == 422
    assert api("PUT", f"{SITE}", {"cname": None}).status_code == 204
    assert api("GET", f"{SITE}").json["html_url"].startswith(github.pages_url)


def test_a_domain_of_the_owners_site__is_that_of_all_their_pages(api: Api, store: Store, repo: Document) -> None:
    store.put("pages", "alice/alice.github.io", {"cname": "alice.example", "https_enforced": True})
    made = api("POST", f"{SITE}", {"build_type": "workflow"}).json
    assert (made["cname"], made["html_url"]) == (None, "https://alice.example/site/")


def test_a_private_repository__has_no_pages_on_the_free_plan(site: Site) -> None:
    assert site.api("PATCH", "/repos/alice/site", {"private": True}).status_code == 200
    assert site.api("GET", SITE).status_code == 404
    assert site.deploy(pack({"index.html": b"x"})).status_code == 404
    refused = site.api("POST", SITE, {"build_type": "workflow"})
    assert (refused.status_code, refused.json["message"]) == (
        422,
        "Your current plan does not support GitHub Pages for this repository.",
    )
