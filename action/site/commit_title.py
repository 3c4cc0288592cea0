"""The titles of a site's commits: they say what came, and start, skip, close and call nothing."""

import re

from action.site.content import Content
from action.site.description import description_of
from action.site.files import title_of
from receiver.task import BuildRequest

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
