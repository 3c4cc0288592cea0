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
from tests.embedded.senders import Sender, attachment, git

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

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
    second: dict[str, Any]
    first_callback: dict[str, Any]
    second_callback: dict[str, Any]


@pytest.fixture
def without_browser(system: System) -> Iterator[None]:
    """What is tested here is the way of a task; the browser has tests of its own, and takes most of a build's time."""
    before = system.store.get("variable", system.runner) or {}
    system.store.put("variable", system.runner, {**before, "MAX_CANDIDATES": "0"})
    yield
    system.store.put("variable", system.runner, before)


@pytest.fixture(scope="module")
def built(sender: Sender) -> Built:
    first = sender.task(
        brief=BRIEF,
        checks=["Names at least one lighthouse", {"js": "document.title === 'Lighthouse Register'"}],
        attachments=[
            attachment("blob.bin", BINARY),
            attachment("my table.csv", TABLE, "@file/csv"),
            *(attachment(name, name.encode()) for name in ODD_NAMES),
        ],
    )
    first_callback = sender.build(first)
    second = {**first, "round": "2", "nonce": secrets.token_hex(12), "brief": "Add tides.json.", "attachments": []}
    return Built(first, second, first_callback, sender.build(second))


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


@pytest.mark.usefixtures("without_browser")
def test_the_same_request_twice_builds_once_and_calls_back_twice(
    sender: Sender, clone: Callable[[str], Path], system: System
) -> None:
    task = sender.task()
    first, second = sender.post(task), sender.post(task, "/api-endpoint")
    assert first == second
    callbacks = sender.callbacks.wait(task["nonce"], count=2)
    assert callbacks[0] == callbacks[1]
    history = git(
        "-C", str(clone(callbacks[0]["repo_url"])), "log", "--format=%(trailers:key=Pagewright-Build,valueonly)"
    )
    assert history.decode().split() == [first]


@pytest.mark.usefixtures("without_browser")
def test_eight_tasks_at_once_all_finish(sender: Sender) -> None:
    tasks = [sender.task(brief=f"Number {number}: write n{number}.json.") for number in range(8)]
    for task in tasks:
        sender.post(task)
    callbacks = [sender.callbacks.wait(task["nonce"])[0] for task in tasks]
    assert len({callback["repo_url"] for callback in callbacks}) == 8
    for number, callback in enumerate(callbacks):
        assert sender.get(callback["pages_url"] + f"n{number}.json")
        assert sender.get(callback["pages_url"] + "pagewright-commit.txt").decode().strip() == callback["commit_sha"]


@pytest.mark.usefixtures("without_browser")
def test_fifteen_megabytes_arrive_byte_for_byte__and_kill_9_after_the_200_loses_nothing(
    sender: Sender, system: System
) -> None:
    content = secrets.token_bytes(15 * 1024 * 1024)
    task = sender.task(attachments=[attachment("large.bin", content)])
    sender.post(task)
    system.receiver.kill()
    callback = sender.callbacks.wait(task["nonce"])[0]
    assert sender.get(callback["pages_url"] + "large.bin") == content
    system.revive_receiver()
    system.receiver.wait_until_ready()


@pytest.mark.usefixtures("without_browser")
def test_a_callback_that_is_refused_is_sent_again(sender: Sender) -> None:
    task = sender.task()
    sender.callbacks.answers[task["nonce"]] = [503, 400]
    sender.post(task)
    bodies = sender.callbacks.wait(task["nonce"], count=3)
    assert bodies[0] == bodies[1] == bodies[2]
