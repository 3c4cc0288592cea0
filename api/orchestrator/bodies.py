"""Reads a body in the forms that clients send: JSON, a form with files, and a plain form; all of them as one object."""

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl

from flask import Request

from api.project_request import invalid_field
from api.uploads import FORM, MOST_FIELDS, parts_of_form, read_zip
from receiver.body import read_bytes, read_object

PLAIN_FORM = "application/x-www-form-urlencoded"
CONTENT = "file_content"
ZIP_BEGINS = b"PK\x03\x04"


class Body(dict[str, Any]):
    """The fields; what came as a file lies in `files`, by its path."""

    files: dict[str, bytes]


def read_body(request: Request, limit: int, *, unzip: bool = False) -> Body:
    """Return what a client sent; with `unzip`, an archive among the files is what is in it. Raises Problem."""
    body = Body()
    body.files = {}
    if request.mimetype == FORM:
        fields, parts = parts_of_form(request, limit)
        body.update((name, values[-1]) for name, values in fields.items())
        for name, filename, content in parts:
            add_file(body, name, filename, content, limit if unzip else 0)
    elif request.mimetype == PLAIN_FORM:
        body.update(read_plain_form(bytes(read_bytes(request, limit))))
    else:
        body.update(read_object(request, limit))
    return body


def read_plain_form(text: bytes) -> dict[str, str]:
    """Return the fields of a form without files. Raises Problem."""
    try:
        pairs = parse_qsl(text.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise invalid_field("(the form)", f"cannot be read: not UTF-8, or more than {MOST_FIELDS} fields") from None
    return dict(pairs)


def add_file(body: Body, name: str, filename: str, content: bytes, unpack: int) -> None:
    """Take a part of a form that is a file: a zip as what is in it, at most `unpack` bytes. Raises Problem."""
    found = {filename or name: content}
    if name == CONTENT and (given := body.get("filename")):
        found = {str(given): content}
    if unpack and content.startswith(ZIP_BEGINS) and re.search(r"\.zip$", filename, re.IGNORECASE):
        found = read_zip(content, unpack)
    if twice := sorted(found.keys() & body.files.keys()):
        raise invalid_field(f"files.{twice[0]}"[:120], "occurs twice")
    body.files.update(found)


def as_text(body: Body, names: Collection[str]) -> None:
    """Let a text (called one of `names`) come as a file: a log, a message. Raises Problem."""
    if not body.files:
        return
    name = next(iter(names))
    if len(body.files) > 1 or any(each in body for each in names):
        raise invalid_field(name, "is one text, or one file; the form has more")
    [(path, content)] = body.files.items()
    body[name] = content.decode(errors="replace")
    body.setdefault("log_name", path.rpartition("/")[2])
