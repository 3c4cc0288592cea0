"""How a site looks from outside: its description, the titles of its commits, and the pictures of its live page."""

import re
from collections.abc import Iterable
from pathlib import Path

from action.contract.visit import Screenshots
from action.gates import secret_scan
from action.gates.text import EMAIL
from action.site.content import Content
from action.site.files import title_of
from receiver.task import BuildRequest

LONGEST_DESCRIPTION = 350
LONGEST_BEGINNING = 2_000  # what is looked at: the rest of a brief cannot become part of the description
NEUTRAL = "A published page"


def description_of(brief: str, task: str, private: Iterable[str]) -> str:
    """Return the description of a task's repository, without private values and what looks like a secret."""
    private = tuple(private)
    return next(
        (clean for text in (brief, task) if is_public(text, clean := clean_description(text), private)), NEUTRAL
    )


def is_public(text: str, clean: str, private: tuple[str, ...]) -> bool:
    """Whether neither the beginning of a text nor what becomes of it holds anything that nobody may read."""
    forms = {name: form.encode(errors="replace") for name, form in (("text", beginning(text)), ("clean", clean))}
    folded = {f"{name} in lower case": form.lower() for name, form in forms.items()}
    return not secret_scan.scan(forms | folded, [*private, *(value.lower() for value in private)])


def clean_description(text: str) -> str:
    """Return what GitHub accepts as a description: one line of 350 characters; and no email address in it."""
    text = EMAIL.sub("", beginning(text))
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= LONGEST_DESCRIPTION else line[: LONGEST_DESCRIPTION - 1].rstrip() + "…"


def beginning(text: str) -> str:
    """Return the words that can matter; the last one is left out when it is cut, for it can be half an address."""
    if len(text) <= LONGEST_BEGINNING:
        return text
    return (text[:LONGEST_BEGINNING].rsplit(maxsplit=1) or [""])[0]


LONGEST = 72
ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)  # "fixes https://.../issues/1" would close an issue
# Without brackets there is no [skip ci], without # no #1, without @ nobody is called; the others are Markdown's.
SIGNS = re.compile(r"[\[\]#@<>`*|~\\]")
WORDS = re.compile(r"\bskip-checks\b|\bGH-(?=\d)", re.IGNORECASE)  # skip-checks: true; GH-1
HEADING = re.compile(r"\s*#{1,6} +(\S.*)")


def commit_title(request: BuildRequest, content: Content, private: tuple[str, ...], *, is_kept: bool) -> str:
    """Return the title. `is_kept`: the page of the round before stays, because there are no files for this one."""
    if request.restore:
        return f"Restore the files of {request.restore[:7]}"
    if request.upload:
        about = harmless(title_of(description_of(request.task.brief, request.task.task, private)))
        return shortened(about or "Bring files")
    kind = "Revision of round" if request.revision else "Fallback page for round" if content.reason else "Round"
    if is_kept:
        return f"Round {request.task.round}: the page stays as it was"
    brief = request.task.brief
    if request.revision:
        brief = brief.partition("\n\n")[2] or brief  # templates/prompts/feedback.md begins with words of ours
    heading = HEADING.match(brief)
    said = heading[1] if heading else brief
    about = harmless(title_of(description_of(said, request.task.task, private)))
    return shortened(f"{kind} {request.task.round}: {about}".rstrip(": "))


def harmless(text: str) -> str:
    """Return words that start, skip, close and call nothing, on one line."""
    text = WORDS.sub("", SIGNS.sub("", ADDRESS.sub("", text)))
    return " ".join(text.split()).strip(" .:")


def shortened(line: str) -> str:
    """Return a line that every list of commits shows whole."""
    if len(line) <= LONGEST:
        return line
    cut = line[: LONGEST - 1]
    words = cut.rsplit(" ", 1)[0]
    return (words if len(words) > LONGEST // 2 else cut).rstrip(" .,:;") + "…"


DESKTOP, MOBILE = "desktop.webp", "mobile.webp"
LARGEST_PICTURE = 3_000_000  # bytes; a page that fills a screen with noise is left without a picture


def keep_pictures(screenshots: Screenshots | None, folder: Path) -> list[str]:
    """Write the pictures into a folder and return their names; an unusable one is left out."""
    kept = []
    for name in (DESKTOP, MOBILE):
        (folder / name).unlink(missing_ok=True)
    for name, body in named(screenshots).items():
        if is_webp(body) and len(body) <= LARGEST_PICTURE:
            (folder / name).write_bytes(body)
            kept.append(name)
    return kept


def named(screenshots: Screenshots | None) -> dict[str, bytes]:
    """Return the pictures by name."""
    return {DESKTOP: screenshots.desktop, MOBILE: screenshots.mobile} if screenshots else {}


def is_webp(body: bytes) -> bool:
    """Whether bytes begin as a WebP picture does."""
    return body[:4] == b"RIFF" and body[8:12] == b"WEBP"
