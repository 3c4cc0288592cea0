"""Read a request body strictly: as one JSON object, or refused when it is ambiguous; and the object as a model."""

import json
import math
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from flask import Request
from pydantic import ValidationError

from receiver.errors import (
    CLOSE,
    EMPTY_BODY,
    NO_ROOM,
    NOT_JSON,
    NOT_JSON_CONTENT,
    TOO_MANY_PARTS,
    ErrorKind,
    FieldReason,
    Problem,
    too_large,
)
from receiver.task.feedback import LOG_NAME, ROLE, TASK_KEY
from receiver.task.project import COMMIT

MOST_PARTS = 300_000  # a value can cost thirty times the memory of its text
LARGE = 1_000_000  # bytes
ONE_LARGE_BODY = threading.Semaphore()  # several at once would add up
PIECE = 64 * 1024
ASK_AGAIN_S = 5
TOO_DEEP = "it is nested too deeply"
IN_WORDS = {  # what pydantic says about a pattern is the pattern itself
    ROLE: "must be one short word: a lower-case letter, then lower-case letters, digits and hyphens, at most 30 in all",
    COMMIT: "must be a whole commit id: 40 hexadecimal digits in lower case",
    LOG_NAME: "must be the name of a file: letters, digits, dots, hyphens and underscores, at most 100, no dot first",
    TASK_KEY: "must be the key of a task: 20 hexadecimal digits in lower case",
}
OTHER_PATTERN = "has signs, or a form, that cannot be accepted here; /openapi.json describes it"

Model = TypeVar("Model")


class NotPlainJson(ValueError):
    """Python reads this as JSON, other programs read it differently or not at all."""


def turn_of(request: Request) -> AbstractContextManager[object]:
    """Wait until no other large body is being worked on; a chunked one is perhaps large."""
    length = request.content_length
    return ONE_LARGE_BODY if length is None or length > LARGE else nullcontext()


def read_bytes(request: Request, limit: int) -> bytearray:
    """Return the body. Raises Problem: 503 without room, 413 above `limit` bytes, 400 when it is empty."""
    if not getattr(request.environ.get("gunicorn.socket"), "has_room", True):
        raise Problem(NO_ROOM, retry_after_s=ASK_AGAIN_S, headers=CLOSE)
    request.max_content_length = limit + 1  # Werkzeug cuts a chunked body off there without a word
    body = bytearray()  # request.get_data would hold it twice
    while piece := request.stream.read(PIECE):
        body += piece
    if len(body) > limit:
        raise too_large()
    if not body or body.isspace():
        raise Problem(EMPTY_BODY)
    return body


def read_object(request: Request, limit: int) -> dict[str, Any]:
    """Return the body's object, whatever its content type.

    Raises Problem: 503 without room, 413 above `limit` bytes, else 400 or 415.
    """
    body = read_bytes(request, limit)
    begins_as_json = body[:PIECE].lstrip().startswith((b"{", b"["))  # asked now: reading it empties it
    try:
        return parse_object(body)
    except Problem as problem:
        if problem.reply.error == NOT_JSON.code and not begins_as_json and not is_json_type(request.mimetype):
            raise Problem(NOT_JSON_CONTENT, given=request.mimetype[:80] or "not given") from None
        raise  # where it breaks off is what helps


def is_json_type(media_type: str) -> bool:
    """Whether a media type says JSON; its parameters (charset) do not matter."""
    return media_type in {"application/json", "text/json"} or media_type.endswith("+json")


def parse_object(body: bytes | bytearray) -> dict[str, Any]:
    """Return the object that `body` holds; afterwards, a bytearray holds nothing. Raises Problem."""
    if sum(map(body.count, (b"{", b"[", b","))) > MOST_PARTS:  # base64 has none of them
        raise Problem(TOO_MANY_PARTS, most=MOST_PARTS)
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
        if isinstance(body, bytearray):
            body.clear()
        value = STRICT.decode(text)
    except json.JSONDecodeError as error:
        raise Problem(NOT_JSON, where=f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError as error:
        raise Problem(NOT_JSON, where=f"byte {error.start} is not valid {error.encoding}") from None
    except RecursionError:
        raise Problem(NOT_JSON, where=TOO_DEEP) from None
    except NotPlainJson as error:
        raise Problem(NOT_JSON, where=str(error)) from None
    except ValueError:
        raise Problem(NOT_JSON, where="it holds a number that is too long") from None
    if isinstance(value, str):
        raise Problem(
            NOT_JSON, where="it is JSON inside a JSON string: it was encoded twice, for example json=json.dumps(...)"
        )
    if not isinstance(value, dict):
        raise Problem(NOT_JSON, where="it is a JSON value, but not an object such as {...}")
    return value


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values under one name: whichever is taken, somebody meant the other."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NotPlainJson("a name occurs twice in one object")
    return result


def refuse_constant(name: str) -> float:
    """NaN and Infinity are not JSON, and could not be copied back in the callback."""
    raise NotPlainJson(f"{name} is not JSON")


def finite(text: str) -> float:
    """Return a number; 1e999 would silently become infinite."""
    number = float(text)
    if not math.isfinite(number):
        raise NotPlainJson("it holds a number that is too large")
    return number


STRICT = json.JSONDecoder(object_pairs_hook=without_duplicates, parse_constant=refuse_constant, parse_float=finite)


def read_as(
    model: Callable[[dict[str, Any]], Model], body: dict[str, Any], invalid: ErrorKind, most: int | None = None
) -> Model:
    """Return the body as a model. Raises Problem: `invalid` names the wrong fields, at `most` so many."""
    try:
        return model(body)
    except ValidationError as error:  # says which fields are wrong and why, without repeating what they hold
        found = error.errors(include_url=False, include_input=False)
        raise refused_fields(invalid, [as_reason(entry) for entry in found[:most]]) from None
    except RecursionError:
        raise Problem(NOT_JSON, where=TOO_DEEP) from None


def refused_fields(invalid: ErrorKind, details: list[FieldReason]) -> Problem:
    """Return what is said about fields that cannot be accepted."""
    names = ", ".join(dict.fromkeys(detail.field.split(".")[0] for detail in details))
    return Problem(invalid, details=details, fields=names)


def as_reason(entry: Any) -> FieldReason:
    """Turn one of pydantic's errors into a field and a reason."""
    return FieldReason(field=".".join(map(str, entry["loc"]))[:120] or "(the whole task)", reason=words(entry)[:300])


def words(entry: Any) -> str:
    """Return what is wrong. Our own validators say it themselves."""
    if entry["type"] == "value_error":
        return str(entry["ctx"]["error"])
    if entry["type"] == "string_pattern_mismatch":
        return IN_WORDS.get(entry["ctx"]["pattern"], OTHER_PATTERN)
    return str(entry["msg"])
