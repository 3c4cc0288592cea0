"""What comes of a deed, in words: the table of effects."""

from urllib.parse import unquote_plus

from action.contract.deeds import Found, Put, Script
from action.contract.patterns import BOUND, bounds
from action.contract.rules import NUMBERS, number_of
from action.contract.rules_elements import JUDGED

ROWS = {"row": "tbody tr", "rows": "tbody tr", "item": "> *", "items": "> *", "entry": "> *", "entries": "> *"}
N = rf"(?P<n>\d{{1,5}}|{'|'.join(NUMBERS)})"
SO_MANY = rf"(?:only |exactly |just )?{N} (?P<what>{'|'.join(ROWS)})"
ITEMS = "li, tbody tr, article, .item, .card, [class*=item]"
COUNT_OF = rf"(?:(?P<how>{BOUND}) ?)?{N}"
NUMBER_OF = rf"{COUNT_OF} (?:more |new |visible )?[a-z-]{{2,20}}"


def inside(on: str) -> str:
    """Return what is in a list or in a table."""
    return f"{on} > *, {on} tbody > *"


def of_root(found: Found) -> str:
    root = found.get("root").lower()
    return found.on or ("html" if root in {"html", "document", "source"} else "body")


def counted(script: Script, found: Found) -> None:
    if not found.on:
        script.guesses()
    least, most = bounds(found.get("how"), number_of(found.get("n")))
    script.wants("count", inside(found.on) if found.on else ITEMS, at_least=least, at_most=most if found.on else None)


def found_elements(script: Script, found: Found) -> None:
    least, most = bounds(found.get("how"), number_of(found.get("n")))
    script.wants("count", found.on, at_least=least, at_most=most)


def left(script: Script, found: Found) -> None:
    """So many are left, and no more."""
    count = number_of(found.get("n"))
    script.wants("count", f"{found.on} {ROWS[found.get('what').lower()]}", at_least=count, at_most=count)


def literally(script: Script, found: Found) -> None:
    """What is written with a capital stands there so, unless it only says how something is."""
    if JUDGED.search(found.value):
        raise ValueError("this is no text")
    script.wants("contains", found.on, found.value)


def added(script: Script, found: Found) -> None:
    """Where is not said."""
    script.guesses()
    script.wants("more", ITEMS)


def shows(script: Script, found: Found) -> None:
    script.wants("contains", found.on, found.value)


def shows_number(script: Script, found: Found) -> None:
    """Where is not said. A calculator shows nothing else."""
    if not all(step.name for step in script.steps):
        script.guesses()
    script.wants("shown", value=found.value)


def download(script: Script, found: Found) -> None:
    """The last click is what brings the file."""
    if not script.steps or script.steps[-1].do not in {"click", "download"}:
        raise ValueError("nothing is clicked")
    last = script.steps.pop()
    script.does("download", last.on, name=last.name)
    kind = found.get("kind").lower()
    line = found.check.in_full(found.get("line"))
    script.wants("downloaded", "", line, name=found.value or found.get("file") or (f"*.{kind}" if kind else ""))


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
    (rf"leaves {SO_MANY} in <NOUNS><SEL>", left),
    (rf"leaves <NOUNS><SEL> with {SO_MANY}", left),
    (r"<IT> (?:text )?(?:shows|says|contains|is|becomes|changes to)(?: text)? <LITERAL>", literally),
    (r"(?:changes|sets|updates) <IT> to <LITERAL>", literally),
    (r"(?:shows|gives|writes|puts) <LITERAL> (?:in|into|inside|within) <NOUNS><SEL>", literally),
    (r"(?:page )?(?:shows|gives|says|brings)(?: up)? <LITERAL>(?= ?$)", literally),
    (r"(?:puts|writes) <SHOWN> (?:in|into) <NOUNS><SEL>", shows),
    (NUMBER_OF + r" is (?:listed|shown|displayed|visible)(?: in <SEL>)?", counted),
    (rf"(?:shows |contains |there is )?{COUNT_OF} <SEL>(?: elements?)?(?: exists)?", found_elements),
    (
        rf"{COUNT_OF} <SEL>(?: elements?| items?)? (?:exists|appears|is (?:listed|shown|displayed|visible))",
        found_elements,
    ),
    (r"(?:adds|appends|creates) (?:new |another )?(?:item|task|todo|note|entry|row|card)(?=$|[,;.])", added),
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
    (
        r"<IT> (?:text |value )?(?:is|becomes|changes to|goes to|equals) <AMOUNT>",
        lambda s, f: s.wants("contains", f.on, f.value),
    ),
    (r"makes <IT> (?:show |read |say )?<SHOWN>", shows),
    (r"(?:page |display |result )?(?:shows|gives|yields|returns) (?P<v>-?\d[\w.%]{0,40})(?= ?$)", shows_number),
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
    (r"<IT> is disabled until ?", lambda s, f: s.wants("enabled", f.on)),
    (r"<IT> becomes (?P<state>enabled|disabled|visible|hidden)", lambda s, f: s.wants(f.get("state").lower(), f.on)),
    (r"<IT> (?:appears|is shown)", lambda s, f: s.wants("visible", f.on)),
    (r"<IT> disappears", lambda s, f: s.wants("hidden", f.on)),
    (
        r"(?:(?:starts |offers |triggers )?downloads?(?: of)?|saves|delivers|offers|exports) (?:file )?"
        r"(?:named |called )?(?:<TEXT>|<FILE>)(?:,? (?:whose|with) first line (?:is )?(?P<line>.{3,200}))?",
        download,
    ),
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
