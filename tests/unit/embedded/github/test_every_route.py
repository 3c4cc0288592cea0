"""Each operation that GitHub describes and the embedded GitHub has is asked for once, and answered as described."""

import base64
import re
from typing import Any

from nacl.public import PublicKey, SealedBox

from tests.github_openapi.conformity import DESCRIPTION
from tests.unit.embedded.github.world import World

ORDER = ("POST", "PUT", "PATCH", "GET", "DELETE")  # what is made is shown, then deleted: the repository last
OF_AN_APP = re.compile(r" /app\b|/installation")  # test_apps.py asks for these: an App signs its requests
NAMES = {
    "orgs": "lab",
    "users": "bob",
    "runs": "7",
    "jobs": "7",
    "check-runs": "7",
    "issues": "1",
    "attempts": "1",
    "artifacts": "1",
    "secrets": "KEY",
    "variables": "MODEL",
    "workflows": "build.yml",
    "branches": "main",
    "commits": "main",
    "contents": "new.txt",
    "matching-refs": "heads",
    "ref": "heads/main",
    "refs": "heads/new",
    "trees": "main",
    "zipball": "main",
}


def path_of(route: str, sha: str, blob: str) -> str:
    """Fill in what a route leaves open: the names of what there is."""
    names = {**NAMES, "deployments": sha, "blobs": blob} | ({"commits": sha} if "/git/commits" in route else {})
    filled: list[str] = []
    for part in (
        route.replace("/repos/{}/{}", "/repos/alice/site").replace("artifacts/{}/{}", "artifacts/{}/zip").split("/")
    ):
        filled.append(names[filled[-1]] if part == "{}" else part)
    return "/".join(filled)


def bodies(world: World, key: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return what must be sent, by the end of the operation."""
    sealed = SealedBox(PublicKey(base64.b64decode(key["key"]))).encrypt(b"value")
    deployment = {"artifact_id": 1, "pages_build_version": world.sha, "oidc_token": "alice/site|github-pages"}
    tree = [{"path": "a.txt", "mode": "100644", "type": "blob", "content": "a"}]
    return {
        "POST /orgs/{}/repos": {"name": "fresh"},
        "POST /user/repos": {"name": "fresh"},
        "/actions/variables": {"name": "MODEL", "value": "m"},
        "/workflows/{}/dispatches": {"ref": "main", "inputs": {"mandatory-parameter": "x"}},
        "POST /repos/{}/{}/dispatches": {"event_type": "build"},
        "/git/blobs": {"content": "x"},
        "/git/commits": {"message": "More", "tree": world.alice("GET", "/repos/alice/site/git/trees/main").json["sha"]},
        "/git/refs": {"ref": "refs/heads/new", "sha": world.sha},
        "/git/trees": {"tree": tree},
        "/pages": {"build_type": "workflow"},
        "/pages/deployments": deployment,
        "/actions/secrets/{}": {"encrypted_value": base64.b64encode(sealed).decode(), "key_id": key["key_id"]},
        "/contents/{}": {"message": "New", "content": base64.b64encode(b"new").decode()},
        "/issues": {"title": "Something is wrong"},
        "/issues/{}": {"state": "closed"},
        "/actions/permissions": {"enabled": True},
        "/topics": {"names": ["page"]},
        "/actions/variables/{}": {"value": "m2"},
        "/git/refs/{}": {"sha": world.sha, "force": True},
        "PATCH /repos/{}/{}": {"homepage": ""},
    }


def test_every_route__answers_as_github_describes_it(world: World) -> None:
    world.github.deployment_seconds = 60
    blob = world.alice("POST", "/repos/alice/site/git/blobs", {"content": "b"}).json["sha"]
    wanted = bodies(world, world.alice("GET", "/repos/alice/site/actions/secrets/public-key").json)
    refused: dict[str, str] = {}
    asked = [each for each in DESCRIPTION["operations"] if not OF_AN_APP.search(each)]
    for operation in sorted(sorted(asked, reverse=True), key=order):
        method, _, route = operation.partition(" ")
        body = (
            max((end for end in wanted if operation.endswith(end)), key=len, default="") if method in ORDER[:3] else ""
        )
        if method == "POST":
            world.set("run", status="in_progress" if route.endswith("/runs/{}/cancel") else "completed")
        reply = world.alice(method, path_of(route, world.sha, blob), wanted.get(body))
        if reply.status_code >= 400:
            refused[operation] = reply.text
    assert refused == {}
    assert len(DESCRIPTION["operations"]) >= 74
    assert world.github.unknown_routes == []


def order(operation: str) -> tuple[int, str]:
    """Put what makes things first, and the longest paths first among what deletes them."""
    method, _, route = operation.partition(" ")
    return ORDER.index(method), "" if method == "DELETE" else route
