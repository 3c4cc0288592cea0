"""Read a request body as one JSON object, strictly: what is ambiguous is refused before anything acts on it."""

import json
import math
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from flask import Request

from receiver.problems import Problem, ProblemReply, too_large

MOST_PARTS = 300_000  # a value can cost thirty times the memory of its text
LARGE = 1_000_000  # bytes
NOT_JSON = "not-json"
SEND = (
    "Send one JSON object, such as {...}, with the header Content-Type: application/json; /openapi.json describes it."
)
ONE_LARGE_BODY = threading.Semaphore()  # several at once would add up
PIECE = 64 * 1024
ASK_AGAIN_S = 5


class NotPlainJson(ValueError):
    """Python reads this as JSON, other programs read it differently or not at all."""


def turn_of(request: Request) -> AbstractContextManager[object]:
    """Wait until no other large body is being worked on; a chunked one is perhaps large."""
    length = request.content_length
    return ONE_LARGE_BODY if length is None or length > LARGE else nullcontext()


def read_object(request: Request, limit: int) -> dict[str, Any]:
    """Return the body's object, whatever its content type.

    Raises Problem: 503 without room, 413 above `limit` bytes, else 400 or 415.
    """
    if not getattr(request.environ.get("gunicorn.socket"), "has_room", True):
        raise no_room()
    request.max_content_length = limit + 1  # Werkzeug cuts a chunked body off there without a word
    body = bytearray()  # request.get_data would hold it twice
    while piece := request.stream.read(PIECE):
        body += piece
    if len(body) > limit:
        raise too_large()
    if not body or body.isspace():
        raise nothing_sent()
    begins_as_json = body[:PIECE].lstrip().startswith((b"{", b"["))  # asked now: reading it empties it
    try:
        return parse_object(body)
    except Problem as problem:
        if problem.reply.error == NOT_JSON and not begins_as_json and not is_json_type(request.mimetype):
            raise not_json_content(request.mimetype) from None
        raise  # where it breaks off is what helps


def is_json_type(media_type: str) -> bool:
    """Whether a media type says JSON; its parameters (charset) do not matter."""
    return media_type in {"application/json", "text/json"} or media_type.endswith("+json")


def parse_object(body: bytes | bytearray) -> dict[str, Any]:
    """Return the object that `body` holds; afterwards, a bytearray holds nothing. Raises Problem."""
    if sum(map(body.count, (b"{", b"[", b","))) > MOST_PARTS:  # base64 has none of them
        raise too_many_parts()
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
        if isinstance(body, bytearray):
            body.clear()
        value = STRICT.decode(text)
    except json.JSONDecodeError as error:
        raise not_json(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError as error:
        raise not_json(f"byte {error.start} is not valid {error.encoding}") from None
    except RecursionError:
        raise not_json("it is nested too deeply") from None
    except NotPlainJson as error:
        raise not_json(str(error)) from None
    except ValueError:
        raise not_json("it holds a number that is too long") from None
    if not isinstance(value, dict):
        raise not_json("it is a JSON value, but not an object such as {...}")
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


def not_json_content(media_type: str) -> Problem:
    """415."""
    reply = ProblemReply(
        error="not-json-content",
        message=f"The body is not JSON, and its content type is {media_type[:80] or 'not given'}.",
        cause="The sender posts a form, plain text or a file instead of JSON.",
        next_step=SEND,
    )
    return Problem(415, reply)


def nothing_sent() -> Problem:
    """400."""
    reply = ProblemReply(
        error=NOT_JSON,
        message="The body is empty.",
        cause="The sender gave no body, or put the fields into the address.",
        next_step=SEND,
    )
    return Problem(400, reply)


def not_json(where: str) -> Problem:
    """400."""
    reply = ProblemReply(
        error=NOT_JSON,
        message=f"The body is not a JSON object: {where}.",
        cause="It was written by hand or cut off on its way.",
        next_step="Send one JSON object in UTF-8, for example made by json.dumps.",
    )
    return Problem(400, reply)


def too_many_parts() -> Problem:
    """400."""
    reply = ProblemReply(
        error="too-many-parts",
        message=f"The body has more than {MOST_PARTS:,} commas and opening brackets; it was not read.",
        cause="It holds very many values, or a large attachment as plain text in its data URI.",
        next_step="Send attachments as base64 (data:text/csv;base64,...), which has no commas, or as https addresses.",
    )
    return Problem(400, reply)


def no_room() -> Problem:
    """503: the server has not read the body (see patient_worker.py)."""
    reply = ProblemReply(
        error="no-room",
        message="The receiver is busy with other large requests and has not read this one; nothing was started.",
        cause="Several senders send large attachments at the same moment.",
        next_step=f"Send the same request again in {ASK_AGAIN_S} seconds.",
        retry_after_seconds=ASK_AGAIN_S,
    )
    return Problem(503, reply, {"Connection": "close"})
