"""A request's body as a model, or 422 with the fields that are wrong."""

from typing import TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError

from receiver.body import not_json, read_object
from receiver.problems import FieldReason, Problem, ProblemReply
from receiver.reasons import as_reason

LARGEST_BODY = 64 * 1024  # bytes; what is asked of projects is short

Asked = TypeVar("Asked", bound=BaseModel)


def read_as(model: type[Asked], request: Request) -> Asked:
    """Return the body as `model`. Raises Problem."""
    body = read_object(request, LARGEST_BODY)
    try:
        return model.model_validate(body)
    except ValidationError as error:
        entries = error.errors(include_url=False, include_input=False)
        raise invalid_request([as_reason(entry) for entry in entries]) from None
    except RecursionError:
        raise not_json("it is nested too deeply") from None


def invalid_request(details: list[FieldReason]) -> Problem:
    """422."""
    names = ", ".join(dict.fromkeys(detail.field.split(".")[0] for detail in details))
    reply = ProblemReply(
        error="invalid-request",
        message=f"The request cannot be answered as it was sent; look at: {names}.",
        cause="A field is missing or holds something that cannot be accepted.",
        next_step="Correct the fields listed in details and send it again; /openapi.json describes them.",
        details=details,
    )
    return Problem(422, reply)
