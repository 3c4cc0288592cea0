"""Which assertions a change touches: what an assertion is about, and whether it can still hold after the change."""

import re
from collections.abc import Container, Iterable

from action.contract.alternatives import FORMATS, NAME_OF, rivals, spoken
from action.contract.assertion import (
    Assertion,
    ConvertsAttachment,
    Element,
    EqualsAttachment,
    FileAbsent,
    FileExists,
    InPage,
    Js,
    JsonAt,
    PageLinks,
    PageServesFile,
    PageText,
    PageTitle,
    PageWords,
    ReadmeSections,
    SourceText,
    Steps,
    TextContains,
    ValidFile,
    WordCount,
)
from action.contract.clause import Change
from action.contract.contract import Contract
from action.contract.patterns import files_in
from action.contract.things import NOUNS, VALUES, Thing
from action.contract.verdict import HTML

STILL_THERE = (FileExists, ValidFile, PageServesFile)  # a file that changes is there all the same
PINS = (EqualsAttachment, ConvertsAttachment, WordCount, PageWords)  # what any change of the whole can break
ONLY_THERE = re.compile(
    r"\s*+!*+\s*+(?:window\.)?document\.(?:querySelector|getElementById)\([^()]*\)(?:\s*!==?\s*null)?\s*+;?\s*+"
)
STATE = re.compile(r"[\[:]")  # in a selector: an attribute, or a state
MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
DATE = re.compile(
    rf"\b\d{{4}}-\d\d|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2}}|YYYY|\b{MONTH}\.? \d|\d\.? {MONTH}|\\d\{{[24]\}}[-/.]"
)
WHOLE_DATE = re.compile(r"\b\d{1,4}([-/.])\d{1,2}\1\d{1,4}\b")
ANY_COUNT = re.compile(r"\.(?:length|size|childElementCount)\s*[<>=]=*\s*\d+")
DOWNLOAD = re.compile(r"\.download\b|\bdownload=|getAttribute\(.download")
LANGUAGE = re.compile(r"documentElement\.lang|\[lang|getAttribute\(.lang.\)")
LITERAL = re.compile(r"([\"'`])([^\"'`\n]{4,80})\1")
SPOKEN = re.compile(r"(?=.*[A-Z ])(?=.*[a-z])\w[\w ,!?'’-]{2,78}\w")
EXACT = re.compile(r"(?<![!<>=])===?(?!=)|Math\.abs")
STYLE = re.compile(r"style|class|colou?r|font|width|height|theme", re.IGNORECASE)
SELECTOR_CALL = re.compile(
    r"(?:querySelector(?:All)?|getElementById|closest|matches)\(\s*+(?:\"[^\"]*+\"|'[^']*+'|`[^`]*+`)\s*+\)"
)
VALUE = re.compile(r"(?<![\w.#-])\d[\d,]*(?:\.\d+)?(?![\w%])")
COUNTS = re.compile(r"\.length\s*>=?\s*\d+")
HEADER = re.compile(r"\bth(?:ead)?\b")
ROWS = re.compile(r"\btr\b|\.rows\b")
COLUMN = re.compile(r"\bcolumns?\b", re.IGNORECASE)
ROW = re.compile(r"\brows?\b", re.IGNORECASE)
TEXT_OF = re.compile(r"(?:textContent|innerText|innerHTML|title|placeholder|value|alt|ariaLabel)\b")
QUOTED_WORD = re.compile(r"[\"'`/][^\"'`/]*?[A-Za-z]{2}")
IDENTIFIER = re.compile(r"[A-Za-z][\w-]*")
ID = re.compile(r"#([A-Za-z][\w-]*)|getElementById\(\s*[\"'`]([A-Za-z][\w-]*)")
WORD_OF_ID = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
ALSO_CALLED = {
    **dict.fromkeys(("btn", "button"), ("button",)),
    **dict.fromkeys(("toggle", "switch"), ("toggle", "switch", "button")),
    **dict.fromkeys(("input", "field", "box"), ("input", "field", "box")),
    **dict.fromkeys(("select", "dropdown", "menu"), ("select", "dropdown", "menu")),
    **dict.fromkeys(("msg", "message"), ("message",)),
}
ON_BUTTONS = (
    "export import download upload search filter sort submit save load reset start stop copy print share add remove"
    " delete clear undo redo send next back play pause"
)
ALSO_CALLED |= {deed: (f"{deed} button",) for deed in ON_BUTTONS.split()}  # "the export" is what comes of it
NO_ONES = "page data text file content main app root name date time value number user first last other next"
SHORTEST_SPOKEN = 4  # letters
LONGEST_STEM = 6  # letters: "exporting" speaks of "export.json"
FILE_WORDS = {"file", "files", "page", "json", "yaml", "text", "data"}
LEAST_VALUE = 2.0  # 0 and 1 say that something is there, and what is smaller is a tolerance


def ends(change: Change, assertion: Assertion) -> bool:
    """Whether an assertion about a thing that is named does not hold any more after a change of it."""
    if isinstance(assertion, FileAbsent):
        return change.thing == Thing("file", assertion.file) and change.how != "gone"
    if isinstance(assertion, PageServesFile) and change.by != "rename":
        return False  # what a run makes is not committed, and served
    if not is_where(change, assertion) or not mentions(change.thing, assertion):
        return False
    match change.how:
        case "gone":
            return True
        case "looks":
            return isinstance(assertion, Js) and bool(STYLE.search(SELECTOR_CALL.sub("", assertion.expression)))
        case "touched":
            return isinstance(assertion, EqualsAttachment | ConvertsAttachment)
        case _ if change.thing.kind == "file" and not is_content_of(change.thing.name, assertion):
            return False
        case "added to":
            return is_exact(assertion) and not is_another_part(change, assertion)
        case _:
            return not is_only_there(assertion)


def is_content_of(file: str, assertion: Assertion) -> bool:
    """Whether an assertion says more of a file than that it is there."""
    files = [getattr(assertion, name, None) for name in ("path", "file", "attachment")]
    return file in files and not isinstance(assertion, STILL_THERE)


def is_where(change: Change, assertion: Assertion) -> bool:
    """Whether an assertion is about the page that a change is about, as far as it is about a page."""
    page = assertion.path or "index.html" if isinstance(assertion, InPage) else getattr(assertion, "file", "") or ""
    if not page.endswith(HTML):
        return True
    return page == (change.on_page or page) and page != change.off_page


def is_only_there(assertion: Assertion) -> bool:
    """Whether an assertion wants an element to be there, and nothing else of it."""
    if isinstance(assertion, Element):
        says_more = assertion.tag or assertion.text or assertion.contains or assertion.attribute or assertion.one_of
        is_counted = (assertion.minimum, assertion.maximum) != (None, None)
        return not (says_more or is_counted or STATE.search(assertion.selector))
    return isinstance(assertion, Js) and bool(ONLY_THERE.fullmatch(assertion.expression))


def is_exact(assertion: Assertion) -> bool:
    """Whether an assertion wants exactly something, so that anything more breaks it."""
    if isinstance(assertion, Js):
        return bool(EXACT.search(assertion.expression)) and ".tagName" not in assertion.expression
    return isinstance(assertion, PINS) or (isinstance(assertion, Element) and assertion.text is not None)


def is_another_part(change: Change, assertion: Assertion) -> bool:
    """Whether an assertion counts what the change leaves as many: rows when columns are added, all when it sorts."""
    script = assertion.expression if isinstance(assertion, Js) else ""
    if change.by == "sort":
        return bool(ANY_COUNT.search(script) or HEADER.search(script))
    counted = ROWS.search(script) if COLUMN.search(change.words) else HEADER.search(script)
    return bool(counted) and bool(COLUMN.search(change.words) or ROW.search(change.words))


def is_header_count(assertion: Assertion) -> bool:
    """Whether an assertion counts the columns of a table, which other rows leave as many."""
    script = assertion.expression if isinstance(assertion, Js) else ""
    return bool(HEADER.search(script)) and not VALUE.search(ANY_COUNT.sub("", SELECTOR_CALL.sub("", script)))


def is_computed(assertion: Assertion, *, is_longer: bool = False, is_counted: bool = True) -> bool:
    """Whether an assertion holds a value that other data would change. More rows are no reason against "at least"."""
    if isinstance(assertion, Js):
        text = SELECTOR_CALL.sub("", assertion.expression)
        if is_longer:
            text = COUNTS.sub("", text)
        if not is_counted:
            text = ANY_COUNT.sub("", WHOLE_DATE.sub("", text))
        return any(float(value.replace(",", "")) >= LEAST_VALUE for value in VALUE.findall(text))
    if isinstance(assertion, JsonAt):
        return assertion.has_equals
    texts = [getattr(assertion, name, None) or "" for name in ("text", "contains")]
    texts += [expect.value for expect in assertion.expect] if isinstance(assertion, Steps) else []
    return isinstance(assertion, Element | PageText | Steps) and any(VALUE.search(text) for text in texts)


def ends_broadly(change: Change, assertion: Assertion, data: Container[str], earlier: Contract) -> bool:
    """Whether a change of a format, or of an element that is only described, ends an assertion.

    When the words name some of the files of a format, only these end.
    """
    if change.thing.kind == "noun":
        return assertion.origin != "base" and is_where(change, assertion) and ends_described(change, assertion)
    if change.how not in {"gone", "instead"} and change.thing.name not in FORMATS:
        return False  # a library with another version, or a chart that it draws otherwise
    is_old = is_of_another_format if change.how == "instead" else is_of_format
    olds = [a for a in earlier.assertions if a.origin != "base" and file_of(a) not in data and is_old(change.thing, a)]
    meant = [a for a in olds if shares(change.about, file_of(a))]
    return assertion in olds and (assertion in meant or not file_of(assertion) or not meant)


def is_of_another_format(new: Thing, assertion: Assertion) -> bool:
    """Whether an assertion is about a format that a new one, or a file in it, can take the place of."""
    stem, _, ending = new.name.rpartition(".")
    file = file_of(assertion)
    if stem and file != new.name and file.rpartition(".")[0] == stem:
        return not file.lower().endswith(HTML)
    name = NAME_OF.get(ending.lower() if stem else new.name.lower(), "")
    return any(is_of_format(Thing("format", other), assertion) for other in rivals(name)) and not (
        is_of_format(Thing("format", name), assertion)
    )


def is_of_format(format: Thing, assertion: Assertion) -> bool:
    """Whether an assertion is about a file or an output of a format."""
    endings = FORMATS.get(format.name, ())
    if endings:
        if isinstance(assertion, ValidFile) and assertion.format in {format.name, *endings}:
            return True
        if isinstance(assertion, PageLinks):
            return any(target.rpartition(".")[2].lower() in endings for target in assertion.targets)
        if (file := getattr(assertion, "file", "")) and not isinstance(assertion, SourceText):
            return file != "README.md" and file.rpartition(".")[2].lower() in endings
        if isinstance(assertion, Js) and "localStorage" in assertion.expression:
            return False  # JSON is how that is done
    return any(spoken(format.name).search(text) for text in strings(assertion))


def file_of(assertion: Assertion) -> str:
    """Return the file that an assertion is about; of an expression, the files that it names."""
    if isinstance(assertion, Js | SourceText):
        return " ".join(files_in(" ".join(strings(assertion))))
    return getattr(assertion, "file", "") or ""


def shares(words: Iterable[str], file: str) -> bool:
    """Whether a file's name has one of some words: "export" is in "export.json"."""
    return any(word[:LONGEST_STEM].rstrip("s") in file.lower() for word in words if word not in FILE_WORDS)


def ends_described(change: Change, assertion: Assertion) -> bool:
    """Whether a change of "the footer" or of all texts ends an assertion."""
    script = assertion.expression if isinstance(assertion, Js) else ""
    if change.how == "looks":
        return False
    if change.thing.name == "dates":
        return any(DATE.search(text) for text in strings(assertion))
    if change.thing.name == "temperatures":
        return any("°" in text for text in strings(assertion))
    if change.thing.name in VALUES:
        return is_computed(assertion, is_counted=False)
    if change.thing.name == "all texts":
        is_on_page = isinstance(assertion, TextContains) and assertion.file.lower().endswith(HTML)
        is_text = isinstance(assertion, Element) and bool(assertion.text or assertion.contains)
        return isinstance(assertion, PageText | PageTitle | SourceText) or is_on_page or is_text or is_worded(script)
    if change.thing.name == "downloads":
        wants_one = isinstance(assertion, Steps) and any(it.to_be == "downloaded" for it in assertion.expect)
        return wants_one or bool(DOWNLOAD.search(script))
    if change.thing.name == "title":
        return isinstance(assertion, PageTitle) or "document.title" in script
    tags = NOUNS[change.thing.name]
    if isinstance(assertion, Element):
        is_it = assertion.tag in tags or re.split("[ >]", assertion.selector)[0] in tags
    else:
        selector = rf"[\"'`\s>](?:{'|'.join(tags)})(?=[\s>.:#\[\"'`])"
        named = rf"tagName\s*===?\s*[\"'`](?:{'|'.join(tags)})[\"'`]"
        is_it = bool(re.search(selector, script) or re.search(named, script, re.IGNORECASE))
    return is_it and (change.how == "gone" or not is_only_there(assertion))


def is_worded(expression: str) -> bool:
    """Whether an expression is about the words of the page, or about their language."""
    return pins_words(expression) or bool(LANGUAGE.search(expression))


def pins_words(expression: str) -> bool:
    """Whether an expression compares a text of the page with words."""
    plain = SELECTOR_CALL.sub("", expression)
    text = TEXT_OF.search(plain)
    return bool(text and QUOTED_WORD.search(plain, text.end()))


def mentions(thing: Thing, assertion: Assertion) -> bool:
    """Whether a thing is named in what an assertion wants."""
    if thing.kind == "format":
        return is_of_format(thing, assertion)
    if thing.kind == "file" and isinstance(assertion, ReadmeSections):
        return thing.name == assertion.file
    if thing.kind == "file" and isinstance(assertion, SourceText):
        return names(thing, assertion.text)  # its file is index.html whatever it is about
    return any(names(thing, text) for text in strings(assertion))


def literals(earlier: Contract) -> set[str]:
    """Return the texts of a page that assertions want, as far as a brief may speak of them without quotation marks."""
    texts: set[str] = set()
    for assertion in earlier.assertions:
        if isinstance(assertion, Js):
            plain = SELECTOR_CALL.sub("", assertion.expression)
            texts.update(match[2] for match in LITERAL.finditer(plain))
        elif isinstance(assertion, Steps):
            texts.update(expect.value for expect in assertion.expect)
        else:
            wanted = (getattr(assertion, name, None) for name in ("text", "contains", "equals"))
            texts.update(text for text in wanted if isinstance(text, str))  # of JSON, any value may be wanted
    return {text for text in texts if SPOKEN.fullmatch(text)}


def spoken_ids(earlier: Contract) -> dict[str, str]:
    """Return the ids that assertions want, by how people speak of them: `reset-btn` is "the reset button"."""
    names = {name for assertion in earlier.assertions for text in strings(assertion) for name in ID.findall(text)}
    spoken: dict[str, set[str]] = {}
    for name in sorted("".join(each) for each in names):
        words = [word.lower() for word in WORD_OF_ID.findall(name)]
        for last in ALSO_CALLED.get(words[-1], (words[-1],)) if words else ():
            spoken.setdefault(" ".join([*words[:-1], last]), set()).add(f"#{name}")
    plain = {f"{left}{right}".lower(): f"#{left}{right}" for left, right in names if re.search("[-_]", left + right)}
    return plain | {
        phrase: ids.pop()
        for phrase, ids in spoken.items()
        if len(ids) == 1 and len(phrase) >= SHORTEST_SPOKEN and phrase not in {*NOUNS, *NO_ONES.split()}
    }


def strings(assertion: Assertion) -> list[str]:
    """Return every text among an assertion's parameters."""
    found: list[str] = []
    rest: list[object] = list(assertion.parameters().values())
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            rest += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            rest += value
    return found


def names(thing: Thing, text: str) -> bool:
    """Whether a text has the name of a thing as a word of its own. A word may be an id: "`sum` is now `total`"."""
    word = re.escape(thing.name)
    if thing.kind == "file":
        return bool(re.search(rf"(?<![\w-]){word}(?![\w-]|\.\w)", text, re.IGNORECASE))
    if thing.kind == "id":
        plain = re.escape(thing.name[1:])
        return bool(re.search(rf"{word}(?![\w-])|[\"'`=]{plain}[\"'`\]]", text))
    if not re.search(r"\w", thing.name):
        return thing.name == text
    if IDENTIFIER.fullmatch(thing.name) and re.search(rf"#{word}(?![\w-])", text):
        return True
    before = r"(?<![\w#.-])" if re.match(r"\w", thing.name) else ""
    behind = r"(?![\w-])" if re.search(r"\w$", thing.name) else ""
    return bool(re.search(rf"{before}{word}{behind}", text, re.IGNORECASE))
