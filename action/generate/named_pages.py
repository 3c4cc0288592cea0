"""What the addresses in a brief say, fetched beforehand and given to the model: known things instead of inventions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from action.deadline import Deadline
from action.gates.http import GuardedHttp, GuardedHttpError
from action.gates.text import text_of

MOST_ADDRESSES = 5
LARGEST_BODY = 2_000_000
SECONDS_FOR_ONE = 8.0
SECONDS_FOR_ALL = 20.0
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
    within = deadline.for_step(at_most=SECONDS_FOR_ALL)
    return [fetch_page(url, http, within) for url in urls]


def fetch_page(url: str, http: GuardedHttp, deadline: Deadline) -> NamedPage:
    """Return what one address says. Never raises for what a server does."""
    seconds = min(SECONDS_FOR_ONE, deadline.remaining())
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
