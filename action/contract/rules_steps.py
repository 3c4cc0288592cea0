"""Rules about what is done in the page: sentences that name an act and what comes of it, read as steps."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

from pydantic import ValidationError

from action.contract.kind import Origin
from action.contract.kinds_steps import MOST_STEPS, Deed, Expect, Step, Steps
from action.contract.rules import LONGEST_SENTENCE, PlainCheck, Reading, Rule, plain

NOUN = (
    "(?:button|link|tab|icon|toggle|checkbox|switch|element|item|menu|field|input|textarea|box|form|select|dropdown|list"
    "|key)"
)
PIECES = {
    "SEL": r"\(?(?P<on>[#.][A-Za-z][\w-]{0,80})\)?",
    "OTHER": r"(?P<other>[#.][A-Za-z][\w-]{0,80})",
    "VALUE": r"(?:«(?P<q>\d+)»|(?P<v>-?\w[\w.%+-]{0,40}))",
    "SHOWN": r"(?:«(?P<q>\d+)»|(?P<v>-?\d[\w.%+-]{0,40}))",  # a bare word is what is meant, not what stands there
    "TEXT": r"«(?P<q>\d+)»",
    "IT": rf"(?:{NOUN} ){{0,2}}\(?(?P<on>[#.][A-Za-z][\w-]{{0,80}})\)?(?: {NOUN})?",
    "NOUNS": rf"(?:{NOUN} ){{0,2}}",
    "AFTER": rf"(?: {NOUN})?",
    "KEY": r"(?:«(?P<q>\d+)»|(?P<v>(?:(?:ctrl|control|alt|shift)\+)?(?:enter|return|escape|esc|tab|space|backspace"
    r"|delete|arrow ?(?:up|down|left|right)|[a-z0-9?/])))(?: key)?\b",
    "PLACE": r"(?:(?P<on>[#.][A-Za-z][\w-]{0,80})|(?P<root>body|html|source|page|document)(?: element)?)",
    "FILE": r"(?P<file>[\w-]{1,80}\.\w{1,5})",
}
PIECE = re.compile("<([A-Z]+)>")
ITEMS = "li, tbody tr, article, .item, .card, [class*=item]"
FIELDS = (
    ":is(input[type=text], input:not([type]), textarea):not([id*=search i], [id*=filter i], [placeholder*=search i])"
)
BOXES = ":is(li, tr, article, .item, .card, [class*=item]) input[type=checkbox]"
THEME = (
    ":is(button, input[type=checkbox], a):is([id*=theme i], [id*=dark i], [aria-label*=theme i], [aria-label*=dark i])"
    ":not([id*=light i], [id*=auto i], [id*=system i], [aria-haspopup])"
)
KEPT = "kept 7"  # what is typed where the words do not say what
ANYTHING = "something anything text value name amount number word words item task todo note title query term message"
IS_ANYTHING = re.compile(rf"(?:{'|'.join(ANYTHING.split())}|(?:new|search|valid)[- ]\w{{1,20}})", re.IGNORECASE)
TIMES = {"twice": 2, "two times": 2, "three times": 3, "four times": 4, "five times": 5, "again": 1}
NUMBER_OF = r"(?P<how>at least |exactly |at most |no more than )?(?P<n>\d{1,5}) (?:more |new |visible )?[a-z-]{2,20}"
RELOAD = r"(?:after|across|on|over|when|upon)? ?(?:page )?(?:reload|refresh)(?:s|es|ing)?(?: page)?"
STAYS = (
    r"(?:persists?|survives?|stays?|remains?|is still there|is kept|is remembered|is restored|is preserved|is saved)"
)


@cache
def compiled(sentence: str) -> re.Pattern[str]:
    """Put the pieces into a sentence."""
    return re.compile(PIECE.sub(lambda match: PIECES[match[1]], sentence), re.IGNORECASE)


@dataclass
class Found:
    """One place of a sentence that was understood."""

    match: re.Match[str]
    check: PlainCheck

    def get(self, name: str) -> str:
        """Return a piece, "" when it is not there."""
        return self.match.groupdict().get(name) or ""

    @property
    def value(self) -> str:
        """What is typed, chosen or shown."""
        quoted = self.get("q")
        return self.check.quoted[int(quoted)] if quoted else self.get("v")

    @property
    def on(self) -> str:
        """The element; "" is the page."""
        return self.get("on")


@dataclass
class Script:
    """What a sentence says so far. `is_guess`: something in it is ours."""

    steps: list[Step] = field(default_factory=list)
    expect: list[Expect] = field(default_factory=list)
    is_guess: bool = False

    def does(self, deed: Deed, on: str = "", value: str = "", name: str = "") -> None:
        """Add a step."""
        self.steps.append(Step(do=deed, on=on, value=value, name=name))

    def wants(self, wish: str, on: str = "", value: str = "", **more: Any) -> None:
        """Add an expectation."""
        self.expect.append(Expect.model_validate({"is": wish, "on": on, "value": value, **more}))

    def guesses(self) -> None:
        """Remember that the words do not say all of this."""
        self.is_guess = True


Put = Callable[[Script, Found], None]


def click(script: Script, found: Found) -> None:
    target = {"on": found.on} if found.on else {"name": found.value}
    times = TIMES.get(found.get("times").lower().strip(), 1)
    for _ in range(min(times, MOST_STEPS)):
        script.does("click", **target)


def press(script: Script, found: Found) -> None:
    script.does("press", found.on, found.value.replace("arrow ", "Arrow"))


def leave_empty(script: Script, found: Found) -> None:
    """The field is empty. Its form is sent, unless something else is done then."""
    name = found.get("name")
    on = found.on or f"#{name}, [name={name} i], :is(input, textarea)[id*={name} i], input[placeholder*={name} i]"
    if not found.on:
        script.guesses()
    script.does("fill", on, "")


def touch(script: Script, found: Found) -> None:
    """Something is typed; the words do not say what."""
    script.guesses()
    script.does("fill", found.on, KEPT)


def ask(script: Script, found: Found) -> None:
    script.does("query", value=found.get("query"))


def fill(script: Script, found: Found) -> None:
    """What is named for its kind only ("a name", "some text") may be anything."""
    if not found.get("q") and IS_ANYTHING.fullmatch(found.value):
        touch(script, found)
    else:
        script.does("fill", found.on, found.value)


FILL = r"(?:typ(?:es?|ing)|enter(?:s|ing)?|writ(?:es?|ing)|input(?:s|ting)|put(?:s|ting)?)"
DEEDS: list[tuple[str, Put]] = [
    (r"(?:press(?:es|ing)?|hit(?:s|ting)?) <KEY>(?: (?:in|inside|on|within) <NOUNS><SEL>)?<AFTER>", press),
    (
        r"(?:click(?:s|ing)?|tap(?:s|ping)?|toggl(?:es?|ing)|activat(?:es?|ing)|press(?:es|ing)?|hit(?:s|ting)?) "
        r"(?:on )?<NOUNS>(?:<SEL>|<TEXT>)<AFTER>(?P<times> twice| (?:two|three|four|five) times| again)?",
        click,
    ),
    (
        r"<IT> is (?:clicked|pressed|tapped|toggled)(?P<times> twice| (?:two|three|four|five) times)?",
        click,
    ),
    (r"typing (?:in|into) <IT>", touch),
    (rf"{FILL} (?:some )?<VALUE> (?:in|into|to) <IT>", fill),
    (r"<VALUE> in(?:to)? <IT>", fill),
    (
        r"(?:with )?(?:(?:address|url) (?:carries|contains|is|ends with) )?(?P<query>\?[\w-]{1,40}=[\w.%+-]{1,40})"
        r"(?: in (?:address|url))?",
        ask,
    ),
    (
        r"(?:fill(?:s|ing)?(?: in)?|chang(?:es?|ing)|set(?:s|ting)?|edit(?:s|ing)?) <IT> (?:with|to) <VALUE>",
        fill,
    ),
    (r"<IT> (?:is )?(?:set|changed|changes) to <VALUE>", fill),
    (
        r"(?:select(?:s|ing)?|choos(?:es?|ing)|pick(?:s|ing)?) (?:option )?<VALUE> (?:in|from|of|on) <IT>",
        lambda s, f: s.does("select", f.on, f.value),
    ),
    (r"(?:check(?:s|ing)?|tick(?:s|ing)?) <IT>", lambda s, f: s.does("check", f.on)),
    (r"(?:uncheck(?:s|ing)?|untick(?:s|ing)?) <IT>", lambda s, f: s.does("uncheck", f.on)),
    (
        r"drag(?:s|ging)? <NOUNS><SEL> (?:on|onto|to|into|over) <NOUNS><OTHER>",
        lambda s, f: s.does("drag", f.on, f.get("other")),
    ),
    (
        r"(?:submit(?:s|ting)? (?:form |#[\w-]+ )?)?(?:with |leav(?:es?|ing) )?(?:empty|blank) <IT>",
        leave_empty,
    ),
    (
        r"(?:submit(?:s|ting)? (?:form |#[\w-]+ )?)?with (?:empty|blank) "
        r"(?P<name>(?!keys?\b|inputs?\b|values?\b)[a-z]{2,20})(?: key| input)?",
        leave_empty,
    ),
    (r"<IT> is (?:left )?(?:empty|blank)", leave_empty),
    (
        r"submit(?:s|ting)? (?:form )?<SEL>(?: form)?(?: with (?:all )?(?:empty|blank) (?:keys|inputs|values))?",
        lambda s, f: s.does("submit", f.on),
    ),
    (r"(?:(?:with|at|opening|on) )?(?:(?:address |url )?hash |opening )<SEL>", lambda s, f: s.does("hash", value=f.on)),
    (r"(?:reload(?:s|ing)?|refresh(?:es|ing)?|page reload|page refresh)(?: page)?", lambda s, f: s.does("reload")),
    (r"go(?:es|ing)? back", lambda s, f: s.does("back")),
    (
        r"(?:at|on|with|below) (?P<n>\d{3,4}) ?px(?: width| wide| screens?)?",
        lambda s, f: s.does("resize", value=f"{f.get('n')}x800"),
    ),
    (r"<IT> (?:changes|is edited|is changed)(?=$|,)", touch),
]


def inside(on: str) -> str:
    """Return what is in a list or in a table."""
    return f"{on} > *, {on} tbody > *"


def of_root(found: Found) -> str:
    root = found.get("root").lower()
    return found.on or ("html" if root in {"html", "document", "source"} else "body")


def counted(script: Script, found: Found) -> None:
    if not found.on:
        script.guesses()
    how, number = found.get("how").strip().lower(), int(found.get("n"))
    least = None if how in {"at most", "no more than"} else number
    most = number if how in {"at most", "no more than", "exactly"} and found.on else None
    script.wants("count", inside(found.on) if found.on else ITEMS, at_least=least, at_most=most)


def shows(script: Script, found: Found) -> None:
    script.wants("contains", found.on, found.value)


def download(script: Script, found: Found) -> None:
    """The last click is what brings the file."""
    if not script.steps or script.steps[-1].do not in {"click", "download"}:
        raise ValueError("nothing is clicked")
    last = script.steps.pop()
    script.does("download", last.on, name=last.name)
    kind = found.get("kind").lower()
    script.wants("downloaded", name=found.value or found.get("file") or (f"*.{kind}" if kind else ""))


def error(script: Script, found: Found) -> None:
    if not found.on:
        script.guesses()
    script.wants("error", found.on)


def moved(script: Script, found: Found) -> None:
    last = script.steps[-1]
    script.wants("visible", f"{last.value} {last.on}")


def stored(script: Script, found: Found) -> None:
    script.wants("stored", name=found.value)


def asked_for(script: Script, found: Found) -> None:
    """The element has what the address says."""
    if script.steps[-1].do != "query":
        raise ValueError("the address says nothing")
    script.wants("contains", found.on, unquote_plus(script.steps[-1].value.partition("=")[2]))


def made_of_it(script: Script, found: Found) -> None:
    """Something is made of what is typed, whatever it is."""
    if script.steps[-1].do != "fill":
        raise ValueError("nothing is typed")
    script.wants("filled", found.on)


def themed_otherwise(script: Script, found: Found) -> None:
    """What must look otherwise is not said: the page does."""
    script.guesses()
    script.wants("changed")


CLASS_OF = r"class(?: name)?(?: of)? <VALUE>"
EFFECTS: list[tuple[str, Put]] = [
    (
        rf"(?:adds?|sets?|applies|gives) {CLASS_OF}(?: (?:to|on) <PLACE>)?",
        lambda s, f: s.wants("class", of_root(f), f.value),
    ),
    (rf"removes {CLASS_OF}(?: (?:from|on) <PLACE>)?", lambda s, f: s.wants("no_class", of_root(f), f.value)),
    (rf"toggles {CLASS_OF}(?: (?:of|on|to) <PLACE>)?", lambda s, f: s.wants("changed", of_root(f))),
    (rf"(?:leaves )?<PLACE> (?:without|lacks) {CLASS_OF}", lambda s, f: s.wants("no_class", of_root(f), f.value)),
    (rf"<PLACE> (?:contains|gets|receives|is given) {CLASS_OF}", lambda s, f: s.wants("class", of_root(f), f.value)),
    (r"(?:shows|contains|loads|lists) " + NUMBER_OF + r"(?: in <SEL>)?", counted),
    (r"<SEL> (?:shows|contains|lists) " + NUMBER_OF, counted),
    (r"there is " + NUMBER_OF + r"(?: in <SEL>)?", counted),
    (NUMBER_OF + r" is (?:listed|shown|displayed|visible)(?: in <SEL>)?", counted),
    (
        r"(?:adds|appends|inserts|creates|puts) (?:new |another |one )?(?:[a-z]{2,20} )?(?:to|in|into) <NOUNS><SEL>",
        lambda s, f: s.wants("more", inside(f.on)),
    ),
    (r"(?:removes|deletes) (?:[a-z]{2,20} ){0,2}from <NOUNS><SEL>", lambda s, f: s.wants("fewer", inside(f.on))),
    (r"(?:[a-z]{2,20} ){1,2}is (?:added|appended) (?:to|in) <NOUNS><SEL>", lambda s, f: s.wants("more", inside(f.on))),
    (r"(?:[a-z]{2,20} ){1,2}is (?:removed|deleted) from <NOUNS><SEL>", lambda s, f: s.wants("fewer", inside(f.on))),
    (r"sets <PLACE> class to <VALUE>", lambda s, f: s.wants("class", of_root(f), f.value)),
    (
        r"(?:[a-z]{2,20} (?:in|of) )?<IT> (?:increases|increments|goes up)(?: by \d+)?",
        lambda s, f: s.wants("greater", f.on),
    ),
    (
        r"(?:[a-z]{2,20} (?:in|of) )?<IT> (?:decreases|decrements|goes down)(?: by \d+)?",
        lambda s, f: s.wants("less", f.on),
    ),
    (r"(?:filters|narrows) <NOUNS><SEL>", lambda s, f: s.wants("fewer", inside(f.on))),
    (r"(?:form |page |<SEL> )?shows (?:[a-z]{2,20} ){0,2}error(?: message| text)?", error),
    (r"(?:form |page )?shows (?:[a-z]{2,20} ){0,2}error(?: message| text)? (?:in|on|at) <SEL>", error),
    (r"(?:page )?shows <TEXT>(?: (?:in|on|inside|within) <NOUNS><SEL>)?", shows),
    (r"(?:page )?shows <SHOWN> (?:in|on|inside|within) <NOUNS><SEL>", shows),
    (
        r"shows (?:slug|preview|greeting|length|number of (?:characters|letters|words|lines)) in <NOUNS><SEL>",
        made_of_it,
    ),
    (r"<IT> (?:starts with|begins with|is filled with|contains|shows) that (?:value|text)", asked_for),
    (
        r"(?:switches|toggles|turns|changes) (?:(?:page|body|colou?rs|theme) )?(?:to |into |between )?"
        r"(?:dark|light)(?: and (?:dark|light))?(?: mode| theme| colou?rs)?",
        themed_otherwise,
    ),
    (r"(?:goes to|leads to|moves to|switches to) <TEXT>", shows),
    (r"<IT> (?:text )?(?:shows|contains)(?: text)? <SHOWN>", shows),
    (
        r"<IT> (?:text |value )?(?:is|becomes|changes to) <TEXT>",
        lambda s, f: s.wants("text", f.on, f.value),
    ),
    (r"(?:sets|changes|updates|resets) <IT> to <SHOWN>", lambda s, f: s.wants("text", f.on, f.value)),
    (r"(?:shows|opens|reveals|expands) <IT>", lambda s, f: s.wants("visible", f.on)),
    (r"(?:hides|closes|collapses|dismisses) <IT>", lambda s, f: s.wants("hidden", f.on)),
    (r"(?:empties|clears|resets) <IT>", lambda s, f: s.wants("text", f.on)),
    (
        r"(?:changes|updates|recalculates|refreshes|re-renders|toggles|switches|sorts|translates) <IT>",
        lambda s, f: s.wants("changed", f.on),
    ),
    (
        r"<IT> (?:changes|updates|is updated|is changed|is recalculated)",
        lambda s, f: s.wants("changed", f.on),
    ),
    (r"(?:increases|increments|raises) <IT>(?: by \d+)?", lambda s, f: s.wants("greater", f.on)),
    (r"(?:decreases|decrements|lowers) <IT>(?: by \d+)?", lambda s, f: s.wants("less", f.on)),
    (
        r"(?P<state>enables|disables|focuses) <IT>",
        lambda s, f: s.wants({"e": "enabled", "d": "disabled", "f": "focused"}[f.get("state")[0].lower()], f.on),
    ),
    (
        r"<IT> is (?P<state>visible|hidden|disabled|enabled|focused|checked|unchecked)",
        lambda s, f: s.wants(f.get("state").lower(), f.on),
    ),
    (r"<IT> is (?:empty|cleared)", lambda s, f: s.wants("text", f.on)),
    (r"<IT> is hidden until ?", lambda s, f: s.wants("visible", f.on)),
    (r"<IT> (?:appears|is shown)", lambda s, f: s.wants("visible", f.on)),
    (r"<IT> disappears", lambda s, f: s.wants("hidden", f.on)),
    (r"(?:starts |offers |triggers )?downloads? (?:of )?(?:file )?(?:named |called )?(?:<TEXT>|<FILE>)", download),
    (r"(?:starts |offers |triggers )?downloads? (?:of )?(?:(?P<kind>csv|json|txt|svg|png|pdf|xml) )?file", download),
    (
        r"(?:[a-z]{2,20} (?:is )?)?(?:saved|stored|kept) (?:in|to) localStorage"
        r"(?: (?:under|as|with) (?:key )?<VALUE>)?",
        stored,
    ),
    (r"(?:saves|stores|keeps) (?:[a-z]{2,20} )?(?:in|to) localStorage(?: (?:under|as|with) (?:key )?<VALUE>)?", stored),
    (r"localStorage contains (?:key )?<VALUE>", stored),
    (r"(?:page )?title (?:is|becomes|changes to) <TEXT>", lambda s, f: s.wants("title", value=f.value)),
    (r"moves (?:it|item|card)(?: there)?", moved),
]
TO_DEED = re.compile(r"(?:,? and then |,? then |, and |, | and )(?:user )?", re.IGNORECASE)
TO_EFFECT = re.compile(r"(?:,? then |,? and |[,:] | )(?:it |this )?", re.IGNORECASE)
BEGINNING = re.compile(r"(?:(?:after|when|whenever|upon|if|once|by|on) )?(?:user )?", re.IGNORECASE)
LATER = re.compile(r"(?:(?<=until) | (?:after|when|whenever|upon|once|if|by|on) )(?:user )?", re.IGNORECASE)


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
        script = usual(reading.check) or forwards(reading.check) or backwards(reading.check)
        return [finished(script)] if script else None
    except (ValidationError, ValueError, IndexError):
        return None


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
    """Read "after clicking A, B is shown" and "clicking A shows B"."""
    script = Script()
    beginning = BEGINNING.match(check.text)
    done = many(DEEDS, TO_DEED, check, script, beginning.end() if beginning else 0, 8)
    between = TO_EFFECT.match(check.text, done) if done else None
    end = many(EFFECTS, TO_EFFECT, check, script, between.end(), 5) if between else 0
    return script if end == len(check.text) and end else None


def backwards(check: PlainCheck) -> Script | None:
    """Read "B is shown after clicking A"."""
    for later in LATER.finditer(check.text):
        deeds, effects = Script(), Script()
        head = PlainCheck(check.text[: later.start()], check.quoted, check.original)
        if many(DEEDS, TO_DEED, check, deeds, later.end(), 8) == len(check.text):
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


def object_in(text: str) -> dict[str, Any]:
    """Return the JSON object that a check came as; nothing when it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


RULES = [Rule(r".{8,}", read_steps)]


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
