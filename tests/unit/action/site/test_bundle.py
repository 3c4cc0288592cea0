"""The bundle: what one job wrote is checked from scratch by the other."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from action.errors import BundleInvalid
from action.record import BuildRecord, Generation
from action.site import bundle
from embedded.actions.standins.files import wrong_with_name
from receiver.task import BuildRequest
from tests.unit.action.conftest import make_request

FILES = {"index.html": b"<h1>1</h1>", "js/app.js": b"let a = 1;\n", "data.csv": b"a,b\r\n1,2\r\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "bundle"


def test_what_is_written_is_read(root: Path, record: BuildRecord, request_: BuildRequest) -> None:
    record.generation = Generation(files=3)
    digest = bundle.write(root, FILES, record, removed=["old.js"])
    read = bundle.read(root, request_, digest)
    assert read.files == FILES
    assert read.removed == ("old.js",)
    assert read.record.generation == record.generation


def test_the_digest_changes_with_each_byte_path_and_build(root: Path, record: BuildRecord) -> None:
    other_build = record.model_copy(update={"build_id": "e" * 20})
    digests = {
        bundle.write(root, FILES, record),
        bundle.write(root, FILES, record, removed=["old.js"]),
        bundle.write(root, {**FILES, "index.html": b"<h1>2</h1>"}, record),
        bundle.write(root, {**FILES, "index.htm": b""}, record),
        bundle.write(root, FILES, other_build),
    }
    assert len(digests) == 5


def test_no_bundle(root: Path, request_: BuildRequest) -> None:
    with pytest.raises(BundleInvalid, match="There is no bundle"):
        bundle.read(root, request_, "")


def change_a_file(root: Path) -> None:
    (root / "files" / "index.html").write_bytes(b"<h1>changed</h1>")


def add_a_file(root: Path) -> None:
    (root / "files" / "extra.html").write_bytes(b"")


def drop_a_file(root: Path) -> None:
    (root / "files" / "js" / "app.js").unlink()


def add_a_link(root: Path) -> None:
    (root / "files" / "environ").symlink_to("/proc/self/environ")


def add_a_workflow(root: Path) -> None:
    path = root / "files" / ".github" / "workflows" / "evil.yml"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"on: push")


def break_the_manifest(root: Path) -> None:
    (root / "manifest.json").write_text('{"build_id": 1}')


def grow_the_manifest(root: Path) -> None:
    (root / "manifest.json").write_text(" " * 1_000_001)


def break_the_record(root: Path) -> None:
    (root / "record.json").write_text("{}")


def drop_the_folder(root: Path) -> None:
    shutil.rmtree(root / "files")


def link_the_folder(root: Path) -> None:
    (root / "files").rename(root / "elsewhere")
    (root / "files").symlink_to(root / "elsewhere")


def link_the_record(root: Path) -> None:
    (root / "record.json").rename(root / "elsewhere.json")
    (root / "record.json").symlink_to(root / "elsewhere.json")


def nest_folders(root: Path) -> None:
    (root / "files" / "/".join("d" * 120)).mkdir(parents=True)


def grow_the_record(root: Path) -> None:
    with (root / "record.json").open("a") as file:
        file.write(" " * 5_000_001)


def change_the_record(root: Path, **fields: object) -> None:
    path = root / "record.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def record_a_naive_time(root: Path) -> None:
    change_the_record(root, phases=[{"name": "generate", "started_at": "2026-11-20T05:36:22"}])


def record_endless_seconds(root: Path) -> None:
    path = root / "record.json"
    change_the_record(root, phases=[{"name": "x", "started_at": "2026-11-20T05:36:22Z", "seconds": 4711}])
    path.write_text(path.read_text().replace("4711", "NaN"))


def record_too_few_states(root: Path) -> None:
    attempt = {"number": 1, "headline": "h", "seconds": 1, "is_kept": True}
    words = dict.fromkeys(("id", "kind", "origin", "sentence", "state"), "x")
    change_the_record(root, contract={"attempts": [attempt], "assertions": [{**words, "round": 1, "states": []}]})


@pytest.mark.parametrize(
    "tamper",
    [
        change_a_file,
        add_a_file,
        drop_a_file,
        add_a_link,
        add_a_workflow,
        break_the_manifest,
        grow_the_manifest,
        break_the_record,
        drop_the_folder,
        link_the_folder,
        link_the_record,
        nest_folders,
        grow_the_record,
        record_a_naive_time,
        record_endless_seconds,
        record_too_few_states,
    ],
)
def test_a_changed_bundle_is_refused(
    root: Path, record: BuildRecord, request_: BuildRequest, tamper: Callable[[Path], None]
) -> None:
    digest = bundle.write(root, FILES, record)
    tamper(root)
    with pytest.raises(BundleInvalid):
        bundle.read(root, request_, digest)


def test_a_bundle_that_is_consistent_in_itself_but_was_not_announced_is_refused(
    root: Path, record: BuildRecord, request_: BuildRequest
) -> None:
    announced = bundle.write(root, FILES, record)
    bundle.write(root, {**FILES, "index.html": b"other"}, record)
    for digest in (announced, "", "0" * 64):
        with pytest.raises(BundleInvalid, match="digest"):
            bundle.read(root, request_, digest)


def test_a_bundle_of_another_build_is_refused(root: Path, record: BuildRecord, request_: BuildRequest) -> None:
    digest = bundle.write(root, FILES, record.model_copy(update={"build_id": "e" * 20}))
    with pytest.raises(BundleInvalid, match="another build"):
        bundle.read(root, request_, digest)


def test_an_attachment_that_the_request_orders_to_be_changed_may_differ(root: Path, record: BuildRecord) -> None:
    request = make_request(brief="Append the row 5,6 to data.csv.")
    changed = {**FILES, "data.csv": b"a,b\r\n1,2\r\n5,6\r\n"}
    assert bundle.read(root, request, bundle.write(root, changed, record)).files == changed


@pytest.mark.parametrize("body", [b"a,b\n1,2\n", b""])
def test_an_attachment_that_is_not_what_the_request_carried_is_refused(
    root: Path, record: BuildRecord, request_: BuildRequest, body: bytes
) -> None:
    digest = bundle.write(root, {**FILES, "data.csv": body}, record)
    with pytest.raises(BundleInvalid, match=r"attachment data\.csv"):
        bundle.read(root, request_, digest)


def test_ids_and_times_in_the_record_come_from_the_request(
    root: Path, record: BuildRecord, request_: BuildRequest
) -> None:
    digest = bundle.write(root, FILES, record)
    claimed = json.loads((root / "record.json").read_text()) | {"round": 7, "build_id": "x", "callbacks": []}
    (root / "record.json").write_text(json.dumps(claimed))
    read = bundle.read(root, request_, digest).record
    assert (read.build_id, read.round) == (request_.build_id, 1)


def test_a_file_that_cannot_be_read_makes_the_bundle_invalid(
    root: Path, record: BuildRecord, request_: BuildRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = bundle.write(root, FILES, record)

    def broken(folder: Path) -> None:
        raise PermissionError(folder)

    monkeypatch.setattr(
        "action.gates.file_policy.collect", broken
    )  # root, which runs tests in containers, may read all
    with pytest.raises(BundleInvalid, match="PermissionError"):
        bundle.read(root, request_, digest)


@pytest.mark.parametrize(
    "name", ["Screenshot 10:30.png", "data?.csv", 'a/"b"<c>|d*.txt', "100%.txt", "a%3Ab", "aux.csv"]
)
def test_any_name_of_an_attachment_passes_through_an_artifact(root: Path, record: BuildRecord, name: str) -> None:
    request = make_request(attachments=[{"name": name, "url": "data:,x"}])
    digest = bundle.write(root, {"index.html": b"1", name: b"x"}, record)
    stored = [str(path.relative_to(root)) for path in root.rglob("*")]
    assert [refused for refused in map(wrong_with_name, stored) if refused] == []
    assert bundle.read(root, request, digest).files == {"index.html": b"1", name: b"x"}


def test_the_longest_names_that_the_door_lets_in_can_be_stored(root: Path, record: BuildRecord) -> None:
    files = dict.fromkeys(("x" * 150 + ":" * 35, "ü" * 80 + "?" * 20), b"")
    request = make_request(attachments=[{"name": name, "url": "data:,"} for name in files])
    assert bundle.read(root, request, bundle.write(root, files, record)).files == files


def test_which_attachments_were_fetched_is_known_afterwards(root: Path, record: BuildRecord) -> None:
    digest = bundle.write(root, FILES, record, fetched=["far.csv"])
    assert bundle.read(root, make_request(), digest).fetched == {"far.csv"}
