"""The plain sentence that stands for an assertion in logs, prompts and summaries."""

from collections.abc import Callable
from typing import Any

from action.contract.assertion import Assertion


def sentence_for(assertion: Assertion) -> str:
    """Say in English what must be true."""
    template = SENTENCES[assertion.kind]
    text = template(assertion) if callable(template) else template.format(a=assertion)
    where = where_of(assertion)
    return f"{text[:1].upper()}{text[1:]}{where}."


def where_of(assertion: Assertion) -> str:
    """Say on which page, when it is not the first one."""
    path, query = getattr(assertion, "path", ""), getattr(assertion, "query", "")
    return f" (on {path or 'the page'}{' with ' + query if query else ''})" if path or query else ""


def words(assertion: Assertion) -> str:
    """Say how many words."""
    low, high = getattr(assertion, "minimum", 0), getattr(assertion, "maximum", None)
    what = getattr(assertion, "file", "") or getattr(assertion, "selector", "")
    return f"{what} has {low} to {high} words" if high is not None else f"{what} has at least {low} words"


def json_at(assertion: Assertion) -> str:
    """Say what a JSON value must be."""
    a = assertion.model_dump()
    wishes = [f"is of type {a['type']}"] if a["type"] else []
    wishes += [f"equals {a['equals']!r}"] if a["has_equals"] else []
    wishes += [f"has the keys {', '.join(a['keys'])}"] if a["keys"] else []
    wishes += [f"has at least {a['minimum_length']} entries"] if a["minimum_length"] is not None else []
    return f"in {a['file']}, {a['at'] or 'the root'} {' and '.join(wishes) or 'is there'}"


def element(assertion: Assertion) -> str:
    """Say what an element must be."""
    a = assertion.model_dump()
    wishes = [f"is a <{a['tag']}>"] if a["tag"] else []
    wishes += [f'has exactly the text "{a["text"]}"'] if a["text"] is not None else []
    wishes += [f'contains the text "{a["contains"]}"'] if a["contains"] is not None else []
    wishes += [f"has the attribute {a['attribute']}"] if a["attribute"] else []
    return f"the page has an element {a['selector']}{' that ' + ' and '.join(wishes) if wishes else ''}"


def workflow(assertion: Assertion) -> str:
    """Say what a workflow must have."""
    a = assertion.model_dump()
    wishes = [f"runs on {a['trigger']}"] if a["trigger"] else []
    wishes += [f"has a step that uses {a['uses']}"] if a["uses"] else []
    wishes += [f"has a step that runs {a['runs']!r}"] if a["runs"] else []
    wishes += [f"has a step named {a['step']!r}"] if a["step"] else []
    return f"{a['file'] or 'a workflow file'} {' and '.join(wishes) or 'is a workflow'}"


def run_log(assertion: Assertion) -> str:
    """Say what the log of a run must show."""
    a = assertion.model_dump()
    wishes = [f"contains {a['text']!r}"] if a["text"] else []
    wishes += [f"shows that the step {a['step']!r} ran"] if a["step"] else []
    wishes += [f"shows that {a['ran']} ran"] if a["ran"] else []
    return f"the log of the run{' of ' + a['file'] if a['file'] else ''} {' and '.join(wishes)}"


SENTENCES: dict[str, str | Callable[[Any], str]] = {
    "js": "in the page this is true: {a.expression}",
    "page_loads": "the page loads and shows something",
    "no_console_errors": "the page loads without console errors, exceptions and missing files",
    "page_title": 'the title of the page is exactly "{a.equals}"',
    "page_text": 'the page shows the text "{a.contains}"',
    "page_words": words,
    "element": element,
    "page_links": lambda a: f"the page has links to {', '.join(a.targets)}",
    "file_exists": "the file {a.file} exists",
    "file_absent": "there is no file {a.file}",
    "json_at": json_at,
    "text_contains": "{a.file} contains the text {a.text!r}",
    "word_count": words,
    "valid_file": "{a.file} is well-formed {a.format}",
    "data_files_parse": "every JSON, SVG, YAML and XML file is well-formed",
    "links_resolve": "every relative link in the HTML files leads to a file that is there",
    "equals_attachment": "{a.file} is byte for byte the attachment {a.attachment}",
    "converts_attachment": "{a.file} holds the same table as the attachment {a.attachment}",
    "license_is_mit": "LICENSE at the root is the MIT license",
    "readme_sections": lambda a: f"README.md has the sections {', '.join(a.sections)}",
    "source_text": lambda a: (
        f"the first script element of {a.file} contains {a.text!r}"
        if a.where == "first_script"
        else f"the source of the site contains {a.text!r}"
    ),
    "workflow": workflow,
    "run_succeeds": lambda a: f"the run of {a.file or 'each workflow'} succeeds",
    "run_log_contains": run_log,
    "page_serves_file": "the page serves {a.file}",
    "advice": "{a.question}",
}
