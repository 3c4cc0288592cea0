"""A candidate: the files of one answer, with the attachments they must keep; and the verdict on one thing about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict

from action.record import PAGES_WORKFLOW

HTML = (".html", ".htm")
WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml$")


@dataclass(frozen=True)
class Candidate:
    """`files` are all files that would be committed. `site_path` is where Pages serves them ("/repository/").

    `asked` is the text of all that was asked for, in lower case; empty where that is not known.
    """

    files: Mapping[str, bytes]
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    site_path: str = "/"
    generated: frozenset[str] = frozenset()  # files that the run of a workflow makes: nothing is known of them yet
    asked: str = ""

    def text(self, name: str) -> str | None:
        """Return a file as text, None when there is no such file."""
        content = self.files.get(name)
        return None if content is None else content.decode("utf-8-sig", errors="replace")

    @cached_property
    def html(self) -> dict[str, str]:
        """The HTML files by name."""
        return {name: self.text(name) or "" for name in self.files if name.lower().endswith(HTML)}

    @cached_property
    def sources(self) -> dict[str, str]:
        """The files that a browser runs or shows, by name."""
        endings = (*HTML, ".js", ".mjs", ".css")
        return {name: self.text(name) or "" for name in self.files if name.lower().endswith(endings)}

    @cached_property
    def workflow_files(self) -> tuple[str, ...]:
        """The names of the workflow files that are not ours."""
        return tuple(name for name in self.files if WORKFLOW.match(name) and name != PAGES_WORKFLOW)

    def near(self, name: str) -> str:
        """Say what is there instead of a missing file: one with the same letters, or all names."""
        base = name.rsplit("/", 1)[-1].lower()
        alike = [other for other in self.files if other.rsplit("/", 1)[-1].lower() == base and other != name]
        if alike:
            return f"there is {', '.join(sorted(alike))}, but the name must match exactly"
        names = sorted(name for name in self.files if not name.startswith("."))
        return f"the files are {', '.join(names[:30])}" if names else "there are no files"


State = Literal["pass", "fail", "unclear"]


class Verdict(BaseModel):
    """`actual` is what was found instead, `detail` is evidence in words. "unclear" is neither good nor bad.

    `is_excused`: it would be a failure if the network of this machine were not perhaps the reason. `is_broken`: the
    page itself is of no use, because it does not load, is blank, or throws. `is_warned`: it is a pass that who asks
    once, and earlier, does not see.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    state: State
    actual: str = ""
    detail: str = ""
    is_excused: bool = False
    is_broken: bool = False
    is_warned: bool = False


PASS = Verdict(state="pass")


def failed(actual: str, detail: str = "", *, is_broken: bool = False) -> Verdict:
    """Return the verdict "fail" with what was found."""
    return Verdict(state="fail", actual=clipped(actual), detail=clipped(detail, 2_000), is_broken=is_broken)


def passed_with_warning(actual: str) -> Verdict:
    """Return the verdict "pass" with what is wrong nevertheless."""
    return Verdict(state="pass", actual=clipped(actual), is_warned=True)


def unclear(detail: str) -> Verdict:
    """Return the verdict "unclear" with the reason."""
    return Verdict(state="unclear", detail=clipped(detail, 2_000))


def failed_with_excuse(actual: str, detail: str) -> Verdict:
    """Return the verdict "unclear" for what failed, perhaps because of the network here."""
    return Verdict(state="unclear", actual=clipped(actual), detail=clipped(detail, 2_000), is_excused=True)


def clipped(text: str, limit: int = 600) -> str:
    """Return evidence in a length that a prompt can hold."""
    return text if len(text) <= limit else f"{text[: limit - 20]} ... ({len(text)} characters)"
