"""What reads foreign text takes at most a second for the largest text that it may get, and twice the time for twice it.

Each reader gets texts that were slow once, and others of their kinds: openings that nothing closes, endless spaces,
marks that are none, and pieces that can be read in two ways.
"""

from collections.abc import Callable

import pytest

from action.contract import html as markup
from action.contract.assertion import Js, ReadmeSections
from action.contract.compile import LONGEST_CHECK, compile_contract, read_one
from action.contract.hints import traps_in
from action.contract.model_checks import parse_compiled
from action.contract.patterns import listed
from action.contract.probes import beginnings, looks
from action.contract.rules import Names
from action.contract.run_verdicts import program_ran
from action.contract.static_files import LARGEST_YAML, csv_problem, json_problem, svg_problem, yaml_problem
from action.contract.static_text import readme_sections
from action.contract.verdict import Candidate
from action.gates.secret_scan import scan
from action.gates.workflow_policy import wants_workflow
from action.generate.candidate import EditsDoNotFit, apply_changes
from action.generate.inputs import named_files
from action.generate.named_pages import addresses_in
from action.model.fences import placeholder_line
from action.model.gemini import Received
from action.model.lenient_reply import read_reply
from action.model.reply import Edit, Reply
from action.site import files as site
from action.site.description import description_of
from receiver.task import Check, Task
from tests.unit.linear.stopwatch import grows_with_its_length

T = "0123456789abcdef"  # the token of a reply
JS = 20_000  # characters: what an assertion can hold
REPLY = 500_000  # characters: more than any model writes
BRIEF = 200_000  # what a request can hold
FILE = 5_000_000  # bytes: what the file policy lets a model write
README_WANTED = ReadmeSections(sections=("Usage",))

# What is pumped: (before, piece, after).
Attack = tuple[str, str, str]
IN_SCRIPTS: list[Attack] = [
    ('document.querySelector("script").textContent.includes("', "\\a", ""),
    ("document.querySelector('", "\\x", ""),
    ('document.querySelectorAll("', "\\\\", "!"),
    ("document.getElementById(`", "\\b", ""),
    ("", 'document.querySelector("', ""),
    ("", "outerHTML.includes(`", ""),
    ('document.querySelector("#a").textContent', "x", ".includes(','"),
    ("", 'document.querySelector("a").textContent', ""),
    ("", "Number(", ""),
    ("", "parseFloat (x", ""),
    ("", 'document.title === "', ""),
    ("a", " ", "!"),
    ("a", "\t", "=!"),
    ('document.querySelector("', "\t", '")'),
    ('document.querySelector("a', " b", '")'),
    ("x", " && y", ""),
    ("", "/", "\n x"),
    ("document.querySelector(", " ", "x"),
]
IN_ENGLISH: list[Attack] = [
    ("page has a", " ", "!"),
    ("page", "\t", "with ?a"),
    ("", "“", ""),
    ("", " '", ""),
    ("", "with ?a=1 ", ""),
    ("", "; ", ""),
    ("a", ", and", ""),
    ("README.md contains ", "a ", "sections!"),
    ("", "-", ""),
    ("", "a/", ""),
    ("at least ", "0,", ""),
    ("", "a.html ", ""),
    ("", "files ", "is here"),
    ("", "GitHub Actions workflow runs ", ""),
    ("", "id=", ""),
    ("", "data:", ""),
    ("", "-.json", ""),
    ("x.json with the keys ", "a", "!"),
    ("", "title ", ""),
    ("", "localStorage under key `", ""),
    ("", "http://", ""),
    ("", "a@", ""),
    ("do not commit the ", "file ", ""),
]
IN_REPLIES: list[Attack] = [
    (f"<<<FILE {T} ", " ", "x"),
    (f"<<<FILE {T} index.html", " ", ""),
    (f"<<<FILE {T} a", " >", ">"),
    ("<<<FILE", " ", ""),
    ("", "<<<FILE ", ""),
    ("", "<<<END>", ""),
    ("~~~", "a", "`"),
    ("```", " ", "`"),
    ("", "`", ""),
    ("", "```\n", ""),
    ("", "```js\nx\n", ""),
    ("", "<!doctype html", ""),
    ("", "</html>", ""),
    ("", f"<<<FILE {T} a.html>>>\n", ""),
    (f"<<<FILE {T} index.html>>>\n", "x\n", ""),
    (f"<<<EDIT {T} a>>>\n", f"<<<REPLACE {T}>>>\n", ""),
    ("", "**index.html**\n```html\n", ""),
    ("", "a/", ".html\n"),
    ("", "<<<FILE 0123456789abcdef0 a.html>>>\n", ""),
]
IN_MARKDOWN: list[Attack] = [
    ("# a", " ", "x"),
    ("# a", " #", "x"),
    ("", "```js", ""),
    ("", "```js\n", ""),
    ("", "~~~~\n```\n", ""),
    ("# a", "\t", "x"),
    ("", "#", " x"),
    ("", "# a\n", ""),
    ("", "a\n-", "x"),
    ("", "a\n---\n", ""),
    ("a\n", "-", " x"),
    ("", " ", "# x"),
    ("", "`", "\n"),
    ("", "\n", "x"),
]
IN_HTML: list[Attack] = [
    ("", "<a ", ""),
    ("", "<!--", ""),
    ("", "<!---->", ""),
    ("", "<", ""),
    ("", "</a", ""),
    ("", "<a b='", ""),
    ("", "<a b=\"'", ""),
    ("<a ", "b=", ""),
    ("<a ", "b=c ", ""),
    ("<a b", " ", ""),
    ("<a", "/", ""),
    ("", "<script>", ""),
    ("<script>", "</script", ""),
    ("", "<title></titl>", ""),
    ("", "<![CDATA[", ""),
    ("", "<?", ""),
    ("", "&#", "1"),
    ("&#", "1", ";"),
    ("", "&amp", ""),
    ("", "<i id=a>", ""),
    ("", "<a href=x>", ""),
    ("", "a ", ""),
]
LEFT_OUT: list[Attack] = [("", "// ... \n", ""), ("", "# the rest of \n", ""), ("", f"[{' the rest' * 20}\n", "")]
IN_ARRAYS: list[Attack] = [("", "[", ""), ("[", '{"check":1},', ""), ('"', "\\n", ""), ("```json", "\n", "")]
IN_LOGS: list[Attack] = [("", "(", ""), ("", "; ", ""), ("", "-m ", ""), ("", " ", "")]
IN_YAML: list[Attack] = [("", "a:\n", ""), ("", "- 1\n", ""), ("", "[", ""), ("a: &a ", "x", "")]


def pumped(attack: Attack, size: int) -> str:
    before, piece, after = attack
    return before + piece * ((size - len(before) - len(after)) // len(piece)) + after


def check(text: str) -> object:
    return read_one(Check(text=text), Names(("a.html",), ("data.csv",)))


def brief(text: str) -> object:
    task = Task.model_validate({"task": "t", "nonce": "n", "brief": f"x {text}"[:BRIEF], "evaluation_url": ""})
    return compile_contract(task), description_of(text, "t", ()), site.title_of(text)


def words(text: str) -> object:
    return named_files([text]), wants_workflow(text), addresses_in([text]), listed(text)


def readme(text: str) -> object:
    candidate = Candidate({"README.md": text.encode()})
    return site.complete_readme(text, "b", [], []), readme_sections(README_WANTED, candidate)


def scripts(text: str) -> object:
    return traps_in([Js(expression=text)]), looks(text), beginnings(text)


Reader = Callable[[str], object]
CASES: list[tuple[Reader, int, list[Attack]]] = [
    (scripts, JS, IN_SCRIPTS),
    (check, LONGEST_CHECK, IN_ENGLISH + IN_SCRIPTS),
    (check, 100_000, IN_ENGLISH[:4]),
    (brief, BRIEF, IN_ENGLISH),
    (words, BRIEF, IN_ENGLISH),
    (lambda text: read_reply(text, T), REPLY, IN_REPLIES),
    (placeholder_line, REPLY, LEFT_OUT),
    (lambda text: parse_compiled(text, ["a"]), REPLY, IN_ARRAYS),
    (readme, FILE, IN_MARKDOWN),
    (markup.read, FILE, IN_HTML),
    (lambda text: program_ran("ruff", text), 1_000_000, IN_LOGS),
    (lambda text: json_problem(text.encode()), FILE, IN_ARRAYS),
    (lambda text: yaml_problem(text.encode()), LARGEST_YAML, IN_YAML),
    (lambda text: svg_problem(text.encode()), FILE, [("", "<a>", ""), ("<svg ", "a", ""), ("<!--", "-", "")]),
    (lambda text: csv_problem(text.encode()), FILE, [("", "a,", ""), ("", "a\n", ""), ("", '"', "")]),
]
LISTED = [(number, attack) for number, (_, _, attacks) in enumerate(CASES) for attack in attacks]


@pytest.mark.parametrize(("number", "attack"), LISTED, ids=lambda value: repr(value)[:60])
def test_a_reader_is_linear(number: int, attack: Attack) -> None:
    read, size, _ = CASES[number]
    assert grows_with_its_length(read, pumped(attack, size), pumped(attack, size // 2))


def test_a_secret_scan_of_many_findings_is_linear() -> None:
    key = b"gh" + b"p_" + b"a" * 36 + b"\n"

    def look(count: int) -> object:
        return scan({"a.txt": key * count}, ["someone@example.org"])

    assert grows_with_its_length(look, 20_000, 10_000)


@pytest.mark.parametrize(("width", "lines"), [(5_000, 2_000), (100_000, 100), (100, 20_000), (10, 100_000)])
def test_the_explanation_of_blocks_that_do_not_fit_is_bounded(width: int, lines: int) -> None:
    text = "\n".join(f"{number:>{width}}" for number in range(lines))

    def explain(lines: str) -> None:
        edits = tuple(Edit("a.js", f"{'x' * width}{number}\n", "") for number in range(10))
        with pytest.raises(EditsDoNotFit):
            apply_changes({"a.js": lines.encode()}, Reply(edits=edits))

    assert grows_with_its_length(explain, text)


@pytest.mark.parametrize("chunk", ["x" * 100, "x\n", "[the content of a file]\nEND\n"])
def test_an_answer_in_many_chunks_is_looked_through_once(chunk: str) -> None:
    def receive(count: int) -> None:
        received = Received()
        for _ in range(count):
            received.chunks.append(chunk)
            received.is_closed_by("END")

    assert grows_with_its_length(receive, 20_000, 10_000)


@pytest.mark.parametrize("at", [1, 2, 3, 7])
def test_the_last_line_is_found_wherever_the_chunks_are_cut(at: int) -> None:
    text, received, found = "a\n<<<DONE 1>>>\n", Received(), []
    for start in range(0, len(text), at):
        received.chunks.append(text[start : start + at])
        found.append(received.is_closed_by("<<<DONE 1>>>"))
    assert found[-1]
    assert not any(found[:-1])
