"""What can be wished for after steps: a table, each wish with its words and how it is judged."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from action.contract.kinds_steps import Expect

Seen = Mapping[str, Any]  # what action.browser.steps reads of one element and of its page
MOST = 100_000
ERROR_WORDS = re.compile(
    r"error|invalid|required|missing|please|must|cannot|can't|empty|enter |provide|failed|not (?:a )?valid|too ", re.I
)
SUCCESS_WORDS = re.compile(r"thank|success|saved|added|sent|submitted|welcome|hello|done\b", re.I)


@dataclass(frozen=True)
class Wish:
    """`words` say it, `judge` says whether it is so, and what is there instead."""

    words: str
    judge: "Callable[[Expect, Seen, Seen], tuple[bool, str]]"
    of_page: bool = False  # it needs no selector
    needs: Literal["", "value", "name", "at_least or at_most"] = ""
    there: Literal["now", "ever", "never"] = "now"  # when an element must be there
    at_the_end: bool = False  # it could be so only because it is early
    unnamed: str = ""


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


def plain(text: str) -> str:
    """Return a text as it is read of a page."""
    return " ".join(text.split())


def shown(now: Seen) -> str:
    """Say what an element shows."""
    return f"it shows {json.dumps(now['text'][:200], ensure_ascii=False)}"


def compared(before: Seen, now: Seen) -> str:
    """Say what an element shows, and what it showed."""
    return f"{shown(now)}, and before {before['text'][:80]!r}"


def has_in_storage(expect: "Expect", before: Seen, now: Seen) -> tuple[bool, str]:
    """Whether localStorage holds a key, or anything new."""
    stored: dict[str, str] = now["stored"]
    values = [stored[expect.name]] if expect.name in stored else [] if expect.name else list(stored.values())
    is_new = bool(expect.name) or stored != before["stored"]
    return is_new and any(expect.value in text for text in values), f"localStorage holds {str(stored)[:200]}"


def is_more(before: Seen, now: Seen) -> bool:
    """Whether more are visible; of one each, the first may have said that there is nothing."""
    is_another = before["visible"] == now["visible"] == 1 and now["text"] != before["text"]
    return is_another or bool(now["visible"] > before["visible"])


def visible(before: Seen, now: Seen) -> str:
    """Say how many are visible, and how many were."""
    return f"{now['visible']}, and before {before['visible']}"


def says(expect: "Expect", now: Seen) -> bool:
    """Whether a text is shown, in small or capital letters."""
    return plain(expect.value).lower() in now["all_text"].lower()


def has_class(expect: "Expect", now: Seen) -> bool:
    """Whether an element has a class."""
    return plain(expect.value).lstrip(".") in now["classes"]


def is_within(expect: "Expect", now: Seen) -> bool:
    """Whether as many are visible as there must be."""
    return bool((expect.at_least or 0) <= now["visible"] <= (MOST if expect.at_most is None else expect.at_most))


WISHES: dict[str, Wish] = {
    "text": Wish('{on} has exactly the text "{value}"', lambda e, _, n: (n["text"] == plain(e.value), shown(n))),
    "contains": Wish('{on} shows "{value}"', lambda e, _, n: (says(e, n), shown(n)), of_page=True, needs="value"),
    "lacks": Wish(
        '{on} does not show "{value}"',
        lambda e, _, n: (not says(e, n), shown(n)),
        of_page=True,
        needs="value",
        there="never",
        at_the_end=True,
    ),
    "filled": Wish("{on} is not empty", lambda _, __, n: (bool(n["text"]), "it is empty")),
    "count": Wish(
        "there are {bounds} visible {on}",
        lambda e, _, n: (is_within(e, n), f"{n['visible']} are visible"),
        needs="at_least or at_most",
        there="never",
        at_the_end=True,
    ),
    "more": Wish("there are more {on} than before", lambda _, b, n: (is_more(b, n), visible(b, n)), there="never"),
    "fewer": Wish(
        "there are fewer {on} than before",
        lambda _, b, n: (n["visible"] < b["visible"], visible(b, n)),
        there="ever",
    ),
    "greater": Wish(
        "the number in {on} is greater than before",
        lambda _, b, n: (number_in(n["text"]) > number_in(b["text"]), compared(b, n)),  # not of NaN
    ),
    "less": Wish(
        "the number in {on} is less than before",
        lambda _, b, n: (number_in(n["text"]) < number_in(b["text"]), compared(b, n)),
    ),
    "changed": Wish(
        "{on} is changed", lambda _, b, n: (look_of(n) != look_of(b), f"{shown(n)}, as before"), of_page=True
    ),
    "unchanged": Wish(
        "{on} is unchanged",
        lambda _, b, n: (n["text"] == b["text"], compared(b, n)),
        of_page=True,
        at_the_end=True,
    ),
    "attribute": Wish(
        "{on} has the attribute {name}{equals}",
        lambda e, _, n: (
            n["attribute"] is not None and (not plain(e.value) or plain(e.value) in n["attribute"]),
            f"the attribute is {n['attribute']}",
        ),
        needs="name",
    ),
    "class": Wish(
        "{on} has the class {value}",
        lambda e, _, n: (has_class(e, n), f"its classes are {n['classes']}"),
        of_page=True,
        needs="value",
    ),
    "no_class": Wish(
        "{on} has not the class {value}",
        lambda e, _, n: (not has_class(e, n), f"its classes are {n['classes']}"),
        of_page=True,
        needs="value",
        at_the_end=True,
    ),
    "enabled": Wish("{on} is enabled", lambda _, __, n: (not n["disabled"], "it is disabled")),
    "disabled": Wish("{on} is disabled", lambda _, __, n: (n["disabled"], "it is enabled")),
    "focused": Wish("{on} is focused", lambda _, __, n: (n["focused"], "it has not the focus")),
    "visible": Wish("{on} is visible", lambda _, __, n: (n["visible"] > 0, "it is not visible")),
    "hidden": Wish(
        "{on} is hidden", lambda _, __, n: (n["visible"] == 0, "it is visible"), there="ever", at_the_end=True
    ),
    "checked": Wish("{on} is checked", lambda _, __, n: (n["checked"], "it is not checked")),
    "unchecked": Wish("{on} is unchecked", lambda _, __, n: (not n["checked"], "it is checked"), at_the_end=True),
    "fits": Wish(
        "the page is not wider than its window",
        lambda _, __, n: (n["too_wide"] <= 1, f"it is {n['too_wide']} px wider"),
        of_page=True,
        there="never",
        at_the_end=True,
    ),
    "title": Wish(
        'the title is "{value}"',
        lambda e, b, n: (
            n["title"] == plain(e.value) if plain(e.value) else n["title"] != b["title"],
            f"it is {n['title']!r}",
        ),
        of_page=True,
        there="never",
    ),
    "address": Wish(
        'the address contains "{value}"',
        lambda e, _, n: (plain(e.value) in n["address"], f"it is {n['address'][-200:]}"),
        of_page=True,
        needs="value",
        there="never",
    ),
    "stored": Wish(
        "localStorage holds {name}{with_value}",
        has_in_storage,
        of_page=True,
        there="never",
        unnamed="something new",
    ),
    "downloaded": Wish(
        "a file {name}{with_value} is downloaded",
        lambda _, __, ___: (False, "nothing"),
        of_page=True,
        unnamed="of any name",
    ),
    "error": Wish(
        "{on} shows an error",
        lambda e, b, n: (shows_error(b, n, on_page=not e.on), "no error is shown"),
        of_page=True,
    ),
    "shown": Wish(
        'an element shows exactly "{value}" that did not before',
        lambda _, b, n: (n["exact"] > b["exact"], f"the page shows {n['body'][:200]!r}"),
        of_page=True,
        needs="value",
    ),
}
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
    "too_wide": 0,
    "body": "",
}
