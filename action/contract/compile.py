"""The compiler: checks in all their shapes and the brief become a contract."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from action.contract import retire, tables
from action.contract.assertion import (
    Assertion,
    DataFilesParse,
    Element,
    EqualsAttachment,
    FileAbsent,
    FileExists,
    FollowsData,
    InPage,
    Js,
    LicenseIsMit,
    LinksResolve,
    NoConsoleErrors,
    PageLoads,
    ReadmeSections,
)
from action.contract.changes import attachments_to_change, words_of
from action.contract.contract import LONGEST_SOURCE, Contract, labelled
from action.contract.from_brief import named_files, read_brief, told_steps
from action.contract.patterns import QUERY
from action.contract.probes import acts
from action.contract.rules import Names, read_check
from action.contract.rules_files import README
from action.contract.scripts import is_script, script_problem, selector_problem, sentence_problem, wanted_numbers
from action.contract.touched import literals, spoken_ids
from action.contract.typed_checks import at, place_of, typed
from action.contract.typed_steps import sentence_in
from action.contract.typed_words import normal
from action.contract.variations import can_vary, quantities, table_of
from action.gates.text import readable
from receiver.task import Check, Task, UndecodableAttachment

MOST_DATA = 2  # attachments with which the page is opened once more
CLAUSES = re.compile(r"\n+|;\s+|(?<=[\w\"'`)])(?<!^\d)(?<!^\d\d)\.\s+(?=[A-Z])", re.MULTILINE)
WITH_QUERY = re.compile(
    r"\b(?:with|when|using|given|for|at)\s+(?:the (?:url|query|parameter)s?\s+)?"
    r"[`'\"]?(?P<query>\?[\w-]+=[^\s`'\",;)]*)[`'\"]?\)?",
    re.IGNORECASE,
)
LONGEST_CHECK = 5_000  # characters; no rule reads a longer one, so the model does
WISHED = re.compile(
    r"^(?:(?:optional(?:ly)?|bonus|nice[- ]to[- ]have|extra credit|stretch(?: goal)?|ideally|preferably|if possible)\b"
    r"[\s:,-]*+)+"
    r"| ?\((?:optional|bonus|nice to have|if possible)\)|,? (?:if possible|ideally|preferably)(?=\.?$)",
    re.IGNORECASE,
)
FILLED_LATER = re.compile(r"[\"'“`][^\"'“”`{}]{0,200}\{[a-z]\w{0,30}\}", re.IGNORECASE)  # "Hello, {name}"
JS_INSIDE = re.compile(r"^(?:.*?(?:(?P<open>\()|[\s,:]))?js:\s*(?P<js>.+)$", re.I | re.S)
FENCED = re.compile(r"(?P<mark>```|~~~)[a-z]*\n(?P<inner>.*)\n(?P=mark)", re.I | re.S)
SCRIPT_LABEL = re.compile(
    r"(?:\w+ ){0,5}(?:check|test|assert|assertion|evaluate|evaluates|javascript|js|expression|console|true): +", re.I
)


def compile_contract(
    task: Task,
    *,
    attachments: Mapping[str, bytes] | None = None,
    earlier: Contract | None = None,
    current: Mapping[str, bytes] | None = None,
    is_feedback: bool = False,
) -> Contract:
    """Compile a task. `attachments` are the fetched bytes, `current` the files that the repository has already.

    `is_feedback`: the brief is what somebody says about the page, and no word of the task's sender.
    """
    current = current or {}
    past = earlier or Contract()
    names, words = names_of(task, tuple(current)), words_of(task, tuple(current), literals(past), spoken_ids(past))
    given: list[Assertion] = []
    uncompiled: list[str] = []
    for check in task.checks:
        found = read_one(check, names)
        doubted = [against_data(assertion, names, attachments or {}) for assertion in found]
        given += labelled(doubted, "given", task.round, source=str(check))
        if not found and str(check):
            uncompiled.append(str(check))
    base = labelled(base_assertions(task, attachments or {}), "base", task.round)
    told = [] if is_feedback else told_steps(readable(task.brief))  # feedback tells what the page does wrong, too
    guessed = [*read_safely(task, names), *told, *followed_data(attachments or {})]
    inferred = labelled(guessed, "inferred", task.round, source="brief")
    found = without_contradiction(retire.without_past([*given, *base, *inferred], words))
    contract = Contract().plus(found, uncompiled=tuple(uncompiled))
    if earlier is None:
        return contract
    return retire.after(contract, earlier, words, current=current, may_change_given=not is_feedback)


def decided_checks(task: Task, contract: Contract, *, files_hint: Sequence[str] = ()) -> dict[str, list[int]]:
    """Return which of the sender's checks each assertion decides, by its id. The first check has the number 1.

    What no rule could read, a model may have made into assertions.
    """
    names = names_of(task, files_hint)
    found: dict[str, list[int]] = {}
    for number, check in enumerate(task.checks, start=1):
        source = str(check)[:LONGEST_SOURCE]
        by_model = [a for a in contract.assertions if source and (a.source, a.round) == (source, task.round)]
        for assertion in read_one(check, names) or by_model:
            found.setdefault(assertion.id, []).append(number)
    return found


def objections(task: Task, contract: Contract) -> dict[int, str]:
    """Return why checks of this round cannot be met as they were sent, by their number."""
    found = {a.id: a.objection for a in contract.assertions if a.objection}
    decided = decided_checks(task, contract) if found else {}
    return dict(sorted((number, found[id]) for id, numbers in decided.items() if id in found for number in numbers))


def without_contradiction(found: list[Assertion]) -> list[Assertion]:
    """Leave out the guess that a file must exist when it must not: a workflow makes it after the push."""
    absent = {assertion.file for assertion in found if isinstance(assertion, FileAbsent)}
    return [a for a in found if not (isinstance(a, FileExists) and a.origin == "inferred" and a.file in absent)]


def names_of(task: Task, files: Sequence[str] = ()) -> Names:
    """Return the names that rules may refer to."""
    attached = tuple(attachment.name for attachment in task.attachments)
    brief = readable(task.brief)
    return Names(files=tuple(dict.fromkeys([*named_files(brief), *files])), attachments=attached, brief=brief)


def read_one(check: Check, names: Names) -> list[Assertion]:
    """Return what one check means; nothing when it has a name or a text that no assertion can have."""
    try:
        return meaning_of(check, names)
    except ValidationError:
        return []


def meaning_of(check: Check, names: Names) -> list[Assertion]:
    """Read JavaScript as it is, English by rules, whole or clause by clause. Raises ValidationError."""
    text = check.text or ""
    script = check.js if check.js is not None else as_script(text)
    if script:
        return [with_objection(Js(expression=script, query=query_in_comment(script)))]
    if text.startswith("{") and (entry := as_object(text)):
        if compiled := typed(entry):
            left = sentence_problem(text)
            return [with_objection(it, "" if isinstance(it, Js) else left) for it in compiled]
        place = place_of(normal(entry))
        sentence = sentence_in(normal(entry))
        if place is None or not sentence:
            return []
        is_wished = WISHED.match(str(entry.get("type") or ""))
        text = f"{'Optional: ' if is_wished else ''}{sentence}"
        if script := as_script(text):
            return at(place, [with_objection(Js(expression=script))])
        return at(place, english_meaning(text, names))
    return english_meaning(text, names)


def english_meaning(text: str, names: Names) -> list[Assertion]:
    """Read a text that is no script, and may only be wished for. Raises ValidationError."""
    if (needed := WISHED.sub("", text)) != text:  # what may be left out holds no page back
        return [each.model_copy(update={"origin": "inferred"}) for each in sentence_meaning(needed, names)]
    return sentence_meaning(text, names)


def sentence_meaning(text: str, names: Names) -> list[Assertion]:
    """Read a text that is no script as a whole, with a query in it, or with a script. Raises ValidationError."""
    found = WITH_QUERY.search(text)
    query = found["query"].rstrip(":.") if found else ""
    if found:
        before, after = text[: found.start()].rstrip(" \n,("), text[found.end() :].lstrip(" \n,:")
        text = f"{before} {after}".strip(" ,:")
    if inside := script_inside(text):
        return [with_objection(Js(expression=inside, query=query))]
    if len(text) > LONGEST_CHECK:
        return []
    left = sentence_problem(text)
    if not left and FILLED_LATER.search(text):
        return []
    compiled = [with_query(assertion, query) for assertion in read_sentences(text, names)]
    return [with_objection(assertion, left) for assertion in compiled]


def against_data(assertion: Assertion, names: Names, attachments: Mapping[str, bytes]) -> Assertion:
    """Return an assertion with what the attached tables give instead of the number that it wants."""
    if assertion.objection or not attachments:
        return assertion
    wanted: list[tuple[str, float]] = []
    if isinstance(assertion, Js) and not acts(assertion.expression) and not assertion.query:
        wanted = wanted_numbers(assertion.expression)
    elif isinstance(assertion, Element) and (text := assertion.text or assertion.contains):
        number = tables.MONEY.fullmatch(text.strip())
        wanted = [(assertion.selector, float(number[1].replace(",", "")))] if number else []
    found = (tables.contradiction(words, number, names.brief, attachments) for words, number in wanted)
    objection = next(filter(None, found), "")
    return assertion.model_copy(update={"objection": objection}) if objection else assertion


def as_object(text: str) -> dict[str, Any]:
    """Return the object that a check was, nothing for a text."""
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def as_script(text: str) -> str:
    """Return the JavaScript that a text without a prefix is; nothing for English."""
    bare = text.strip()
    if fenced := FENCED.fullmatch(bare):
        inner = fenced["inner"]
    else:
        inner = bare[1:-1] if bare[:1] == bare[-1:] == "`" and "`" not in bare[1:-1] else bare
    inner = inner.removeprefix("js:").strip()
    label = SCRIPT_LABEL.match(inner)
    written = (inner, inner[label.end() :] if label else "")
    return next((each for each in written if each and is_script(each)), "")


def script_inside(text: str) -> str:
    """Return the JavaScript after `js:` in a sentence, without the parenthesis around both."""
    found = JS_INSIDE.match(text)
    if not found:
        return ""
    script = found["js"].rstrip(" .") if found["open"] else found["js"]
    return script[:-1] if found["open"] and script.endswith(")") and script_problem(script) else script


def with_objection(assertion: Assertion, objection: str = "") -> Assertion:
    """Return an assertion with why it can never be true, if that is so."""
    if isinstance(assertion, Js) and not objection:
        objection = script_problem(assertion.expression)
    if isinstance(assertion, Element) and not objection:
        objection = selector_problem(assertion.selector)
    return assertion.model_copy(update={"objection": objection}) if objection else assertion


def read_sentences(text: str, names: Names) -> list[Assertion]:
    """Read a text as one sentence, otherwise as several that must all be readable."""
    whole = read_check(text, names)
    if whole:
        return whole
    clauses = [clause for clause in CLAUSES.split(text) if clause.strip()]
    found = [read_check(clause, names) for clause in clauses] if len(clauses) > 1 else []
    return [assertion for clause in found for assertion in clause] if all(found) else []


def query_in_comment(expression: str) -> str:
    """Return the query string of a comment at the end: `... // with ?url=x`."""
    _, slashes, comment = expression.strip().rpartition("\n")[2].partition("//")
    match = QUERY.search(comment) if slashes else None
    return match[1] if match else ""


def with_query(assertion: Assertion, query: str) -> Assertion:
    """Return an assertion about the page with a query string."""
    return assertion.model_copy(update={"query": query}) if query and isinstance(assertion, InPage) else assertion


def read_safely(task: Task, names: Names) -> list[Assertion]:
    """Read the brief. Names in it that no assertion can have are left out."""
    try:
        return read_brief(readable(task.brief), names.attachments)
    except ValidationError:
        return []


def followed_data(attachments: Mapping[str, bytes]) -> list[Assertion]:
    """Return that what a page computes follows the attachments that hold numbers, or several rows."""
    names = [name for name, content in attachments.items() if can_vary(name, content)]
    names.sort(key=lambda name: not quantities(table_of(name, attachments[name])))  # numbers before rows alone
    return [FollowsData(attachment=name) for name in names[:MOST_DATA]]


def base_assertions(task: Task, attachments: Mapping[str, bytes]) -> list[Assertion]:
    """Return what is true of every page that we publish. An attachment that is to be changed need not stay as it is."""
    changing = attachments_to_change(task)
    there = [FileExists(file=name) for name in sorted(changing)]
    fixed = {attachment.name for attachment in task.attachments} - changing  # what they say is the sender's business
    return [
        PageLoads(),
        NoConsoleErrors(),
        LinksResolve(),
        DataFilesParse(),
        *([] if "LICENSE" in fixed else [LicenseIsMit()]),
        *([] if "README.md" in fixed else [ReadmeSections(sections=README)]),
        *(
            EqualsAttachment(file=name, attachment=name, sha256=digest)
            for name, digest in attachment_digests(task, attachments).items()
            if name not in changing
        ),
        *(assertion for assertion in there if not retire.is_over(assertion, words_of(task))),
    ]


def attachment_digests(task: Task, fetched: Mapping[str, bytes]) -> dict[str, str | None]:
    """Return the SHA-256 of every attachment; None when its bytes are not known."""
    digests: dict[str, str | None] = {}
    for attachment in task.attachments:
        content = fetched.get(attachment.name)
        if content is None and attachment.is_inline:
            try:
                content = attachment.inline_bytes()
            except UndecodableAttachment:
                content = None
        digests[attachment.name] = None if content is None else hashlib.sha256(content).hexdigest()
    return digests
