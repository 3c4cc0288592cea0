"""POST /file/read."""

import base64
from typing import Any

import pytest
from werkzeug.test import Client

from api.projects import File, Folder, Other
from tests.unit.api.doubles import ScriptedProjects

SHA = "d" * 40


def read(client: Client, owner: Any, path: str = "a.txt", project: str = "site", **more: Any) -> Any:
    return client.post("/file/read", json={"project_id": project, "file_path": path, **more}, headers=owner)


def test_text_is_text(client: Client, projects: ScriptedProjects, owner: Any) -> None:
    projects.found["sub/ünï.txt"] = File(SHA, 9, "\ufeffgrün\n".encode())
    reply = read(client, owner, "sub/ünï.txt", ref="v1").json
    assert reply == {
        "project": "owner/site",
        "file_path": "sub/ünï.txt",
        "ref": "v1",
        "exists": True,
        "content": "\ufeffgrün\n",
        "encoding": "utf-8",
        "size": 9,
        "sha": SHA,
        "entries": None,
        "error": None,
    }
    assert projects.reads == [("owner/site", "sub/ünï.txt", "v1")]


@pytest.mark.parametrize(
    ("folder", "path", "read_as"),
    [("sub", "a.txt", "sub/a.txt"), ("./sub/", "x/a.txt", "sub/x/a.txt"), ("sub", "", "sub"), (".", "a.txt", "a.txt")],
)
def test_a_path_begins_in_the_folder_that_is_named(
    client: Client, projects: ScriptedProjects, owner: Any, folder: str, path: str, read_as: str
) -> None:  # R20
    assert read(client, owner, path, working_dir=folder).json["file_path"] == read_as
    assert projects.reads == [("owner/site", read_as, None)]


@pytest.mark.parametrize("folder", ["..", "a/../..", "/etc", ".git"])
def test_a_folder_outside_is_refused(client: Client, projects: ScriptedProjects, owner: Any, folder: str) -> None:
    assert read(client, owner, working_dir=folder).status_code == 422
    assert projects.reads == []


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0", b"\xff\xfe", b"text with a \0"])
def test_what_is_no_text_is_base64(client: Client, projects: ScriptedProjects, owner: Any, content: bytes) -> None:
    projects.found["a.bin"] = File(SHA, len(content), content)
    reply = read(client, owner, "a.bin").json
    assert reply["encoding"] == "base64"
    assert base64.b64decode(reply["content"]) == content


def test_an_empty_file_is_empty_text(client: Client, projects: ScriptedProjects, owner: Any) -> None:
    projects.found["empty"] = File(SHA, 0, b"")
    reply = read(client, owner, "empty").json
    assert (reply["content"], reply["encoding"], reply["size"], reply["exists"]) == ("", "utf-8", 0, True)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (File(SHA, 6_000_000, None), "larger than the 5 MB"),
        (File(None, None, None), "larger than the 5 MB"),
        (Folder(["a.txt", "sub/"]), "a folder"),
        (Other("symlink", SHA), "a link"),
        (Other("submodule", SHA), "another repository"),
    ],
)
def test_what_is_there_and_has_no_content_says_why(
    client: Client, projects: ScriptedProjects, owner: Any, found: Any, words: str
) -> None:
    projects.found["thing"] = found
    reply = read(client, owner, "thing").json
    assert (reply["exists"], reply["content"]) == (True, None)
    assert words in reply["error"]
    assert reply["entries"] == (found.entries if isinstance(found, Folder) else None)


def test_a_missing_file_or_project_answers_exists_false(client: Client, owner: Any) -> None:
    for response, words in (
        (read(client, owner, "missing.txt"), "no file of this name in the newest commit"),
        (read(client, owner, "missing.txt", ref="v1"), "at v1"),
        (read(client, owner, project="nothing-here"), "no project owner/nothing-here"),
    ):
        assert response.status_code == 200
        assert response.json["exists"] is False
        assert words in response.json["error"]


@pytest.mark.parametrize(
    "path",
    [
        *("../secret", "a/../../b", "a/..", "..", "././a", "a/./b", "/etc/passwd", "a//b", "a//", "//", "../", "./.."),
        *("a\\b", "..\\b", "a\0b", "a\nb", ".git/config", "a/.GIT/x", "a\ud800", "x" * 1001),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(
    client: Client, projects: ScriptedProjects, owner: Any, path: str
) -> None:
    response = read(client, owner, path)
    assert response.status_code == 422
    assert [detail["field"] for detail in response.json["details"]] == ["file_path"]
    assert projects.reads == []


@pytest.mark.parametrize("project", ["somebody-else/site", "owner/runner", "runner", "../x", "a/b/c", ""])
def test_a_repository_that_can_be_no_project_is_refused(
    client: Client, projects: ScriptedProjects, owner: Any, project: str
) -> None:
    response = read(client, owner, project=project)
    assert response.status_code == 422
    assert projects.reads == []


@pytest.mark.parametrize("path", ["", ".", "/", "./"])
def test_the_root_is_listed_by_any_of_its_names(
    client: Client, projects: ScriptedProjects, owner: Any, path: str
) -> None:
    projects.found[""] = Folder(["README.md", "data/"])
    reply = read(client, owner, path).json
    assert (reply["exists"], reply["file_path"], reply["entries"]) == (True, "", ["README.md", "data/"])


@pytest.mark.parametrize(("path", "read_as"), [("data/", "data"), ("./index.html", "index.html"), ("./a/b/", "a/b")])
def test_a_path_is_read_as_git_has_it(
    client: Client, projects: ScriptedProjects, owner: Any, path: str, read_as: str
) -> None:
    assert read(client, owner, path).json["file_path"] == read_as
    assert projects.reads == [("owner/site", read_as, None)]


def test_a_short_commit_id_is_a_ref(client: Client, projects: ScriptedProjects, owner: Any) -> None:
    projects.commits["aaaaaaa"] = "a" * 40
    projects.found["a.txt"] = File(SHA, 1, b"1")
    reply = read(client, owner, ref="aaaaaaa").json
    assert (reply["ref"], reply["content"]) == ("aaaaaaa", "1")
    assert projects.reads == [("owner/site", "a.txt", "a" * 40)]


def test_a_short_commit_id_that_is_none_or_of_several__exists_false(
    client: Client, projects: ScriptedProjects, owner: Any
) -> None:
    reply = read(client, owner, ref="bbbbbbb").json
    assert reply["exists"] is False
    assert "begins with bbbbbbb" in reply["error"]
    assert projects.reads == []
