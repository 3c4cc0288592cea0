"""Values that must never appear, whatever they look like: where they are looked for, and in which spellings.

An ordinary word or a short number is on every other page by chance. It is looked for only where something like
`secret = "..."` says what it is. An address that is reserved for examples tells of nobody, except in a file's name.
"""

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

SHORTEST = 6
LONGEST_WORD = 16  # letters; a longer row of them is no word
LONGEST_NUMBER = 11  # digits: a telephone number, a date; times in milliseconds are longer
# What many people choose, with digits behind it
WORDS = frozenset(
    {
        *("password", "passwort", "passwd", "secret", "changeme", "letmein", "welcome", "student", "students", "admin"),
        *("test", "testing", "qwerty", "example", "default", "secretkey", "mysecret", "hello", "token", "user", "demo"),
    }
)
NOT_IN_WORDS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5}")
# A name that says that a secret follows, in lower case
TELLING = (
    rb"""(?:secret|token|nonce|pass(?:word|wd|phrase)|pwd|api[_-]?key|credentials?)["'`]?\s{0,4}"""
    rb"""(?:=>|:=|={1,3}|:|\bis\b)\s{0,4}"""
)


@dataclass(frozen=True)
class Needle:
    """One spelling of a value, and what finds it in a text in lower case. `kind` says to people which value it is."""

    spelling: bytes
    kind: str
    pattern: re.Pattern[bytes]


def needles(values: Iterable[str], *, in_names: bool = False) -> list[Needle]:
    """Return what to look for: in files, or in the names of files."""
    wanted = [value for value in values if len(value) >= SHORTEST and (in_names or not is_everybodys(value))]
    return [
        Needle(spelling.lower(), kind_of(value), pattern_of(spelling.lower(), value, in_names=in_names))
        for value in dict.fromkeys(wanted)
        if not in_names or is_distinctive(value)
        for spelling in (spellings(value) if is_distinctive(value) else [value.encode()])
    ]


def kind_of(value: str) -> str:
    """Say what a private value is, without saying it."""
    if value.lower().startswith(("http://", "https://")):
        return "the address of the callback"
    return "the sender's email address" if "@" in value else "a private value of the request, or the shared secret"


def is_distinctive(value: str) -> bool:
    """Whether a value that is found somewhere can only be the one that is looked for."""
    if value.casefold().strip(" 0123456789!?.#*") in WORDS:
        return False
    if not any(map(str.isalpha, value)):
        return sum(map(str.isdigit, value)) > LONGEST_NUMBER
    is_word = value.isalpha() and (value[1:].islower() or value.isupper()) and len(value) < LONGEST_WORD
    return not is_word or NOT_IN_WORDS.search(value.casefold()) is not None


def pattern_of(spelling: bytes, value: str, *, in_names: bool) -> re.Pattern[bytes]:
    """Return what finds a value where it is the value, and not a part of something longer.

    What is not distinctive needs a name in front that says that it is a secret, and quotes unless it is a number;
    `password = "password"` is what every form has.
    """
    before, after = rb"", rb""
    if not is_distinctive(value):
        quote = rb"""(?P<quote>["'`])""" + (rb"?" if value.strip().isdigit() else rb"")
        before = rb"(?!" + re.escape(spelling) + rb")" + TELLING + quote
        after = rb"(?(quote)(?P=quote)|(?![a-z0-9]))"
    elif value.isdigit():
        before, after = rb"(?<![0-9])", rb"(?![0-9])"
    elif "@" in value and b"@" in spelling and not in_names:  # another address may end with it
        before, after = rb"(?<![a-z0-9._+-])", rb"(?![a-z0-9])"
    return re.compile(before + rb"(?P<value>" + re.escape(spelling) + rb")" + after)


def spellings(value: str) -> list[bytes]:
    """Return a value as it is, percent-encoded and in base64 at its beginning."""
    raw = value.encode()
    in_base64 = base64.b64encode(raw)[: len(raw) // 3 * 4]  # without the part that depends on what follows
    forms = [raw, quote(value, safe="").encode(), json.dumps(value)[1:-1].encode()]
    return list(dict.fromkeys([*forms, in_base64] if len(in_base64) >= 12 else forms))


# RFC 2606, section 3, and RFC 6761, section 6
DOMAINS = frozenset({"example.com", "example.net", "example.org"})
TOP_LEVEL = frozenset({"example", "test", "invalid", "localhost"})
# Services that answer whatever is sent to them: an address there belongs to nobody.
TEST_SERVICES = frozenset(
    {
        *("httpbin.org", "httpbingo.org", "httpbin.dev", "postman-echo.com", "echo.free.beeceptor.com"),
        *("webhook.site", "requestbin.com", "ptsv3.com", "reqres.in", "jsonplaceholder.typicode.com", "dummyjson.com"),
    }
)
SHORTEST_UNGUESSABLE = 12  # characters, with a digit: a part of an address that only its owner knows
PARTS = re.compile(r"[^/?&=]+")
HOST = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.){1,9}[A-Za-z]{2,20}(?![\w-])")
LONGEST_LOOKED_AT = 2_000


def is_reserved(host: str) -> bool:
    """Whether nobody can have this host name."""
    labels = host.casefold().rstrip(".").split(".")
    return labels[-1] in TOP_LEVEL or ".".join(labels[-2:]) in DOMAINS


def is_everybodys(value: str) -> bool:
    """Whether an email address or the address of a page is for examples or tests, so that it tells of nobody."""
    name, at, host = value.strip().rpartition("@")
    if at and "/" not in value:
        return bool(name) and is_reserved(host)
    try:
        parts = urlsplit(value.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return False
    return host in TEST_SERVICES | DOMAINS and not any(
        map(is_unguessable, PARTS.findall(f"{parts.path}?{parts.query}"))
    )


def is_unguessable(part: str) -> bool:
    """Whether a part of an address was made so that nobody else finds it."""
    return len(part) >= SHORTEST_UNGUESSABLE and any(map(str.isdigit, part))


def mentions_reserved(text: str) -> bool:
    """Whether a text names a host that nobody can have."""
    return any(is_reserved(found[0]) for found in HOST.finditer(text[:LONGEST_LOOKED_AT]))
