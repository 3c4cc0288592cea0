"""Verdicts on files need no browser: each kind passes on a good candidate and fails, with evidence, on a bad one."""

import io

import pytest
from openpyxl import Workbook

from action.contract import tables
from action.contract.assertion import ASSERTION
from action.contract.contract import Contract
from action.contract.evaluate import evaluate
from action.contract.verdict import Candidate, Verdict

MIT = (
    b"MIT License\n\nCopyright (c) 2026 A\n\nPermission is hereby granted, free of charge, to any person obtaining\n"
    b"a copy of this ... The above copyright notice and this permission notice shall be included in all copies.\n"
    b'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND\n'
)
WORKFLOW = b"on: {push: {}}\njobs: {a: {steps: [{name: Lint, run: ruff check}, {uses: actions/setup-python@v5}]}}"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>'


def spreadsheet() -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in (["name", "amount"], ["tea", 2.5], ["rice", 3]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def verdict(values: dict[str, object], files: dict[str, bytes], attachments: dict[str, bytes] | None = None) -> Verdict:
    contract = Contract(assertions=(ASSERTION.validate_python(values),))
    return evaluate(contract, Candidate(files, attachments or {}), None).report.results[0].verdict


CASES: list[tuple[dict[str, object], dict[str, bytes], dict[str, bytes], str]] = [
    ({"kind": "file_exists", "file": "a.txt"}, {"a.txt": b"x"}, {"A.txt": b"x"}, "does not exist"),
    ({"kind": "file_exists", "file": "a.txt"}, {"a.txt": b"x"}, {"a.txt": b" \n"}, "empty"),
    ({"kind": "file_absent", "file": "a.txt"}, {}, {"a.txt": b"x"}, "exists"),
    (
        {"kind": "text_contains", "file": "a.txt", "text": "Tea"},
        {"a.txt": b"a Tea"},
        {"a.txt": b"a tea"},
        "does not contain",
    ),
    (
        {"kind": "word_count", "file": "a.txt", "minimum": 2, "maximum": 3},
        {"a.txt": b"a b"},
        {"a.txt": b"a b c d"},
        "4 words",
    ),
    (
        {"kind": "word_count", "file": "a.html", "maximum": 2},
        {"a.html": b"<style>x y z</style><p>a b"},
        {"a.html": b"<p>a b c"},
        "3 words",
    ),
    (
        {"kind": "valid_file", "file": "a.svg", "format": "svg"},
        {"a.svg": SVG},
        {"a.svg": b"<svg><circle></svg>"},
        "not valid SVG",
    ),
    ({"kind": "valid_file", "file": "a.svg", "format": "svg"}, {"a.svg": SVG}, {"a.svg": b"<svg/>"}, "xmlns"),
    (
        {"kind": "valid_file", "file": "a.json", "format": "json"},
        {"a.json": b"[1]"},
        {"a.json": b"[1,]"},
        "not valid JSON",
    ),
    ({"kind": "valid_file", "file": "a.json", "format": "json"}, {"a.json": b"[1]"}, {"a.json": b"[NaN]"}, "NaN"),
    (
        {"kind": "valid_file", "file": "a.yml", "format": "yaml"},
        {"a.yml": b"a: 1"},
        {"a.yml": b"a: [1"},
        "not valid YAML",
    ),
    (
        {"kind": "valid_file", "file": "a.csv", "format": "csv"},
        {"a.csv": b"a,b\n1,2\n"},
        {"a.csv": b"a,b\n1\n"},
        "row 2",
    ),
    ({"kind": "data_files_parse"}, {"a.json": b"{}"}, {"b/a.json": b"{"}, "b/a.json"),
    (
        {"kind": "links_resolve"},
        {"index.html": b"<a href='b/'>", "b/index.html": b"<a href='../'>"},
        {"index.html": b"<a href='b/'>"},
        '"b/"',
    ),
    (
        {"kind": "links_resolve"},
        {"index.html": b"<a href='#x'><a href='https://e.example/x'>"},
        {"index.html": b"<img src='/x.png'>"},
        "sub-path",
    ),
    ({"kind": "license_is_mit"}, {"LICENSE": MIT}, {"LICENSE": b"MIT License"}, "does not contain"),
    ({"kind": "license_is_mit"}, {"LICENSE": MIT}, {"LICENSE.md": MIT}, "LICENSE does not exist"),
    (
        {"kind": "readme_sections", "sections": ["Setup", "Usage"]},
        {"README.md": b"# A\n## Getting started\n## How to use\n"},
        {"README.md": b"# A\n```\n## Setup\n```\n## Usage\n"},
        "no section Setup",
    ),
    (
        {"kind": "source_text", "text": "fetch("},
        {"index.html": b"<script src=a.js>", "a.js": b"fetch(x)"},
        {"index.html": b"<p>"},
        "no HTML",
    ),
    (
        {"kind": "source_text", "text": "fetch(", "where": "first_script"},
        {"index.html": b"<script>fetch(x)</script><script src=a.js></script>"},
        {"index.html": b"<script src=a.js></script><script>fetch(x)</script>"},
        'loads "a.js"',
    ),
    (
        {"kind": "json_at", "file": "a.json", "at": "a[0].b", "type": "number"},
        {"a.json": b'{"a":[{"b":1.5}]}'},
        {"a.json": b'{"a":[{"b":"1.5"}]}'},
        "type string",
    ),
    (
        {"kind": "json_at", "file": "a.json", "at": "n", "type": "integer"},
        {"a.json": b'{"n":1}'},
        {"a.json": b'{"n":true}'},
        "boolean",
    ),
    (
        {"kind": "json_at", "file": "a.json", "at": "n", "equals": 1},
        {"a.json": b'{"n":1}'},
        {"a.json": b'{"n":"1"}'},
        'is "1"',
    ),
    (
        {"kind": "json_at", "file": "a.json", "at": "n", "equals": None},
        {"a.json": b'{"n":null}'},
        {"a.json": b'{"n":0}'},
        "is 0",
    ),
    (
        {"kind": "json_at", "file": "a.json", "at": "[*]", "keys": ["k"]},
        {"a.json": b'[{"k":1},{"k":2}]'},
        {"a.json": b'[{"k":1},{}]'},
        "has no k",
    ),
    (
        {"kind": "json_at", "file": "a.json", "at": "x.y"},
        {"a.json": b'{"x":{"y":0}}'},
        {"a.json": b'{"x":{"z":0}}'},
        "keys z",
    ),
    (
        {"kind": "workflow", "step": "lint"},
        {".github/workflows/ci.yml": WORKFLOW},
        {".github/workflows/pages.yml": WORKFLOW},
        "no workflow file",
    ),
    (
        {"kind": "workflow", "trigger": "push", "uses": "actions/setup-python", "runs": "ruff check"},
        {".github/workflows/ci.yml": WORKFLOW},
        {".github/workflows/ci.yml": b"on: [pull_request]\njobs: {a: {steps: []}}"},
        "trigger 'push'",
    ),
]


@pytest.mark.parametrize(("values", "good", "bad", "evidence"), CASES, ids=lambda value: str(value)[:40])
def test_a_kind_passes_and_fails_with_evidence(
    values: dict[str, object], good: dict[str, bytes], bad: dict[str, bytes], evidence: str
) -> None:
    assert verdict(values, good).state == "pass"
    found = verdict(values, bad)
    assert found.state == "fail"
    assert evidence in found.actual


def test_an_attachment_is_compared_byte_for_byte() -> None:
    values: dict[str, object] = {"kind": "equals_attachment", "file": "a.bin", "attachment": "a.bin"}
    assert verdict(values, {"a.bin": b"\x00\r\n"}, {"a.bin": b"\x00\r\n"}).state == "pass"
    assert verdict(values, {"a.bin": b"\x00\n"}, {"a.bin": b"\x00\r\n"}).state == "fail"
    assert verdict(values, {"a.bin": b"\x00\n"}).state == "unclear"


def test_an_attachment_of_an_earlier_round_is_compared_by_its_digest() -> None:
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # of "x"
    values: dict[str, object] = {"kind": "equals_attachment", "file": "a", "attachment": "a", "sha256": digest}
    assert verdict(values, {"a": b"x"}).state == "pass"
    assert verdict(values, {"a": b"y"}).state == "fail"


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (b"name,amount\ntea,2.50\nrice,3.0\n", "pass"),
        (b"name,amount\ntea,2.5\n", "fail"),
        (b"name,amount\ntea,2\nrice,3\n", "fail"),
    ],
)
def test_a_conversion_is_compared_cell_by_cell(content: bytes, state: str) -> None:
    values: dict[str, object] = {"kind": "converts_attachment", "file": "a.csv", "attachment": "a.xlsx"}
    assert verdict(values, {"a.csv": content}, {"a.xlsx": spreadsheet()}).state == state


def test_a_conversion_of_something_that_is_no_table_is_unclear() -> None:
    values: dict[str, object] = {"kind": "converts_attachment", "file": "a.csv", "attachment": "a.xlsx"}
    assert verdict(values, {"a.csv": b"a\n"}, {"a.xlsx": b"not a workbook"}).state == "unclear"


@pytest.mark.parametrize("target", ["a.csv", "a.json", "a.xlsx", "a.tsv"])
def test_our_own_conversions_hold_the_same_table(target: str) -> None:
    converted = tables.convert("data.xlsx", spreadsheet(), target)
    assert tables.difference(tables.rows_of(target, converted), tables.rows_of("data.xlsx", spreadsheet())) is None


def test_converted_json_keeps_types_and_leading_zeros() -> None:
    content = tables.convert("a.csv", b"id,n,ok\n007,2.5,true\n", "a.json")
    assert content.split() == b'[ { "id": "007", "n": 2.5, "ok": true } ]'.split()


def test_what_needs_a_browser_is_unclear_without_one() -> None:
    assert verdict({"kind": "page_title", "equals": "A"}, {}).state == "unclear"


def test_yaml_with_many_aliases_is_no_bomb() -> None:
    bomb = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n".encode() for i in range(12)
    )
    files = {".github/workflows/x.yml": bomb + b"jobs: {a: {steps: [{run: *m, name: *m}]}}\non: push\n"}
    assert verdict({"kind": "workflow", "runs": "x"}, files).state == "fail"


@pytest.mark.parametrize("text", ["[" * 10_000, "[" * 101 + "]" * 101])
def test_yaml_that_is_nested_too_deep_is_not_read_on(text: str) -> None:
    found = verdict({"kind": "valid_file", "file": "a.yml", "format": "yaml"}, {"a.yml": text.encode()})
    assert found.state == "fail"
    assert (found.actual or found.detail) == "a.yml is not valid YAML: is nested deeper than 100 levels"


def test_yaml_may_be_nested_deeper_than_a_workflow() -> None:
    found = verdict({"kind": "valid_file", "file": "a.yml", "format": "yaml"}, {"a.yml": b"[" * 50 + b"]" * 50})
    assert found.state == "pass"


@pytest.mark.parametrize("address", ["https://[your-name].example/", "//[x", "http://a\u2100b.example/"])
def test_an_address_that_is_none_is_a_broken_link(address: str) -> None:
    found = verdict({"kind": "links_resolve"}, {"index.html": f'<a href="{address}">x</a>'.encode()})
    assert (found.state, "which is no address" in found.actual) == ("fail", True)


@pytest.mark.parametrize("odd", ["<![foo[bar]]>", "<![ if IE]>", "<![endif]>", "<!x>", "<![CDATA[ a ]]>", "</ >"])
def test_markup_that_only_browsers_can_read_is_read(odd: str) -> None:
    found = verdict({"kind": "links_resolve"}, {"index.html": f'<p>{odd}<a href="no.html">x</a>'.encode()})
    assert "no.html" in found.actual


def test_markup_that_never_ends_is_read() -> None:
    assert verdict({"kind": "links_resolve"}, {"index.html": b"<p>a</p><![ if"}).state == "pass"
