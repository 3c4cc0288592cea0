"""Attachments as people write them: other words for name and url, content without an address, empty entries."""

import base64
import binascii
import mimetypes
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

NAMES = ("name", "filename", "file_name", "fileName", "path")
CONTENTS = ("content", "data", "text", "body", "base64")
LONGEST_END = 2000  # characters of an address: a longer name would be refused anyway
ADDRESSES = ("data:", "http://", "https://")


def is_nothing(value: object) -> bool:
    """Whether an entry of the list names neither a file nor its content."""
    if isinstance(value, dict):
        return not any(value.get(key) for key in (*NAMES, *CONTENTS, "url"))
    return value is None or value == ""


def in_our_words(value: object) -> object:
    """Return an attachment as {name, url}, as far as that is what it says; a bare address has the name of its end."""
    if isinstance(value, str):
        value = {"url": value}
    if not isinstance(value, dict):
        return value
    name = next((value[key] for key in NAMES if isinstance(value.get(key), str) and value[key].strip()), None)
    url = value.get("url")
    if not url:
        content = next(((key, value[key]) for key in CONTENTS if isinstance(value.get(key), str)), None)
        url = address_of(name or "", *content, encoding_of(value)) if content else url
    if not name and isinstance(url, str):
        name = name_from_url(url)
    return {"name": value.get("name") if name is None else name, "url": url}


def encoding_of(value: dict[Any, Any]) -> str:
    """Return what an attachment says about how its content is written, in lower case."""
    return str(value.get("encoding") or "").strip().lower()[:20]


def address_of(name: str, key: str, content: str, encoding: str) -> str:
    """Return content as an address: one that it is already, or a data URI of its text or its base64."""
    if content[:8].lower().startswith(ADDRESSES):
        return content
    if key == "base64" or encoding == "base64" or (not encoding and is_base64(name, key, content)):
        return f"data:;base64,{content}"
    return "data:;base64," + base64.b64encode(content.encode(errors="replace")).decode()


def is_base64(name: str, key: str, content: str) -> bool:
    """Whether content that does not say so is base64: where the name is of no text, or when text comes out of it."""
    guessed = mimetypes.guess_type(name)[0] or "text/plain"
    is_text = guessed.startswith("text/") or guessed.endswith(("json", "xml", "javascript"))
    if not is_text or key != "data":
        return not is_text
    try:
        return bool(base64.b64decode("".join(content.split()), validate=True).decode())
    except (binascii.Error, ValueError):
        return False


def name_from_url(url: str) -> str:
    """Derive a file name for an attachment that has none."""
    if url[:5].lower() == "data:":
        return f"attachment{mimetypes.guess_extension(claimed_type(url).strip()) or '.bin'}"
    return PurePosixPath(unquote(urlsplit(url).path[-LONGEST_END:])).name or "attachment.bin"


def claimed_type(uri: str) -> str:
    """Return the media type that a data URI claims."""
    return uri[5 : uri.find(",", 5)].split(";", 1)[0] if "," in uri else uri[5:].split(";", 1)[0]
