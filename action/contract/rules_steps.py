"""Rules about what is done in the page: sentences that name an act and what comes of it, read as steps."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from action.contract.deeds import DEEDS, KEPT, Found, Put, Script, compiled
from action.contract.effects import EFFECTS, ITEMS
from action.contract.kind import Origin
from action.contract.kinds_files import FileExists
from action.contract.kinds_steps import MOST_STEPS, Expect, Step, Steps
from action.contract.rules import LONGEST_SENTENCE, PlainCheck, Reading, Rule, plain

FIELDS = (
    ":is(input[type=text], input:not([type]), textarea):not([id*=search i], [id*=filter i], [placeholder*=search i])"
)
BOXES = ":is(li, tr, article, .item, .card, [class*=item]) input[type=checkbox]"
THEME = (
    ":is(button, input[type=checkbox], a):is([id*=theme i], [id*=dark i], [aria-label*=theme i], [aria-label*=dark i])"
    ":not([id*=light i], [id*=auto i], [id*=system i], [aria-haspopup])"
)
RELOAD = r"(?:after|across|on|over|when|upon)? ?(?:page )?(?:reload|refresh)(?:s|es|ing)?(?: page)?"
STAYS = (
    r"(?:persists?|survives?|stays?|remains?|is still there|is kept|is remembered|is restored|is preserved|is saved)"
)
TO_DEED = re.compile(r"(?:,? and then |,? then |, and |, | and )(?:user |I )?", re.IGNORECASE)
TO_EFFECT = re.compile(r"(?:,? then |,? and |[,:] | )(?:it |this )?", re.IGNORECASE)
BEGINNING = re.compile(r"(?:(?:after|when|whenever|upon|if|once|by|on) )?(?:user |I )?", re.IGNORECASE)
MOST_DEEDS = 8  # after the first
LATER = re.compile(r"(?:(?<=until) | (?:after|when|whenever|upon|once|if|by|on) )(?:user )?", re.IGNORECASE)


WHEN_CLICKED = re.compile(
    r"(?:[a-z]{2,20} )?(?P<on>#[A-Za-z][\w-]{0,80}) (?P<what>[^#«].{3,200})"
    r" (?:when|if|once) (?:it is )?(?:clicked|pressed)",
    re.IGNORECASE,
)
OFFERS = re.compile(
    r"(?:button |link )?(?P<on>#[A-Za-z][\w-]{0,80}|«\d+»)(?: button| link)?"
    r" (?P<what>(?:downloads|delivers|exports|offers|saves) (?:file )?[^#]{3,200})",
    re.IGNORECASE,
)
SUBJECT = (
    r"(?:add |there is )?(?:[a-z-]{2,20} ){0,2}?(?:button|toggle|switch) <SEL> (?:that |which )?"
    r"(?=(?:adds|applies|closes|collapses|disables|expands|focuses|hides|increases|increments|opens|raises|removes|resets"
    r"|reveals|sets|switches|toggles) )"
)


def read_told(sentence: str) -> Steps | None:
    """Read a sentence of a brief: as a check is read, and what a button does ("a button #menu-button opens #menu")."""
    check = plain(sentence)
    if not 8 <= len(check.text) <= LONGEST_SENTENCE:
        return None
    subject, script = compiled(SUBJECT).match(check.text), Script()
    try:
        if subject:
            script.does("click", subject["on"])
            end = many(EFFECTS, TO_EFFECT, check, script, subject.end(), 5)
            return finished(script) if end == len(check.text) else None
        read = usual(check) or forwards(check) or backwards(check)
        return finished(read) if read else None
    except (ValidationError, ValueError, IndexError):
        return None


def read_steps(reading: Reading) -> list[Any] | None:
    """Read a sentence that acts: deeds and what comes of them, in either order; or one of the usual wishes."""
    if reading.check.original.startswith("{"):
        return [*click_sequence(object_in(reading.check.original))]
    try:
        check = turned(reading.check)
        script = usual(check) or forwards(check) or backwards(check)
        return [finished(script)] if script else None
    except (ValidationError, ValueError, IndexError):
        return None


def turned(check: PlainCheck) -> PlainCheck:
    """Put the deed first: "#tab shows #panel when clicked" is "clicking #tab shows #panel"."""
    found = WHEN_CLICKED.fullmatch(check.text) or OFFERS.fullmatch(check.text)
    text = f"clicking {found['on']} {found['what']}" if found else check.text
    return PlainCheck(text, check.quoted, check.original)


def finished(script: Script) -> Steps:
    """Return the assertion. What the words do not say, nobody is held to."""
    last = script.steps[-1]
    if (last.do, last.value) == ("fill", ""):
        script.does("submit", last.on)
    adds = any(expect.to_be == "more" for expect in script.expect)
    if adds and last.do == "press" and last.on and not any(step.do == "fill" for step in script.steps):
        script.guesses()  # nobody adds an empty item
        script.steps.insert(-1, Step(do="fill", on=last.on, value=KEPT))
    origin: Origin = "inferred" if script.is_guess else "given"
    return Steps(steps=tuple(script.steps), expect=tuple(script.expect), origin=origin)


def taken(table: Iterable[tuple[str, Put]], check: PlainCheck, script: Script, place: int) -> int:
    """Put the longest reading at a place into the script, and return where it ends; 0 when there is none."""
    matches = [(match, put) for sentence, put in table if (match := compiled(sentence).match(check.text, place))]
    if not matches:
        return 0
    match, put = max(matches, key=lambda found: found[0].end())
    put(script, Found(match, check))
    return match.end()


def many(
    table: list[tuple[str, Put]], joint: re.Pattern[str], check: PlainCheck, script: Script, place: int, most: int
) -> int:
    """Take one reading after the other; return where the last one ends."""
    end = taken(table, check, script, place)
    for _ in range(most):
        between = joint.match(check.text, end) if end else None
        after = taken(table, check, script, between.end()) if between else 0
        if not after:
            break
        end = after
    return end


def forwards(check: PlainCheck) -> Script | None:
    """Read "after clicking A, B is shown" and "clicking A shows B"; "B changes to C" may be a deed or an effect."""
    beginning = BEGINNING.match(check.text)
    for most in range(MOST_DEEDS, -1, -1):
        script = Script()
        done = many(DEEDS, TO_DEED, check, script, beginning.end() if beginning else 0, most)
        between = TO_EFFECT.match(check.text, done) if done else None
        end = many(EFFECTS, TO_EFFECT, check, script, between.end(), 5) if between else 0
        if end == len(check.text) and end:
            return script
    return None


def backwards(check: PlainCheck) -> Script | None:
    """Read "B is shown after clicking A"."""
    for later in LATER.finditer(check.text):
        deeds, effects = Script(), Script()
        head = PlainCheck(check.text[: later.start()], check.quoted, check.original)
        if many(DEEDS, TO_DEED, check, deeds, later.end(), MOST_DEEDS) == len(check.text):
            effects.steps = deeds.steps
            if many(EFFECTS, TO_EFFECT, head, effects, 0, 5) == len(head.text):
                effects.is_guess = effects.is_guess or deeds.is_guess
                return effects
    return None


def ticked(script: Script, found: Found) -> None:
    script.does("check", BOXES)
    script.does("reload")
    script.wants("count", f":is({BOXES}):checked", at_least=1)  # it may have moved to the end


def listed(script: Script, found: Found) -> None:
    """What became an item must be there after the reload; where nothing became one, this says nothing."""
    script.does("fill", FIELDS, KEPT)
    script.does("submit", FIELDS)
    script.does("wait", f':is({ITEMS}, [class*=note], [class*=task], [class*=entry]):has-text("{KEPT}")')
    script.does("reload")
    script.wants("contains", value=KEPT)


def themed(script: Script, found: Found) -> None:
    script.does("click", THEME)
    script.does("reload")
    script.wants("changed", "html" if found.get("root") else "")


def valued(script: Script, found: Found) -> None:
    script.does("fill", found.on, "7")
    script.does("reload")
    script.wants("text", found.on, "7")


THINGS = "(?:added |new )?(?:items?|tasks?|todos?|notes?|list|entries|entry)"
TICKED = "(?:ticked|checked|completed|done|marked)"
USUAL: list[tuple[str, Put]] = [
    (
        rf"{TICKED} (?:item|task|todo|box|checkbox)(?:e?s)? (?:stays?|remains?|is still|keeps?|is)"
        rf"(?: {TICKED})? {RELOAD}",
        ticked,
    ),
    (rf"{THINGS} {STAYS} {RELOAD}", listed),
    (rf"{RELOAD},? {THINGS} (?:is )?(?:still |again )?(?:there|shown|kept|visible|listed|restored)(?: again)?", listed),
    (
        rf"{THINGS} is (?:kept|saved|stored) in localStorage(?: under (?:key )?<VALUE>)?"
        r"(?:,? as JSON (?:list|array)(?: of [a-z]{2,20}){0,2})?(?:,? (?:with )?newest first)?,? and "
        rf"(?:is )?(?:shown|there|listed|loaded|restored) (?:again )?(?:{RELOAD}|when page is (?:re)?loaded)",
        listed,
    ),
    (rf"(?:chosen |selected )?(?:theme|dark mode)(?: choice| setting| preference)? {STAYS} {RELOAD}", themed),
    (rf"(?:value of |text of |content of )?<SEL> (?:keeps its value|{STAYS}) {RELOAD}", valued),
]


def usual(check: PlainCheck) -> Script | None:
    """Read what is often wished for without naming an element: all of it is a guess."""
    script = Script(is_guess=True)
    return script if taken(USUAL, check, script, 0) == len(check.text) and check.text else None


def fits(reading: Reading) -> list[Any] | None:
    """Return that a page is not wider than a window, and shows something there."""
    width = reading.piece("px")
    if not 200 <= int(width) <= 2000:
        return None
    path = "" if reading.file == "index.html" else reading.file
    wishes = [{"is": "fits"}, {"is": "filled", "on": "body"}]
    expect = tuple(Expect.model_validate(wish) for wish in wishes)
    asked = Steps(path=path, steps=(Step(do="resize", value=f"{width}x800"),), expect=expect)
    return [FileExists(file=path), asked] if path else [asked]


def object_in(text: str) -> dict[str, Any]:
    """Return the JSON object that a check came as; nothing when it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


SCREEN = r"(?:(?: |-)?(?:wide|width|screens?|viewports?|windows?|phones?|devices?|displays?|or less))*"
AT_WIDTH = (
    r"(?:on|at|in|with|down to|below|for) (?:(?:phone|mobile|small|narrow|screen|viewport|window|width)(?: of)? )*"
    rf"\(?(?P<px>\d{{3,4}}) ?-?px\)?{SCREEN}"
)
PAGE = r"(?:page|it|layout|content|body|everything)"
WORKS = rf"(?:{PAGE} )?(?:works|fits|is usable|is readable|loads|is shown)"
SIDEWAYS = r"(?:horizontal|sideways) (?:page )?(?:scroll(?:ing|bars?)?|overflow)(?: of page)?"
WITHOUT = rf"(?:without|with no|no) (?:any )?{SIDEWAYS}"
NOT_WIDER = (
    rf"(?:(?:{WORKS} |there is |{PAGE} causes )?{WITHOUT}|{PAGE} (?:lacks|contains no) {SIDEWAYS}"
    rf"|{PAGE} (?:does not|doesn't|must not|should not|never|cannot|can not) (?:scrolls? (?:horizontally|sideways)"
    r"|overflows?(?: horizontally)?|be (?:moved|scrolled) sideways)|no page can be (?:moved|scrolled) sideways"
    r"|nothing (?:overflows|sticks out)(?: horizontally| sideways)?"
    rf"|(?:{PAGE}|(?P<file>[\w/-]{{1,80}}\.html?)) (?:also )?fits)"
)
RULES = [
    Rule(rf"{AT_WIDTH},? {NOT_WIDER}", fits),
    Rule(rf"{NOT_WIDER},? {AT_WIDTH}", fits),
    Rule(rf"{WORKS} {AT_WIDTH} {WITHOUT}", fits),
    Rule(r".{8,}", read_steps),
]


def click_sequence(values: Mapping[str, Any]) -> list[Steps]:
    """Read an object of the type click_sequence: buttons by what stands on them, and what is shown then."""
    buttons = next((values[name] for name in ("buttons", "sequence", "keys", "clicks") if name in values), None)
    result = next((values[name] for name in ("result", "expected", "expect", "display") if name in values), None)
    if not isinstance(buttons, list) or not buttons or not isinstance(result, str | int | float):
        return []
    names = [str(button) for button in buttons[: MOST_STEPS + 1]]
    if any(not 0 < len(name) <= 100 for name in names):
        return []
    done = [Step(do="click", on=n) if re.match(r"[#.][A-Za-z]", n) else Step(do="click", name=n) for n in names]
    selector = values.get("selector")
    wish = {"is": "text", "on": selector} if isinstance(selector, str) else {"is": "shown"}
    try:
        return [Steps(steps=tuple(done), expect=(Expect.model_validate({**wish, "value": str(result)}),))]
    except ValidationError:
        return []
