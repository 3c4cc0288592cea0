"""Whether a page has nothing on it: it is empty, or holds only white space, comments, a doctype, a fence or a frame."""

import re
from html import unescape

COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
STYLE = re.compile(r"<style\b.*?(?:</style[^<>]*>?|\Z)", re.DOTALL | re.IGNORECASE)
FENCE_LINE = re.compile(r"^[ \t]*(?:`{3,}|~{3,}).*$", re.MULTILINE)
TAG = re.compile(r"<[^<>]*>?")
# Elements that show or do something without any text of their own; a name with a hyphen is a custom element.
SHOWS = re.compile(
    r"<(?:script|img|svg|canvas|picture|video|audio|iframe|frame|object|embed|input|button|select|textarea|meter"
    r"|progress|hr|math|[a-z]+-[\w-]+)\b|<meta\b[^<>]*\bhttp-equiv\b[^<>]*\brefresh\b",
    re.IGNORECASE,
)


def is_blank(page: bytes) -> bool:
    """Whether nothing of a page can be seen or run. A page with only a title is not blank: that is for the contract."""
    html = COMMENT.sub("", page.decode(errors="replace"))
    if SHOWS.search(html):
        return False
    text = TAG.sub("", STYLE.sub("", FENCE_LINE.sub("", html)))
    return not unescape(text).strip(" \t\r\n\f\v\ufeff\xa0\0")
