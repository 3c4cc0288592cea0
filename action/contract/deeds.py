"""What a person does in a page, in words: the pieces of a sentence, the script that they make, the table of deeds."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from action.contract.kinds_steps import MOST_STEPS, Deed, Expect, Step
from action.contract.rules import PlainCheck

NOUN = (
    "(?:button|link|tab|icon|toggle|checkbox|switch|element|item|menu|field|input|textarea|box|form|select|dropdown|list|slider"
    "|key)"
)
# Three letters at most are a unit, unless they are a word that goes on.
NO_UNIT = r"(?!(?:and|or|in|on|of|if|at|to|as|by|for|is|but)\b)"
UNIT = rf"(?: ?(?:°[CF]?|[%€$£¥]|{NO_UNIT}[a-zA-Zµ]{{1,3}}(?:/[a-z]{{1,2}})?(?![\w'])))"
NUMBER = rf"[-+]?[$€£¥]?-?\d(?:[\w.,%+:/-]{{0,40}}[\w%])?{UNIT}?(?: (?:of|out of) \d{{1,9}})?"
CAPITAL = r"(?-i:[A-Z])[\w'’-]{0,40}"
LITERAL = rf"{CAPITAL}(?::? (?:{CAPITAL}|{NUMBER}|of|the|to)){{0,8}}[!?]?"  # what is written as it stands there
LABEL = rf"{CAPITAL}(?: {CAPITAL}){{0,2}}"
PIECES = {
    "AMOUNT": rf"(?P<v>{NUMBER})",
    "LITERAL": rf"(?P<v>{LITERAL})",
    "LABEL": rf"(?P<v>{LABEL})",
    "SEL": r"\(?(?P<on>[#.][A-Za-z][\w-]{0,80})\)?",
    "OTHER": r"(?P<other>[#.][A-Za-z][\w-]{0,80})",
    "VALUE": r"(?:«(?P<q>\d+)»|(?P<v>-?\w[\w.%+-]{0,40}))",
    "SHOWN": rf"(?:«(?P<q>\d+)»|(?P<v>{NUMBER}))",  # a bare word is what is meant, not what stands there
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
KEPT = "kept 7"  # what is typed where the words do not say what
EMAIL = "ada@example.com"
ANYTHING = "something anything text value name amount number word words item task todo note title query term message"
IS_ANYTHING = re.compile(rf"(?:{'|'.join(ANYTHING.split())}|(?:new|search|valid)[- ]\w{{1,20}})", re.IGNORECASE)
TIMES = {"twice": 2, "two times": 2, "three times": 3, "four times": 4, "five times": 5, "again": 1}
TIMES |= {f"{number} times": number for number in range(2, 10)}
OFTEN = r"(?P<times> twice| (?:two|three|four|five|[2-9]) times| again)?"
SIGN = r"(?:\d|[+\-−*×/÷=.]|AC|CE|C)"  # what stands on the buttons of a calculator


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
    script.does("fill", found.on, EMAIL if "mail" in found.match[0].lower() else KEPT)


def guessed(script: Script, found: Found) -> None:
    """A number is in an element, which may be one where it is typed."""
    script.guesses()
    script.does("fill", found.on, found.value)


def buttons(script: Script, found: Found) -> None:
    """The buttons of a calculator, one after the other."""
    for name in re.findall(SIGN, found.get("names"), re.IGNORECASE):
        script.does("click", name=name)


def ask(script: Script, found: Found) -> None:
    script.does("query", value=found.get("query"))


def fill(script: Script, found: Found) -> None:
    """What is named for its kind only ("a name", "some text") may be anything."""
    if not found.get("q") and IS_ANYTHING.fullmatch(found.value):
        touch(script, found)
    else:
        script.does("fill", found.on, found.value)


IN_CASE = r"(?:(?<=when )|(?<=if )|(?<=once )|(?<=after )|(?<=with )|(?<= and ))"
CLICK = r"(?:click(?:s|ing)?|tap(?:s|ping)?|press(?:es|ing)?) (?:on )?"
CALLED = "(?:option|row|card|header|tag|label|chip|tile|cell|entry|swatch|image|name|word|key)"
FILL = r"(?:typ(?:es?|ing)|enter(?:s|ing)?|writ(?:es?|ing)|input(?:s|ting)|put(?:s|ting)?)"
DEEDS: list[tuple[str, Put]] = [
    (r"(?:press(?:es|ing)?|hit(?:s|ting)?) (?:key )?<KEY>(?: (?:in|inside|on|within) <NOUNS><SEL>)?<AFTER>", press),
    (
        r"(?:click(?:s|ing)?|tap(?:s|ping)?|toggl(?:es?|ing)|activat(?:es?|ing)|press(?:es|ing)?|hit(?:s|ting)?) "
        rf"(?:on )?<NOUNS>(?:<SEL>|<TEXT>)<AFTER>{OFTEN}",
        click,
    ),
    (
        rf"<IT> is (?:clicked|pressed|tapped|toggled){OFTEN}",
        click,
    ),
    (rf"{CLICK}{CALLED} <TEXT>", click),
    (rf"{CLICK}(?:{NOUN} )?<LABEL>(?: {NOUN})?{OFTEN}", click),
    (
        r"(?:press(?:es|ing)?|click(?:s|ing)?|tap(?:s|ping)?) (?:buttons? |keys? )?"
        rf"(?P<names>{SIGN}(?:,? (?:and )?{SIGN}){{1,{MOST_STEPS - 1}}})",
        buttons,
    ),
    (r"typing (?:in|into) <IT>", touch),
    (
        r"<IT> (?:is (?:filled(?: in)?|not empty)|contains (?:a |some )?(?:valid )?(?:text|value|email(?: address)?))",
        touch,
    ),
    (rf"{IN_CASE}<IT> (?:is|=|==) (?P<v>-?\d[\d.]{{0,20}})", guessed),
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
    (r"<IT> is (?:checked|ticked)(?=$|,)", lambda s, f: s.does("check", f.on)),
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
