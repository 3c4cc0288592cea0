"""The bytes of the attachments: inside the request, or fetched from where it says, some at a time."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from action.deadline import Deadline
from action.errors import AttachmentUnavailable
from action.gates.http import GuardedHttp, GuardedHttpError
from receiver.task import Attachment, UndecodableAttachment

LARGEST_FETCHED = 20_000_000
LARGEST_TOGETHER = 90_000_000  # bytes; a commit has at most 100 million, and the page needs some of them
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
    files, problems, space = dict[str, bytes](), list[AttachmentUnavailable](), LARGEST_TOGETHER
    for item, body in sorted(zip(wanted, found, strict=True), key=lambda pair: not pair[0].is_inline):
        if isinstance(body, AttachmentUnavailable):
            problems.append(body)
        elif len(body) > space:
            problems.append(missing(item.name, f"all of them together may have {LARGEST_TOGETHER:,} bytes"))
        else:
            files[item.name], space = body, space - len(body)
    return Attached({item.name: files[item.name] for item in wanted if item.name in files}, tuple(problems))


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
