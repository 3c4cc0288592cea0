"""Reading files as GitHub lets them be read: large ones, links, and the commit that a name means."""

import base64
import io
import zipfile

import pytest

from embedded.github.core import GitHub
from embedded.github.rest import contents
from embedded.github.store import Document
from tests.unit.embedded.github.doubles import Api
from tests.unit.embedded.github.world import World

SITE = "/repos/alice/site"


def commit(github: GitHub, repo: Document, *changes: tuple[str, str, bytes]) -> str:
    """Commit files on main and return the commit."""
    git = github.git(repo)
    head = git.resolve("main")
    assert head
    entries = [(mode, path, git.write_blob(content)) for mode, path, content in changes]
    person = git.commit(head).author
    sha = git.write_commit(git.write_tree(head, entries), [head], "More", person, person)
    git.update_ref("refs/heads/main", sha)
    return sha


def test_a_file_above_one_megabyte_has_no_content_in_json_and_is_read_as_a_blob(
    api: Api, github: GitHub, repo: Document
) -> None:
    content = bytes(range(256)) * 4097
    commit(github, repo, ("100644", "large.bin", content), ("100644", "small.bin", content[: 1024 * 1024]))
    large = api("GET", f"{SITE}/contents/large.bin").json
    assert (large["content"], large["encoding"], large["size"]) == ("", "none", len(content))
    assert base64.b64decode(api("GET", f"{SITE}/git/blobs/{large['sha']}").json["content"]) == content
    assert api("GET", f"{SITE}/contents/small.bin").json["encoding"] == "base64"


def test_a_file_above_githubs_limit_is_403(
    api: Api, github: GitHub, repo: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "LARGEST_FILE", 10)  # instead of 100 MB
    commit(github, repo, ("100644", "huge.bin", b"x" * 11))
    reply = api("GET", f"{SITE}/contents/huge.bin")
    assert (reply.status_code, reply.json["errors"][0]["code"]) == (403, "too_large")


def test_a_link_shows_the_file_that_it_leads_to__else_itself(api: Api, github: GitHub, repo: Document) -> None:
    links = {
        "a/ok": b"../README.md",
        "out": b"../../etc/passwd",
        "abs": b"/etc/passwd",
        "to-link": b"out",
        "gone": b"x",
    }
    commit(github, repo, *(("120000", path, target) for path, target in links.items()))
    found = api("GET", f"{SITE}/contents/a/ok").json
    assert (found["type"], found["path"]) == ("file", "a/ok")
    assert base64.b64decode(found["content"]).startswith(b"# site")
    for path in ("out", "abs", "to-link", "gone"):
        link = api("GET", f"{SITE}/contents/{path}").json
        assert (link["type"], link["target"]) == ("symlink", links[path].decode())


def test_a_ref_becomes_a_commit_id_when_only_that_is_wanted(api: Api, github: GitHub, repo: Document) -> None:
    sha = commit(github, repo, ("100644", "x", b"x"))
    only_id = {"Accept": "application/vnd.github.sha"}
    for ref in ("HEAD", "main", "heads/main", sha):
        reply = api.client.get(f"/api/v3{SITE}/commits/{ref}", headers=only_id)
        assert (reply.text, reply.mimetype) == (sha, "application/vnd.github.sha")
    assert api("GET", f"{SITE}/commits/no-such-branch").status_code == 422
    assert api("GET", f"{SITE}/commits/HEAD").json["sha"] == sha


def test_a_zip_of_a_commit__is_at_an_address_that_needs_no_token(world: World) -> None:
    there = world.alice("GET", f"{SITE}/zipball/{world.sha}")
    assert there.status_code == 302
    zipped = world.outside(there.headers["Location"])
    names = zipfile.ZipFile(io.BytesIO(zipped.data)).namelist()
    assert names
    assert all(name.startswith(f"alice-site-{world.sha[:7]}/") for name in names)
    assert world.outside(world.alice("GET", f"{SITE}/zipball/nowhere").headers["Location"]).status_code == 404
