"""What of a request nobody but sender and receiver shall read."""

from collections.abc import Iterable, Mapping
from urllib.parse import unquote, urlsplit

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
