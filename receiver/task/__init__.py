"""The one definition of a task, shared by the receiver and the action. Nothing here does I/O."""

from receiver.task.attachment import Attachment, UndecodableAttachment
from receiver.task.check import Check
from receiver.task.envelope import CannotOpenEnvelope, Keys, open_envelope, seal
from receiver.task.execution import Execution, ExecutionResult, Truncated
from receiver.task.payload import BuildRequest, Payload, StoredEnvelope
from receiver.task.project import project_name
from receiver.task.request import SentTask, Task

__all__ = [
    "Attachment",
    "BuildRequest",
    "CannotOpenEnvelope",
    "Check",
    "Execution",
    "ExecutionResult",
    "Keys",
    "Payload",
    "SentTask",
    "StoredEnvelope",
    "Task",
    "Truncated",
    "UndecodableAttachment",
    "open_envelope",
    "project_name",
    "seal",
]
