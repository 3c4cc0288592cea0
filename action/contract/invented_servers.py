"""Servers that a page asks for data although nobody named them: when such a one is away, the page is to blame."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from action.contract.visit import FailedRequest, Visit

DATA = {"fetch", "xhr"}  # libraries come from servers that nobody needs to name
RESERVED = re.compile(r"(?:^|\.)(?:example|example\.(?:com|net|org)|invalid|test)$")  # RFC 2606: nobody is there
SHORTEST_WORD = 4  # "api" and "com" are in many names


def blamed(visit: Visit, asked: str) -> Visit:
    """Return a visit in which what nobody named counts as the page's own mistake. `asked` is all that was asked for."""
    return visit.with_requests(lambda request: with_blame(request) if is_invented(request, asked) else request)


def is_invented(request: FailedRequest, asked: str) -> bool:
    """Whether a request for data failed and nothing in `asked` (in lower case) hints at its server."""
    if request.blame != "unreachable" or request.resource not in DATA:
        return False
    host = (urlsplit(request.url).hostname or "").lower()
    if not host or host in asked:
        return False
    words = [word for word in re.split(r"[.-]", host) if len(word) >= SHORTEST_WORD]
    return bool(RESERVED.search(host)) or not any(word in asked for word in words)


def with_blame(request: FailedRequest) -> FailedRequest:
    """Return the request as the page's own mistake."""
    return replace(request, blame="site", reason=f"{request.reason}, and neither brief nor checks name this server")
