"""What others wrote, as far as anybody may read it: private values masked, or where that is not enough, nothing."""

import base64
import binascii
import html
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_plus

from action.gates import secret_scan
from action.plain_text import without_addresses

SHORTEST_INSIDE_WORDS = 4  # a shorter value is masked as a word of its own only: "a" is in every other word
WITHHELD = "Not shown, because it holds private values."
IN_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{6,}")


def public_text(text: str, private: Iterable[str]) -> str:
    """Return a text without private values, email addresses and secrets; a sentence when masking is not enough."""
    private = [value for value in private if value]
    clean = without_addresses(without(private, text))
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
