"""Kinds of assertions that act: steps in a fresh page with what must be so after them, and data that change."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from action.contract.kind import FileName, Hint
from action.contract.kinds_page import InPage
from action.contract.variations import Variation
from action.contract.wishes import MOST, NOTHING, WISHES, Seen, Wish

MOST_STEPS, MOST_EXPECTED = 12, 6
Text = Annotated[str, Field(max_length=500)]
Deed = Literal[
    "fill",
    "select",
    "check",
    "uncheck",
    "press",
    "click",
    "drag",
    "submit",
    "hash",
    "query",
    "reload",
    "back",
    "download",
    "wait",
    "resize",
]
DEED_WORDS = {
    "fill": 'fill {target} with "{value}"',
    "select": 'select "{value}" in {target}',
    "check": "check {target}",
    "uncheck": "uncheck {target}",
    "click": "click {target}",
    "drag": "drag {target} to {value}",
    "submit": "submit the form of {target}",
    "download": "download with {target}",
    "press": "press {value}",
    "hash": "go to {value}",
    "query": "open the page with {value}",
    "reload": "reload the page",
    "back": "go back",
    "resize": "make the window {value}",
    "wait": "wait {value} s",
}
ON_ELEMENT = {deed for deed, words in DEED_WORDS.items() if "{target}" in words}
PATTERNS = {
    "press": r"[\w+ ]+|[^\s\w]",
    "drag": r"\S.*",
    "hash": r"#?[^\s#]+",
    "query": r"\?[^\s#]*",
    "resize": r"\d{2,4}x\d{2,4}",
    "wait": r"[0-5](?:\.\d)?|",
}


KEYS = {"esc": "Escape", "return": "Enter", "space": "Space", "ctrl": "Control", "del": "Delete", "up": "ArrowUp"}
KEYS |= {"down": "ArrowDown", "left": "ArrowLeft", "right": "ArrowRight"}
KEYS |= {name.lower(): name for name in ("Enter", "Escape", "Tab", "Backspace", "Delete", "Control", "Shift", "Alt")}


class Strict(BaseModel):
    """A part of an assertion. It is given in full or not at all."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Step(Strict):
    """One thing that a person does. `on` is a selector; without one, `name` is what stands on the element."""

    do: Deed
    on: Text = ""
    name: Text = ""
    value: Text = ""

    @model_validator(mode="after")
    def whole(self) -> "Step":
        """Refuse what cannot be done: no element, or a value that is none."""
        if self.do in ON_ELEMENT and not (self.on or self.name):
            raise ValueError(f"{self.do} needs an element")
        pattern = PATTERNS.get(self.do)
        if pattern is not None and not re.fullmatch(pattern, self.value):
            raise ValueError(f"{self.do} cannot have this value")
        if self.do == "wait" and not (self.on or self.value):
            raise ValueError("wait needs an element or seconds")
        return self

    @property
    def key(self) -> str:
        """What is pressed, as browsers call it: "ctrl+k" is Control+k."""
        parts = self.value.split("+") if len(self.value) > 1 else ()
        return "+".join(KEYS.get(part.strip().lower(), part.strip()) for part in parts) or self.value

    def describe(self) -> str:
        """Say what is done."""
        target = f'"{self.name}"' if self.name else self.on
        if self.do == "wait" and self.on:
            return f"wait for {self.on}"
        words = DEED_WORDS[self.do].format(target=target, value=self.value)
        return f"{words} in {self.on}" if self.do == "press" and self.on else words


class Expect(Strict):
    """What must be so after the steps. "more", "changed" and the like compare with what was so before them."""

    on: Text = ""
    to_be: str = Field(alias="is")
    value: Text = ""
    name: Text = ""
    at_least: int | None = Field(default=None, ge=0, le=MOST)
    at_most: int | None = Field(default=None, ge=0, le=MOST)

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    @property
    def wish(self) -> Wish:
        """What its word means."""
        return WISHES[self.to_be]

    @model_validator(mode="after")
    def whole(self) -> "Expect":
        """Refuse what says nothing."""
        if self.to_be not in WISHES:
            raise ValueError(f"nothing can be {self.to_be}")
        if not self.on and not self.wish.of_page:
            raise ValueError(f"{self.to_be} needs an element")
        has_bounds = (self.at_least, self.at_most) != (None, None)
        if not {"": True, "value": self.value, "name": self.name, "at_least or at_most": has_bounds}[self.wish.needs]:
            raise ValueError(f"{self.to_be} needs {self.wish.needs}")
        return self

    def describe(self) -> str:
        """Say what must be so."""
        least = f"at least {self.at_least}" if self.at_least is not None else ""
        most = f"at most {self.at_most}" if self.at_most is not None else ""
        return self.wish.words.format(
            on=self.on or "the page",
            value=self.value,
            name=self.name or self.wish.unnamed,
            bounds=" and ".join(filter(None, (least, most))),
            equals=f' = "{self.value}"' if self.value else "",
            with_value=f' with "{self.value}"' if self.value else "",
        )

    def problem(self, before: Seen, now: Seen, downloads: Sequence[tuple[str, str]] = ()) -> str:
        """Return what is there instead, nothing when it is as expected."""
        if self.to_be == "downloaded":
            return self._problem_with_downloads(downloads)
        is_there = {"now": now["count"], "ever": before["count"] or now["count"], "never": True}[self.wish.there]
        if not is_there:
            return f"no element matches {self.on or 'the page'}"
        is_so, found = self.wish.judge(self, before, now)
        return "" if is_so else found

    def _problem_with_downloads(self, downloads: Sequence[tuple[str, str]]) -> str:
        """Names may have a star in them."""
        named = [text for name, text in downloads if not self.name or fnmatchcase(name.lower(), self.name.lower())]
        if not named:
            return f"downloaded: {', '.join(name for name, _ in downloads) or 'nothing'}"
        return "" if any(self.value in text for text in named) else f"it contains {named[0][:200]!r}"


class Steps(InPage):
    """Steps in a fresh page, and what must be so after them. `attachment` comes varied while they run.

    Rules that must guess an element, and models, make it "inferred": then a step that cannot run is advice.
    """

    kind: Literal["steps"] = "steps"
    seconds: ClassVar[float] = 12.0  # for all steps together
    examples = (
        f'"steps": [{{"do": "{"|".join(Deed.__args__)}", "on": "#selector", '  # type: ignore[attr-defined]
        '"value": "what is typed, chosen or pressed; the target of drag"}], "expect": '
        f'[{{"on": "#selector", "is": "{"|".join(WISHES)}", '
        '"value": "...", "name": "attribute, key or file name", "at_least": 1, "at_most": 9}], "attachment": '
        f'"data.csv", "variation": "{"|".join(Variation.__args__)}" (optional)',  # type: ignore[attr-defined]
    )
    steps: Annotated[tuple[Step, ...], Field(max_length=MOST_STEPS)] = ()
    expect: Annotated[tuple[Expect, ...], Field(min_length=1, max_length=MOST_EXPECTED)]
    attachment: FileName | None = None
    variation: Variation | None = None

    @model_validator(mode="after")
    def whole(self) -> "Steps":
        """Refuse what does not act, and what would hold on an empty page, too: it proves nothing."""
        if not self.steps and not self.attachment:
            raise ValueError("no step acts")
        if (self.attachment is None) != (self.variation is None):
            raise ValueError("attachment and variation belong together")
        if self.proves_nothing():
            raise ValueError("this holds on an empty page, too, so it proves nothing")
        return self

    def proves_nothing(self) -> bool:
        """Whether all of it can be done, and is as expected, on a page with nothing on it."""
        return not any(step.do in ON_ELEMENT or step.on for step in self.steps) and not any(
            expect.problem(NOTHING, {**NOTHING, "address": self._last_address()}) for expect in self.expect
        )

    def _last_address(self) -> str:
        return "".join(step.value for step in self.steps if step.do in {"hash", "query"})

    def describe(self) -> str:
        done = ", ".join(step.describe() for step in self.steps) or "open the page"
        data = f" while {self.attachment} comes varied ({self.variation})" if self.attachment else ""
        return f"after these steps{data}: {done}; this is so: {' and '.join(e.describe() for e in self.expect)}"

    def in_the_address(self) -> int:
        """Return how many of the first steps are only the address with which the page is opened."""
        count = 0
        for step in self.steps:
            if step.do not in {"query", "hash"} or (count and self.steps[count - 1].do == "hash"):
                break
            count += 1
        return count

    def address(self, url: str) -> str:
        """Return the address with which the page is opened."""
        for step in self.steps[: self.in_the_address()]:
            url = url.partition("?")[0] + step.value if step.do == "query" else f"{url}#{step.value.lstrip('#')}"
        return url

    def hints(self) -> list[Hint]:
        return [KEPT] if any(step.do == "reload" for step in self.steps) else []


KEPT = ("kept", "What is to be the same after a reload is kept in localStorage, and read while the page loads.")


class FollowsData(InPage):
    """Numbers that the page shows and that are sums, averages, largest or smallest values of an attachment follow it,
    and so does the number of its rows.

    The page is opened again with other numbers in the attachment, and without its last row. It fails only where such a
    number stays as it was, and the new one is shown nowhere.
    """

    kind: Literal["follows_data"] = "follows_data"
    words = "what the page computes from {self.attachment} follows its numbers and rows when they change"
    attachment: FileName
