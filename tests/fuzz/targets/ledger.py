"""What the ledger is collected from and rendered from: artifacts, records, messages, and a folder of files."""

import copy
import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from action.github.artifacts import Artifact, MessageName, RecordName, ResultName
from action.ledger.insert import BadArtifact, FoundRecord, unpack
from action.ledger.layout import canonical
from action.ledger.models import Command, Message, Version
from action.record import BuildRecord
from dashboard.render import render
from dashboard.settings import CannotRender, load_config
from tests.fuzz.running import Target
from tests.fuzz.shapes import JSON, text_of

ID, SHA, AT = "0123456789abcdef0123", "0" * 40, "2026-01-02T03:04:05Z"
RUN = {"repository": "owner/runner", "run_id": 7, "attempt": 1, "url": "https://github.example/run/7"}
RECORD: dict[str, Any] = {
    "build_id": ID, "task_key": ID, "round": 1, "received_at": AT, "run": RUN, "checked_attempt": 1,
    "subject": {"task": "t-1", "recipient": "r", "title": "A page"},
    "phases": [{"name": "generate", "started_at": AT, "seconds": 1.5, "outcome": "done", "verdict": "v", "log": ["l"]}],
    "generation": {"calls": [{"model": "m", "outcome": "good", "seconds": 1.0, "input_tokens": 5}], "notes": ["n"]},
    "contract": {
        "attempts": [{"number": 1, "headline": "h", "seconds": 1.0, "is_kept": True}],
        "assertions": [
            {"id": "a", "kind": "js", "origin": "given", "round": 1, "sentence": "s", "states": ["pass"],
             "state": "pass"}
        ],
    },
    "publication": {
        "repository": "o/n", "repo_url": "https://g.example/o/n", "branch": "main", "pages_url": "https://o.example/n/",
        "commit_sha": SHA,
    },
    "deployment": {"is_live": True, "commits": [SHA], "seconds": 3.0, "detail": "d"},
    "callbacks": [{"at": AT, "status": 200, "detail": "d", "delivered": True}],
    "failures": [{"phase": "p", "code": "E-X", "what": "w", "cause": "c", "next_step": "n"}],
}  # fmt: skip
MESSAGE = {
    "id": ID,
    "task_key": ID,
    "project": "o/n",
    "role": "teacher",
    "at": AT,
    "text": "Good.",
    "metrics": {"a": 1.0},
}
KEPT = {"sha256": "0" * 64, "size": 3, "preview": "abc"}
RESULT_MESSAGE = {**MESSAGE, "kind": "result", "log": {"name": "run.log", **KEPT}}
COMMAND = {
    "task_key": ID, "job_id": ID, "project": "o/n", "at": AT, "command": "ls", "commit": SHA, "return_code": 0,
    "seconds": 1.5, "stdout": KEPT, "stderr": KEPT, "run": RUN,
}  # fmt: skip
RESULT = {
    "job_id": ID, "project": "o/n", "at": AT, "command": "ls", "commit": SHA, "stdout": "abc", "return_code": 0,
    "run_url": "https://github.example/owner/runner/actions/runs/7",
}  # fmt: skip
VERSION = {
    "task_key": ID, "project": "o/n", "sha": SHA, "committed_at": AT, "is_ours": True, "build_id": ID, "round": 1,
    "files": [{"path": "index.html", "size": 3, "sha256": "0" * 64, "is_kept": True, "is_text": True}],
}  # fmt: skip
KINDS: dict[str, tuple[type[BaseModel], dict[str, Any]]] = {
    "build": (BuildRecord, RECORD),
    "message": (Message, MESSAGE),
    "result": (Message, RESULT_MESSAGE),
    "run": (Command, COMMAND),
    "version": (Version, VERSION),
}
CHANGE = st.tuples(st.integers(0, 200), JSON | text_of("<i>", "http://", "javascript:", "`", "|", longest=3_000))
CHANGES = st.lists(CHANGE, max_size=3)
DOCUMENT = st.tuples(st.sampled_from(sorted(KINDS)), CHANGES)
PLACE = st.sampled_from(
    [
        f"tasks/{ID}/builds/{ID}/7-1.json",
        f"tasks/{ID}/builds/{ID}/8-2.json",
        f"tasks/{ID}/builds/{ID}/{'9' * 30}-1.json",
        f"tasks/{ID}/builds/{ID}/desktop.webp",
        f"tasks/{ID}/builds/{ID}",
        f"tasks/{ID}/messages/{ID}.json",
        f"tasks/{ID}/runs/{ID}.json",
        f"tasks/{ID}/versions/{SHA}.json",
        f"tasks/{ID}/files/{'0' * 64}",
        f"tasks/{ID[::-1]}/builds/{ID}/7-1.json",
        f"tasks/{ID}",
        "tasks/x/y",
        "skipped.json",
    ]
)


def changed(value: dict[str, Any], changes: list[tuple[int, Any]]) -> dict[str, Any]:
    """Return a copy in which some values, at whatever depth, are others."""
    document: dict[str, Any] = copy.deepcopy(value)
    for number, new in changes:
        places = list(places_in(document))
        holder, key = places[number % len(places)]
        holder[key] = copy.deepcopy(new)
    return document


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """Return each place of a document that holds a value."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in list(keys) for place in [(value, key), *places_in(value[key])]]


def survives_the_ledger(document: tuple[str, list[tuple[int, Any]]]) -> None:
    """What is refused is refused with ValidationError; what is read is the same after the ledger."""
    kind, changes = document
    model, valid = KINDS[kind]
    try:
        found = model.model_validate_json(json.dumps(changed(valid, changes)))
    except ValidationError:
        return
    assert model.model_validate_json(canonical(found)) == found, "a document changes in the ledger"


def is_collected_or_refused(value: tuple[list[tuple[int, Any]], list[tuple[int, int]], int]) -> None:
    """A damaged artifact is refused with BadArtifact, so that the next one is looked at."""
    changes, flips, method = value
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("record.json", json.dumps(changed(RECORD, changes)))
        archive.writestr("message.json", json.dumps(MESSAGE))
        archive.writestr("result.json", json.dumps(changed(RESULT, changes)))
    body = bytearray(out.getvalue())
    for place, byte in flips:
        body[place % len(body)] = byte
    for name in (RecordName(ID, 1, is_live=False), RecordName(ID, 1, is_live=True), MessageName(ID), ResultName(ID)):
        title = f"message-{ID}" if isinstance(name, MessageName) else f"record-{ID}-1"
        try:
            found = unpack(Artifact(1, title, name, 7, len(body), is_from_fork=False), bytes(body), "owner/runner")
        except BadArtifact:
            continue
        assert not isinstance(found, FoundRecord) or found.record.build_id == ID, "a record of another build is taken"


def is_rendered(files: dict[str, tuple[str, list[tuple[int, Any]]] | bytes]) -> None:
    """Whatever lies in the ledger: the dashboard is made, and what cannot be read is named."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder, "ledger")
        ledger.mkdir()
        for path, content in files.items():
            write(ledger / path, content)
        try:
            render(ledger, Path(folder, "out"), load_config(None))
        except CannotRender:
            return
        pages = "".join(page.read_text() for page in Path(folder, "out").rglob("*.html"))
        assert pages, "no page is made"
        assert "<i>" not in pages, "text of the ledger is markup on the dashboard"
        assert 'href="javascript:' not in pages, "a link of the dashboard runs a script"


def write(path: Path, content: tuple[str, list[tuple[int, Any]]] | bytes) -> None:
    """Write one file of the ledger, unless another one is in its way."""
    body = content if isinstance(content, bytes) else json.dumps(changed(KINDS[content[0]][1], content[1])).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        return


FLIPS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=3)
METHOD = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
TARGETS = [
    Target("records", DOCUMENT, survives_the_ledger),
    Target("artifacts", st.tuples(CHANGES, FLIPS, METHOD), is_collected_or_refused),
    Target("dashboard", st.dictionaries(PLACE, DOCUMENT | st.binary(max_size=20), max_size=4), is_rendered),
]
