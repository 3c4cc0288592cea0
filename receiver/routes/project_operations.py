"""The part of the OpenAPI description that is about projects."""

from typing import Any

from pydantic import BaseModel

from receiver import message_replies, project_replies
from receiver.routes.execute import ExecuteRequest
from receiver.routes.feedback import FeedbackRequest
from receiver.routes.operations import accepted, operation, parameter, string, takes
from receiver.routes.read_file import FileRequest

REQUESTS: tuple[type[BaseModel], ...] = (ExecuteRequest, FeedbackRequest, FileRequest)
REPLIES: tuple[type[BaseModel], ...] = (
    project_replies.Cancelled,
    project_replies.Executed,
    project_replies.FileContent,
    project_replies.Job,
    message_replies.FeedbackAccepted,
    message_replies.FollowedMessage,
)
UNREADABLE = (400, 401, 413, 415, 422, 503)


def paths() -> dict[str, Any]:
    """Return what each address about projects takes and answers."""
    return {
        "/execute": {"post": execute()},
        "/jobs/{job_id}": {"get": with_id(show()), "delete": with_id(cancel())},
        "/file/read": {"post": read()},
        "/feedback": {"post": say()},
        "/feedback/{message_id}": {"get": with_id(heard(), "message_id")},
    }


def execute() -> dict[str, Any]:
    """Describe running a command."""
    described = operation("Run a command in a project", {"Executed": "It has ended."}, 404, *UNREADABLE, key=True)
    later = "GitHub has it; it has not ended within wait_s, or too many wait already, or the receiver is stopping."
    return accepted(takes(described, "ExecuteRequest"), "Job", later, ("Location", "Retry-After"))


def show() -> dict[str, Any]:
    """Describe asking for a command."""
    return operation("How a command is doing", {"Job": "Its state, and its result."}, 401, 404, 503, key=True)


def cancel() -> dict[str, Any]:
    """Describe cancelling."""
    described = operation("Cancel a command or a build", {}, 401, 404, 409, 503, key=True)
    del described["responses"]["200"]
    return accepted(described, "Cancelled", "GitHub was asked to cancel the run.")


def read() -> dict[str, Any]:
    """Describe reading a file."""
    what = {"FileContent": "The file, or exists: false and why."}
    return takes(operation("Read a file of a project", what, *UNREADABLE, key=True), "FileRequest")


def say() -> dict[str, Any]:
    """Describe feedback."""
    described = operation("Say something about a page, in public", {}, 404, *UNREADABLE, key=True)
    del described["responses"]["200"]
    later = "GitHub has it. The text is public."
    return accepted(takes(described, "FeedbackRequest"), "FeedbackAccepted", later, ("Location",))


def heard() -> dict[str, Any]:
    """Describe asking for a message."""
    what = {"FollowedMessage": "The message, and the build that it started with commit and page, as far as they are."}
    return operation("What came of a message", what, 401, 404, 503, key=True)


def with_id(described: dict[str, Any], name: str = "job_id") -> dict[str, Any]:
    """Add the id in the path."""
    return {**described, "parameters": [parameter(name, "path", string())]}
