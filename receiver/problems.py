"""Everything that a caller can be told instead of what was asked for: one exception, one JSON form."""

from typing import Literal

from flask import Flask, Response, g, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from receiver.traces import log_bug


class FieldReason(BaseModel):
    """One field that cannot be accepted."""

    field: str = Field(description="where in the request, such as attachments.0.url", max_length=120)
    reason: str = Field(max_length=300)


class ProblemReply(BaseModel):
    """What every reply that is not a success looks like."""

    error: str = Field(description="a stable code", pattern="^[a-z-]+$")
    message: str = Field(description="what happened")
    cause: str = Field(description="the likely cause")
    next_step: str = Field(description="what to do about it")
    details: list[FieldReason] | None = Field(default=None, description="field by field, with 422")
    retry_after_seconds: int | None = Field(default=None, description="the same as the Retry-After header")
    exists: Literal[False] | None = Field(
        default=None, description="false when there is no such project, or no such ref"
    )


class Problem(Exception):
    """A request that is answered with an explanation. `status` is the HTTP status."""

    def __init__(self, status: int, reply: ProblemReply, headers: dict[str, str] | None = None) -> None:
        super().__init__(reply.message)
        self.status = status
        self.reply = reply
        self.headers = headers or {}

    def response(self) -> Response:
        """Return the JSON form."""
        response = Response(
            self.reply.model_dump_json(exclude_none=True) + "\n", self.status, self.headers, mimetype="application/json"
        )
        if self.reply.retry_after_seconds is not None:
            response.headers["Retry-After"] = str(self.reply.retry_after_seconds)
        return response


def explain_problems(app: Flask) -> None:
    """Give every failure of `app` the same form."""
    app.register_error_handler(Problem, explain)
    app.register_error_handler(HTTPException, lambda error: explain(from_http_exception(error)))
    app.register_error_handler(Exception, lambda error: explain(bug(error)))


def explain(problem: Problem) -> Response:
    """Answer a request with its problem, and let the log name it."""
    g.error = problem.reply.error
    return problem.response()


def from_http_exception(error: HTTPException) -> Problem:
    """Explain what Flask itself refuses."""
    match error:
        case RequestEntityTooLarge():
            return too_large()
        case MethodNotAllowed():
            return method_not_allowed(sorted(error.valid_methods or []))
        case HTTPException(code=404):
            return not_found()
    return Problem(
        error.code or 500,
        ProblemReply(
            error="bad-request",
            message=f"The request could not be read ({error.name}).",
            cause="It was cut off on its way, or it is not well-formed HTTP.",
            next_step="Send it again, whole.",
        ),
    )


def too_large() -> Problem:
    """413, found while or before the body is read."""
    limit = (request.max_content_length or 0) // 1024
    size = f"{limit // 1024} MB" if limit >= 1024 else f"{limit} KB"
    reply = ProblemReply(
        error="too-large",
        message=f"The request is larger than the {size} that this receiver reads here.",
        cause="Its attachments, or its texts, are too large to be sent inside the request.",
        next_step="Send large attachments as https addresses, or ask the owner to raise MAX_REQUEST_MB.",
    )
    return Problem(413, reply, {"Connection": "close"})


def method_not_allowed(allowed: list[str]) -> Problem:
    """405 with the methods that are there."""
    reply = ProblemReply(
        error="method-not-allowed",
        message=f"{request.path[:100]} does not answer this method; it answers {', '.join(allowed)}.",
        cause="Tasks are sent with POST and everything else is read with GET.",
        next_step="Use another method, or read /openapi.json.",
    )
    return Problem(405, reply, {"Allow": ", ".join(allowed)})


def not_found() -> Problem:
    """404 for an address that means nothing here."""
    reply = ProblemReply(
        error="not-found",
        message="There is nothing at this address.",
        cause="The path has a typing error, or belongs to another service.",
        next_step="Send tasks with POST to /ready; /openapi.json lists every address.",
    )
    return Problem(404, reply)


def bug(error: Exception) -> Problem:
    """500: the mistake is ours. The log says where, without the request's content."""
    log_bug(error)
    reply = ProblemReply(
        error="bug",
        message="The receiver failed while it handled this request; nothing was started.",
        cause="A mistake in the receiver.",
        next_step="Send the request again later; the owner finds the place of the failure in the receiver's log.",
    )
    return Problem(500, reply)
