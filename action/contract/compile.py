"""The compiler: checks in all their shapes and the brief become a contract."""

import hashlib
import re
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from action.contract import retire
from action.contract.assertion import (
    Assertion,
    DataFilesParse,
    EqualsAttachment,
    FileAbsent,
    FileExists,
    FollowsData,
    InPage,
    Js,
    LicenseIsMit,
    LinksResolve,
    NoConsoleErrors,
    Origin,
    PageLoads,
    ReadmeSections,
)
from action.contract.changes import attachments_to_change, words_of
from action.contract.contract import Contract
from action.contract.from_brief import named_files, read_brief
from action.contract.patterns import QUERY
from action.contract.rules import Names, read_check
from action.contract.rules_files import README
from action.contract.variations import can_vary
from action.gates.text import readable
from receiver.task import Check, Task, UndecodableAttachment

LONGEST_SOURCE = 2_000
MOST_DATA = 2  # attachments with which the page is opened once more
CLAUSES = re.compile(r";\s+|(?<=[\w\"'`)])\.\s+(?=[A-Z])")
WITH_QUERY = re.compile(
    r"\b(?:with|when|using|given|for|at)\s+(?:the (?:url|query|parameter)s?\s+)?"
    r"[`'\"]?(?P<query>\?[\w-]+=[^\s`'\",;)]*)[`'\"]?\)?",
    re.IGNORECASE,
)
LONGEST_CHECK = 5_000  # characters; no rule reads a longer one, so the model does
JS_INSIDE = re.compile(r"^(?:.*?[\s,:])?js:\s*(?P<js>.+)$", re.I | re.S)


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
    names, words = names_of(task, tuple(current)), words_of(task, tuple(current))
    given: list[Assertion] = []
    uncompiled: list[str] = []
    for check in task.checks:
        found = read_one(check, names)
        given += labelled(found, "given", task.round, source=str(check))
        if not found and str(check):
            uncompiled.append(str(check))
    base = labelled(base_assertions(task, attachments or {}), "base", task.round)
    guessed = [*read_safely(task, names), *followed_data(attachments or {})]
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


def without_contradiction(found: list[Assertion]) -> list[Assertion]:
    """Leave out the guess that a file must exist when it must not: a workflow makes it after the push."""
    absent = {assertion.file for assertion in found if isinstance(assertion, FileAbsent)}
    return [a for a in found if not (isinstance(a, FileExists) and a.origin == "inferred" and a.file in absent)]


def names_of(task: Task, files: Sequence[str] = ()) -> Names:
    """Return the names that rules may refer to."""
    attached = tuple(attachment.name for attachment in task.attachments)
    return Names(files=tuple(dict.fromkeys([*named_files(readable(task.brief)), *files])), attachments=attached)


def read_one(check: Check, names: Names) -> list[Assertion]:
    """Return what one check means; nothing when it has a name or a text that no assertion can have."""
    try:
        return meaning_of(check, names)
    except ValidationError:
        return []


def meaning_of(check: Check, names: Names) -> list[Assertion]:
    """Read JavaScript as it is, English by rules, whole or clause by clause. Raises ValidationError."""
    if check.js is not None:
        return [Js(expression=check.js, query=query_in_comment(check.js))] if check.js else []
    text = check.text or ""
    found = WITH_QUERY.search(text)
    query = found["query"].rstrip(":.") if found else ""
    if found:
        before, after = text[: found.start()].rstrip(" \n,("), text[found.end() :].lstrip(" \n,:")
        text = f"{before} {after}".strip(" ,:")
    if inside := JS_INSIDE.match(text):
        return [Js(expression=inside["js"], query=query)]
    if len(text) > LONGEST_CHECK:
        return []
    return [with_query(assertion, query) for assertion in read_sentences(text, names)]


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
    """Return that what a page computes follows the attachments that hold numbers."""
    names = [name for name, content in attachments.items() if can_vary(name, content)]
    return [FollowsData(attachment=name) for name in names[:MOST_DATA]]


def base_assertions(task: Task, attachments: Mapping[str, bytes]) -> list[Assertion]:
    """Return what is true of every page that we publish. An attachment that is to be changed need not stay as it is."""
    changing = attachments_to_change(task)
    there = [FileExists(file=name) for name in sorted(changing)]
    return [
        PageLoads(),
        NoConsoleErrors(),
        LinksResolve(),
        DataFilesParse(),
        LicenseIsMit(),
        ReadmeSections(sections=README),
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


def labelled(found: list[Assertion], origin: Origin, round_number: int, source: str = "") -> list[Assertion]:
    """Return assertions with their origin (a guess of a rule stays one), round, source and sentence."""
    return [
        assertion.model_copy(
            update={
                "origin": "inferred" if assertion.origin == "inferred" else origin,
                "round": round_number,
                "source": source[:LONGEST_SOURCE],
                "sentence": assertion.sentence or assertion.in_words(),
            }
        )
        for assertion in found
    ]
