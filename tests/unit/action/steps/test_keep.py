"""What a command changed, and the files of other repositories, on their way to a build that publishes them."""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import responses

from action.console import Console
from action.errors import BundleInvalid, CannotExecute, UnreadableRequest
from action.execution.clone import Foreign
from action.execution.output import KeptOutput
from action.execution.run import Ended
from action.execution.workplace import Workplace
from action.github.api import RunnerApi
from action.steps import execute, revise
from receiver.task import BuildRequest, Execution, ExecutionResult, Keys
from receiver.task.project import key_of_brought
from receiver.task.upload import BroughtFile, Upload
from tests.unit.action.steps.test_execute import COMMIT, JOB, PAYLOAD

KEEP = {"task_key": key_of_brought("owner/site"), "round": 1}
ASKED = Execution.model_validate({**PAYLOAD, "keep": KEEP})


def kept_after(tmp_path: Path, change: Any) -> tuple[ExecutionResult, list[Upload]]:
    """Return the result of a command that changes files of a clone, and what it left."""
    place, left = Workplace(tmp_path, None), list[Upload]()

    @contextmanager
    def folder() -> Iterator[Workplace]:
        yield place

    def clone(project: str, ref: str | None, place: Workplace) -> str:
        for path, text in {
            "index.html": "one",
            "old.txt": "old",
            ".github/x.yml": "on: push",
            ".git/HEAD": "x",
        }.items():
            target = place.project / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return COMMIT

    def run(command: str, place: Workplace, seconds: float, working_dir: str) -> Ended:
        change(place.project)
        return Ended(0, KeptOutput(100), KeptOutput(100), 0.1, False, ())

    return execute.execute(ASKED, folder(), clone, run, Console(StringIO()), left.append), left


def test_changed_files_are_kept__what_cannot_be_published_is_left_out_and_told(tmp_path: Path) -> None:
    def change(project: Path) -> None:
        (project / "index.html").write_text("two")
        (project / "old.txt").unlink()
        (project / ".github/x.yml").unlink()
        (project / ".git/HEAD").write_text("changed")
        (project / "link").symlink_to("/etc/passwd")
        for path in ("new/a.txt", ".cache/x", "__pycache__/a.pyc", "node_modules/x/index.js"):
            (project / path).parent.mkdir(parents=True)
            (project / path).write_text("x")

    result, (upload,) = kept_after(tmp_path, change)
    assert upload.contents() == {"index.html": b"two", "new/a.txt": b"x"}
    assert (upload.remove, upload.base, upload.by) == (("old.txt",), COMMIT, f"command {JOB}")
    assert result.build_id == ASKED.build_id
    assert result.kept.startswith("Kept: 2 files, 1 removed; build ")
    assert "left out: .cache/x: names that begin with a dot" in result.kept


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda project: None, "no file has changed"),
        (lambda project: [(project / f"{n}.txt").write_text("x") for n in range(196)], "at most 195"),
        (lambda project: [(project / f"{n}").touch() for n in range(5_001)], "more than 5,000 files"),
        (
            lambda project: [(project / f"{n}.bin").write_bytes(bytes(4_900_000)) for n in range(5)],
            "the limit is 20,000",
        ),
    ],
)
def test_nothing_is_kept__and_the_command_still_has_its_result(tmp_path: Path, change: Any, words: str) -> None:
    result, left = kept_after(tmp_path, change)
    assert not left
    assert result.kept.startswith("Nothing is kept")
    assert words in result.kept
    assert (result.return_code, result.build_id) == (0, "")


def files_of(tmp_path: Path, upload: Upload) -> str:
    return execute.write_kept(tmp_path / "kept", upload)


UPLOAD = Upload.of({"a.txt": b"a"}, "command", base=COMMIT)


@pytest.mark.parametrize("what", ["as it was", "changed", "other digest", "missing", "link", "no upload", "too large"])
def test_only_what_was_announced_is_taken(tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    digest, file = files_of(tmp_path, UPLOAD), tmp_path / "kept" / execute.KEPT
    if what == "changed":
        file.write_bytes(file.read_bytes().replace(b'"a.txt"', b'"b.txt"'))
    if what == "missing":
        file.unlink()
    if what == "link":
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
    if what == "no upload":
        file.write_bytes(b"{}")
        digest = hashlib.sha256(b"{}").hexdigest()
    if what == "too large":
        monkeypatch.setattr(revise, "LARGEST_FILE", 10)
    digest = "0" * 64 if what == "other digest" else digest
    if what == "as it was":
        assert revise.read_kept(tmp_path / "kept", digest) == UPLOAD
        return
    with pytest.raises(BundleInvalid):
        revise.read_kept(tmp_path / "kept", digest)


@pytest.fixture(scope="module")
def secret() -> str:
    return secrets.token_hex(8)


def environ(tmp_path: Path, secret: str, digest: str, execution: Execution) -> dict[str, str]:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"client_payload": execution.model_dump(mode="json")}))
    return {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REPOSITORY": "owner/runner",
        "GITHUB_API_URL": "https://api.example",
        "STUDENT_SECRET": secret,
        "GITHUB_TOKEN": "made-up-token",
        "PAGEWRIGHT_DIGEST": digest,
    }


@pytest.mark.parametrize("is_large", [False, True])
def test_the_second_job_seals_and_dispatches__large_ones_are_stored(
    tmp_path: Path, secret: str, is_large: bool, http: responses.RequestsMock
) -> None:
    upload = Upload.of({"a.bin": secrets.token_bytes(100_000 if is_large else 10)}, "command x", base=COMMIT)
    root, stored = "https://api.example/repos/owner/runner", list[bytes]()
    if is_large:

        def keep(request: Any) -> tuple[int, dict[str, str], str]:
            stored.append(base64.b64decode(json.loads(request.body)["content"]))
            return 201, {}, json.dumps({"sha": "b" * 40})

        http.add_callback("POST", f"{root}/git/blobs", keep)
        http.post(f"{root}/git/trees", json={"sha": "c" * 40})
        http.get(f"{root}/git/ref/requests/{ASKED.build_id}", status=404, json={"message": "Not Found"})
        http.post(f"{root}/git/commits", json={"sha": "d" * 40})
        http.post(f"{root}/git/refs", json={})
    http.post(f"{root}/dispatches", status=204)
    folder = tmp_path / "pagewright"
    digest = execute.write_kept(folder / "kept", upload)
    revise.run(environ(tmp_path, secret, digest, ASKED), Console(StringIO()))
    payload = json.loads(http.calls[-1].request.body or "")["client_payload"]
    sealed = stored[0] if is_large else base64.b64decode(payload["envelope"])
    request = BuildRequest.unseal(sealed, secret)
    assert request.upload == upload
    assert (request.build_id, request.task_key, request.project) == (ASKED.build_id, KEEP["task_key"], "site")
    assert request.task.brief == "Keep what a command changed: echo '$x'"


def test_a_request_that_is_stored_again_goes_on_top_of_the_first(http: responses.RequestsMock) -> None:
    import requests

    root = "https://api.example/repos/owner/runner/git"
    for kind in ("blobs", "trees", "commits"):
        http.post(f"{root}/{kind}", json={"sha": "b" * 40})
    http.get(f"{root}/ref/requests/{'1' * 20}", json={"object": {"sha": "a" * 40}})
    http.patch(f"{root}/refs/requests/{'1' * 20}", json={})
    with requests.Session() as session:
        api = RunnerApi(session, api_url="https://api.example", repository="owner/runner", token="made-up")
        assert api.store("1" * 20, b"sealed").blob == "b" * 40
    assert json.loads(http.calls[3].request.body or "")["parents"] == ["a" * 40]


@pytest.mark.parametrize("keep", [None, {**KEEP, "task_key": "0" * 20}])
def test_nothing_is_sealed_for_what_was_not_asked(keep: Any) -> None:
    execution = Execution.model_validate({**PAYLOAD, "keep": keep})
    with pytest.raises(UnreadableRequest):
        revise.request_of_kept(execution, UPLOAD, Keys.derive("a secret", b"0" * 16))


@pytest.mark.parametrize(
    ("url", "addresses", "reason"),
    [
        ("http://example.org/x/y", ["93.184.216.34"], "does not begin with https"),
        ("https://example.org/x/y", ["127.0.0.1"], "not on the public internet"),
        ("https://example.org/x/y", ["93.184.216.34", "10.0.0.1"], "not on the public internet"),
        ("https://example.org/x/y", [], "not on the public internet"),
        ("https://169.254.169.254/x/y", ["169.254.169.254"], "not on the public internet"),
        ("https://example.org:99999/x", ["93.184.216.34"], "cannot be resolved"),
    ],
)
def test_a_foreign_address_that_is_not_public_is_not_opened(
    tmp_path: Path, url: str, addresses: list[str], reason: str
) -> None:
    foreign = Foreign(tmp_path, {}, resolve=lambda host, port: addresses)
    with pytest.raises(CannotExecute, match=reason):
        foreign.files(url)


def test_a_host_that_the_owner_allows_may_be_local_and_git_stays_at_it(tmp_path: Path) -> None:
    foreign = Foreign(tmp_path, {}, frozenset({"localhost:1"}), lambda host, port: ["127.0.0.1"])
    options = foreign._options("http://localhost:1/x")
    assert "http.curloptResolve=localhost:1:127.0.0.1" in options
    assert "http.followRedirects=false" in options


def test_imported_files_replace_all_and_get_no_license(tmp_path: Path) -> None:
    class Known(Foreign):
        def files(self, url: str) -> tuple[str, dict[str, bytes], int]:
            return COMMIT, {"index.html": b"x", ".github/workflows/x.yml": b"on: push"}, 2

    left: list[Upload] = []
    url = "https://example.org/x/y"
    execution = Execution.model_validate({**PAYLOAD, "keep": {**KEEP, "git": url}})
    result = execute.take_over(execution, url, Known(tmp_path, {}), left.append, Console(StringIO()))
    assert left[0].files == (BroughtFile.of("index.html", b"x"),)
    assert (left[0].replace, left[0].is_foreign, left[0].by) == (True, True, url)
    assert left[0].notes[0] == "left out: 2 links and modules"
    assert result.build_id == execution.build_id


@pytest.mark.parametrize(
    "url",
    [
        *("ssh://git@github.com/x/y", "git@github.com:x/y", "file:///etc", "https://", "https://github.com", "/x"),
        *("https://user:word@github.com/x/y", "https://github.com/x/y?a=b", "https://github.com/x/y#z", "ext::sh -c x"),
        *("https://github.com/x y", "https://github.com/x\ny", "--upload-pack=x", "https://github.com/" + "x" * 500),
    ],
)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        Execution.model_validate({**PAYLOAD, "keep": {**KEEP, "git": url}})
