"""What is fetched before the model is asked: attachments, and what addresses in a brief say instead of inventions."""

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from action.deadline import Deadline
from action.errors import AttachmentUnavailable
from action.gates.http import GuardedHttp, GuardedHttpError
from action.gates.text import text_of
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


MOST_ADDRESSES = 5
LARGEST_BODY = 2_000_000
SECONDS_FOR_PAGE = 8.0
SECONDS_FOR_PAGES = 20.0
ADDRESS = re.compile(r"https?://[^\s<>\"'`\\]+")
TRAILING = ".,;:!?)]}*_"
# Libraries are loaded by the page, namespaces are names, and an address with a gap is no address.
NOT_FETCHED = re.compile(
    r"^(?:cdn\.|unpkg\.com|cdnjs\.|esm\.sh|fonts\.|ajax\.googleapis\.com|www\.w3\.org|json-schema\.org|schema\.org)"
)


@dataclass(frozen=True)
class NamedPage:
    """What one address said: its text, or why it could not be had."""

    url: str
    text: str = ""
    problem: str = ""


def addresses_in(texts: Iterable[str], private: Iterable[str] = ()) -> list[str]:
    """Return the addresses that `texts` name, in their order, each once, without those that are `private`."""
    left_out = set(private)
    found: dict[str, None] = {}
    for text in texts:
        for match in ADDRESS.findall(text):
            url = match.rstrip(TRAILING)
            if url not in left_out and is_worth_fetching(url):
                found.setdefault(url)
    return list(found)[:MOST_ADDRESSES]


def is_worth_fetching(url: str) -> bool:
    """Whether an address may say something that the model has to know."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return bool(host) and not NOT_FETCHED.match(host) and not any(sign in url for sign in "{}$<>[]")


def fetch_pages(urls: Iterable[str], http: GuardedHttp, deadline: Deadline) -> list[NamedPage]:
    """Fetch each address within the time that this may take."""
    within = deadline.for_step(at_most=SECONDS_FOR_PAGES)
    return [fetch_page(url, http, within) for url in urls]


def fetch_page(url: str, http: GuardedHttp, deadline: Deadline) -> NamedPage:
    """Return what one address says. Never raises for what a server does."""
    seconds = min(SECONDS_FOR_PAGE, deadline.remaining())
    if seconds <= 0:
        return NamedPage(url, problem="there was no time left to fetch it")
    try:
        answer = http.get(url, limit_bytes=LARGEST_BODY, timeout_s=seconds)
    except GuardedHttpError as error:
        return NamedPage(url, problem=str(error))
    if answer.status != 200:
        return NamedPage(url, problem=f"the server answered {answer.status}")
    text = text_of(answer.body)
    return NamedPage(url, problem="it is not text") if text is None else NamedPage(url, text)
