"""Checks in every shape, the brief and the base become assertions with the right origin."""

from typing import Any

import pytest

from action.contract.assertion import Advice, Assertion, Element
from action.contract.compile import compile_contract, decided_checks
from action.contract.contract import Contract, labelled
from action.contract.from_brief import elements
from action.contract.rules import Names, read_check
from receiver.task import Task

ATTACHMENTS = [{"name": name, "url": "data:,content"} for name in ("uid.txt", "data.xlsx", "data.csv")]


def make_task(brief: str = "A page.", checks: Any = (), attachments: Any = (), round_number: int = 1) -> Task:
    return Task(
        email="a@example.com",
        task="t",
        round=round_number,
        nonce="n",
        brief=brief,
        checks=checks,
        evaluation_url="https://example.com/notify",
        attachments=attachments,
    )


def of_origin(contract: Contract, origin: str) -> list[Assertion]:
    return [assertion for assertion in contract.assertions if assertion.origin == origin]


def wanted(assertion: Assertion) -> dict[str, Any]:
    """Return kind and the parameters that are set."""
    values = {name: value for name, value in assertion.parameters().items() if value not in (None, "", [], False, 0)}
    return {"kind": assertion.kind, **{k: v for k, v in values.items() if k not in {"wait_seconds", "has_equals"}}}


READABLE: list[tuple[str, dict[str, Any]]] = [
    ("Repo has MIT license", {"kind": "license_is_mit"}),
    ("There must be an MIT LICENSE at the root", {"kind": "license_is_mit"}),
    ("LICENSE exists and is MIT", {"kind": "license_is_mit"}),
    ("README has sections: Overview, Usage", {"kind": "readme_sections", "sections": ["Overview", "Usage"]}),
    ("The file menu.json exists", {"kind": "file_exists", "file": "menu.json"}),
    ("Repo contains `poem.txt`", {"kind": "file_exists", "file": "poem.txt"}),
    ("old.html does not exist", {"kind": "file_absent", "file": "old.html"}),
    ("logo.svg must be a valid SVG document", {"kind": "valid_file", "file": "logo.svg", "format": "svg"}),
    ("poem.txt has 300-400 words", {"kind": "word_count", "file": "poem.txt", "minimum": 300, "maximum": 400}),
    ("bio.md is exactly 3 words", {"kind": "word_count", "file": "bio.md", "minimum": 3, "maximum": 3}),
    (
        "word count of poem.txt is between 30 and 40",
        {"kind": "word_count", "file": "poem.txt", "minimum": 30, "maximum": 40},
    ),
    (
        'menu.json must have the fields "dish", "price"',
        {"kind": "json_at", "file": "menu.json", "keys": ["dish", "price"]},
    ),
    (
        "every dish in menu.json has keys name, price",
        {"kind": "json_at", "file": "menu.json", "at": "[*]", "keys": ["name", "price"]},
    ),
    ("`a.b[0]` in menu.json is a number", {"kind": "json_at", "file": "menu.json", "at": "a.b[0]", "type": "number"}),
    ('"city" in menu.json equals "Rome"', {"kind": "json_at", "file": "menu.json", "at": "city", "equals": "Rome"}),
    ('bio.md must mention "python"', {"kind": "text_contains", "file": "bio.md", "text": "python"}),
    ('Page displays "Hello World"', {"kind": "page_text", "contains": "Hello World"}),
    ('Page title is "The Title"', {"kind": "page_title", "equals": "The Title"}),
    ("title is Plain Words", {"kind": "page_title", "equals": "Plain Words"}),
    ('Page has an <h1> with text "Hi"', {"kind": "element", "selector": "h1", "text": "Hi"}),
    ('element #total has text "12"', {"kind": "element", "selector": "#total", "text": "12"}),
    ("#region is a select", {"kind": "element", "selector": "#region", "tag": "select"}),
    ("The page contains an element with id #chart", {"kind": "element", "selector": "#chart"}),
    ("index.html links to bio.md, and LICENSE", {"kind": "page_links", "targets": ["bio.md", "LICENSE"]}),
    ("Page links to https://example.com/docs", {"kind": "page_links", "targets": ["https://example.com/docs"]}),
    ("Script uses fetch()", {"kind": "source_text", "text": "fetch(", "where": "site", "file": "index.html"}),
    (
        'First script contains "fetch("',
        {"kind": "source_text", "text": "fetch(", "where": "first_script", "file": "index.html"},
    ),
    ('The workflow has a step named "Lint"', {"kind": "workflow", "step": "Lint"}),
    ("Workflow uses actions/setup-python", {"kind": "workflow", "uses": "actions/setup-python"}),
    ("workflow runs on push", {"kind": "workflow", "trigger": "push"}),
    (
        "result.csv is data.xlsx converted to CSV",
        {"kind": "converts_attachment", "file": "result.csv", "attachment": "data.xlsx"},
    ),
    (
        "uid.txt is byte-identical to the attachment",
        {"kind": "equals_attachment", "file": "uid.txt", "attachment": "uid.txt"},
    ),
    ("Page loads within 15 seconds", {"kind": "page_loads"}),
    (
        'With ?url=https://x.example/y.png the page shows "Image"',
        {"kind": "page_text", "contains": "Image", "query": "?url=https://x.example/y.png"},
    ),
    ("app.js exists", {"kind": "file_exists", "file": "app.js"}),
    (".github/workflows/check.yml exists", {"kind": "file_exists", "file": ".github/workflows/check.yml"}),
    ('README.md mentions "tools/x.py"', {"kind": "text_contains", "file": "README.md", "text": "tools/x.py"}),
    ('The source of index.html contains "X"', {"kind": "text_contains", "file": "index.html", "text": "X"}),
    (
        '.github/workflows/check.yml has a step named "X"',
        {"kind": "workflow", "file": ".github/workflows/check.yml", "step": "X"},
    ),
]


@pytest.mark.parametrize(("check", "expected"), READABLE, ids=[check for check, _ in READABLE])
def test_english_that_a_rule_reads_whole_becomes_a_given_assertion(check: str, expected: dict[str, Any]) -> None:
    contract = compile_contract(make_task(checks=[check], attachments=ATTACHMENTS))
    compiled = [wanted(assertion) for assertion in contract.assertions if assertion.source == check]
    assert expected in compiled
    assert contract.uncompiled == ()


@pytest.mark.parametrize(
    "check",
    [
        "Page displays the solved captcha",
        "The page should be responsive",
        "poem.txt exists and rhymes",
        "facts.json has 3 keys",
        "facts.json has several keys",
        "index.html links to all the friends of the author",
        "Repo has MIT license and a friendly community",
        "result.csv is other.xlsx converted to CSV",
    ],
)
def test_english_that_no_rule_reads_whole_is_left_to_the_model(check: str) -> None:
    contract = compile_contract(make_task(checks=[check], attachments=ATTACHMENTS))
    assert contract.uncompiled == (check,)
    assert of_origin(contract, "given") == []


@pytest.mark.parametrize(
    "checks", ["js: document.title === 'A'", [{"js": "document.title === 'A'"}], ["js: document.title === 'A'"]]
)
def test_javascript_is_kept_verbatim_in_every_shape(checks: Any) -> None:
    (assertion,) = of_origin(compile_contract(make_task(checks=checks)), "given")
    assert wanted(assertion) == {"kind": "js", "expression": "document.title === 'A'"}


def test_a_query_string_named_beside_javascript_is_used() -> None:
    in_words = compile_contract(make_task(checks=["with ?token=abc: js: !!document.body"]))
    in_comment = compile_contract(make_task(checks=[{"js": "!!document.body // with ?token=abc"}]))
    assert [wanted(a)["query"] for c in (in_words, in_comment) for a in of_origin(c, "given")] == ["?token=abc"] * 2


def test_a_good_readme_is_sections_and_advice() -> None:
    contract = compile_contract(make_task(checks=["README.md is professional and complete"]))
    assert sorted(a.kind for a in of_origin(contract, "given")) == ["advice", "readme_sections"]


def test_two_sentences_are_read_one_by_one() -> None:
    contract = compile_contract(make_task(checks=['Page displays "a"; title is "B"']))
    assert [assertion.kind for assertion in of_origin(contract, "given")] == ["page_text", "page_title"]


def test_links_to_all_files_means_the_files_of_the_brief() -> None:
    task = make_task("Publish poem.txt, menu.json and index.html.", ["index.html links to all files"])
    (links,) = of_origin(compile_contract(task), "given")
    assert wanted(links)["targets"] == ["poem.txt", "menu.json"]


def test_an_id_belongs_to_the_page_that_its_sentence_names() -> None:
    brief = "index.html shows #total.\nabout.html has an h1 and,\nin it, #year. a.html and b.html have #either. Add #x."
    found = {a.selector: a.path for a in elements(brief) if isinstance(a, Element)}
    assert found == {"#total": "", "#year": "about.html", "#x": ""}


def test_several_files_are_valid_at_once() -> None:
    found = read_check("a.svg, b.svg and c.svg are valid SVG", Names())
    assert [(a.kind, a.parameters()["file"]) for a in found] == [("valid_file", f"{name}.svg") for name in "abc"]


def test_the_brief_yields_what_it_names() -> None:
    brief = (
        'Write poem.txt (300-400 words) and menu.json with keys dish and price. Set the title to "My Poems". '
        "Add a table #dishes and show the count in #count. Use Chart.js and colour #ff0000. "
        'Remember the name in localStorage under "poem-name". See https://example.com/other.html for style.'
    )
    found = [wanted(a) for a in of_origin(compile_contract(make_task(brief)), "inferred")]
    assert {"kind": "file_exists", "file": "poem.txt"} in found
    assert {"kind": "file_exists", "file": "menu.json"} in found
    assert {"kind": "page_title", "equals": "My Poems"} in found
    assert {"kind": "element", "selector": "#dishes", "tag": "table"} in found
    assert {"kind": "element", "selector": "#count"} in found
    assert {"kind": "word_count", "file": "poem.txt", "minimum": 300, "maximum": 400} in found
    assert {"kind": "json_at", "file": "menu.json", "keys": ["dish", "price"]} in found
    assert {"kind": "source_text", "text": "poem-name", "where": "site", "file": "index.html"} in found
    assert len(found) == 8


def test_every_contract_has_the_base_and_every_attachment_its_digest() -> None:
    contract = compile_contract(make_task(attachments=ATTACHMENTS[:1]))
    kinds = {assertion.kind for assertion in of_origin(contract, "base")}
    assert kinds == {
        "page_loads",
        "no_console_errors",
        "links_resolve",
        "data_files_parse",
        "license_is_mit",
        "readme_sections",
        "equals_attachment",
    }
    (attached,) = (a for a in contract.assertions if a.kind == "equals_attachment")
    assert attached.sha256 == "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"


def test_every_assertion_has_a_sentence() -> None:
    contract = compile_contract(make_task(checks=[check for check, _ in READABLE], attachments=ATTACHMENTS))
    assert all(len(assertion.sentence) > 10 for assertion in contract.assertions)


def test_a_contract_survives_its_file() -> None:
    contract = compile_contract(
        make_task(checks=[check for check, _ in READABLE] + ["judge me"], attachments=ATTACHMENTS)
    )
    again = Contract.from_storage(contract.for_storage())
    assert again == contract
    assert [a.id for a in again.assertions] == [a.id for a in contract.assertions]


def test_ids_do_not_depend_on_round_or_origin() -> None:
    first = compile_contract(make_task("Write poem.txt."))
    second = compile_contract(make_task(checks=["poem.txt exists"], round_number=2))
    ids = [next(a.id for a in c.assertions if a.kind == "file_exists") for c in (first, second)]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("js: document.title === 'A'", 'The page title is "B"'),
        ('The page title is "A"', "js: document.title.trim() === 'B'"),
    ],
)
def test_a_title_takes_the_place_of_the_earlier_one_in_whatever_words(first: str, second: str) -> None:
    earlier = compile_contract(make_task(checks=[first]))
    later = compile_contract(make_task(checks=[second], round_number=2), earlier=earlier)
    assert [assertion.round for assertion in of_origin(later, "given")] == [2]


def test_a_later_round_keeps_what_it_does_not_change() -> None:
    first = compile_contract(make_task(checks=["js: document.title === 'A'", 'element #a has text "1"', "judge me"]))
    task = make_task(checks=["js: document.title === 'B'"], round_number=2)
    given = [wanted(a) for a in of_origin(compile_contract(task, earlier=first), "given")]
    assert {"kind": "element", "selector": "#a", "text": "1"} in given
    assert [entry for entry in given if entry["kind"] == "js"] == [
        {"kind": "js", "expression": "document.title === 'B'"}
    ]


def test_checks_that_are_hostile_are_not_compiled() -> None:
    contract = compile_contract(make_task(checks=["../../etc/passwd.txt exists", "js:", {"strange": 1}]))
    assert of_origin(contract, "given") == []


@pytest.mark.parametrize("is_feedback", [False, True])
def test_feedback_may_change_what_was_inferred_but_not_what_the_sender_demands(is_feedback: bool) -> None:
    earlier = compile_contract(make_task("There is a span #total.", ['The page title is "Clock"']))
    later = make_task('The title is "Other". Make it a button #total.')
    contract = compile_contract(later, earlier=earlier, is_feedback=is_feedback)
    titles = [wanted(a)["equals"] for a in contract.assertions if a.kind == "page_title"]
    assert titles == (["Clock"] if is_feedback else ["Other"])
    (total,) = [a for a in contract.assertions if isinstance(a, Element)]
    assert total.tag == "button"


def test_each_check_knows_what_decides_it__one_several_or_nothing_yet() -> None:
    title = {"js": "document.title === 'x'"}
    checks = [
        "There must be an MIT LICENSE at the root",
        title,
        "The mood is good",
        "LICENSE exists and is MIT",
        title,
        "",
    ]
    task = make_task(checks=checks)
    contract = compile_contract(task)
    assert sorted(decided_checks(task, contract).values()) == [[1, 4], [2, 5]]
    asked = contract.plus(labelled([Advice(question="Is it good?")], "inferred", 1, source="The mood is good"))
    assert sorted(decided_checks(task, asked).values()) == [[1, 4], [2, 5], [3]]


def test_what_a_model_made_of_an_earlier_rounds_check__decides_nothing_of_this_round() -> None:
    earlier = Contract(assertions=tuple(labelled([Advice(question="Good?")], "inferred", 1, source="The mood is good")))
    assert decided_checks(make_task(checks=["The mood is good"], round_number=2), earlier) == {}


def test_a_check_of_two_sentences_is_decided_by_both() -> None:
    task = make_task(checks=["Repo has MIT license; README has sections: Overview, Usage"])
    found = decided_checks(task, compile_contract(task))
    assert list(found.values()) == [[1], [1]]


def test_what_a_brief_names_and_does_not_want_at_first_is_no_file_and_no_element() -> None:
    brief = (
        "Save the trip as a text file, for example trip-to-oslo.txt. A button offers selected.csv as a download. "
        "output.json must not be committed. The address hash is #open or #closed. A bad cell shows the code #REF. "
        "When the quiz ends, #result appears. Write notes.txt and show #count."
    )
    contract = compile_contract(make_task(brief))
    found = [wanted(each) for each in of_origin(contract, "inferred")]
    assert found == [
        {"kind": "file_exists", "file": "notes.txt"},
        {"kind": "element", "selector": "#count"},
    ]


def test_a_title_belongs_to_its_page_and_to_the_first_view() -> None:
    brief = (
        'The title is "Quiz". about.html has the title "About us". It has #team. After Next, the title is "Question 2".'
    )
    found = [wanted(each) for each in of_origin(compile_contract(make_task(brief)), "inferred")]
    assert [each for each in found if each["kind"] == "page_title"] == [
        {"kind": "page_title", "equals": "Quiz"},
        {"kind": "page_title", "equals": "About us", "path": "about.html"},
    ]
    assert {"kind": "element", "selector": "#team", "path": "about.html"} in found


def test_a_title_of_a_later_state_ends_no_given_title() -> None:
    earlier = compile_contract(make_task(checks=["js: document.title === 'Quiz'"]))
    later = compile_contract(make_task('After Next, the title is "Question 2".', round_number=2), earlier=earlier)
    assert [each.kind for each in of_origin(later, "given")] == ["js"]
