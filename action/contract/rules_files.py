"""Rules about files: present, absent, valid, their words and values, LICENSE, README, attachments, workflows."""

import re
from typing import Any

from action.contract.assertion import (
    Advice,
    Assertion,
    ConvertsAttachment,
    EqualsAttachment,
    FileAbsent,
    FileExists,
    Format,
    JsonAt,
    LicenseIsMit,
    ReadmeSections,
    TextContains,
    ValidFile,
    WordCount,
    Workflow,
)
from action.contract.patterns import NAME, RANGE, file_name, files_in, listed, words_range
from action.contract.rules import Build, Reading, Rule

README = ("Summary", "Setup", "Usage", "Code explanation", "License")
USUAL = re.compile(
    r"(?:all|every|each)?(?: of)?(?: \w+)? ?(?:required|necessary|standard|usual|requested|mandatory|needed|important)",
    re.I,
)
NO_SECTION = re.compile(
    r"^\d|\b(?:at least|all|clear|proper|detailed|professional|complete|correct|any|more|new)\b", re.I
)
NOUNS = r"(?: (?:instructions?|steps?|guide|information|info|details|notes|section|docs?|documentation|examples?))?"
IT = r"(?: (?:it|page|repo|locally)){0,2}"
TOPICS = {
    "Setup": rf"(?:how to )?(?:set ?-?up|install(?:ation)?|run|deployment|running){IT}{NOUNS}",
    "Usage": rf"(?:how to )?(?:usage|use){IT}{NOUNS}",
    "License": rf"license{NOUNS}",
    "Summary": rf"(?:(?:repo|page|short|brief) )*(?:summary|overview|description){NOUNS}",
    "Code explanation": r"(?:code|how (?:code|it|page) works)(?: explanation| overview)?",
}  # fmt: skip
FORMATS: dict[str, Format] = {"svg": "svg", "json": "json", "yaml": "yaml", "yml": "yaml", "csv": "csv", "xml": "xml"}
TYPES = {"text": "string", "numeric": "number", "list": "array"}  # what people call types of JSON
CONSTANTS = {"true": True, "false": False, "null": None}
# Words that count keys and do not name one.
COUNT = re.compile(r"\d+|one|two|three|four|five|six|seven|eight|nine|ten|several|many|the|these", re.IGNORECASE)


def readme_sections(reading: Reading) -> list[Assertion] | None:
    """Return the sections of a list: all of them, or one where "or" stands between them, or the usual ones."""
    words = reading.piece("list")
    if USUAL.fullmatch(words):
        return [ReadmeSections(sections=README)]
    is_either = bool(re.search(r"\bor\b|/", words)) and not re.search(r"\band\b|,(?!.*\bor\b)", words)
    parts = re.split(r",?\s+or\s+|,\s*|\s*/\s*", reading.with_quoted("list")) if is_either else items(reading)
    sections = tuple(re.sub(r" (?:sections?|headings?)$", "", part.strip(" `'\"")) for part in parts)
    is_named = all(len(name) < 40 and not NO_SECTION.search(name) for name in sections)
    return [ReadmeSections(sections=sections, one_is_enough=is_either)] if sections and is_named else None


def readme_count(reading: Reading) -> list[Assertion] | None:
    """Return how many sections there are at least."""
    least, _ = reading.count()
    return [ReadmeSections(minimum=least)] if least else None


def readme_topics(reading: Reading) -> list[Assertion] | None:
    """Return the usual sections that stand for what a README says: "setup instructions", "how to use it"."""
    named = re.split(r",? and |, ?|/| or ", reading.piece("list"))
    topics = [next((name for name, words in TOPICS.items() if re.fullmatch(words, part, re.I)), "") for part in named]
    is_either = " or " in reading.piece("list")
    return [ReadmeSections(sections=tuple(dict.fromkeys(topics)), one_is_enough=is_either)] if all(topics) else None


def items(reading: Reading) -> list[str]:
    """Return the entries of a list, with quoted ones put back."""
    return listed(reading.with_quoted("list"))


def exists(reading: Reading) -> list[Assertion] | None:
    return [FileExists(file=name) for name in only_files(reading)] or None


def absent(reading: Reading) -> list[Assertion] | None:
    return [FileAbsent(file=name) for name in only_files(reading)] or None


def only_files(reading: Reading) -> list[str]:
    """Return the files of a list; none when it names anything else too."""
    text = re.sub(r"\b(?:files?|pages?|both|all of|named|called)\b", " ", reading.piece("list"), flags=re.IGNORECASE)
    parts = [piece for part in listed(text) for piece in part.split()]
    known = re.compile(rf"{NAME}|LICENSE|README(?:\.md)?|Makefile|Dockerfile", re.IGNORECASE)
    return [file_name(part) for part in parts] if parts and all(known.fullmatch(part) for part in parts) else []


def valid(reading: Reading) -> list[Assertion] | None:
    """Return that a file, each file of a list, or each file of a format is valid."""
    kind = FORMATS.get((reading.piece("format") or reading.file.rsplit(".", 1)[-1]).lower())
    if kind is None:
        return None
    of_format = [name for name in reading.names.files if FORMATS.get(name.rsplit(".", 1)[-1].lower()) == kind]
    named = only_files(reading) if reading.piece("list") else [reading.file] if reading.file else of_format
    return [ValidFile(file=name, format=kind) for name in named] or None


def word_count(reading: Reading) -> list[Assertion] | None:
    text = reading.piece("range")
    text = text if "word" in text else f"{text} words"
    limits = RANGE.search(text) or RANGE.search(f"exactly {text}")
    if not limits:
        return None
    low, high = words_range(limits)
    return [WordCount(file=reading.file, minimum=low, maximum=high)]


def json_keys(reading: Reading) -> list[Assertion] | None:
    keys = tuple(re.sub(r" keys?$", "", part) for part in items(reading))
    if not keys or any(" " in key or COUNT.fullmatch(key) for key in keys):
        return None
    return [JsonAt(file=reading.file, at="[*]" if reading.piece("each") else "", keys=keys)]


def json_length(reading: Reading) -> list[Assertion] | None:
    """Return that a file is an array with so many entries at least."""
    least, _ = reading.count()
    at = reading.text("quoted") or reading.piece("at")
    return [JsonAt(file=reading.file, at=at, type="array", minimum_length=least)] if least else None


def json_at(reading: Reading) -> list[Assertion]:
    """Return the type or the value of what stands at a place."""
    at = reading.text("quoted") or reading.piece("at")
    if kind := reading.piece("type").lower():
        return [JsonAt.model_validate({"file": reading.file, "at": at, "type": TYPES.get(kind, kind)})]
    value: Any = reading.text() or number(reading.piece("value"))
    return [JsonAt(file=reading.file, at=at, equals=value)]


def number(text: str) -> int | float | bool | None:
    """Return the value of a number, true, false or null."""
    if text.lower() in CONSTANTS:
        return CONSTANTS[text.lower()]
    return float(text) if "." in text else int(text)


def same_as_attachment(reading: Reading) -> list[Assertion] | None:
    other = next((n for n in files_in(reading.piece("rest")) if n in reading.names.attachments), reading.file)
    known = other in reading.names.attachments
    return [EqualsAttachment(file=reading.file, attachment=other)] if known else None


def converts(reading: Reading) -> list[Assertion] | None:
    source = reading.piece("source")
    known = source in reading.names.attachments
    return [ConvertsAttachment(file=reading.file, attachment=source)] if known else None


def workflow(what: str) -> Build:
    """Return a builder for one property of a workflow."""

    def build(reading: Reading) -> list[Assertion]:
        value = reading.text() or reading.piece("value")
        value = value.lower() if what == "trigger" else value
        return [Workflow.model_validate({"file": reading.workflow, what: value})]

    return build


JOB = (
    r"(?:(?:\S+ )?(?:(?:GitHub|CI|Actions) )*workflow(?: file)?(?: \S+\.ya?ml)?"
    r"|(?:file )?\.github/workflows/\S+\.ya?ml)"
)
STEP = rf"(?:{JOB}) contains step (?:that |which )?"


def names_files(reading: Reading) -> list[Assertion] | None:
    """Return that a text names each file of a list."""
    names = listed(reading.piece("list"))
    is_list = len(names) <= 9 and all(re.fullmatch(NAME, name) for name in names)
    return [TextContains(file=reading.file or "README.md", text=name) for name in names] if is_list else None


RULES = [
    Rule(
        r"(?:repo |there is )?(?:contains |is )?MIT[- ]license(?:d)?(?: file)?(?: (?:exists|in|at|is).*)?",
        lambda _: [LicenseIsMit()],
    ),
    Rule(
        r"(?:repo )?(?:contains |uses |is )?(?:LICENSE|licensed)(?: file)?:? ?(?:exists and )?"
        r"(?:is|contains|under|with|uses|at root is)? ?MIT(?: license)?(?: text)?",
        lambda _: [LicenseIsMit()],
    ),
    Rule(
        r"README\.md is (?:\w+,? )*?"
        r"(?:professional|complete|comprehensive|well[- ]written|clear|good|thorough|detailed)\b.*",
        lambda r: [ReadmeSections(sections=README), Advice(question=r.check.original)],
    ),
    Rule(r"README\.md contains COUNT (?:sections?|headings?)", readme_count),
    Rule(
        r"README\.md (?:contains|explains|describes|documents|covers)(?: (?:clear|basic|detailed))? LIST",
        readme_topics,
    ),
    Rule(
        r"README\.md contains (?P<list>(?:setup|installation|usage)(?: and | or |/)(?:setup|installation|usage))"
        r" instructions",
        readme_topics,
    ),
    Rule(r"README\.md contains (?:sections?|headings?)(?: for| on| about| named| called)? ?:? ?LIST", readme_sections),
    Rule(r"README\.md contains (?:either )?LIST (?:sections?|headings?)", readme_sections),
    Rule(r"(?:page |it )?contains LIST(?: files?)?", exists),
    Rule(r"(?:repo )?lacks (?:file )?LIST", absent),
    Rule(r"(?:there is )?no (?:file )?LIST(?: files?)?(?: exists| is)?(?: in repo)?", absent),
    Rule(r"(?:files? )?LIST is (?:absent|removed|deleted)", absent),
    Rule(r"(?:files? )?LIST (?:all )?(?:exists|is in repo)(?: (?:in|at) .*)?", exists),
    Rule(r"(?:files? )?LIST (?:all )?is", exists),  # "in the repo" at the end is no more there
    Rule(r"(?:repo|root) contains LIST", exists),
    Rule(r"there is (?:file )?LIST", exists),
    Rule(r"FILE (?:is|parses as|contains) (?:valid|well[- ]formed) FORMAT(?: file| document| image| data)?", valid),
    Rule(r"(?:(?:json|svg|yaml|csv|xml) )?(?:file )?FILE is (?:valid|well[- ]formed)", valid),
    Rule(r"(?:files? )?LIST (?:all )?is (?:all )?(?:valid|well[- ]formed) FORMAT(?: files?| documents?)?", valid),
    Rule(r"valid FORMAT(?: file| document| image)?(?: in| at| called| named)?(?: FILE)?", valid),
    Rule(r"(?:all |every )?FORMAT(?: files?)? is (?:valid|well[- ]formed)", valid),
    Rule(r"FILE(?:'s)? (?:text |body )?(?:contains|is) WORDS(?: long)?", word_count),
    Rule(r"FILE(?:'s)? word count is NUMBERS(?: words)?", word_count),
    Rule(r"word count (?:of|in|for) FILE is NUMBERS(?: words)?", word_count),
    Rule(
        r"(?P<each>(?:each|every|all) (?:\w+) (?:of|in) )?FILE contains (?:top[- ]level |required )?keys? ?:? ?LIST",
        json_keys,
    ),
    Rule(r"(?P<each>(?:each|every|all) (?:\w+) (?:of|in) )?FILE contains LIST keys?", json_keys),
    Rule(r"FILE (?:is|contains) (?:valid )?(?:JSON )?TYPE", json_at),
    Rule(
        r"FILE (?:is|contains) (?:valid )?(?:JSON )?(?:array|list) (?:of|with) COUNT "
        r"(?:objects?|entries|items|elements|records|strings|numbers)",
        json_length,
    ),
    Rule(r"AT (?:key )?in FILE is (?:of type )?TYPE", json_at),
    Rule(r"FILE AT is (?:of type )?TYPE", json_at),
    Rule(r"FILE contains key AT (?:that is|of type|which is|with|as) TYPE", json_at),
    Rule(r"FILE contains (?:key )?TYPE (?:called |named |key )?AT", json_at),
    Rule(r"AT (?:array |list |key )?in FILE contains COUNT (?:objects?|entries|items|elements|records)", json_length),
    Rule(r"AT (?:key )?in FILE is (?:TEXT|(?P<value>-?\d+(?:\.\d+)?|true|false|null))", json_at),
    Rule(
        r"(?:source of )?FILE contains (?:text |string |word |phrase |line |words )?(?:TEXT|SOURCE)",
        lambda r: [TextContains(file=r.file, text=r.text() or r.piece("source"))],
    ),
    Rule(r"README\.md contains LIST", names_files),
    Rule(
        r"FILE (?:is|stays|remains|matches|contains same (?:content|bytes) as) "
        r"(?P<rest>.*attach.*|unchanged|unmodified|byte[- ](?:for[- ]byte )?identical)",
        same_as_attachment,
    ),
    Rule(
        r"FILE (?:is|contains) (?:same )?(?:data |rows |table |content )?(?:of |from |as )?SOURCE "
        r"(?:converted |exported )?(?:in)?to \w+",
        converts,
    ),
    Rule(r"FILE contains (?:same )?(?:data|rows|table|content) (?:of|from|as|in) SOURCE", converts),
    Rule(r"SOURCE is (?:converted|exported|transformed) (?:in)?to FILE", converts),
    Rule(rf"{STEP}(?:named|called) TEXT", workflow("step")),
    Rule(rf"(?:{STEP}|{JOB} )uses (?:TEXT|(?P<value>[\w.-]+/[\w./-]+(?:@\S+)?))", workflow("uses")),
    Rule(r"uses (?P<value>actions/[\w./-]+(?:@\S+)?|[\w.-]+/[\w./-]+@\S+)", workflow("uses")),
    Rule(rf"(?:{STEP}|{JOB} )(?:runs|calls|running) TEXT", workflow("runs")),
    Rule(
        rf"{JOB} (?:runs|is triggered|triggers) (?:on|by) (?P<value>push|pull_request|workflow_dispatch|schedule)",
        workflow("trigger"),
    ),
]
