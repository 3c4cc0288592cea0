"""Names that are reserved for examples and tests, and services that take requests from everybody."""

import re
from urllib.parse import urlsplit

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
