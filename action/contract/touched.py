"""Which assertions a change touches: what an assertion is about, and whether it can still hold after the change."""

import re
from collections.abc import Container, Iterable
from functools import partial

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
    SourceText,
    TextContains,
    ValidFile,
    WordCount,
)
from action.contract.clause import Change, is_page
from action.contract.contract import Contract
from action.contract.patterns import files_in
from action.contract.things import FORMAT_OF, FORMATS, NOUNS, PICTURES, Thing

STILL_THERE = (FileExists, ValidFile, PageServesFile)  # a file that changes is there all the same
PINS = (EqualsAttachment, ConvertsAttachment, WordCount, PageWords)  # what any change of the whole can break
ONLY_THERE = re.compile(
    r"\s*+!*+\s*+(?:window\.)?document\.(?:querySelector|getElementById)\([^()]*\)(?:\s*!==?\s*null)?\s*+;?\s*+"
)
EXACT = re.compile(r"(?<![!<>=])===?(?!=)|Math\.abs")
STYLE = re.compile(r"style|class|colou?r|font|width|height|theme", re.IGNORECASE)
SELECTOR_CALL = re.compile(
    r"(?:querySelector(?:All)?|getElementById|closest|matches)\(\s*+(?:\"[^\"]*+\"|'[^']*+'|`[^`]*+`)\s*+\)"
)
VALUE = re.compile(r"(?<![\w.#-])\d[\d,]*(?:\.\d+)?(?![\w%])")
COUNTS = re.compile(r"\.length\s*>=?\s*\d+")
TEXT_OF = re.compile(r"(?:textContent|innerText|innerHTML|title|placeholder|value|alt|ariaLabel)\b")
QUOTED_WORD = re.compile(r"[\"'`/][^\"'`/]*?[A-Za-z]{2}")
IDENTIFIER = re.compile(r"[A-Za-z][\w-]*")
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
    if change.how == "gone":
        return True
    if change.how == "looks":
        return isinstance(assertion, Js) and bool(STYLE.search(SELECTOR_CALL.sub("", assertion.expression)))
    if change.thing.kind == "file":
        return ends_content(change, assertion)
    if change.how == "added to":
        return is_exact(assertion)
    return change.how == "changed" and not is_only_there(assertion)


def ends_content(change: Change, assertion: Assertion) -> bool:
    """Whether an assertion about a file whose content changes ends with that."""
    if change.how == "touched":
        return isinstance(assertion, EqualsAttachment | ConvertsAttachment)
    is_about = isinstance(assertion, InPage) and getattr(assertion, "path", "") == change.thing.name
    is_about = is_about or change.thing.name in {getattr(assertion, "file", ""), getattr(assertion, "attachment", "")}
    is_about = is_about or (change.thing.name == "README.md" and assertion.kind == "readme_sections")
    if not is_about or isinstance(assertion, STILL_THERE):
        return False
    if change.how == "added to":
        return isinstance(assertion, PINS) or (isinstance(assertion, InPage) and is_exact(assertion))
    return not is_only_there(assertion)


def is_where(change: Change, assertion: Assertion) -> bool:
    """Whether an assertion is about the page that a change is about, as far as it is about a page."""
    page = assertion.path or "index.html" if isinstance(assertion, InPage) else getattr(assertion, "file", "") or ""
    if not page.endswith((".html", ".htm")):
        return True
    return page == (change.on_page or page) and page != change.off_page


def is_only_there(assertion: Assertion) -> bool:
    """Whether an assertion wants an element to be there, and nothing else of it."""
    if isinstance(assertion, Element):
        return not (assertion.tag or assertion.text or assertion.contains or assertion.attribute)
    return isinstance(assertion, Js) and bool(ONLY_THERE.fullmatch(assertion.expression))


def is_exact(assertion: Assertion) -> bool:
    """Whether an assertion wants exactly something, so that anything more breaks it."""
    if isinstance(assertion, Js):
        return bool(EXACT.search(assertion.expression)) and ".tagName" not in assertion.expression
    return isinstance(assertion, PINS) or (isinstance(assertion, Element) and assertion.text is not None)


def is_computed(assertion: Assertion, *, is_longer: bool) -> bool:
    """Whether an assertion holds a value that other data would change. More rows are no reason against "at least"."""
    if isinstance(assertion, Js):
        text = SELECTOR_CALL.sub("", assertion.expression)
        if is_longer:
            text = COUNTS.sub("", text)
        return any(float(value.replace(",", "")) >= LEAST_VALUE for value in VALUE.findall(text))
    if isinstance(assertion, JsonAt):
        return assertion.has_equals
    texts = [getattr(assertion, name, None) or "" for name in ("text", "contains")]
    return isinstance(assertion, Element | PageText) and any(VALUE.search(text) for text in texts)


def ends_broadly(change: Change, assertion: Assertion, data: Container[str], earlier: Contract) -> bool:
    """Whether a change of a format, or of an element that is only described, ends an assertion."""
    if change.thing.kind == "noun":
        return assertion.origin != "base" and is_where(change, assertion) and ends_described(change, assertion)
    if change.how != "instead":
        is_old = partial(is_of_format, change.thing.name)
    else:
        is_old = partial(is_of_another_format, change.thing)
    candidates = [a for a in earlier.assertions if a.origin != "base" and file_of(a) not in data and is_old(a)]
    meant = [a for a in candidates if file_of(a) and shares(change.about, file_of(a))]
    return assertion in candidates and (assertion in meant or not file_of(assertion) or not meant)


def is_of_another_format(new: Thing, assertion: Assertion) -> bool:
    """Whether an assertion is about a format that a new one, or a file in it, can take the place of."""
    stem, _, ending = new.name.rpartition(".") if new.kind == "file" else ("", "", new.name)
    name, file = FORMAT_OF.get(ending.lower(), ""), file_of(assertion)
    if new.kind == "file" and file != new.name and file.rpartition(".")[0] == stem:
        return not is_page(Thing("file", file))
    family = PICTURES if name in PICTURES else FORMATS.keys() - PICTURES
    others = [other for other in family if name and other != name and is_of_format(other, assertion)]
    return bool(others) and not is_of_format(name, assertion)


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
    if change.how == "looks":
        return False
    if change.thing.name == "all texts":
        is_text = isinstance(assertion, PageText | PageTitle | SourceText)
        is_text = is_text or (isinstance(assertion, TextContains) and is_page(Thing("file", assertion.file)))
        is_text = is_text or (isinstance(assertion, Element) and bool(assertion.text or assertion.contains))
        return is_text or (isinstance(assertion, Js) and pins_words(SELECTOR_CALL.sub("", assertion.expression)))
    if change.thing.name == "title":
        return isinstance(assertion, PageTitle) or (
            isinstance(assertion, Js) and "document.title" in assertion.expression
        )
    tags = NOUNS[change.thing.name]
    if isinstance(assertion, Element):
        is_it = assertion.tag in tags or assertion.selector.split(" ")[0].split(">")[0] in tags
        return is_it and (change.how == "gone" or not is_only_there(assertion))
    if not isinstance(assertion, Js):
        return False
    selector = rf"[\"'`\s>](?:{'|'.join(tags)})(?=[\s>.:\[\"'`])"
    named = rf"tagName\s*===?\s*[\"'`](?:{'|'.join(tags)})[\"'`]"
    is_it = bool(re.search(selector, assertion.expression) or re.search(named, assertion.expression, re.IGNORECASE))
    return is_it and (change.how == "gone" or not is_only_there(assertion))


def pins_words(expression: str) -> bool:
    """Whether an expression compares a text of the page with words."""
    text = TEXT_OF.search(expression)
    return bool(text and QUOTED_WORD.search(expression, text.end()))


# What an assertion is about


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
        elif isinstance(value, list | tuple):
            rest += value
    return found


def mentions(thing: Thing, assertion: Assertion) -> bool:
    """Whether a thing is named in what an assertion wants."""
    if thing.kind == "format":
        return is_of_format(thing.name, assertion)
    if thing == Thing("file", "README.md") and assertion.kind == "readme_sections":
        return True
    if thing.kind == "file" and isinstance(assertion, SourceText):
        return names(thing, assertion.text)  # its file is index.html whatever it is about
    return any(names(thing, text) for text in strings(assertion))


def names(thing: Thing, text: str) -> bool:
    """Whether a text has the name of a thing as a word of its own."""
    word = re.escape(thing.name)
    if thing.kind == "file":
        return bool(re.search(rf"(?<![\w-]){word}(?![\w-]|\.\w)", text, re.IGNORECASE))
    if thing.kind == "id":
        plain = re.escape(thing.name[1:])
        return bool(re.search(rf"{word}(?![\w-])|[\"'`=]{plain}[\"'`\]]", text))
    if IDENTIFIER.fullmatch(thing.name) and re.search(rf"#{word}(?![\w-])", text):
        return True  # "`sum` is now `total`" may speak of ids
    if not re.search(r"\w", thing.name):
        return thing.name == text
    before, behind = (
        (r"(?<![\w#.-])" if re.match(r"\w", thing.name) else ""),
        (r"(?![\w-])" if re.search(r"\w$", thing.name) else ""),
    )
    return bool(re.search(rf"{before}{word}{behind}", text, re.IGNORECASE))


def is_of_format(name: str, assertion: Assertion) -> bool:
    """Whether an assertion is about a file or an output of a format."""
    endings = FORMATS[name]
    if isinstance(assertion, ValidFile) and assertion.format in {name, *endings}:
        return True
    if isinstance(assertion, JsonAt):
        return name == "json"
    if isinstance(assertion, PageLinks):
        return any(target.rpartition(".")[2].lower() in endings for target in assertion.targets)
    file = getattr(assertion, "file", "") or ""
    if file == "README.md":
        return False
    if file and not isinstance(assertion, SourceText):
        return file.rpartition(".")[2].lower() in endings
    if isinstance(assertion, Js) and "localStorage" in assertion.expression:
        return False
    word = rf"(?<![A-Za-z])(?:{'|'.join(map(re.escape, dict.fromkeys((name, *endings))))})(?![A-Za-z])"
    return any(re.search(word, text, re.IGNORECASE) for text in strings(assertion))
