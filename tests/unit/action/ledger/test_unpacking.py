"""What is refused: an artifact must be from the right run, readable, and about what its name says."""

import io
import json
import zipfile
from typing import Any

import pytest

from action.github.artifacts import Artifacts, MessageName, RecordName, ResultName, name_of
from action.ledger.insert import BadArtifact, FoundCommand, FoundMessage, FoundRecord, unpack
from action.ledger.models import KeptText, Log
from tests.unit.action.ledger.builders import (
    RUNNER,
    FakeApi,
    artifact,
    checked,
    listed,
    make_message,
    make_record,
    message_artifact,
    record_artifact,
    result_artifact,
    zipped,
)
from tests.unit.action.ledger.example_ledger import DESKTOP, opaque


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (f"record-{'a' * 20}-1", RecordName("a" * 20, 1, is_live=False)),
        (f"record-{'a' * 20}-12-live", RecordName("a" * 20, 12, is_live=True)),
        (f"message-{'0' * 20}", MessageName("0" * 20)),
        (f"result-{'a' * 20}", ResultName("a" * 20)),
        ("result-4711", ResultName("0" * 16 + "4711")),
        ("result-", None),
        (f"record-{'a' * 20}-0", None),
        (f"record-{'A' * 20}-1", None),
        (f"record-{'a' * 20}-1-live-2", None),
        ("bundle-1", None),
        ("github-pages-1", None),
    ],
)
def test_only_names_of_the_ledger_are_looked_at(title: str, expected: object) -> None:
    assert name_of(title) == expected


def test_a_record_comes_with_its_pictures_only_from_the_live_check() -> None:
    entry, body = record_artifact(1, make_record(10))
    found = unpack(artifact(entry), body, RUNNER)
    assert isinstance(found, FoundRecord)
    assert found.pictures == {}
    entry, body = record_artifact(2, checked(make_record(10)), live=True)
    found = unpack(artifact(entry), body, RUNNER)
    assert isinstance(found, FoundRecord)
    assert found.pictures["desktop.webp"] == DESKTOP


def test_a_live_check_may_be_run_again_by_itself() -> None:
    record = checked(make_record(10, attempt=1), attempt=3)
    entry, body = record_artifact(1, record, live=True)
    assert entry["name"].endswith("-3-live")
    assert isinstance(unpack(artifact(entry), body, RUNNER), FoundRecord)


def test_a_live_record_of_an_earlier_version_gets_its_attempt_from_its_name() -> None:
    record = make_record(10)
    entry = listed(1, f"record-{record.build_id}-1-live", 10)
    old = record.model_dump(mode="json", exclude={"checked_attempt", "screenshots", "subject"})
    found = unpack(artifact(entry), zipped(record_json=json.dumps(old).encode()), RUNNER)
    assert isinstance(found, FoundRecord)
    assert found.record.checked_attempt == 1


def test_a_message_is_read() -> None:
    entry, body = message_artifact(1, make_message(1, metrics={"passed": 3}), 10)
    found = unpack(artifact(entry), body, RUNNER)
    assert isinstance(found, FoundMessage)
    assert found.message.metrics == {"passed": 3.0}


def bad_record(**changes: Any) -> tuple[dict[str, Any], bytes]:
    record = make_record(10)
    entry, _ = record_artifact(1, record)
    return entry, zipped(record_json=record.model_copy(update=changes).model_dump_json().encode())


OTHER_RUN = make_record(11).run
OTHER_REPOSITORY = make_record(10).run.model_copy(update={"repository": "somebody/else"})  # type: ignore[union-attr]
OTHER_ATTEMPT = make_record(10, attempt=2).run


@pytest.mark.parametrize(
    ("entry_and_body", "reason"),
    [
        (bad_record(build_id="f" * 20), "another build or run"),
        (bad_record(run=OTHER_RUN), "another build or run"),
        (bad_record(run=None), "another build or run"),
        (bad_record(run=OTHER_REPOSITORY), "another repository"),
        (bad_record(run=OTHER_ATTEMPT), "another attempt"),
        (bad_record(task_key="../../../../etc/passwd"), "no record"),
        ((bad_record()[0], b"no zip"), "cannot be read"),
    ],
)
def test_records_that_are_refused(entry_and_body: tuple[dict[str, Any], bytes], reason: str) -> None:
    entry, body = entry_and_body
    with pytest.raises(BadArtifact, match=reason):
        unpack(artifact(entry), body, RUNNER)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "holds no record.json"),
        ({"record_json": b"{"}, "no record"),
        ({"record_json": b'{"email": "student@example.org"}'}, "no record"),
        ({"record_json": b" " * 5_000_001}, "too large"),
        ({f"file_{number}": b"" for number in range(21)}, "too many files"),
    ],
)
def test_archives_that_are_refused(files: dict[str, bytes], reason: str) -> None:
    entry, _ = record_artifact(1, make_record(10))
    with pytest.raises(BadArtifact, match=reason) as caught:
        unpack(artifact(entry), zipped(**files), RUNNER)
    assert "student@example.org" not in str(caught.value)


def test_a_picture_under_another_name_or_of_another_kind_is_refused() -> None:
    record = checked(make_record(10))
    entry, _ = record_artifact(1, record, live=True)
    for screenshots, name in ((["desktop.webp"], "desktop_webp"), (["evil.webp"], "evil_webp")):
        record.screenshots = screenshots
        body = zipped(record_json=record.model_dump_json().encode(), **{name: b"<svg onload=alert(1)>"})
        with pytest.raises(BadArtifact, match="screenshots"):
            unpack(artifact(entry), body, RUNNER)


def test_a_message_with_another_id_or_run_is_refused() -> None:
    _, body = message_artifact(1, make_message(1), 10)
    with pytest.raises(BadArtifact, match="another id"):
        unpack(artifact(listed(1, f"message-{opaque('x')}", 10)), body, RUNNER)
    entry, body = message_artifact(1, make_message(2, run=OTHER_RUN), 10)
    with pytest.raises(BadArtifact, match="another run"):
        unpack(artifact(entry), body, RUNNER)


@pytest.mark.parametrize(
    ("path", "event", "fork", "reason"),
    [
        (".github/workflows/build.yml", "repository_dispatch", False, ""),
        (".github/workflows/build.yml@refs/heads/main", "workflow_dispatch", False, ""),
        (".github/workflows/ci.yml", "workflow_dispatch", False, "a run of .github/workflows/ci.yml made it"),
        (".github/workflows/feedback.yml", "repository_dispatch", False, "a run of .github/workflows/feedback.yml"),
        (".github/workflows/build.yml", "pull_request", False, "its run was started by pull_request"),
        (".github/workflows/build.yml", "repository_dispatch", True, "a run of a fork made it"),
    ],
)
def test_the_run_decides_whether_an_artifact_is_trusted(path: str, event: str, fork: bool, reason: str) -> None:
    entry, body = record_artifact(1, make_record(10))
    entry["workflow_run"]["head_repository_id"] = 8 if fork else 7
    api = FakeApi((entry, body), paths={10: path})
    api.events[10] = event
    assert Artifacts(api).wrong_origin(artifact(entry)).startswith(reason)
    assert bool(Artifacts(api).wrong_origin(artifact(entry))) == bool(reason)


def test_runs_are_looked_up_in_lists_and_one_by_one_only_where_no_list_has_them() -> None:
    artifacts = [record_artifact(number, make_record(number)) for number in range(1, 251)]
    api = FakeApi(*artifacts)
    api.unlisted = {7, 249}
    seen = Artifacts(api)
    assert [seen.wrong_origin(artifact(entry)) for entry, _ in artifacts] == [""] * 250
    assert sorted(api.asked) == [*["/actions/runs"] * 1, "/actions/runs/249", "/actions/runs/7"]
    assert seen.wrong_origin(artifact(listed(999, f"record-{'a' * 20}-1", 999))) == "its run is gone"


def test_an_artifact_whose_run_is_gone_is_not_trusted() -> None:
    entry, _ = record_artifact(1, make_record(10))
    assert Artifacts(FakeApi()).wrong_origin(artifact(entry)) == "its run is gone"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_is_refused_in_a_sentence(method: int) -> None:
    entry, body = record_artifact(1, make_record(10))
    whole, out = zipfile.ZipFile(io.BytesIO(body)), io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("record.json", whole.read("record.json"))
    damaged = bytearray(out.getvalue())
    place = damaged.index(b"record.json") + len("record.json")
    damaged[place : place + 40] = b"\xff" * 40
    with pytest.raises(BadArtifact, match="it cannot be read"):
        unpack(artifact(entry), bytes(damaged), RUNNER)


def test_many_files_are_counted_before_they_are_looked_at() -> None:
    entry, _ = record_artifact(1, make_record(10))
    with pytest.raises(BadArtifact, match="it holds too many files"):
        unpack(artifact(entry), b"PK\x01\x02" * 100, RUNNER)


def test_a_message_comes_with_the_log_that_it_names_and_no_other() -> None:
    log = Log(name="run.log", **KeptText.of(b"all went well\n").model_dump())
    entry, _ = message_artifact(1, make_message(1, log=log), 13)
    message_json = make_message(1, log=log).model_dump_json().encode()
    found = unpack(artifact(entry), zipped(message_json=message_json, log_txt=b"all went well\n"), RUNNER)
    assert isinstance(found, FoundMessage)
    assert found.log == b"all went well\n"
    with pytest.raises(BadArtifact, match="its log is not the one"):
        unpack(artifact(entry), zipped(message_json=message_json, log_txt=b"all went badly"), RUNNER)
    with pytest.raises(BadArtifact, match="it holds no log"):
        unpack(artifact(entry), zipped(message_json=message_json), RUNNER)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"run_url": f"https://github.example/{RUNNER}/actions/runs/8"}, "another job or run"),
        ({"run_url": "https://github.example/other/runner/actions/runs/7"}, "another job or run"),
        ({"at": None}, "of an earlier version"),
        ({"project": ""}, "of an earlier version"),
    ],
)
def test_a_command_says_of_itself_what_its_artifact_says(change: dict[str, Any], reason: str) -> None:
    entry, body = result_artifact(1, 7, "a" * 20, **change)
    if not reason:
        assert isinstance(unpack(artifact(entry), body, RUNNER), FoundCommand)
        return
    with pytest.raises(BadArtifact, match=reason):
        unpack(artifact(entry), body, RUNNER)


def test_a_result_of_another_job_or_that_is_none_is_refused() -> None:
    entry, _ = result_artifact(1, 7, "a" * 20)
    for body in (result_artifact(1, 7, "b" * 20)[1], zipped(result_json=b"[]"), zipped(result_json=b"{}")):
        with pytest.raises(BadArtifact):
            unpack(artifact(entry), body, RUNNER)


def test_the_preview_is_the_end_of_a_text_without_what_a_terminal_would_obey() -> None:
    text = KeptText.of(("x" * 5_000 + "\x1b[31m gr\u00fc\u00df\n").encode())
    assert len(text.preview) <= 400
    assert text.preview.endswith("x[31m gr\u00fc\u00df")
    assert KeptText.of(b"\xff" * 3_000).size == 3_000
