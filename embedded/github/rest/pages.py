"""The Pages site of a repository, and its deployments, as actions/deploy-pages uses them."""

import json
import re
from typing import Any

from flask import Response, jsonify

from embedded.github import deployments
from embedded.github.access import github, require
from embedded.github.core import full_name
from embedded.github.errors import ApiError, Conflict, Invalid, found
from embedded.github.rest.routes import Routes, json_body
from embedded.github.shapes.repositories import api_address
from embedded.github.store import Document
from embedded.github.times import timestamp
from embedded.pages.app import DOMAINS

route = Routes("pages", "/pages", "pages")
DOMAIN = re.compile(r"[a-z0-9.-]{1,253}(:[0-9]{1,5})?", re.IGNORECASE)  # the embedded one has a port
BUILD_TYPES = ("legacy", "workflow")


def page_address(repo: Document) -> str:
    """Return where the site is served: below its own domain, or below that of its owner's site."""
    owner, name = repo["owner"], repo["name"]
    for site, path in ((full_name(repo), ""), (f"{owner}/{owner}.github.io", f"{name}/")):
        pages = github().store.get("pages", site) or {}
        if cname := pages.get("cname"):
            return f"{'https' if pages.get('https_enforced') else 'http'}://{cname}/{path}"
    return f"{github().pages_url}/{full_name(repo)}/"


def shape(repo: Document, pages: Document) -> dict[str, Any]:
    """Return a site."""
    is_live = bool(pages.get("live_sha"))
    site = github().store.data / "pages" / repo["owner"] / repo["name"]
    return {
        "url": f"{api_address(github(), repo)}/pages",
        "status": "built" if is_live else None,
        "cname": pages.get("cname"),
        "custom_404": (site / "404.html").is_file(),
        "html_url": page_address(repo),
        "build_type": pages["build_type"],
        "source": {"branch": repo["default_branch"], "path": "/"},
        "public": True,
        "https_enforced": bool(pages.get("https_enforced")),
    }


def existing_pages(repo: Document) -> Document:
    """Return the site's document. Raises NotFound when Pages is off."""
    return found(github().store.get("pages", full_name(repo)))


@route("GET ")
def show_pages(repo: Document) -> Response:
    """repos/get-pages"""
    return jsonify(shape(repo, existing_pages(repo)))


@route("POST ")
def create_pages(repo: Document) -> tuple[Response, int]:
    """repos/create-pages-site"""
    require(repo, "administration", "write")  # besides that for Pages
    build_type = wanted_build_type(json_body())
    if repo["private"]:  # every account here has the free plan
        raise Invalid("Your current plan does not support GitHub Pages for this repository.")
    if github().git(repo).is_empty():
        raise Invalid(f"The {repo['default_branch']} branch must exist before GitHub Pages can be built.")
    if github().store.get("pages", full_name(repo)) is not None:
        raise Conflict("GitHub Pages is already enabled.")
    pages = {"build_type": build_type, "enabled_at": timestamp(), "live_sha": None}
    github().store.put("pages", full_name(repo), pages)
    return jsonify(shape(repo, pages)), 201


def wanted_build_type(body: dict[str, Any]) -> str:
    """Return how the site is to be built. Raises Invalid and ApiError."""
    if "build_type" not in body and "source" not in body:
        raise Invalid.missing("source")
    build_type = body.get("build_type") or "legacy"
    if build_type not in BUILD_TYPES:
        raise Invalid(f"Invalid request.\n\n{build_type} is not a member of {list(BUILD_TYPES)}.")
    if build_type == "legacy":
        raise ApiError(400, 'The embedded GitHub builds Pages with workflows only. Send {"build_type": "workflow"}.')
    return str(build_type)


@route("PUT ")
def update_pages(repo: Document) -> tuple[str, int]:
    """repos/update-information-about-pages-site"""
    require(repo, "administration", "write")  # besides that for Pages
    pages, body = existing_pages(repo), json_body()
    if "build_type" in body:
        pages = {**pages, "build_type": wanted_build_type(body)}
    if "cname" in body:
        pages = {**pages, "cname": wanted_domain(body["cname"]), "https_enforced": False}
    if body.get("https_enforced") and pages.get("cname"):
        raise ApiError(404, "The certificate does not exist yet")  # for a new domain, it takes up to a day
    github().store.put("pages", full_name(repo), pages)
    write_domains()
    return "", 204


def wanted_domain(cname: object) -> str | None:
    """Return a domain in small letters, None to remove it. Raises Invalid."""
    if cname is None or cname == "":
        return None
    if not isinstance(cname, str) or not DOMAIN.fullmatch(cname):
        raise Invalid(f"The custom domain `{cname}` is not properly formatted. See https://docs.github.com/pages")
    return cname.lower()


def write_domains() -> None:
    """Tell the server of the pages which domain is of which repository ("owner/name"), or of all of an owner's."""
    core, domains = github(), dict[str, str]()
    for repo in core.store.find("repo"):
        owner, name = str(repo["owner"]), str(repo["name"])
        if cname := (core.store.get("pages", full_name(repo)) or {}).get("cname"):
            domains[cname] = owner if name.lower() == f"{owner}.github.io".lower() else f"{owner}/{name}"
    (core.store.data / "pages").mkdir(exist_ok=True)
    (core.store.data / "pages" / DOMAINS).write_text(json.dumps(domains))


@route("DELETE ")
def delete_pages(repo: Document) -> tuple[str, int]:
    """repos/delete-pages-site"""
    require(repo, "administration", "write")  # besides that for Pages
    existing_pages(repo)
    github().store.delete("pages", full_name(repo))
    write_domains()
    deployments.unpublish(github().store.data / "pages" / repo["owner"] / repo["name"])
    return "", 204


@route("POST /deployments")
def create_deployment(repo: Document) -> Response:
    """repos/create-pages-deployment, whose id is the commit"""
    commit = deployments.deploy(github(), repo, json_body())["sha"]
    status_url = f"{api_address(github(), repo)}/pages/deployments/{commit}"
    return jsonify({"id": commit, "status_url": status_url, "page_url": page_address(repo)})


@route("GET /deployments/<wanted>")
def show_deployment(repo: Document, wanted: str) -> Response:
    """repos/get-pages-deployment"""
    return jsonify({"status": deployments.find_deployment(github(), repo, wanted)["status"]})


@route("POST /deployments/<wanted>/cancel")
def cancel_deployment(repo: Document, wanted: str) -> tuple[str, int]:
    """repos/cancel-pages-deployment"""
    deployments.cancel(github(), deployments.find_deployment(github(), repo, wanted))
    return "", 204
