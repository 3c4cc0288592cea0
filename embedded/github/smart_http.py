"""git over HTTP: clone, fetch and push, through git's own http-backend."""

import logging
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from embedded.faults.texts import WRONG_PASSWORD
from embedded.github.access import caller, github, is_allowed
from embedded.github.bare_git import CLEAN_ENVIRONMENT, GIT
from embedded.github.core import full_name
from embedded.github.errors import BadCredentials
from embedded.github.pushes import refs_changed
from embedded.github.renames import now_called
from embedded.github.store import Document
from embedded.github.tokens import Caller, may_see

blueprint = Blueprint("smart_http", __name__)
SERVICES = {"git-upload-pack": "read", "git-receive-pack": "write"}
HOOKS = Path(__file__).parent / "hooks"
CHUNK = 64 * 1024
IN_MEMORY = 1024 * 1024
SETTINGS = {
    "safe.directory": "*",
    "http.receivepack": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "uploadpack.allowFilter": "true",
    "receive.denyDeleteCurrent": "refuse",
    "receive.fsckObjects": "true",
    "gc.auto": "0",
    "receive.autogc": "false",
}
log = logging.getLogger(__name__)


class Refusal(Exception):
    """git shows the text to its user."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status

    def answer(self) -> Response:
        """Return the reply; 401 makes git ask for a token."""
        response = Response(f"{self}\n", self.status, mimetype="text/plain")
        if self.status == 401:
            response.headers["WWW-Authenticate"] = 'Basic realm="GitHub"'
        return response


@blueprint.get("/<owner>/<name>/info/refs")
def advertise(owner: str, name: str) -> ResponseReturnValue:
    """Tell which refs there are. Only the smart protocol is spoken, as on GitHub."""
    service = request.args.get("service", "")
    return serve(owner, name, service, "info/refs")


@blueprint.post("/<owner>/<name>/<any('git-upload-pack', 'git-receive-pack'):service>")
def exchange(owner: str, name: str, service: str) -> ResponseReturnValue:
    """Send or receive objects."""
    return serve(owner, name, service, service)


def serve(owner: str, name: str, service: str, path: str) -> ResponseReturnValue:
    """Check the caller and let git do the work; an old name leads to the new one."""
    if moved := now_called(github(), f"{owner}/{name.removesuffix('.git')}"):
        return redirect(f"/{full_name(moved)}.git/{path}?{request.query_string.decode()}", 301)
    try:
        repo, who = authorized(owner, name.removesuffix(".git"), service)
    except Refusal as refusal:
        return refusal.answer()
    if path != "git-receive-pack":
        return run_backend(repo, who, path)
    with github().push_locks[full_name(repo).lower()]:
        before = github().git(repo).refs()
        response = run_backend(repo, who, path)
        after = github().git(repo).refs()
        tell(repo, before, after, who)
    return response


def authorized(owner: str, name: str, service: str) -> tuple[Document, Caller]:
    """Return the repository and who asks. Raises Refusal."""
    if service not in SERVICES:
        raise Refusal(403, "Please upgrade your git client. GitHub supports only the smart protocol.")
    try:
        who = caller()
    except BadCredentials:
        raise Refusal(401, WRONG_PASSWORD) from None
    repo = github().repository(f"{owner}/{name}")
    if repo is None or not may_see(github().store, who, repo):
        raise Refusal(401 if who.login is None else 404, "Repository not found.")
    if repo.get("archived") and service == "git-receive-pack":
        raise Refusal(403, "This repository was archived so it is read-only.")
    if is_allowed(repo, "contents", SERVICES[service]):
        return repo, who
    if who.login is None:
        raise Refusal(401, "Authentication required.")
    raise Refusal(403, f"Permission to {full_name(repo)}.git denied to {who.login}.")


def tell(repo: Document, before: dict[str, str], after: dict[str, str], who: Caller) -> None:
    """Tell what follows from a push; the objects are in, so whatever fails here is no reason to fail the push."""
    try:
        refs_changed(github(), repo, before, after, who)
    except Exception:
        log.exception("A push to %s was received, but its events failed.", full_name(repo))


def run_backend(repo: Document, who: Caller, path: str) -> Response:
    """Run git http-backend on the request and stream what it says."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as body:
        length = spool_request(body)
        body.rollover()  # a process needs a real file
        backend = subprocess.Popen(
            [GIT, "http-backend"],
            stdin=body.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=backend_environment(repo, who, path, length),
        )
    output = backend.stdout
    assert output is not None  # noqa: S101 - asked for with PIPE
    status, headers = read_headers(output)
    if path == "git-receive-pack":
        answer = output.read()  # the push must be over before anyone is told
        end(backend)
        return Response(answer, status, headers)
    return Response(chunks_of(backend, output), status, headers)


def chunks_of(backend: subprocess.Popen[bytes], output: IO[bytes]) -> Iterator[bytes]:
    """Yield what the backend says, and end it also when the client goes away in the middle."""
    try:
        yield from iter(partial(output.read, CHUNK), b"")
    finally:
        end(backend)


def spool_request(body: IO[bytes]) -> int:
    """Keep the request's body, however it was sent, and return its length."""
    while chunk := request.stream.read(CHUNK):
        body.write(chunk)
    length = body.tell()
    body.seek(0)
    return length


def backend_environment(repo: Document, who: Caller, path: str, length: int) -> dict[str, str]:
    """Return everything that the backend knows: nothing of this program's own environment."""
    directory = github().repository_path(repo)
    settings = {**SETTINGS, "core.hooksPath": str(HOOKS)}
    numbered = list(enumerate(settings.items()))
    return {
        **CLEAN_ENVIRONMENT,
        "GIT_PROJECT_ROOT": str(directory.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{directory.name}/{path}",
        "REMOTE_USER": who.login or "",
        "REMOTE_ADDR": "127.0.0.1",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query_string.decode("ascii", "replace"),
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(length),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "PAGEWRIGHT_TOKEN_KIND": "GitHub App" if who.kind in {"run", "app"} else "Personal Access Token",
        # Without the patience that runs get: no job has a workflows permission.
        "PAGEWRIGHT_WORKFLOWS": "write" if who.kind != "run" and who.has("workflows", "write") else "",
        "PAGEWRIGHT_PROTECTED": repo.get("protected_branch") or "",
        "PAGEWRIGHT_LARGEST_FILE": str(github().largest_file),
        "GIT_CONFIG_COUNT": str(len(settings)),
        **{f"GIT_CONFIG_KEY_{number}": key for number, (key, _) in numbered},
        **{f"GIT_CONFIG_VALUE_{number}": value for number, (_, value) in numbered},
    }


def read_headers(output: IO[bytes]) -> tuple[int, list[tuple[str, str]]]:
    """Read the CGI headers that come before the body."""
    status, headers = 200, []
    for line in iter(output.readline, b""):
        name, _, value = line.decode("latin-1").strip().partition(":")
        if not name:
            break
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers.append((name, value.strip()))
    return status, headers


def end(backend: subprocess.Popen[bytes]) -> None:
    """Leave no process behind, also when the client went away in the middle."""
    if backend.stdout:
        backend.stdout.close()
    backend.kill()
    backend.wait()
