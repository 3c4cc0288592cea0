"""The bytes of the attachments: inside the request, or fetched from where it says, some at a time."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from action.deadline import Deadline
from action.errors import AttachmentUnavailable
from action.gates.guarded_http import GuardedHttp, GuardedHttpError
from receiver.task import Attachment, UndecodableAttachment

LARGEST_FETCHED = 20_000_000
SECONDS_FOR_ONE = 30.0
MOST_AT_ONCE = 4


@dataclass(frozen=True)
class Attached:
    """`files` are the attachments that are there; `problems` tells of the others."""

    files: dict[str, bytes] = field(default_factory=dict)
    problems: tuple[AttachmentUnavailable, ...] = ()


def collect_attachments(attachments: Iterable[Attachment], http: GuardedHttp, deadline: Deadline) -> Attached:
    """Decode or fetch every attachment. One that cannot be had does not stop the build."""
    wanted = list(attachments)
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        found = list(pool.map(lambda attachment: read_or_tell(attachment, http, deadline), wanted))
    files = {item.name: body for item, body in zip(wanted, found, strict=True) if isinstance(body, bytes)}
    return Attached(files, tuple(problem for problem in found if isinstance(problem, AttachmentUnavailable)))


def read_or_tell(attachment: Attachment, http: GuardedHttp, deadline: Deadline) -> bytes | AttachmentUnavailable:
    """Return one attachment's bytes, or why they cannot be had."""
    try:
        return read_attachment(attachment, http, deadline)
    except AttachmentUnavailable as error:
        return error


def read_attachment(attachment: Attachment, http: GuardedHttp, deadline: Deadline) -> bytes:
    """Return one attachment's bytes. Raises AttachmentUnavailable."""
    if attachment.is_inline:
        try:
            return attachment.inline_bytes()
        except UndecodableAttachment as error:
            raise missing(attachment.name, f"its address {error}") from None
    seconds = min(SECONDS_FOR_ONE, deadline.remaining())
    if seconds <= 0:
        raise missing(attachment.name, "there was no time left for it")
    try:
        answer = http.get(attachment.url, limit_bytes=LARGEST_FETCHED, timeout_s=seconds)
    except GuardedHttpError as error:
        raise missing(attachment.name, str(error)) from None
    if answer.status != 200:
        raise missing(attachment.name, f"the server answered {answer.status}")
    return answer.body


def missing(name: str, reason: str) -> AttachmentUnavailable:
    """Return the error for one attachment."""
    return AttachmentUnavailable(
        f"The attachment {name} could not be fetched: {reason}.",
        "its address is wrong, expired, private, or the file is too large.",
        "Send the attachment as a data URI inside the request, or correct its address.",
    )
