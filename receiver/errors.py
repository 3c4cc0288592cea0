"""Everything that a caller can be told instead of what was asked for: one table, one exception, one JSON form."""

from typing import Literal, NamedTuple

from flask import Flask, Response, g, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from receiver.request_log import log, log_bug

CLOSE = {"Connection": "close"}


class ErrorKind(NamedTuple):
    """A row of the table. Names in braces stand for what is known only when it happens."""

    status: int
    code: str
    message: str
    cause: str
    next_step: str


WRONG_SECRET = ErrorKind(
    401,
    "wrong-secret",
    "{what} does not hold the secret that this receiver shares with its senders.",
    "The secret was mistyped, or it was changed on one side only.",
    "Use the secret that was agreed on; the owner set it as STUDENT_SECRET, or listed the key's SHA-256 in KEYS.",
)
NO_RIGHT = ErrorKind(
    403,
    "no-right",
    "The key {name} may not do this: {route} needs the right {right}, and the key has: {has}.",
    "The owner gave this key to somebody who does other work.",
    "Use a key that has the right {right} (to {what}), or ask the owner to add it to this one in KEYS.",
)
OTHER_EMAIL = ErrorKind(
    403,
    "other-email",
    "The key {name} may not send tasks for this email.",
    "The email has a typing error, or it belongs to another course or sender.",
    "Send tasks for {emails} with this key, or use the key that is meant for this email.",
)
TOO_MANY_REQUESTS = ErrorKind(
    429,
    "too-many-requests",
    "The key {name} has made all the {most:,} requests that it may make within an hour; nothing was started.",
    "A program asks again and again, or several share this key.",
    "Send the same request again in {retry_after_s} seconds, or ask the owner to raise per_hour in KEYS.",
)
TOO_MANY_WRONG_KEYS = ErrorKind(
    429,
    "too-many-wrong-keys",
    "This key is wrong as well, and too many wrong keys came from this address.",
    "A program sends a key that was mistyped or is not valid any more, or somebody guesses.",
    "Correct the key: a right one is taken at once. Wrong ones are looked at again in {retry_after_s} seconds.",
)
EMPTY_BODY = ErrorKind(
    400,
    "not-json",
    "The body is empty.",
    "The sender gave no body, or put the fields into the address.",
    "Send one JSON object, such as {{...}}, with the header Content-Type: application/json; /openapi.json describes"
    " it.",
)
NOT_JSON = ErrorKind(
    400,
    "not-json",
    "The body is not a JSON object: {where}.",
    "It was written by hand or cut off on its way.",
    "Send one JSON object in UTF-8, for example made by json.dumps.",
)
TOO_MANY_PARTS = ErrorKind(
    400,
    "too-many-parts",
    "The body has more than {most:,} commas and opening brackets; it was not read.",
    "It holds very many values, or a large attachment as plain text in its data URI.",
    "Send attachments as base64 (data:text/csv;base64,...), which has no commas, or as https addresses.",
)
BAD_REQUEST = ErrorKind(
    400,  # or what Werkzeug says
    "bad-request",
    "The request could not be read ({name}).",
    "It was cut off on its way, or it is not well-formed HTTP.",
    "Send it again, whole.",
)
NOT_FOUND = ErrorKind(
    404,
    "not-found",
    "There is nothing at this address.",
    "The path has a typing error, or belongs to another service.",
    "Send tasks with POST to /ready; /openapi.json lists every address.",
)
UNKNOWN_BUILD = ErrorKind(
    404,
    "unknown-build",
    "GitHub's list of the last hundred runs has no such build.",
    "It was accepted a moment ago and its run is not listed yet, it is older, or the id has a typing error.",
    "Ask again in ten seconds; older builds are in the Actions tab of the runner repository.",
)
METHOD_NOT_ALLOWED = ErrorKind(
    405,
    "method-not-allowed",
    "{path} does not answer this method; it answers {allowed}.",
    "Tasks are sent with POST and everything else is read with GET.",
    "Use another method, or read /openapi.json.",
)
TOO_LARGE = ErrorKind(
    413,
    "too-large",
    "The request is larger than the {size} that this receiver reads here.",
    "Its attachments, or its texts, are too large to be sent inside the request.",
    "Send large attachments as https addresses, or ask the owner to raise MAX_REQUEST_MB.",
)
NOT_JSON_CONTENT = ErrorKind(
    415,
    "not-json-content",
    "The body is not JSON, and its content type is {given}.",
    "The sender posts a form, plain text or a file instead of JSON.",
    EMPTY_BODY.next_step,
)
INVALID_TASK = ErrorKind(
    422,
    "invalid-task",
    "The task cannot be built as it was sent; look at: {fields}.",
    "A field is missing or holds something that cannot be read as what it should be.",
    "Correct the fields listed in details and send the task again.",
)
INVALID_LINES = ErrorKind(
    422,
    "invalid-query",
    "The query cannot be answered; look at: lines.",
    "lines is not a whole number above 0.",
    "Ask for example for /logs?build=<build id>&lines={default}.",
)
BUG = ErrorKind(
    500,
    "bug",
    "The receiver failed while it handled this request; nothing was started.",
    "A mistake in the receiver.",
    "Send the request again later; the owner finds the place of the failure in the receiver's log.",
)
NO_ROOM = ErrorKind(
    503,
    "no-room",
    "The receiver is busy with other large requests and has not read this one; nothing was started.",
    "Several senders send large attachments at the same moment.",
    "Send the same request again in {retry_after_s} seconds.",
)


class FieldReason(BaseModel):
    """One field that cannot be accepted."""

    field: str = Field(description="where in the request, such as attachments.0.url", max_length=120)
    reason: str = Field(max_length=300)


class ProblemReply(BaseModel):
    """What every reply that is not a success looks like."""

    error: str = Field(description="a stable code", pattern="^[a-z-]+$")
    message: str = Field(description="what happened")
    detail: str = Field(description="the message again, under the name that FastAPI's clients read")
    cause: str = Field(description="the likely cause")
    next_step: str = Field(description="what to do about it")
    details: list[FieldReason] | None = Field(default=None, description="field by field, with 422")
    retry_after_seconds: int | None = Field(default=None, description="the same as the Retry-After header")
    exists: Literal[False] | None = Field(
        default=None, description="false when there is no such project, or no such ref"
    )


class Problem(Exception):
    """A request that is answered with an explanation: a row of the table, filled in with what is `known`."""

    def __init__(
        self,
        kind: ErrorKind,
        *,
        details: list[FieldReason] | None = None,
        retry_after_s: int | None = None,
        exists: Literal[False] | None = None,
        headers: dict[str, str] | None = None,
        **known: object,
    ) -> None:
        message, cause, next_step = (text.format(retry_after_s=retry_after_s, **known) for text in kind[2:])
        super().__init__(message)
        self.status, self.headers = kind.status, headers or {}
        self.reply = ProblemReply(
            error=kind.code,
            message=message,
            detail=message,
            cause=cause,
            next_step=next_step,
            details=details,
            retry_after_seconds=retry_after_s,
            exists=exists,
        )

    def response(self) -> Response:
        """Return the JSON form."""
        text = self.reply.model_dump_json(exclude_none=True) + "\n"
        response = Response(text, self.status, self.headers, mimetype="application/json")
        if self.reply.retry_after_seconds is not None:
            response.headers["Retry-After"] = str(self.reply.retry_after_seconds)
        return response


class GitHubRefused(Problem):
    """GitHub refused, was slow, or could not be reached: the sender keeps the task and sends it again."""


def explain_errors(app: Flask) -> None:
    """Give every failure of `app` the same form."""
    app.register_error_handler(Problem, explain)
    app.register_error_handler(HTTPException, lambda error: explain(from_http_exception(error)))
    app.register_error_handler(Exception, explain_bug)


def explain(problem: Problem) -> Response:
    """Answer a request with its problem, and let the log name it."""
    reply = problem.reply
    g.error = reply.error
    if isinstance(problem, GitHubRefused):  # only the owner can do something about it
        log.warning("%s %s %s", reply.message, reply.cause, reply.next_step)
    return problem.response()


def explain_bug(error: Exception) -> Response:
    """The mistake is ours. The log says where, without the request's content."""
    log_bug(error)
    return explain(Problem(BUG))


def from_http_exception(error: HTTPException) -> Problem:
    """Explain what Flask itself refuses."""
    match error:
        case RequestEntityTooLarge():
            return too_large()
        case MethodNotAllowed():
            allowed = ", ".join(sorted(error.valid_methods or []))
            return Problem(METHOD_NOT_ALLOWED, path=request.path[:100], allowed=allowed, headers={"Allow": allowed})
        case HTTPException(code=404):
            return Problem(NOT_FOUND)
    return Problem(BAD_REQUEST._replace(status=error.code or 500), name=error.name)


def too_large() -> Problem:
    """Return what is said when the limit is found to be exceeded, while or before the body is read."""
    limit = (request.max_content_length or 0) // 1024
    return Problem(TOO_LARGE, size=f"{limit // 1024} MB" if limit >= 1024 else f"{limit} KB", headers=CLOSE)
