"""What all pages share: the frame with its headers, markdown, durations."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import Response, render_template
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from embedded.github.access import caller, github
from embedded.github.core import full_name
from embedded.github.errors import NotFound
from embedded.github.store import Document
from embedded.github.times import moment
from embedded.github.tokens import may_see

STYLE = Path(__file__).parents[1] / "templates" / "github" / "style.css"
POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
HARMLESS_TAG = re.compile(r"&lt;(/?(?:details|summary|sub))&gt;")
LONGEST_SHOWN = 512 * 1024


def page(template: str, **values: Any) -> Response:
    """Return a page that can load nothing but its own style and pictures of this server."""
    core = github()
    shown = render_template(f"github/{template}.html", core=core, full_name=full_name, seconds=seconds, **values)
    response = Response(shown, mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def visible_repository(owner: str, name: str) -> Document:
    """Return a repository that the visitor may see. Raises NotFound."""
    repo = github().repository(f"{owner}/{name}")
    if repo is None or not may_see(github().store, caller(), repo):
        raise NotFound
    return repo


def markdown(text: str) -> Markup:
    """Return markdown as HTML; HTML in it is shown as text but for three tags, and odd links are dropped."""
    return Markup(MARKDOWN.render(text))  # noqa: S704 - the renderer escapes


def html_shown(tokens: Sequence[Token], place: int, *_: object) -> str:
    """Return a piece of HTML as text, in which the tags that fold and shrink work, as GitHub lets them."""
    return HARMLESS_TAG.sub(r"<\1>", str(escape(tokens[place].content)))


MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
MARKDOWN.renderer.rules |= {"html_block": html_shown, "html_inline": html_shown}  # type: ignore[attr-defined]


def seconds(started: str | None, ended: str | None) -> str:
    """Return how long something took, for people."""
    if not started or not ended:
        return ""
    total = int((moment(ended) - moment(started)).total_seconds())
    return f"{total // 60} min {total % 60} s" if total >= 60 else f"{total} s"


def readable(content: bytes) -> str | None:
    """Return the content as text, or None when it is binary or long."""
    if len(content) > LONGEST_SHOWN or b"\0" in content:
        return None
    return content.decode(errors="replace")
