"""Repositories under their old names: the API and git lead to the new one, as long as nobody takes the old name."""

import shutil
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, jsonify, request

from embedded.github.access import github
from embedded.github.core import GitHub, full_name
from embedded.github.errors import DOCUMENTATION, Invalid
from embedded.github.store import Document, Store

API, BY_NUMBER = "/api/v3/repos/", "/api/v3/repositories/"
BY_KEY = ("pages", "secret", "variable")
BY_FIELD = ("run", "artifact", "deployment")


def rename(core: GitHub, repo: Document, name: str) -> Document:
    """Give a repository another name; its runs, settings and page go with it. Raises Invalid."""
    old, new = full_name(repo), f"{repo['owner']}/{name}"
    if core.repository(new):
        raise Invalid.field("Repository", "name", "name already exists on this account")
    renamed = {**repo, "name": name}
    shutil.move(core.repository_path(repo), core.repository_path(renamed))
    page = core.store.data / "pages" / repo["owner"]
    if (page / repo["name"]).exists():
        shutil.move(page / repo["name"], page / name)
    move_documents(core.store, old, new)
    core.store.delete("repo", old.lower())
    core.store.delete("moved", new.lower())
    core.store.put("repo", new.lower(), renamed)
    core.store.put("moved", old.lower(), {"id": repo["id"]})
    return renamed


def move_documents(store: Store, old: str, new: str) -> None:
    """Keep what belongs to a repository under its new name."""
    for kind in BY_KEY:
        if document := store.get(kind, old):
            store.delete(kind, old)
            store.put(kind, new, document)
    for kind in BY_FIELD:
        for document in store.find(kind, repo=old):
            store.put(kind, str(document["id"]), {**document, "repo": new})


def now_called(core: GitHub, name: str) -> Document | None:
    """Return the repository that was called "owner/name" once; None when no other name leads to one."""
    moved = core.store.get("moved", name.lower())
    if moved is None or core.repository(name):
        return None
    return next(iter(core.store.find("repo", id=moved["id"])), None)


def lead_to_new_name() -> tuple[Response, int] | None:
    """Answer a request of the API to an old name: 301 to reading ones, 307 to those that change something."""
    if not request.path.startswith(API):
        return None
    owner, _, rest = request.path.removeprefix(API).partition("/")
    name, slash, rest = rest.partition("/")
    if (repo := now_called(github(), f"{owner}/{name}")) is None:
        return None
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    url = f"{github().web_url}{BY_NUMBER}{repo['id']}{slash}{rest}{query}"
    response = jsonify({"message": "Moved Permanently", "url": url, "documentation_url": f"{DOCUMENTATION}#redirects"})
    response.headers["Location"] = url
    return response, 301 if request.method in {"GET", "HEAD"} else 307


def by_number(app: Flask) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Return a WSGI application in which /repositories/<id> is the repository that has this number."""
    inner = app.wsgi_app

    def serve(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        if path.startswith(BY_NUMBER):
            number, slash, rest = path.removeprefix(BY_NUMBER).partition("/")
            core: GitHub = app.extensions["github"]
            for repo in core.store.find("repo", id=int(number)) if number.isdecimal() else []:
                environ["PATH_INFO"] = f"{API}{full_name(repo)}{slash}{rest}"
        return inner(environ, start_response)

    return serve
