"""Kinds of assertions that act: steps in a fresh page with what must be so after them, and data that change."""

import json
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from action.contract.kind import FileName, Hint
from action.contract.kinds_page import InPage
from action.contract.variations import Variation

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
Seen = Mapping[str, Any]  # what action.browser.steps reads of one element and of its page
ERROR_WORDS = re.compile(
    r"error|invalid|required|missing|please|must|cannot|can't|empty|enter |provide|failed|not (?:a )?valid|too ", re.I
)
SUCCESS_WORDS = re.compile(r"thank|success|saved|added|sent|submitted|welcome|hello|done\b", re.I)


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

    def describe(self) -> str:
        """Say what is done."""
        target = f'"{self.name}"' if self.name else self.on
        if self.do == "wait" and self.on:
            return f"wait for {self.on}"
        words = DEED_WORDS[self.do].format(target=target, value=self.value)
        return f"{words} in {self.on}" if self.do == "press" and self.on else words


Wish = Literal[
    "text",
    "contains",
    "lacks",
    "filled",
    "count",
    "more",
    "fewer",
    "greater",
    "less",
    "changed",
    "unchanged",
    "attribute",
    "class",
    "no_class",
    "enabled",
    "disabled",
    "focused",
    "visible",
    "hidden",
    "checked",
    "unchecked",
    "title",
    "address",
    "stored",
    "downloaded",
    "error",
    "shown",
]
OF_PAGE = {"contains", "lacks", "changed", "unchanged", "class", "no_class", "title", "address", "stored"}
OF_PAGE |= {"downloaded", "error", "shown"}  # these need no selector
NEEDS_NOTHING = {"count", "more", "lacks", "title", "address", "stored"}
GOES = {"fewer", "hidden"}  # these need an element that was there, at least before
AT_THE_END = {"lacks", "count", "unchanged", "no_class", "hidden", "unchecked"}  # could be so only because it is early
WISH_WORDS = {
    "text": '{on} has exactly the text "{value}"',
    "contains": '{on} shows "{value}"',
    "lacks": '{on} does not show "{value}"',
    "filled": "{on} is not empty",
    "more": "there are more {on} than before",
    "fewer": "there are fewer {on} than before",
    "greater": "the number in {on} is greater than before",
    "less": "the number in {on} is less than before",
    "class": "{on} has the class {value}",
    "no_class": "{on} has not the class {value}",
    "title": 'the title is "{value}"',
    "address": 'the address contains "{value}"',
    "error": "{on} shows an error",
    "shown": 'an element shows exactly "{value}" that did not before',
}


class Expect(Strict):
    """What must be so after the steps. "more", "changed" and the like compare with what was so before them."""

    on: Text = ""
    to_be: Wish = Field(alias="is")
    value: Text = ""
    name: Text = ""
    at_least: int | None = Field(default=None, ge=0, le=100_000)
    at_most: int | None = Field(default=None, ge=0, le=100_000)

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    @model_validator(mode="after")
    def whole(self) -> "Expect":
        """Refuse what says nothing."""
        if not self.on and self.to_be not in OF_PAGE:
            raise ValueError(f"{self.to_be} needs an element")
        if self.to_be in {"contains", "lacks", "class", "no_class", "address", "shown"} and not self.value:
            raise ValueError(f"{self.to_be} needs a value")
        if self.to_be == "count" and self.at_least is None and self.at_most is None:
            raise ValueError("count needs at_least or at_most")
        if self.to_be == "attribute" and not self.name:
            raise ValueError("attribute needs a name")
        return self

    def describe(self) -> str:
        """Say what must be so."""
        on = self.on or "the page"
        of_value = f' "{self.value}"' if self.value else ""
        if self.to_be == "count":
            least = f"at least {self.at_least}" if self.at_least is not None else ""
            most = f"at most {self.at_most}" if self.at_most is not None else ""
            return f"there are {' and '.join(filter(None, (least, most)))} visible {on}"
        if self.to_be == "attribute":
            return f"{on} has the attribute {self.name}{f' ={of_value}' if of_value else ''}"
        if self.to_be == "stored":
            return f"localStorage holds {self.name or 'something new'}{f' with{of_value}' if of_value else ''}"
        if self.to_be == "downloaded":
            return f"a file {self.name or 'of any name'}{f' with{of_value}' if of_value else ''} is downloaded"
        return WISH_WORDS.get(self.to_be, "{on} is {to_be}").format(on=on, value=self.value, to_be=self.to_be)

    def problem(self, before: Seen, now: Seen, downloads: Sequence[tuple[str, str]] = ()) -> str:
        """Return what is there instead, nothing when it is as expected."""
        if self.to_be == "downloaded":
            return self._problem_with_downloads(downloads)
        was_there = bool(before["count"] or now["count"])
        if not (was_there if self.to_be in GOES else now["count"]) and self.to_be not in NEEDS_NOTHING:
            return f"no element matches {self.on or 'the page'}"
        is_so, found = self._found(before, now)
        return "" if is_so else found

    def _found(self, before: Seen, now: Seen) -> tuple[bool, str]:
        text, value = now["text"], " ".join(self.value.split())
        is_checked, was = now["checked"], before["text"]
        shown = f"it shows {json.dumps(text[:200], ensure_ascii=False)}"
        number, number_before = number_in(text), number_in(was)
        found: dict[str, tuple[bool, str]] = {
            "text": (text == value, shown),
            "contains": (value.lower() in now["all_text"].lower(), shown),
            "lacks": (value.lower() not in now["all_text"].lower(), shown),
            "filled": (bool(text), "it is empty"),
            "count": (
                (self.at_least or 0) <= now["visible"] <= (100_000 if self.at_most is None else self.at_most),
                f"{now['visible']} are visible",
            ),
            "more": (
                now["visible"] > before["visible"] or (before["visible"] == now["visible"] == 1 and text != was),
                f"{now['visible']}, and before {before['visible']}",
            ),
            "fewer": (now["visible"] < before["visible"], f"{now['visible']}, and before {before['visible']}"),
            "greater": (number > number_before, f"{shown}, and before {was[:80]!r}"),  # not of NaN
            "less": (number < number_before, f"{shown}, and before {was[:80]!r}"),
            "changed": (look_of(now) != look_of(before), f"{shown}, as before"),
            "unchanged": (text == was, f"{shown}, and before {was[:80]!r}"),
            "attribute": (
                now["attribute"] is not None and (not value or value in now["attribute"]),
                f"the attribute is {now['attribute']}",
            ),
            "class": (value.lstrip(".") in now["classes"], f"its classes are {now['classes']}"),
            "no_class": (value.lstrip(".") not in now["classes"], f"its classes are {now['classes']}"),
            "enabled": (not now["disabled"], "it is disabled"),
            "disabled": (now["disabled"], "it is enabled"),
            "focused": (now["focused"], "it has not the focus"),
            "visible": (now["visible"] > 0, "it is not visible"),
            "hidden": (now["visible"] == 0, "it is visible"),
            "checked": (is_checked, "it is not checked"),
            "unchecked": (not is_checked, "it is checked"),
            "title": ((now["title"] == value) if value else now["title"] != before["title"], f"it is {now['title']!r}"),
            "address": (value in now["address"], f"it is {now['address'][-200:]}"),
            "stored": self._storage(before, now),
            "error": (shows_error(before, now, on_page=not self.on), "no error is shown"),
            "shown": (now["exact"] > before["exact"], f"the page shows {now['body'][:200]!r}"),
        }
        return found[self.to_be]

    def _storage(self, before: Seen, now: Seen) -> tuple[bool, str]:
        stored: dict[str, str] = now["stored"]
        values = [stored[self.name]] if self.name in stored else [] if self.name else list(stored.values())
        is_new = bool(self.name) or stored != before["stored"]
        return is_new and any(self.value in text for text in values), f"localStorage holds {str(stored)[:200]}"

    def _problem_with_downloads(self, downloads: Sequence[tuple[str, str]]) -> str:
        """Names may have a star in them."""
        named = [text for name, text in downloads if not self.name or fnmatchcase(name.lower(), self.name.lower())]
        if not named:
            return f"downloaded: {', '.join(name for name, _ in downloads) or 'nothing'}"
        return "" if any(self.value in text for text in named) else f"it contains {named[0][:200]!r}"


def number_in(text: str) -> float:
    """Return the first number of a text, NaN when there is none."""
    match = re.search(r"-?\d[\d,]{0,20}(?:\.\d{1,20})?", text)
    return float(match[0].replace(",", "")) if match else float("nan")


def look_of(seen: Seen) -> tuple[object, ...]:
    """Return what a person sees of an element."""
    return seen["text"], seen["look"], seen["visible"], seen["checked"]


def shows_error(before: Seen, now: Seen, *, on_page: bool) -> bool:
    """Whether an error is shown that was not there before: in an element, or anywhere on the page."""
    if not on_page:
        return bool(now["visible"] and now["text"] and (now["text"] != before["text"] or not before["visible"]))
    known = set(before["body"].split("\n"))
    new = [line for line in now["body"].split("\n") if line.strip() and line not in known]
    told = [*new, *now["dialogs"]]
    if now["errors"] > before["errors"] or any(ERROR_WORDS.search(line) for line in told):
        return True
    return bool(told) and not any(SUCCESS_WORDS.search(line) for line in told)


NOTHING: Seen = {
    "count": 0,
    "visible": 0,
    "text": "",
    "all_text": "",
    "look": "",
    "checked": False,
    "disabled": False,
    "focused": False,
    "attribute": None,
    "classes": [],
    "title": "",
    "address": "",
    "stored": {},
    "errors": 0,
    "dialogs": [],
    "exact": 0,
    "body": "",
}


class Steps(InPage):
    """Steps in a fresh page, and what must be so after them. `attachment` comes varied while they run.

    Rules that must guess an element, and models, make it "inferred": then a step that cannot run is advice.
    """

    kind: Literal["steps"] = "steps"
    seconds: ClassVar[float] = 12.0  # for all steps together
    examples = (
        f'"steps": [{{"do": "{"|".join(Deed.__args__)}", "on": "#selector", '  # type: ignore[attr-defined]
        '"value": "what is typed, chosen or pressed; the target of drag"}], "expect": '
        f'[{{"on": "#selector", "is": "{"|".join(Wish.__args__)}", '  # type: ignore[attr-defined]
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
