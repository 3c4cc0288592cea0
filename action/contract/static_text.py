"""Verdicts on text: words, literals in the source, LICENSE, README, JSON values, workflow files."""

import json
import re

import yaml
from pydantic import JsonValue

from action.contract.assertion import (
    JsonAt,
    LicenseIsMit,
    ReadmeSections,
    SourceText,
    TextContains,
    WordCount,
    Workflow,
)
from action.contract.html import read
from action.contract.json_path import NothingThere, has_type, type_of, values_at
from action.contract.static_files import missing
from action.contract.verdict import HTML, PASS, Candidate, Verdict, failed
from action.gates.text import headings
from action.gates.workflow_yaml import LARGEST

OUR_WORKFLOW = ".github/workflows/pages.yml"
MIT_PHRASES = (
    "mit license",
    "permission is hereby granted, free of charge, to any person obtaining a copy",
    "the above copyright notice and this permission notice shall be included",
    'the software is provided "as is", without warranty of any kind',
)
SYNONYMS = {
    "summary": "summary overview about description introduction",
    "setup": "setup installation install started requirements prerequisites",
    "usage": "usage use using",
    "code explanation": "explanation works code structure architecture implementation files",
    "license": "license licence",
}


def text_contains(assertion: TextContains, candidate: Candidate) -> Verdict:
    """A literal in a file."""
    text = candidate.text(assertion.file)
    if text is None:
        return missing(assertion.file, candidate)
    wanted = assertion.text
    if assertion.ignore_case:
        text, wanted = text.casefold(), wanted.casefold()
    return PASS if wanted in text else failed(f"{assertion.file} does not contain {assertion.text!r}")


def word_count(assertion: WordCount, candidate: Candidate) -> Verdict:
    """Words between spaces; of HTML only the visible ones."""
    text = candidate.text(assertion.file)
    if text is None:
        return missing(assertion.file, candidate)
    count = len(read(text).words if assertion.file.lower().endswith(HTML) else text.split())
    return words_verdict(f"{assertion.file} has", count, assertion.minimum, assertion.maximum)


def words_verdict(subject: str, count: int, minimum: int, maximum: int | None) -> Verdict:
    """Say whether a number of words is in the range."""
    if minimum <= count and (maximum is None or count <= maximum):
        return PASS
    return failed(f"{subject} {count} words")


def source_text(assertion: SourceText, candidate: Candidate) -> Verdict:
    """A literal in what the browser runs, or in the text of the first script element."""
    if assertion.where == "site":
        if any(assertion.text in source for source in candidate.sources.values()):
            return PASS
        return failed(f"no HTML, JavaScript or CSS file contains {assertion.text!r}")
    html = candidate.text(assertion.file)
    if html is None:
        return missing(assertion.file, candidate)
    scripts = read(html).scripts
    if not scripts:
        return failed(f"{assertion.file} has no script element")
    address, text = scripts[0]
    if assertion.text in text:
        return PASS
    which = f'loads "{address}" and has no text of its own' if address else f"does not contain {assertion.text!r}"
    return failed(f"the first script element of {assertion.file} {which}")


def license_is_mit(assertion: LicenseIsMit, candidate: Candidate) -> Verdict:
    """The MIT license's own sentences, whatever the line breaks."""
    text = candidate.text("LICENSE")
    if text is None:
        return missing("LICENSE", candidate)
    plain = " ".join(text.lower().replace("“", '"').replace("”", '"').split())
    absent = [phrase for phrase in MIT_PHRASES if phrase not in plain]
    return failed(f'LICENSE does not contain "{absent[0]}"') if absent else PASS


def readme_sections(assertion: ReadmeSections, candidate: Candidate) -> Verdict:
    """Headings with the wanted words, or with usual synonyms of them."""
    text = candidate.text("README.md")
    if text is None:
        return missing("README.md", candidate)
    found = [heading.title for heading in headings(text)]
    absent = [section for section in assertion.sections if not any(is_about(h, section) for h in found)]
    return (
        failed(f"README.md has no section {', '.join(absent)}", f"its headings: {'; '.join(found)}") if absent else PASS
    )


def is_about(heading: str, section: str) -> bool:
    """Whether a heading names a section."""
    words = set(re.findall(r"\w+", heading.lower()))
    wanted = section.strip().lower()
    return set(re.findall(r"\w+", wanted)) <= words or bool(words & set(SYNONYMS.get(wanted, "").split()))


def json_at(assertion: JsonAt, candidate: Candidate) -> Verdict:
    """Type, value, keys and length of a value inside a JSON file."""
    text = candidate.text(assertion.file)
    if text is None:
        return missing(assertion.file, candidate)
    try:
        values = values_at(json.loads(text), assertion.at)
    except NothingThere as error:
        return failed(f"{assertion.file}: {error}")
    except (ValueError, RecursionError) as error:
        return failed(f"{assertion.file} cannot be read: {error}")
    problem = next(filter(None, (json_mismatch(assertion, value) for value in values)), None)
    return failed(f"{assertion.file}: {assertion.at or 'the root'} {problem}") if problem else PASS


def json_mismatch(assertion: JsonAt, value: JsonValue) -> str | None:
    """Say how one value differs from what is wanted."""
    shown = json.dumps(value, ensure_ascii=False)[:200]
    if assertion.type and not has_type(value, assertion.type):
        return f"is of type {type_of(value)} ({shown}), not {assertion.type}"
    if assertion.has_equals and not (value == assertion.equals and type_of(value) == type_of(assertion.equals)):
        return f"is {shown}, not {json.dumps(assertion.equals, ensure_ascii=False)}"
    absent = [key for key in assertion.keys if not (isinstance(value, dict) and key in value)]
    if absent:
        return f"has no {', '.join(absent)}: {shown}"
    length = len(value) if isinstance(value, list | dict | str) else 0
    if assertion.minimum_length is not None and length < assertion.minimum_length:
        return f"has {length} entries, fewer than {assertion.minimum_length}"
    return None


def workflow(assertion: Workflow, candidate: Candidate) -> Verdict:
    """A workflow file with everything that is wanted of it."""
    names = [assertion.file] if assertion.file else workflow_files(candidate)
    if not names:
        return failed("there is no workflow file of the site's own in .github/workflows")
    problems = [problem for name in names if (problem := workflow_problem(assertion, name, candidate))]
    return PASS if len(problems) < len(names) else failed("; ".join(problems))


def workflow_files(candidate: Candidate) -> list[str]:
    """Return the names of the workflow files that are not ours."""
    pattern = re.compile(r"\.github/workflows/[^/]+\.ya?ml$")
    return [name for name in candidate.files if pattern.match(name) and name != OUR_WORKFLOW]


def workflow_problem(assertion: Workflow, name: str, candidate: Candidate) -> str | None:
    """Say what one workflow file lacks."""
    text = candidate.text(name)
    if text is None:
        return f"{name} does not exist"
    if len(text) > LARGEST:
        return f"{name} is longer than a workflow file may be"
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return f"{name} is not YAML: {' '.join(str(error).split())}"
    if not isinstance(document, dict) or not isinstance(document.get("jobs"), dict):
        return f"{name} has no jobs"
    lacking = [
        f"{what} {wanted!r}"
        for what, wanted, found in (
            ("the trigger", assertion.trigger, triggers(document)),
            ("a step that uses", assertion.uses, step_values(document, "uses")),
            ("a step that runs", assertion.runs, step_values(document, "run")),
            ("a step named", assertion.step, step_values(document, "name")),
        )
        if wanted and not any(holds(what, wanted, value) for value in found)
    ]
    return f"{name} has not {', '.join(lacking)}" if lacking else None


def holds(what: str, wanted: str, value: str) -> bool:
    """Triggers are compared as a whole, everything else by what it contains."""
    return wanted == value if what == "the trigger" else wanted.casefold() in value.casefold()


def triggers(document: dict[object, object]) -> list[str]:
    """Return the events; YAML 1.1 reads the key `on` as true."""
    on = document.get("on", document.get(True))
    return [event for event in (on if isinstance(on, dict | list) else [on]) if isinstance(event, str)]


def step_values(document: dict[object, object], key: str) -> list[str]:
    """Return one property of all steps of all jobs."""
    jobs = document["jobs"]
    listed = [job.get("steps") for job in jobs.values() if isinstance(job, dict)] if isinstance(jobs, dict) else []
    steps = [step for steps in listed if isinstance(steps, list) for step in steps if isinstance(step, dict)]
    return [value for step in steps if isinstance(value := step.get(key), str)]
