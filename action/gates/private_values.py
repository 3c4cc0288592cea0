"""What of a request nobody but sender and receiver shall read, and texts of others without it."""

import base64
import binascii
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote, unquote_plus, urlsplit

from action.gates import secret_scan
from action.gates.text import without_addresses
from receiver.task import BuildRequest

SHORTEST = 8  # characters; anything shorter is in ordinary pages by chance


def confidential(request: BuildRequest) -> tuple[str, ...]:
    """Return what is masked wherever the build speaks of itself, however short it is."""
    task = request.task
    echoed = (str(task.echo[name]) for name in ("email", "nonce") if name in task.echo)
    return tuple(dict.fromkeys(filter(None, (task.email, task.nonce, task.evaluation_url, *echoed))))


def of_the_callback(request: BuildRequest) -> tuple[str, ...]:
    """Return what else an answer to the callback may repeat: parts of its address, and the sender's name in theirs."""
    address = urlsplit(request.task.evaluation_url)
    parts = [part for part in (*address.path.split("/"), *address.query.split("&")) if len(part) >= SHORTEST]
    values = [part.partition("=")[2] for part in parts if "=" in part]
    names = [request.task.email.partition("@")[0], address.netloc, address.hostname or "", address.path.rstrip("/")]
    return tuple(dict.fromkeys(filter(None, (unquote(part) for part in (*names, *parts, *values)))))


def private_values(request: BuildRequest, *secrets: str) -> tuple[str, ...]:
    """Return what no published file may hold.

    What the brief, a check or an attachment says is public by the sender's own will: a contact card has the sender's
    address. That is never so for `secrets`, which are the build's own.
    """
    said = b"\n".join(published(request)).decode(errors="replace").casefold()
    values = [value for value in confidential(request) if value.casefold() not in said]
    return tuple(value for value in (*values, *secrets) if len(value) >= SHORTEST)


def published(request: BuildRequest, files: Iterable[bytes] = ()) -> tuple[bytes, ...]:
    """Return what the task itself makes public: its words, its attachments, and `files` that are public already."""
    task = request.task
    names = [item.name for item in task.attachments]
    words = "\n".join([task.brief, *map(str, task.checks), *names]).encode(errors="replace")
    return (words, *(item.inline_bytes() for item in task.attachments if item.is_inline), *files)


def texts_of(files: Mapping[str, bytes]) -> tuple[bytes, ...]:
    """Return what files show to everybody: their names, and what is in them."""
    return ("\n".join(files).encode(errors="replace"), *files.values())


def not_published(private: Iterable[str], request: BuildRequest, files: Iterable[bytes]) -> tuple[str, ...]:
    """Return the private values without those of the sender that files show which are public already.

    They are the page of the round before, and attachments that were fetched: the first round of a contact card had the
    address in its brief, and the second one only speaks of its colours.
    """
    of_sender, texts = set(confidential(request)), [body.decode(errors="replace").casefold() for body in files]
    return tuple(
        value for value in private if value not in of_sender or not any(value.casefold() in text for text in texts)
    )


SHORTEST_INSIDE_WORDS = 4  # a shorter value is masked as a word of its own only: "a" is in every other word
WITHHELD = "Not shown, because it holds private values."
IN_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{6,}")


def public_text(text: str, private: Iterable[str]) -> str:
    """Return a text without private values, email addresses and secrets; a sentence when masking is not enough."""
    private = [value for value in private if value]
    clean = without_addresses(without(private, text))
    return WITHHELD if is_leaking(clean, private) else clean


HIDDEN_LINE = "(This line is not shown: it looks like a secret.)"
HIDDEN_REST = "(What follows is not shown: it looks like secrets.)"


def public_log(text: str, private: Iterable[str] = ()) -> str:
    """Return a log without private values and email addresses, and without each line that looks like a secret."""
    private = [value for value in private if value]
    lines = without_addresses(without(private, text)).split("\n")
    found = secret_scan.scan({"log": "\n".join(lines).encode(errors="replace")})
    for finding in sorted(found, reverse=True):
        first = max(finding.line - 1, 0)
        if finding.rule == secret_scan.TOO_MANY:
            lines[first:] = [HIDDEN_REST]
        elif finding.rule == secret_scan.PRIVATE_KEY:
            end = next((at for at in range(first, len(lines)) if "-----END" in lines[at]), None)
            lines[first:] = [HIDDEN_LINE, *(lines[end + 1 :] if end is not None else [HIDDEN_REST])]
        else:
            lines[first] = HIDDEN_LINE
    clean = "\n".join(lines)
    return WITHHELD if is_leaking(clean, private) else clean


def without(private: Iterable[str], text: str) -> str:
    """Return a text in which no private value can be read as it is, in upper or lower case."""
    for value in sorted(private, key=len, reverse=True):
        pattern = re.escape(value)
        alone = pattern if len(value) >= SHORTEST_INSIDE_WORDS else rf"(?<!\w){pattern}(?!\w)"
        text = re.sub(alone, "***", text, flags=re.IGNORECASE)
    return text


def is_leaking(text: str, private: Iterable[str]) -> bool:
    """Whether a text still holds what looks like a secret, or a private value in a spelling that hides it."""
    wanted = [value.casefold() for value in private if len(value) >= SHORTEST_INSIDE_WORDS]
    if secret_scan.scan({"text": text.encode(errors="replace")}):
        return True
    return any(value in form.casefold() for form in spellings(text) for value in wanted)


def spellings(text: str) -> Iterator[str]:
    """Yield what a text says to whoever undoes the usual ways to write characters in addresses, pages and JSON."""
    yield unquote_plus(text)
    yield html.unescape(text)
    yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    for found in IN_BASE64.findall(text):
        ours = found.replace("-", "+").replace("_", "/")
        yield from (from_base64(ours[start:]) for start in range(4))  # it may begin behind other characters


def from_base64(text: str) -> str:
    """Return what base64 says, nothing when it is none."""
    whole = text if len(text) % 4 != 1 else text[:-1]  # one character alone says nothing
    try:
        return base64.b64decode(whole + "=" * (-len(whole) % 4)).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""
