"""What reads foreign text takes at most a second for the largest text that it may get, and twice the time for twice it.

Each reader gets texts that were slow once, and others of their kinds: openings that nothing closes, endless spaces,
marks that are none, and pieces that can be read in two ways. All are tried while they are short; what is slowest then,
and what looks like a square, is tried in full length.
"""

from collections.abc import Callable

import pytest

from action.contract import html as markup
from action.contract.assertion import Js, ReadmeSections
from action.contract.compile import LONGEST_CHECK, compile_contract, read_one
from action.contract.hints import hints_in
from action.contract.kinds_data import LARGEST_YAML, csv_problem, json_problem, svg_problem, yaml_problem
from action.contract.kinds_runs import program_ran
from action.contract.model_checks import parse_compiled
from action.contract.patterns import listed
from action.contract.probes import beginnings, looks
from action.contract.rules import LONGEST_SENTENCE, Names
from action.contract.scripts import LONGEST_PARSED, is_script, script_problem, selector_problem, wanted_numbers
from action.contract.verdict import Candidate
from action.gates.secret_scan import scan, without_secrets
from action.gates.text import LONGEST_MARKDOWN
from action.gates.workflow_policy import wants_workflow
from action.generate.attachments import addresses_in
from action.generate.edits import EditsDoNotFit, apply_changes
from action.generate.inputs import named_files
from action.model.fences import circle_begins, placeholder_line
from action.model.interface import Received
from action.model.lenient_reply import read_reply
from action.model.reply import Edit, Reply
from action.site import files as site
from action.site.description import description_of
from receiver.task import Check, Task
from tests.unit.linear.stopwatch import grows_with_its_length, seconds

T = "0123456789abcdef"  # the token of a reply
JS = 20_000  # characters: what an assertion can hold
REPLY = 500_000  # characters: more than any model writes
BRIEF = 200_000  # what a request can hold
UNDISTURBED = 0.05  # seconds: other programs change little about what takes longer, so it is measured once
UNSUSPICIOUS = 0.001  # seconds for a sixteenth of a text: a square would take 0.26 s for the whole
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
# Sentences that many rules begin to read, in the length that they read at most and a little more.
IN_RULES: list[Attack] = [
    *(("", piece, end) for piece in ("contains ", "shows ", "is ", "a with id ", "with class a ") for end in ("", "!")),
    *(
        ("", piece, end)
        for piece in ("#a, ", "#a and ", "#a contains ", "at least 3 ", "a (")
        for end in ("", ")", "?")
    ),
    *(("#a contains ", piece, end) for piece in ("a ", "a, ", "«", "options ", "row and ") for end in ("", "!")),
    *(("after clicking ", piece, end) for piece in ("#a ", "#a and ", "#a, then ", "then ") for end in ("", " shows")),
    *(("README.md contains ", piece, "") for piece in ("a or ", "usage/", "a, ", "section ")),
    *(("", piece, "") for piece in ("is shown after clicking ", "if ", "when ", "typing ", "by ", "no ", "and ")),
    *(("all ", piece, "") for piece in ("files ", "a.html ", "of ")),
    *(("step that runs ", piece, "") for piece in ("'a' ", "a/", "workflow ")),
]
IN_PARSER: list[Attack] = [
    *(("", piece, "") for piece in ("(", "[", "{", "`${", "a?", "a=>", "!", "<a>", "/*", "/", "'", "`", "?.", "x ===")),
    *(("", piece, "") for piece in ("{a:", "case 1:", "if(a)", "a ?b:", "Array) => ", "new ", "class A{", "#", "\\")),
    *(("", piece, "") for piece in ("'{{a}}'+", "`${seed}`+", "Math.abs(a-1)+", "document.title is ", "await ")),
    ("(", "a,", ")=>b"),
    ("a", ".b", "("),
    ("document.querySelector('", "[", "')"),
    ("document.querySelector('", ":not(", "')"),
    ("document.querySelector('", "[a", "')"),
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
    ("", "<file path='a.html'>", ""),
    ("", "<file ", ""),
    ("<file ", " path=", "'a"),
    ("<file path='a.html'>", "\n</file>", ""),
    ("<file path='a.html'>", "&lt;", ""),
    ("", "===FILE: a.html===\n", ""),
    ("===FILE: a.html===\n", "===END", ""),
    ("===FILE: ", "a", ""),
    ("", "=", ""),
    ("", '{"a.js": "', ""),
    ('{"a.js": "', "\\", ""),
    ('{"a.js": "', '\\"', ""),
    ('{"a.js": ', "[", ""),
    ('{"a.js": ', '[{"b": ', ""),
    ("", '{"a.js": [],', ""),
    ('{"', '" ', ""),
    ('{"', '":', ""),
    ('{"a"', " ", "x"),
    ('{"files": [', '{"path": "a.js", "content": "x"},', ""),
    ("", '{ "', "x"),
    ("", "\n", '{"a.js": "x"}'),
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
RANDOM = "aB3dE5gH7jK" + "9mN1pQ3sT5"  # in two parts, so that no scanner finds a secret here
# Beginnings of keys, names in front of values, and private values that are none where they stand.
IN_SECRETS: list[Attack] = [
    *(("", piece, "") for piece in ("ghp_", "eyJ", "eyJhbGciOiJIUzI1NiJ9.", "AIza", "sk-proj-", "12345678:AA", "KEY=")),
    *(("", piece, "") for piece in ("-----BEGIN A A A PRIVATE KEY-----", "://a:", "://a:bbbbb@", "a.a.")),
    *(("", piece, "") for piece in ("password=", 'password: "', f"api_key={RANDOM}\n", "x@mail.internal")),
    *(("", piece, "") for piece in ("secret is 12345678 ", "12345678 ", 'password = "password" ')),
    ("token:", " ", "x"),
    ("token = '", "aB1", ""),
]
PRIVATE = [
    "someone@mail.internal",
    "shared-word-of-the-sender",
    "12345678",
    "password",
    "https://mail.internal/a1?b=c2",
]


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
    return site.complete_readme(text, "b", [], []), README_WANTED.verdict(candidate)


def scripts(text: str) -> object:
    return hints_in([Js(expression=text)]), looks(text), beginnings(text)


def secrets(text: str) -> object:
    return scan({"a.txt": text.encode()}, PRIVATE, [b"x" * 10_000]), without_secrets(text[:1_000], PRIVATE)


def expression(text: str) -> object:
    return is_script(text), script_problem(text), wanted_numbers(text), selector_problem(text)


Reader = Callable[[str], object]
CASES: list[tuple[Reader, int, list[Attack]]] = [
    (scripts, JS, IN_SCRIPTS),
    (check, LONGEST_CHECK, IN_ENGLISH + IN_SCRIPTS),
    (check, 100_000, IN_ENGLISH[:4]),
    (check, LONGEST_SENTENCE, IN_ENGLISH + IN_RULES),
    (check, 500, IN_ENGLISH + IN_RULES),
    (expression, LONGEST_PARSED, IN_SCRIPTS + IN_PARSER),
    (expression, JS, IN_SCRIPTS + IN_PARSER),
    (brief, BRIEF, IN_ENGLISH),
    (words, BRIEF, IN_ENGLISH),
    (lambda text: read_reply(text, T), REPLY, IN_REPLIES),
    (placeholder_line, REPLY, LEFT_OUT),
    (
        lambda text: circle_begins(text, 1_000),
        REPLY,
        [("", "a", ""), ("", "ab", "a"), ("b", "a", "b"), ("", "a" * 501 + "b", "")],
    ),
    (lambda text: parse_compiled(text, ["a"]), REPLY, IN_ARRAYS),
    (readme, LONGEST_MARKDOWN, IN_MARKDOWN),
    (readme, FILE, [("# a", " ", "x"), ("", "#", " x"), ("", "`", "\n")]),  # what looks at more than that
    (markup.read, markup.LONGEST_READ, IN_HTML),
    (secrets, FILE, IN_SECRETS),
    (lambda text: program_ran("ruff", text), 1_000_000, IN_LOGS),
    (lambda text: json_problem(text.encode()), FILE, IN_ARRAYS),
    (lambda text: yaml_problem(text.encode()), LARGEST_YAML, IN_YAML),
    (lambda text: svg_problem(text.encode()), FILE, [("", "<a>", ""), ("<svg ", "a", ""), ("<!--", "-", "")]),
    (lambda text: csv_problem(text.encode()), FILE, [("", "a,", ""), ("", "a\n", ""), ("", '"', "")]),
]


@pytest.mark.parametrize(("read", "size", "attacks"), CASES)
def test_a_reader_is_linear(read: Reader, size: int, attacks: list[Attack]) -> None:
    assert [attack for attack in suspects(read, size, attacks) if not is_linear(read, attack, size)] == []


def quickest(read: Reader, attack: Attack, size: int) -> float:
    """Return the shorter of two times where it is short: other programs disturb a single one."""
    first = seconds(read, pumped(attack, size))
    return first if first > UNDISTURBED else min(first, seconds(read, pumped(attack, size)))


def suspects(
    read: Reader, size: int, attacks: list[Attack], measure: Callable[[Reader, Attack, int], float] = quickest
) -> list[Attack]:
    """Return what takes longest when it is short, and each attack of which twice as much takes much more than twice."""
    short = {attack: measure(read, attack, size // 16) for attack in attacks}
    slowest = max(attacks, key=lambda attack: short[attack])
    others = [attack for attack in attacks if attack != slowest and short[attack] > UNSUSPICIOUS]
    return [slowest, *(each for each in others if short[each] > 2.6 * measure(read, each, size // 32))]


def test_a_square_is_a_suspect_also_beside_a_line_that_takes_longer() -> None:
    line, square, other = ("", "x", ""), ("a", " ", "!"), ("", "y ", "")
    times: dict[Attack, Callable[[int], float]] = {
        line: lambda size: size / 1_000,
        square: lambda size: (size / 10_000) ** 2,
        other: lambda size: size / 100_000,
    }

    def measure(_read: Reader, attack: Attack, size: int) -> float:
        return times[attack](size)

    assert suspects(len, 32_000, [line, square, other], measure) == [line, square]


def is_linear(read: Reader, attack: Attack, size: int) -> bool:
    return grows_with_its_length(read, pumped(attack, size), pumped(attack, size // 2))


def test_a_secret_scan_of_many_findings_is_linear() -> None:
    key = b"gh" + b"p_" + b"a1B2" * 9 + b"\n"
    found = scan({"a.txt": key * 10}, ["someone@mail.internal"])
    assert len(found) == 10

    def look(count: int) -> object:
        return scan({"a.txt": key * count}, ["someone@mail.internal"])

    assert grows_with_its_length(look, 10_000, 5_000)


@pytest.mark.parametrize(("width", "lines"), [(5_000, 2_000), (100_000, 100), (100, 20_000), (10, 100_000)])
def test_the_explanation_of_blocks_that_do_not_fit_is_bounded(width: int, lines: int) -> None:
    text = "\n".join(f"{number:>{width}}" for number in range(lines))

    def explain(lines: str) -> None:
        edits = tuple(Edit("a.js", f"{'x' * width}{number}\n", "") for number in range(10))
        with pytest.raises(EditsDoNotFit):
            apply_changes({"a.js": lines.encode()}, Reply(edits=edits))

    assert grows_with_its_length(explain, text)


@pytest.mark.parametrize("chunk", ["x" * 100, "x\n", "[the content of a file]\n<<<DONE 1>>>\n", "<<<END 1>>>\n"])
def test_an_answer_in_many_chunks_is_looked_through_once(chunk: str) -> None:
    def receive(count: int) -> None:
        received = Received()
        for _ in range(count):
            received.write(chunk)
            received.closes("1")

    assert grows_with_its_length(receive, 20_000, 10_000)


@pytest.mark.parametrize("at", [1, 2, 3, 7])
@pytest.mark.parametrize("text", ["a\n<<<DONE 1>>>\n", "a\n<<<END 1>>>\n\n# Your reply\n"])
def test_the_last_line_is_found_wherever_the_chunks_are_cut(text: str, at: int) -> None:
    received, found = Received(), []
    for start in range(0, len(text), at):
        received.write(text[start : start + at])
        found.append(received.closes("1"))
    assert found[-1]
    assert not any(found[:-1])
