"""What a published site has besides the model's files: LICENSE, a complete README, pages.yml, and the fallback page."""

import re
from collections.abc import Iterable, Mapping
from html import escape, unescape
from itertools import pairwise
from pathlib import Path, PurePosixPath
from string import Template
from urllib.parse import quote

from action.contract.kinds_files import SECTIONS, is_about
from action.gates.text import headings

FOLDER = Path(__file__).parents[2] / "templates" / "site"
LONGEST_TITLE = 80
LISTING = b"<!doctype html><!-- Pagewright: a listing, made because there was no index.html -->"
KINDS = {
    ".html": "page",
    ".css": "styles",
    ".js": "script",
    ".mjs": "script",
    ".json": "data",
    ".csv": "data",
    ".svg": "picture",
    ".md": "text",
    ".txt": "text",
    ".yml": "configuration",
}


def license_text(holder: str, year: int) -> bytes:
    """Return the MIT license."""
    return fill("LICENSE", holder=" ".join(holder.split()), year=year).encode()


def pages_workflow(branch: str) -> bytes:
    """Return the trusted workflow that deploys the branch `branch`."""
    if not re.fullmatch(r"[A-Za-z0-9][\w./-]*", branch):
        raise ValueError(f"{branch!r} is no name of a branch that this workflow can hold")
    return (FOLDER / "pages.yml").read_text(encoding="utf-8").replace("@BRANCH@", branch).encode()


def fallback_files(
    brief: str, attachments: Mapping[str, bytes], *, reason: str, holder: str, year: int
) -> dict[str, bytes]:
    """Return the plain page for a build that no model answered: honest, complete, with nothing invented."""
    title = title_of(brief)
    names = [
        f'<li><a href="{escape(quote(name))}">{escape(name)}</a> ({len(body):,} bytes)</li>'
        for name, body in attachments.items()
    ]
    page = fill(
        "fallback.html",
        title=escape(title),
        reason=escape(reason),
        brief=escape(brief.strip()),
        attachments=f"<ul>\n{chr(10).join(names)}\n</ul>" if names else "<p>There were none.</p>",
    )
    ours = {"index.html": page.encode(), "LICENSE": license_text(holder, year)}
    summary = f"{reason}\n\nThe brief was:\n\n{quoted(brief)}"
    readme = fill(
        "README.md", title=title, summary=summary, files=table([*ours, "README.md", *attachments], attachments)
    )
    return {**ours, "README.md": readme.encode(), **attachments}


def listing(name: str, paths: Iterable[str]) -> bytes:
    """Return a page that lists files: for a site that was brought without one."""
    shown = sorted(path for path in paths if path != "index.html" and not path.startswith("."))
    items = [f'<li><a href="{escape(quote(f"./{path}"))}">{escape(path)}</a></li>' for path in shown]
    return fill("listing.html", title=escape(name), files="\n".join(items)).encode()


def is_listing(page: bytes | None) -> bool:
    """Whether there is no page, or one that lists files because there was none."""
    return page is None or page.startswith(LISTING)


def complete_readme(readme: str, brief: str, paths: Iterable[str], attached: Iterable[str]) -> str:
    """Return `readme` with the sections that it lacks. What it has stays as it is."""
    attached = set(attached)
    whole = fill("README.md", title=title_of(brief), summary=quoted(brief), files=table(sorted(paths), attached))
    if not readme.strip():
        return whole
    present = sections_of(readme)
    missing = [name for name in SECTIONS if name not in present]
    parts = [readme.rstrip(), *(section(whole, name) for name in missing)]
    if not re.search(r"\bMIT\b", readme) and "License" not in missing:
        parts.append("The license is MIT, see [LICENSE](LICENSE).")
    return "\n\n".join(parts) + "\n"


def words_of_its_own(readme: str) -> str:
    """Return the lines of a README that `complete_readme` cannot have written: no template, no brief, no file list."""
    template = set((FOLDER / "README.md").read_text(encoding="utf-8").splitlines())
    made = ("> ", "| `", "# ")
    return "\n".join(line for line in readme.splitlines() if line not in template and not line.startswith(made))


def with_link(readme: bytes, pages_url: str) -> bytes:
    """Return a README that leads to its page: its own link is enough, else one line below the first heading."""
    try:
        text = readme.decode()
    except UnicodeDecodeError:
        return readme
    shown = re.sub(r"^https?://", "", pages_url).rstrip("/")
    if re.search(rf"{re.escape(shown)}(?![\w.-])", text, flags=re.IGNORECASE):
        return readme
    line = f"**Live page:** [{shown}]({pages_url})"
    heading = re.match(r"\n* {0,3}# .+", text)  # none is looked for below other words: that may be in a code block
    before = heading[0] if heading else ""
    after = text[len(before) :].lstrip("\r\n")
    return ("\n\n".join(part for part in (before, line, after) if part) + ("" if after else "\n")).encode()


def sections_of(readme: str) -> set[str]:
    """Return the names of the sections that a text has: a heading is about it, outside code blocks, and has a body."""
    found = headings(readme)
    deeper = [following.level > heading.level for heading, following in pairwise(found)]
    filled = [it.title for it, is_deeper in zip(found, [*deeper, False], strict=False) if it.body.strip() or is_deeper]
    return {name for name in SECTIONS if any(is_about(title, name) for title in filled)}


def section(readme: str, name: str) -> str:
    """Return one section of a README that was made from the template."""
    found = re.search(rf"^## {name}$.*?(?=^## |\Z)", readme, flags=re.M | re.S)
    if found is None:
        raise ValueError(f"templates/site/README.md lacks the section {name}")
    return found[0].rstrip()


def title_of(brief: str) -> str:
    """Return a title: the beginning of the brief, on one line."""
    first = re.split(r"(?<=[.!?:])\s", " ".join(brief.split()), maxsplit=1)[0].strip("#*_ ")
    if len(first) <= LONGEST_TITLE:
        return first or "Task"
    return first[: LONGEST_TITLE - 1].rsplit(" ", 1)[0] + " …"


def quoted(text: str) -> str:
    """Return a Markdown quotation. No line of it can be a heading, a table or a fence of the README."""
    return "\n".join(f"> {escape(line, quote=False)}".rstrip() for line in text.strip().splitlines())


def table(paths: Iterable[str], attached: Iterable[str]) -> str:
    """Return the rows of the table of files."""
    attached = set(attached)
    return "\n".join(f"| `{path.replace('|', '&#124;')}` | {kind(path, path in attached)} |" for path in paths)


def kind(path: str, is_attached: bool) -> str:
    """Say in a few words what a file is."""
    known = {"index.html": "the page", "README.md": "this text", "LICENSE": "the MIT license"}
    if is_attached:
        return "came with the task, unchanged"
    return known.get(path) or KINDS.get(PurePosixPath(path).suffix.lower(), "file")


def fill(name: str, **values: object) -> str:
    """Fill in a template of templates/site."""
    return Template((FOLDER / name).read_text(encoding="utf-8")).substitute(values)


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
