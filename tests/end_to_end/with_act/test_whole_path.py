"""From a POSTed task to a live page and a true callback, over HTTP, with real gunicorn, real act and real git."""

import secrets
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from embedded.system.system import System
from tests.embedded.senders import Sender, attachment, git, no_browser, record_of

pytestmark = pytest.mark.timeout(600)

BINARY = bytes(range(256)) * 40 + b"\r\n\x00\xff tail without a line end"
TABLE = b"\xef\xbb\xbfname;amount\r\n\xc3\x84pfel;3\r\n"
BRIEF = """Build something that no sample task is about: a register of lighthouses titled "Lighthouse Register".
Write nine files: index.html, lights.json, coast.csv, beam.svg, keeper.txt, about.md, style.css, app.js and map.html.
Use blob.bin and the table in my table.csv."""
NAMED = (
    *("index.html", "lights.json", "coast.csv", "beam.svg", "keeper.txt"),
    *("about.md", "style.css", "app.js", "map.html"),
)
ODD_NAMES = ("Screenshot 10:30.txt", "data?v=2.csv", 'say "<hi>"|*.txt', "aux.csv")  # that Windows has not
ECHOED = ("email", "task", "round", "nonce")


@dataclass(frozen=True)
class Built:
    """Two rounds of one task: what was sent, and what was called back."""

    first: dict[str, Any]
    build_id: str
    run_id: int
    asked: list[tuple[str, str, str]]
    second: dict[str, Any]
    first_callback: dict[str, Any]
    second_callback: dict[str, Any]


@pytest.fixture(scope="module")
def built(sender: Sender, system: System) -> Built:
    """One build with everything, and its second round."""
    first = sender.task(
        brief=BRIEF,
        checks=["Names at least one lighthouse", {"js": "document.title === 'Lighthouse Register'"}],
        attachments=[
            attachment("blob.bin", BINARY),
            attachment("my table.csv", TABLE, "@file/csv"),
            *(attachment(name, name.encode()) for name in ODD_NAMES),
        ],
    )
    system.github.asked.clear()
    build_id = sender.post(first)
    run_id = sender.follow(build_id).run["id"]
    asked = list(system.github.asked)
    second = {**first, "round": "2", "nonce": secrets.token_hex(12), "brief": "Add tides.json.", "attachments": []}
    with no_browser(system):
        second_callback = sender.build(second)
    [first_callback] = sender.callbacks.of(first["nonce"])
    return Built(first, build_id, run_id, asked, second, first_callback, second_callback)


def test_round_one__the_callback_names_its_task_and_local_addresses(built: Built, system: System) -> None:
    callback = built.first_callback
    assert {name: callback[name] for name in ECHOED} == {name: built.first[name] for name in ECHOED}
    assert set(callback) == {*ECHOED, "repo_url", "commit_sha", "pages_url"}
    assert callback["repo_url"].startswith(f"{system.addresses.web}/{system.owner}/")
    assert callback["pages_url"].startswith(f"{system.addresses.pages}/{system.owner}/")


def test_round_one__every_named_file_and_every_attachment_is_in_the_commit(
    built: Built, clone: Callable[[str], Path]
) -> None:
    folder = clone(built.first_callback["repo_url"])
    git("-C", str(folder), "checkout", "--quiet", built.first_callback["commit_sha"])
    assert [name for name in (*NAMED, "LICENSE", "README.md") if not (folder / name).is_file()] == []
    assert (folder / "blob.bin").read_bytes() == BINARY
    assert (folder / "my table.csv").read_bytes() == TABLE
    assert (folder / "LICENSE").read_text().startswith("MIT License")
    assert "<title>Lighthouse Register</title>" in (folder / "index.html").read_text()


def test_round_one__names_that_no_artifact_may_have_are_published(built: Built, sender: Sender) -> None:
    for name in ODD_NAMES:
        assert sender.get(built.first_callback["pages_url"] + quote(name)) == name.encode()


def test_round_two__is_one_commit_on_top_and_the_page_serves_it(
    built: Built, clone: Callable[[str], Path], sender: Sender
) -> None:
    callback = built.second_callback
    assert callback["round"] == "2", "it is copied back as it was sent"
    assert (callback["nonce"], callback["repo_url"]) == (built.second["nonce"], built.first_callback["repo_url"])
    folder = clone(callback["repo_url"])
    history = git("-C", str(folder), "rev-list", "--max-count=2", "HEAD").decode().split()
    assert history == [callback["commit_sha"], built.first_callback["commit_sha"]]
    assert sender.get(callback["pages_url"] + "pagewright-commit.txt").decode().strip() == callback["commit_sha"]
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    public = {path.as_posix(): body for path, body in files.items() if not path.parts[0].startswith(".")}
    assert {*NAMED, "tides.json", "blob.bin"} <= public.keys()
    assert [name for name, body in public.items() if sender.get(callback["pages_url"] + quote(name)) != body] == []
    assert b"Revision 2" in public["index.html"]
    assert public["blob.bin"] == BINARY


def test_nobody_can_read_who_asked(built: Built, system: System, sender: Sender) -> None:
    """Email, nonce and secret are in no log, summary, artifact, page, answer or git object of either repository."""
    private = [built.first["email"], built.first["nonce"], built.second["nonce"], system.secret]
    places = dict(kept_by_github(system.data.path))
    for repository in (system.data.path / "repositories").rglob("*.git"):
        places |= {f"{repository.name} {sha}": body for sha, body in git_objects(repository)}
    for path in ("actions/runs", "actions/artifacts", "commits"):
        url = f"{system.addresses.api}/repos/{system.runner}/{path}"
        places[url] = sender.get(url)
    assert len(places) > 12
    assert [
        (place, n) for place, body in places.items() for n, text in enumerate(private) if text.encode() in body
    ] == []


def kept_by_github(data: Path) -> Iterator[tuple[str, bytes]]:
    """Yield logs, summaries, pages and artifacts, the latter unpacked."""
    files = [path for folder in ("runs", "artifacts", "pages") for path in (data / folder).rglob("*") if path.is_file()]
    for path in files:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{path} {name}", archive.read(name)) for name in archive.namelist())
        else:
            yield str(path), path.read_bytes()


def git_objects(repository: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every object, as one piece for each repository: the batch holds them all, uncompressed."""
    yield "all", git("--git-dir", str(repository), "cat-file", "--batch-all-objects", "--batch", "--buffer")


def test_the_live_page_is_checked_after_the_callback_and_is_what_its_files_were(built: Built, system: System) -> None:
    jobs = {job["name"]: job for job in system.store.find("job", run_id=built.run_id)}
    assert [job["conclusion"] for job in jobs.values()] == ["success"] * 3
    before = record_of(system.store, built.run_id, f"record-{built.build_id}-1")
    assert before.is_delivered
    assert before.contract
    assert before.live is None
    record = record_of(system.store, built.run_id, f"record-{built.build_id}-1-live")
    assert record.live
    assert record.live.differences == []
    assert record.live.compared == len([a for a in before.contract.assertions if a.state != "unclear"]) > 5
    summary = (system.data.path / "runs" / str(built.run_id) / "1" / "summary.md").read_text()
    verdicts = [line for line in summary.splitlines() if line.startswith("## ")]
    assert [verdict[:6] for verdict in verdicts] == ["## ✓ T", "## ✓ L", "## ✓ T"]
    assert jobs["Check the live page"]["permissions"] == {"actions": "read", "contents": "read"}


def test_a_build_asks_little_of_github(built: Built) -> None:
    """GitHub allows 80 writes a minute and 500 an hour for a token; a push over git is none.

    The deployment is made and followed by deploy-pages, with the token of the target repository's own run. The homepage
    is changed only where the page has another address than pages have on github.com, as here.
    """
    pushes = [path for _, method, path in built.asked if method == "POST" and path.endswith("/git-receive-pack")]
    calls = [(method, path) for _, method, path in built.asked if path.startswith("/api/")]
    writes = [call for call in calls if call[0] != "GET" and not call[1].endswith("/pages/deployments")]
    writes = [call for call in writes if call[0] != "PATCH"]
    reads = [call for call in calls if call[0] == "GET" and "/pages/deployments/" not in call[1]]
    assert len(pushes) <= 1, pushes
    assert len(writes) <= 4, writes
    assert len(reads) <= 15, "\n".join(map(str, reads))
