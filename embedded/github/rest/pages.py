"""The Pages site of a repository."""

from typing import Any

from flask import Blueprint, Response, jsonify

from embedded.github.access import github, repository, require
from embedded.github.core import full_name
from embedded.github.deployments import unpublish
from embedded.github.errors import ApiError, Conflict, Invalid, NotFound
from embedded.github.rest.body import json_body
from embedded.github.shapes.repositories import api_address
from embedded.github.store import Document
from embedded.github.times import timestamp

blueprint = Blueprint("pages", __name__, url_prefix="/api/v3/repos/<owner>/<name>/pages")
BUILD_TYPES = ("legacy", "workflow")


def page_address(repo: Document) -> str:
    """Return where the site is served."""
    return f"{github().pages_url}/{full_name(repo)}/"


def shape(repo: Document, pages: Document) -> dict[str, Any]:
    """Return a site."""
    is_live = bool(pages.get("live_sha"))
    site = github().store.data / "pages" / repo["owner"] / repo["name"]
    return {
        "url": f"{api_address(github(), repo)}/pages",
        "status": "built" if is_live else None,
        "cname": None,
        "custom_404": (site / "404.html").is_file(),
        "html_url": page_address(repo),
        "build_type": pages["build_type"],
        "source": {"branch": repo["default_branch"], "path": "/"},
        "public": True,
        "https_enforced": False,
    }


def existing_pages(repo: Document) -> Document:
    """Return the site's document. Raises NotFound when Pages is off."""
    pages = github().store.get("pages", full_name(repo))
    if pages is None:
        raise NotFound
    return pages


@blueprint.get("")
def show_pages(owner: str, name: str) -> Response:
    """repos/get-pages"""
    repo = repository(owner, name, "pages", "read")
    return jsonify(shape(repo, existing_pages(repo)))


@blueprint.post("")
def create_pages(owner: str, name: str) -> tuple[Response, int]:
    """repos/create-pages-site"""
    repo = administered_repository(owner, name)
    build_type = wanted_build_type(json_body())
    if github().git(repo).is_empty():
        raise Invalid(f"The {repo['default_branch']} branch must exist before GitHub Pages can be built.")
    if github().store.get("pages", full_name(repo)) is not None:
        raise Conflict("GitHub Pages is already enabled.")
    pages = {"build_type": build_type, "enabled_at": timestamp(), "live_sha": None}
    github().store.put("pages", full_name(repo), pages)
    return jsonify(shape(repo, pages)), 201


def administered_repository(owner: str, name: str) -> Document:
    """Return the repository; Pages settings need two permissions. Raises ApiError."""
    repo = repository(owner, name, "pages", "write")
    require(repo, "administration", "write")
    return repo


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


@blueprint.put("")
def update_pages(owner: str, name: str) -> tuple[str, int]:
    """repos/update-information-about-pages-site"""
    repo = administered_repository(owner, name)
    existing_pages(repo)
    body = json_body()
    if "build_type" in body:
        wanted_build_type(body)
    return "", 204


@blueprint.delete("")
def delete_pages(owner: str, name: str) -> tuple[str, int]:
    """repos/delete-pages-site"""
    repo = administered_repository(owner, name)
    existing_pages(repo)
    github().store.delete("pages", full_name(repo))
    unpublish(github().store.data / "pages" / repo["owner"] / repo["name"])
    return "", 204
