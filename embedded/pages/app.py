"""Serves published sites under /<owner>/<name>/, with the headers of the real Pages; nothing outside them, no links.

At the root is the list of what is published, which the real Pages does not have.
"""

import json
import mimetypes
from pathlib import Path

from flask import Flask, Response, redirect, request
from werkzeug.http import http_date, is_resource_modified
from werkzeug.wrappers import Response as AnyResponse

from embedded.pages.listing import published_sites
from evaluator.server import landing_page

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".htm": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "application/javascript; charset=utf-8",
    ".mjs": "application/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".xml": "application/xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/vnd.microsoft.icon",
}
DOMAINS = ".domains.json"  # in the root; no owner's name begins with a dot
NOT_FOUND = "<!doctype html><title>404</title><h1>404</h1><p>There isn't a GitHub Pages site here.</p>"


def create_app(root: Path) -> Flask:
    """Make the application; `root` holds <owner>/<name> directories."""
    app = Flask(__name__, static_folder=None)

    @app.get("/")
    def show_all() -> AnyResponse:
        if request.host in domains_of(root):
            return serve("")
        return landing_page("pages", {"sites": published_sites(root)})

    @app.get("/<path:path>")
    def serve(path: str) -> AnyResponse:
        domains = domains_of(root)
        if place := domains.get(request.host):
            path = f"{place}/{path}"
        owner, _, rest = path.partition("/")
        name, slash, inside = rest.partition("/")
        site = find_site(root, owner, name)
        if site is None:
            return html(NOT_FOUND.encode(), 404)
        if not place and (own := address_on_its_domain(domains, owner, name, inside)):
            return redirect(own, 301)
        if not slash:
            return redirect(f"{request.path}/", 301)
        return answer(site, inside)

    return app


def domains_of(root: Path) -> dict[str, str]:
    """Return the custom domains, and whose site each one shows: "owner/name", or "owner" for all of an owner's."""
    try:
        return dict(json.loads((root / DOMAINS).read_text()))
    except (OSError, ValueError):
        return {}


def address_on_its_domain(domains: dict[str, str], owner: str, name: str, inside: str) -> str:
    """Return where a site with a domain is; its old address leads there. "" for one without."""
    for domain, place in domains.items():
        if place in {f"{owner}/{name}", owner}:
            return f"http://{domain}/{f'{name}/' if place == owner else ''}{inside}"
    return ""


def find_site(root: Path, owner: str, name: str) -> Path | None:
    """Return the real directory of a site. The only link that is followed is our own, which switches versions."""
    if not owner or not name or owner.startswith(".") or name.startswith("."):
        return None
    site = root / owner / name
    return site.resolve() if site.is_dir() else None


def answer(site: Path, inside: str) -> AnyResponse:
    """Answer with a file, the index of a directory, or the site's own 404 page."""
    found = find_file(site, inside)
    if found is None and inside and not inside.endswith("/") and find_file(site, f"{inside}/"):
        return redirect(f"{request.path}/", 301)
    if found is None and inside and not inside.endswith("/"):
        found = find_file(site, f"{inside}.html")
    if found is not None:
        return file_response(found, 200)
    own = find_file(site, "404.html")
    return file_response(own, 404) if own else html(NOT_FOUND.encode(), 404)


def find_file(site: Path, inside: str) -> Path | None:
    """Return the file that a path names: a regular file in the site, reached through no link."""
    parts = inside.split("/")
    if parts[-1] == "":
        parts[-1] = "index.html"
    if any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in parts):
        return None
    path = site.joinpath(*parts)
    try:
        is_plain = path.resolve() == path and path.is_file()
    except OSError:
        return None
    return path if is_plain else None


def file_response(path: Path, status: int) -> Response:
    """Answer with the bytes of a file, or with 304 when the client has them."""
    stat = path.stat()
    response = Response(path.read_bytes(), status)
    response.headers["Content-Type"] = content_type(path)
    response.headers["Cache-Control"] = "max-age=600"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Last-Modified"] = http_date(stat.st_mtime)
    response.set_etag(f"{stat.st_mtime_ns:x}-{stat.st_size:x}")
    if status == 200 and not is_resource_modified(request.environ, etag=response.get_etag()[0], data=None):
        response.status_code = 304
        response.set_data(b"")
    return response


def content_type(path: Path) -> str:
    """Return the media type that the name suggests."""
    guessed, _ = mimetypes.guess_type(path.name)
    return TYPES.get(path.suffix.lower()) or guessed or "application/octet-stream"


def html(content: bytes, status: int) -> Response:
    """Answer with a page of our own."""
    return Response(content, status, mimetype="text/html")
