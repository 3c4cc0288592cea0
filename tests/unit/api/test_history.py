"""Commits and zips of projects against GitHub's wire: what a zip may hold, its size, how it can break."""

import io
import stat
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from responses import matchers

from api.versions import MOST_IN_ZIP, ZIPS_AT_ONCE, History
from receiver.connection import Connection
from receiver.errors import Problem
from tests.unit.api.doubles import Clock

API = "https://api.github.com"
SITE = f"{API}:443/repos/owner/site"
STORE = "https://codeload.example.net/owner/site/legacy.zip"
SHA = "c" * 40
MESSAGE = f"Round 1\n\nWords\n\nPagewright-Build: {'b' * 20}\nPagewright-Task: {'a' * 20}\nPagewright-Round: 1\n"


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def history() -> History:
    return History(Connection("made-up", API, 3))


def commit(**more: Any) -> dict[str, Any]:
    about = {"message": MESSAGE, "committer": {"date": "2026-11-28T12:00:00Z"}, "tree": {"sha": "e" * 40}}
    parents = [{"sha": "a" * 40}]
    return {"sha": SHA, "html_url": "https://github.example/c", "parents": parents, "commit": about, **about, **more}


def zipped(files: dict[str, bytes], links: tuple[str, ...] = ()) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("owner-site-ccccccc/", b"")
        for name, content in files.items():
            file.writestr(f"owner-site-ccccccc/{name}", content)
        for name in links:
            link = zipfile.ZipInfo(f"owner-site-ccccccc/{name}")
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            file.writestr(link, b"../../etc/passwd")
    return archive.getvalue()


def damaged() -> bytes:
    """Return a zip whose bytes zipfile's decompressor for LZMA does not understand."""
    name, archive = "owner-site-ccccccc/a", io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_LZMA) as file:
        file.writestr(name, b"0123456789" * 500)
    body = bytearray(archive.getvalue())
    start = 30 + len(name) + 9  # behind the entry's header, its name and LZMA's own settings
    body[start : start + 20] = b"\xff" * 20
    return bytes(body)


def expect_zip(github: responses.RequestsMock, body: bytes, status: int = 200) -> None:
    github.get(f"{SITE}/zipball/{SHA}", status=302, headers={"Location": STORE})
    github.get(STORE, body=body, status=status)


def test_commits_are_listed_with_what_their_trailers_say(github: responses.RequestsMock, history: History) -> None:
    github.get(
        f"{SITE}/commits",
        json=[commit()],
        headers={"Link": '<https://api.github.com/x?page=2>; rel="next"'},
        match=[matchers.query_param_matcher({"per_page": "1", "page": "1"})],
    )
    [found], has_more = history.commits("owner/site", 1, 1)
    assert (found.subject, found.build_id, found.task_key) == ("Round 1", "b" * 20, "a" * 20)
    assert (found.parents, has_more) == (["a" * 40], True)
    github.replace(responses.GET, f"{SITE}/commits", status=409, json={"message": "Git Repository is empty."})
    assert history.commits("owner/site", 1, 1) == ([], False)


def test_a_commit_has_files_links_and_submodules_but_no_folders(
    github: responses.RequestsMock, history: History
) -> None:
    entries = [("a.txt", "100644", "blob", 3), ("sub", "040000", "tree", None), ("l", "120000", "blob", 1)]
    tree = [
        {"path": path, "mode": mode, "type": kind, "sha": "d" * 40, **({"size": size} if size else {})}
        for path, mode, kind, size in [*entries, ("m", "160000", "commit", None)]
    ]
    github.get(f"{SITE}/git/commits/{SHA}", json=commit())
    github.get(f"{SITE}/git/trees/{'e' * 40}", json={"tree": tree, "truncated": True})
    about, files, is_cut = history.commit("owner/site", SHA)
    assert (about.sha, is_cut) == (SHA, True)
    assert [(file.path, file.kind, file.size) for file in files] == [
        ("a.txt", "file", 3),
        ("l", "link", 1),
        ("m", "submodule", None),
    ]


def test_a_zip_has_the_regular_files_below_one_folder(github: responses.RequestsMock, history: History) -> None:
    hostile = {"../up": b"x", "a/../../up": b"x", "C:\\x": b"x", "a\\b": b"x", "a//b": b"x", "new\nline": b"x"}
    expect_zip(github, zipped({"index.html": b"<h1>", "ä/grün.txt": b"1" * 300_000, **hostile}, links=("link",)))
    with history.zipped("owner/site", SHA) as made, zipfile.ZipFile(made) as archive:
        assert archive.namelist() == ["site-ccccccc/index.html", "site-ccccccc/ä/grün.txt"]
        assert archive.read("site-ccccccc/ä/grün.txt") == b"1" * 300_000
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o644}


def test_a_zip_that_is_too_large_is_413(
    github: responses.RequestsMock, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.versions.LARGEST_ZIP", 100_000)
    expect_zip(github, zipped({"bomb": b"0" * 10_000_000}))  # small while it is packed
    expect_status(history, 413)
    github.replace(responses.GET, STORE, body=b"x" * 200_000)
    expect_status(history, 413)
    github.replace(responses.GET, STORE, body=zipped({f"{n}": b"" for n in range(MOST_IN_ZIP)}))
    monkeypatch.undo()
    expect_status(history, 413)


@pytest.mark.parametrize(
    "body",
    [b"", b"PK", zipped({"a": b"1" * 1000})[:90], zipped({"a": b"1"})[:-30], damaged()],
    ids=["nothing", "its first bytes", "without contents", "without an end", "damaged"],
)
def test_a_zip_that_is_cut_off_is_503(github: responses.RequestsMock, history: History, body: bytes) -> None:
    expect_zip(github, body)
    expect_status(history, 503)


def test_a_storage_that_drips_is_left__and_only_two_zips_are_made_at_once(github: responses.RequestsMock) -> None:
    clock = Clock()

    def later() -> float:
        clock.now += 40
        return clock.now

    history = History(Connection("made-up", API, 3), later)
    expect_zip(github, b"x" * 200_000)
    expect_status(history, 503)
    patient = History(Connection("made-up", API, 3))
    github.replace(responses.GET, STORE, body=zipped({"a": b"1"}))
    for _ in range(ZIPS_AT_ONCE):
        assert patient._places.acquire(blocking=False)
    expect_status(patient, 503, "no-room")
    patient._places.release()
    with patient.zipped("owner/site", SHA), patient.zipped("owner/site", SHA):
        pass  # who still receives one takes no place


def expect_status(history: History, status: int, error: str = "") -> None:
    with pytest.raises(Problem) as raised, history.zipped("owner/site", SHA):
        pass
    assert raised.value.status == status
    assert error in {"", raised.value.reply.error}
