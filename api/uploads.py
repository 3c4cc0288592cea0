"""Reads files that somebody brings, in the three forms that clients have: JSON, a form with files, and a zip."""

import base64
import binascii
import io
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from flask import Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from api.errors import INVALID_REQUEST
from api.project_request import invalid_field
from receiver.body import ASK_AGAIN_S, ONE_LARGE_BODY, read_as, read_bytes, read_object, refused_fields, turn_of
from receiver.errors import CLOSE, NO_ROOM, FieldReason, Problem, too_large
from receiver.task.archives import UnreadableArchive, unpacked
from receiver.task.encodable import Encodable, encodable
from receiver.task.feedback import ROLE
from receiver.task.file_names import MOST_FILES, Refusal
from receiver.task.project import COMMIT
from receiver.task.upload import LARGEST_BROUGHT, LONGEST_MESSAGE, refusals_of

MOST_FIELDS = 100  # of a form, besides its files
MOST_PARTS = MOST_FILES + MOST_FIELDS
LONGEST_HEAD = 4096  # bytes of what stands above a part: Werkzeug would make an object of each line
BLANK_LINES = (b"\r\n\r\n", b"\n\n", b"\r\r")
MOST_REASONS = 20
FORM, ZIP = "multipart/form-data", "application/zip"
ZIPS = frozenset({ZIP, "application/x-zip-compressed"})
PLACES = threading.BoundedSemaphore(3)  # for archives that are unpacked, or wait for it
SINGLE = ("message", "replace", "base", "nonce", "role")


def one_line(text: str) -> str:
    """Return a message without control characters and invisible ones."""
    words = " ".join(encodable(text).split())
    return "".join(sign for sign in words if unicodedata.category(sign)[0] != "C")


Message = Annotated[str, Field(max_length=LONGEST_MESSAGE), AfterValidator(one_line)]


class InBase64(BaseModel):
    """The bytes of a file that is no text."""

    model_config = ConfigDict(extra="forbid")

    base64: str = Field(repr=False)


def as_base64(given: object) -> object:
    """Return a text as what it is without being one."""
    if isinstance(given, str):
        return InBase64(base64=base64.b64encode(encodable(given).encode()).decode())
    return given


class UploadFields(BaseModel):
    """What is said about the files."""

    message: Message = Field(default="", description="public: the title of the commit")
    remove: list[Encodable] = Field(default=[], max_length=MOST_FILES, description="paths that go away")
    replace: bool = Field(default=False, description="what is not among the files goes away")
    base: str = Field(default="", pattern=COMMIT, description="409 when this is not the newest commit any more")
    nonce: str = Field(default="", max_length=200, description="the same files and nonce are one build, sent again")
    role: str = Field(default="coder", pattern=ROLE, description="who brings them, in one short public word")


class UploadRequest(UploadFields):
    """Files by their paths: text, or an object with base64."""

    files: dict[str, Annotated[InBase64, BeforeValidator(as_base64, json_schema_input_type=str | InBase64)]] = Field(
        default={}, repr=False
    )


class Brought(BaseModel):
    """Files, and what is said about them."""

    about: UploadFields
    files: dict[str, bytes] = Field(repr=False)


@contextmanager
def turn_to_unpack(request: Request) -> Iterator[None]:
    """Wait until no other large body is being worked on; a small archive is perhaps a large one.

    Only a few archives wait: the other threads take tasks. Raises Problem (503).
    """
    if request.mimetype not in ZIPS:
        with turn_of(request):
            yield
        return
    if not PLACES.acquire(blocking=False):
        raise Problem(NO_ROOM, retry_after_s=ASK_AGAIN_S, headers=CLOSE)
    try:
        with ONE_LARGE_BODY:
            yield
    finally:
        PLACES.release()


def read_upload(request: Request, limit: int) -> Brought:
    """Return what a request brings, in whatever form. Raises Problem."""
    if request.mimetype == FORM:
        about, files = read_form(request, limit)
    elif request.mimetype in ZIPS:
        query = {name: request.args[name] for name in SINGLE if name in request.args}
        about = fields_of({**query, "remove": request.args.getlist("remove")})
        files = read_zip(bytes(read_bytes(request, limit)), limit)
    else:
        asked = read_as(UploadRequest.model_validate, read_object(request, limit), INVALID_REQUEST, MOST_REASONS)
        about, files = asked, {path: bytes_of(path, given) for path, given in asked.files.items()}
    return checked(about, files, limit)


def checked(about: UploadFields, files: dict[str, bytes], limit: int) -> Brought:
    """Return what is brought, when nothing about its names and sizes forbids it. Raises Problem."""
    refusals = refusals_of({path: len(body) for path, body in files.items()}, about.remove, min(limit, LARGEST_BROUGHT))
    if refusals:
        raise refused_fields(INVALID_REQUEST, [as_reason(each, about) for each in refusals[:MOST_REASONS]])
    if not files and not about.remove:
        raise invalid_field("files", "must hold a file, or remove must name one")
    return Brought(about=about, files=files)


def bytes_of(path: str, given: InBase64) -> bytes:
    """Return the bytes of a file. Raises Problem."""
    try:
        return base64.b64decode(given.base64, validate=True)
    except binascii.Error:
        raise invalid_field(shown("files", path), "is not base64") from None


def read_zip(data: bytes, limit: int) -> dict[str, bytes]:
    """Return the files of an archive. Raises Problem."""
    try:
        return unpacked(data, MOST_FILES, min(limit, LARGEST_BROUGHT))
    except UnreadableArchive as error:
        raise invalid_field("(the archive)", f"cannot be used: {error}") from None


def read_form(request: Request, limit: int) -> tuple[UploadFields, dict[str, bytes]]:
    """Return the fields and the files of a form: the file name of a part is its path. Raises Problem."""
    form, parts = parts_of_form(request, limit)
    files: dict[str, bytes] = {}
    for name, filename, content in parts:
        path = filename or name
        if path in files:
            raise invalid_field(shown("files", path), "occurs twice")
        files[path] = content
    given = {name: form[name][0] for name in SINGLE if name in form}
    return fields_of({**given, "remove": form.get("remove", [])}), files


def parts_of_form(request: Request, limit: int) -> tuple[dict[str, list[str]], list[tuple[str, str, bytes]]]:
    """Return the fields of a form, and its files: name, file name and content of each. Raises Problem."""
    body = read_bytes(request, limit)
    if boundary := request.mimetype_params.get("boundary", ""):
        require_short_heads(body, f"--{boundary}".encode())
    parser = FormDataParser(
        stream_factory=in_memory, max_form_memory_size=limit, max_form_parts=MOST_PARTS, silent=False
    )
    try:
        _, form, parts = parser.parse(io.BytesIO(body), request.mimetype, len(body), request.mimetype_params)
    except RequestEntityTooLarge:
        raise too_large() from None
    except ValueError:
        raise invalid_field("(the form)", "cannot be read: it is cut off, or its boundary is missing") from None
    found = [(name, part.filename or "", part.stream.read()) for name, part in parts.items(multi=True)]
    return form.to_dict(flat=False), found


def require_short_heads(body: bytearray, boundary: bytes) -> None:
    """Refuse a form with very many parts, or with very much above one. Raises Problem (422)."""
    if body.count(boundary) > MOST_PARTS + 1:
        raise invalid_field("(the form)", f"has more than {MOST_PARTS} parts")
    at = body.find(boundary)
    while at >= 0:
        head = body[at : at + len(boundary) + LONGEST_HEAD]
        if len(head) == len(boundary) + LONGEST_HEAD and not any(line in head for line in BLANK_LINES):
            raise invalid_field("(the form)", f"has more than {LONGEST_HEAD:,} bytes of headers above a part")
        at = body.find(boundary, at + len(boundary))


def in_memory(*_: object, **__: object) -> Any:
    """Return where a part of a form goes: nothing of it touches a disk."""
    return io.BytesIO()


def fields_of(given: Mapping[str, object]) -> UploadFields:
    """Return what a form or a query says about the files. Raises Problem."""
    return read_as(UploadFields.model_validate, dict(given), INVALID_REQUEST, MOST_REASONS)


def as_reason(refusal: Refusal, about: UploadFields) -> FieldReason:
    """Return what is wrong with a file as the caller knows it."""
    where = "remove" if refusal.path in about.remove else "files"
    return FieldReason(field=shown(where, refusal.path), reason=refusal.reason[:300])


def shown(field: str, path: str) -> str:
    """Return where a file is in the request."""
    return f"{field}.{path}".encode(errors="replace").decode()[:120]
