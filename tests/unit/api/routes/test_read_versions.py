"""GET /projects/<id>/versions, one version, its zip and its files."""

from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.test import Client

from api.projects import File, Folder
from api.version_replies import VersionFile, VersionSummary
from tests.unit.api.doubles import TIP, ScriptedHistory, ScriptedProjects

SHA = "d" * 40


@pytest.fixture(autouse=True)
def two_versions(history: ScriptedHistory) -> None:
    for sha, parents in ((TIP, ["a" * 40]), ("a" * 40, [])):
        history.versions.append(
            VersionSummary(
                sha=sha,
                parents=parents,
                committed_at=datetime(2026, 11, 28, tzinfo=UTC),
                subject="Round 1",
                build_id=None,
                task_key=None,
                url=f"https://github.example/owner/site/commit/{sha}",
            )
        )
    history.files = [VersionFile(path="a.txt", kind="file", size=3, sha=SHA)]
    history.archive = b"PK" * 100_000


@pytest.mark.parametrize("project", ["site", "owner/site", "OWNER/site"])
def test_versions_are_listed_in_pages(client: Client, owner: Any, project: str) -> None:
    first: Any = client.get(f"/projects/{project}/versions?limit=1", headers=owner).json
    assert first["project"] == "owner/site"
    assert [each["sha"] for each in first["versions"]] == [TIP]
    assert first["next"].endswith("/versions?limit=1&page=2")
    second: Any = client.get(f"/projects/{project}/versions?limit=1&page=2", headers=owner).json
    assert (second["versions"][0]["sha"], second["next"]) == ("a" * 40, None)


def test_a_version_has_its_files_and_a_zip(client: Client, owner: Any, history: ScriptedHistory) -> None:
    reply: Any = client.get(f"/projects/site/versions/{TIP}", headers=owner).json
    assert reply["files"] == [{"path": "a.txt", "kind": "file", "size": 3, "sha": SHA}]
    assert reply["zip_url"] == f"http://localhost/projects/owner/site/versions/{TIP}.zip"
    zipped = client.get(f"/projects/site/versions/{TIP}.zip", headers=owner)
    assert zipped.data == history.archive
    assert zipped.headers["Content-Disposition"].endswith(f"site-{TIP[:7]}.zip")
    zipped.close()
    assert history.sent == 1


@pytest.mark.parametrize(
    ("content", "content_type", "kind"),
    [
        (b"<script>alert(1)</script>", "text/plain; charset=utf-8", "inline"),
        (b"\x89PNG\0", "application/octet-stream", "attachment"),
    ],
)
def test_a_file_is_sent_as_it_is__and_no_browser_runs_it(
    client: Client, projects: ScriptedProjects, owner: Any, content: bytes, content_type: str, kind: str
) -> None:
    projects.found["sub/index.html"] = File(SHA, len(content), content)
    reply = client.get(f"/projects/owner/site/versions/{TIP}/files/sub/index.html", headers=owner)
    assert (reply.data, reply.content_type) == (content, content_type)
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert reply.headers["Content-Disposition"] == f"{kind}; filename*=UTF-8''index.html"
    assert projects.reads == [("owner/site", "sub/index.html", TIP)]


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("elsewhere/versions", 404, "no-such-project"),
        ("other/site/versions", 422, "invalid-request"),
        ("runner/versions", 422, "invalid-request"),
        ("site/versions?page=0", 422, "invalid-query"),
        ("site/versions/main", 404, "no-such-ref"),
        (f"site/versions/{'9' * 40}", 404, "no-such-ref"),
        (f"site/versions/{'9' * 40}.zip", 404, "no-such-ref"),
        (f"site/versions/{TIP}/files/none.txt", 404, "no-such-file"),
        (f"site/versions/{TIP}/files/folder", 404, "no-such-file"),
        (f"site/versions/{TIP}/files/large", 413, "file-too-large"),
        (f"site/versions/{TIP}/files/a/.git/config", 422, "invalid-request"),
        (f"site/versions/{TIP}/files/a%5Cb", 422, "invalid-request"),
    ],
)
def test_what_is_not_there_is_explained(
    client: Client, projects: ScriptedProjects, owner: Any, path: str, status: int, error: str
) -> None:
    projects.found |= {"folder": Folder(["a"]), "large": File(SHA, 6_000_000, None)}
    reply: Any = client.get(f"/projects/{path}", headers=owner)
    assert (reply.status_code, reply.json["error"]) == (status, error)


@pytest.mark.parametrize("rest", ["", f"/{TIP}", f"/{TIP}.zip", f"/{TIP}/files/a"])
def test_without_a_key_it_is_401(client: Client, rest: str) -> None:
    assert client.get(f"/projects/site/versions{rest}").status_code == 401
