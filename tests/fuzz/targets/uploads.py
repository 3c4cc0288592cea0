"""Archives and forms that bring files, and the addresses of repositories that are imported."""

import io
import warnings
import zipfile
from collections.abc import Mapping

from flask import Flask, request
from hypothesis import strategies as st
from werkzeug.exceptions import RequestEntityTooLarge

from api.errors import INVALID_REQUEST
from api.orchestrator.bodies import PLAIN_FORM, read_body
from api.orchestrator.requests import ChangedTask, NewCode, NewContainer, NewFeedback, NewResult, NewTask
from api.uploads import FORM, ZIP, read_upload
from receiver.body import read_as
from receiver.errors import Problem
from receiver.task.archives import UnreadableArchive, unpacked
from receiver.task.execution import foreign_address
from receiver.task.file_names import wrong_with_path
from tests.fuzz.running import Target
from tests.fuzz.shapes import text_of

APP = Flask("fuzz")
MOST_FILES, LIMIT = 20, 200_000
PATH = text_of("a/", "..", "/", "\\", "C:", ".git", "index.html", "\0", "__MACOSX/", ".DS_Store", "A", "a", "\ud800")
MODES = st.sampled_from((0, 0o100644, 0o120777, 0o010644, 0o040755))
METHODS = st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
ENTRY = st.tuples(PATH, st.one_of(st.binary(max_size=40), st.integers(0, 300_000)), MODES, METHODS)
FLIPS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4)
PART = text_of(
    "--x", "--x--", "\r\n", "\r\n\r\n", "Content-Disposition: form-data; name=", '"a"', '; filename="a.txt"',
    "; filename*=utf-8''a", "Content-Type: text/plain", "Content-Transfer-Encoding: base64", "replace", "true", "--",
)  # fmt: skip
KINDS = (f"{FORM}; boundary=x", PLAIN_FORM, "application/json")
FIELDS = text_of(
    "title", "description", "status", "task_id", "file_content", "files", "metrics", "accuracy", "raw_logs", "command",
    "=", "&", "%ff", "%", "{", "}", '"', ":", ",", "[", "done", "0123456789" * 2, "1e400", "NaN", "../a", "-", "true",
)  # fmt: skip
ADDRESS = text_of("https://", "http://", "github.com", "/a/b", "@", ":", "[", "]", "?", "#", "ext::", "%00", "-", "..")


Entry = tuple[str, bytes | int, int, int]  # a number stands for so many zeros


def zipped(entries: list[Entry], flips: list[tuple[int, int]]) -> bytes:
    """Return an archive of these entries, with some bytes changed, counted from its end."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body, mode, method in entries:
            entry = zipfile.ZipInfo(name.encode(errors="replace").decode()[:200] or "a")
            entry.external_attr, entry.compress_type = mode << 16, method
            with warnings.catch_warnings(action="ignore"):  # a name may occur twice
                archive.writestr(entry, bytes(body))
    data = bytearray(out.getvalue())
    for place, value in flips:
        if place < len(data):
            data[-1 - place] = value
    return bytes(data)


def is_unpacked(value: tuple[list[Entry], list[tuple[int, int]]]) -> None:
    """An archive is read within its limits, or refused as unreadable; and so does the route."""
    data = zipped(*value)
    try:
        files = unpacked(data, MOST_FILES, LIMIT)
    except UnreadableArchive:
        files = {}
    assert len(files) <= MOST_FILES, "more files than are allowed"
    assert sum(map(len, files.values())) <= LIMIT, "more bytes than are allowed"
    is_brought(data, ZIP)


def is_form(text: str) -> None:
    """A form is read, or refused."""
    is_brought(text.encode(errors="replace"), f"{FORM}; boundary=x")


def is_brought(data: bytes, kind: str) -> None:
    """What a route hands on has only names that can be published."""
    with APP.test_request_context("/", method="POST", data=data, content_type=kind):
        try:
            files: Mapping[str, bytes] = read_upload(request._get_current_object(), LIMIT).files  # type: ignore[attr-defined]
        except (Problem, RequestEntityTooLarge):  # the application answers both
            return
    assert not any(map(wrong_with_path, files)), "a path that may not be published"


def is_of_a_client(value: tuple[str, str]) -> None:
    """A body in any form becomes what a client sends, or is refused."""
    kind, text = value
    for model in (NewTask, ChangedTask, NewResult, NewFeedback, NewContainer, NewCode):
        data = text.encode(errors="replace")
        with APP.test_request_context("/", method="POST", data=data, content_type=kind):
            try:
                body = read_body(request._get_current_object(), LIMIT, unzip=model is NewCode)  # type: ignore[attr-defined]
                found = read_as(model.model_validate, body, INVALID_REQUEST)
                if isinstance(found, NewCode):
                    found.upload()
            except (Problem, RequestEntityTooLarge):  # the application answers both
                continue


def is_address(text: str) -> None:
    """An address is plain, or refused."""
    try:
        url = foreign_address(text)
    except ValueError:
        return
    assert url.startswith(("https://", "http://"))
    assert "@" not in url.split("/")[2]
    assert not set(url) & set(" \n\0'\"`$")


TARGETS = [
    Target("archives", st.tuples(st.lists(ENTRY, max_size=6), FLIPS), is_unpacked),
    Target("forms", PART, is_form),
    Target("clients", st.tuples(st.sampled_from(KINDS), st.one_of(PART, FIELDS)), is_of_a_client),
    Target("foreign", ADDRESS, is_address),
]
