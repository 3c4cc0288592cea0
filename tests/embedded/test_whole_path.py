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
    """Two rounds of one task, and two more tasks that were sent with the second; what was sent, and called back."""

    first: dict[str, Any]
    build_id: str
    run_id: int
    asked: list[tuple[str, str, str]]
    second: dict[str, Any]
    twice: dict[str, Any]
    build_ids_of_twice: tuple[str, str]
    refused: dict[str, Any]
    large: dict[str, Any]
    content: bytes
    callbacks: dict[str, list[dict[str, Any]]]

    def called_back(self, task: dict[str, Any]) -> list[dict[str, Any]]:
        return self.callbacks[task["nonce"]]

    @property
    def first_callback(self) -> dict[str, Any]:
        return self.called_back(self.first)[0]

    @property
    def second_callback(self) -> dict[str, Any]:
        return self.called_back(self.second)[0]


@pytest.fixture(scope="module")
def built(sender: Sender, system: System) -> Built:
    """One build with everything; then five for four runners, and the receiver is killed right after its last 200."""
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
    content = secrets.token_bytes(15 * 1024 * 1024)
    twice, refused = (sender.task(brief=f"Write {name}.json.") for name in ("twice", "refused"))
    large = sender.task(brief="Write large.json.", attachments=[attachment("large.bin", content)])
    sender.callbacks.answers[refused["nonce"]] = [503, 400]
    with no_browser(system):
        build_ids = sender.post(twice), sender.post(twice, "/api-endpoint")
        for task in (second, refused, large):
            sender.post(task)
        system.receiver.kill()
        counts = ((first, 1), (second, 1), (twice, 2), (refused, 3), (large, 1))
        callbacks = {task["nonce"]: sender.callbacks.wait(task["nonce"], count) for task, count in counts}
    system.revive_receiver()
    system.receiver.wait_until_ready()
    return Built(first, build_id, run_id, asked, second, twice, build_ids, refused, large, content, callbacks)


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


def test_tasks_at_once_all_finish(built: Built, sender: Sender) -> None:
    files = {"tides": built.second, "twice": built.twice, "refused": built.refused, "large": built.large}
    callbacks = {name: built.called_back(task)[0] for name, task in files.items()}
    assert len({callback["repo_url"] for callback in callbacks.values()}) == 4
    for name, callback in callbacks.items():
        assert sender.get(callback["pages_url"] + f"{name}.json")
        assert sender.get(callback["pages_url"] + "pagewright-commit.txt").decode().strip() == callback["commit_sha"]


def test_the_same_request_twice_builds_once_and_calls_back_twice(built: Built, clone: Callable[[str], Path]) -> None:
    first, second = built.build_ids_of_twice
    assert first == second
    callbacks = built.called_back(built.twice)
    assert callbacks[0] == callbacks[1]
    history = git(
        "-C", str(clone(callbacks[0]["repo_url"])), "log", "--format=%(trailers:key=Pagewright-Build,valueonly)"
    )
    assert history.decode().split() == [first]


def test_fifteen_megabytes_arrive_byte_for_byte__and_kill_9_after_the_200_loses_nothing(
    built: Built, sender: Sender
) -> None:
    [callback] = built.called_back(built.large)
    assert sender.get(callback["pages_url"] + "large.bin") == built.content


def test_a_callback_that_is_refused_is_sent_again(built: Built) -> None:
    bodies = built.called_back(built.refused)
    assert bodies[0] == bodies[1] == bodies[2]


def test_the_publishing_job_that_runs_again_alone_has_the_files_of_the_first_attempt(
    built: Built, sender: Sender, system: System
) -> None:
    build_id = built.build_ids_of_twice[0]
    run = next(run for run in system.store.find("run", repo=system.runner) if f"build {build_id} " in run["run_name"])
    [publish] = system.store.find("job", run_id=run["id"], job_key="publish")
    url = f"{system.addresses.api}/repos/{system.runner}/actions/jobs/{publish['id']}/rerun"
    with no_browser(system):
        answer = sender.session.post(
            url, headers={"Authorization": f"Bearer {system.credentials.receiver_token}"}, timeout=10
        )
        assert answer.status_code == 201
        ended = system.actions.wait(run["id"], 120) or {}
    assert (ended["conclusion"], ended["run_attempt"]) == ("success", run["run_attempt"] + 1)
    first = record_of(system.store, run["id"], f"record-{build_id}-{run['run_attempt']}")
    record = record_of(system.store, run["id"], f"record-{build_id}-{ended['run_attempt']}")
    assert record.generation, "it came with the bundle"
    assert record.generation == first.generation
    assert (record.contract, record.failures) == (first.contract, [])
    assert record.publication
    assert not record.publication.is_fallback
    assert record.publication.commit_sha == built.called_back(built.twice)[0]["commit_sha"]
