"""Pages that pass the caller's checks: a model that answers wrongly first is told what a real Chromium found."""

import base64
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.browser.visit import Limits
from action.console import Console
from action.contract.compile import compile_contract
from action.contract.contract import PATH as CONTRACT
from action.contract.contract import Contract
from action.contract.evaluate import evaluate
from action.contract.verdict import Candidate
from action.deadline import Deadline
from action.gates.http import GuardedHttp
from action.generate.inputs import CHECKS_FILE
from action.generate.tools import DEFAULT_BUDGET, Tools
from action.model.interface import Answer
from action.model.prompts import Prompt
from action.record import ContractRecord, ModelCall
from action.site.bundle import Bundle
from receiver.task import BuildRequest, Task
from tests.embedded.sales_page import (
    CHECKS,
    CSV,
    FORMATTED,
    GOOD,
    HEADING,
    LIBRARY,
    PAGE,
    PLAIN,
    PROGRAM,
    README,
    edit,
    files,
)
from tests.unit.action.generate.scripted_build import generate

pytestmark = pytest.mark.timeout(240)

RECEIVED = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
Step = str | tuple[str, str]  # the text of an answer ("TOKEN" stands for the token), or how it ended and the text


class ScriptedModel:
    """Says what it was told to say, once each."""

    def __init__(self, *script: Step) -> None:
        self.script = list(script)
        self.prompts: list[Prompt] = []
        self.calls: list[ModelCall] = []

    def ask(self, prompt: Prompt, *, deadline: Deadline) -> Answer:
        step = self.script.pop(0)
        finish, text = ("STOP", step) if isinstance(step, str) else step
        self.prompts.append(prompt)
        self.calls.append(ModelCall(model="scripted", purpose=prompt.purpose, outcome=finish, seconds=0))
        token = re.findall(r"<<<DONE ([0-9a-f]{16})>>>", str(prompt.turns[-1].parts[-1]))[-1]
        return Answer(text.replace("TOKEN", token), finish, "scripted")

    def was_told(self, number: int = -1) -> str:
        return "\n".join(part for part in self.prompts[number].turns[-1].parts if isinstance(part, str))


def page(search: str, replace: str) -> str:
    assert search in PAGE
    return PAGE.replace(search, replace)


@pytest.fixture(scope="module")
def browser() -> Iterator[PageBrowser]:
    def resolve(host: str, port: int) -> list[str]:
        raise OSError("nothing in these tests may leave the machine")

    with PageBrowser(
        find_browser(search_path=os.environ["PATH"]), os.environ, resolve=resolve, limits=Limits(visit=60)
    ) as opened:
        yield opened


def request_for(**more: object) -> BuildRequest:
    task = {
        "email": "someone@example.org",
        "task": "sum-of-sales",
        "nonce": "the-nonce",
        "evaluation_url": "https://evaluator.example/notify",
        "brief": "Show the total of sales.csv. Write summary.json.",
        "checks": CHECKS,
        "attachments": [{"name": "sales.csv", "url": "data:text/csv;base64," + base64.b64encode(CSV).decode()}],
        **more,
    }
    return BuildRequest(build_id="0" * 20, task_key="1" * 20, received_at=RECEIVED, task=Task.model_validate(task))


@dataclass
class Made:
    """What a build with a scripted model ended in. `files` are all files of the repository."""

    bundle: Bundle
    model: ScriptedModel
    request: BuildRequest
    files: Mapping[str, bytes]
    browser: PageBrowser = field(repr=False)

    @property
    def calls(self) -> list[str]:
        return [call.purpose for call in self.model.calls]

    @property
    def contract(self) -> ContractRecord:
        assert self.bundle.record.contract is not None
        return self.bundle.record.contract

    @property
    def kept(self) -> int:
        return next(attempt.number for attempt in self.contract.attempts if attempt.is_kept)

    def failures(self, contract: Contract | None = None) -> list[str]:
        """Evaluate the given checks again, on the files alone: what the build itself found is not believed."""
        contract = contract or compile_contract(self.request.task, attachments={"sales.csv": CSV})
        given = Contract(assertions=tuple(a for a in contract.assertions if a.origin == "given"))
        assert len(given.assertions) >= 1
        candidate = Candidate(self.files, {"sales.csv": CSV}, "/another-name/")
        report = evaluate(given, candidate, self.browser.open(candidate)).report
        return [str(result) for result in report.results if result.verdict.state != "pass"]


Build = Callable[..., Made]


@pytest.fixture
def build(browser: PageBrowser) -> Build:
    def run(*script: Step, request: BuildRequest | None = None, current: Mapping[str, bytes] | None = None) -> Made:
        model, request = ScriptedModel(*script), request or request_for()
        log = io.StringIO()
        console = Console(log)
        deadline = Deadline(RECEIVED, clock=lambda: RECEIVED.timestamp() + 10)
        tools = Tools(model, GuardedHttp(), console, deadline, "the-owner", lambda *_: current, open_site=browser.open)
        bundle = generate(request, tools)
        assert "E-DEFECT" not in log.getvalue()
        assert len(model.calls) <= DEFAULT_BUDGET.calls
        published = {path: body for path, body in (current or {}).items() if path not in bundle.removed}
        return Made(bundle, model, request, {**published, **bundle.files}, browser)

    return run


REPAIRS: dict[str, tuple[Step, Step, str]] = {
    "a missing file": (
        files({path: body for path, body in GOOD.items() if path != "summary.json"}),
        files({"summary.json": GOOD["summary.json"]}),
        "summary.json",
    ),
    "a formatted number": (
        files({**GOOD, "index.html": page(PLAIN, FORMATTED)}),
        edit("index.html", FORMATTED, PLAIN),
        "1,234.5",
    ),
    "a CDN script before the inline one": (
        files({**GOOD, "index.html": page(PROGRAM + LIBRARY, LIBRARY + PROGRAM)}),
        edit("index.html", LIBRARY + PROGRAM, PROGRAM + LIBRARY),
        'document.querySelector("script").textContent.includes("fetch(")',
    ),
    "a wrong heading id": (
        files({**GOOD, "index.html": page('id="sales-heading"', 'id="heading"')}),
        edit("index.html", HEADING.replace("sales-heading", "heading"), HEADING),
        "#sales-heading",
    ),
    "broken JSON": (
        files({**GOOD, "summary.json": '{"total": 1234.5,}\n'}),
        edit("summary.json", '{"total": 1234.5,}\n', GOOD["summary.json"]),
        "summary.json",
    ),
    "prose": ("I would use a framework for this.", files(GOOD), ""),
    "nothing": ("", files(GOOD), ""),
    "empty files": (
        files({**GOOD, "index.html": "", "summary.json": ""}),
        files(GOOD),
        "index.html: is empty; write its content",
    ),
    "an abbreviated page": (
        files({**GOOD, "index.html": "<!doctype html>\n<!-- rest of the page unchanged -->\n"}),
        files({"index.html": PAGE}),
        "index.html: line 2 stands for code that was left out",
    ),
}


@pytest.mark.parametrize(("wrong", "repair", "evidence"), REPAIRS.values(), ids=REPAIRS.keys())
def test_a_wrong_first_answer_is_repaired(build: Build, wrong: Step, repair: Step, evidence: str) -> None:
    made = build(wrong, repair)
    assert made.failures() == []
    assert len(made.calls) == 2
    assert evidence in made.model.was_told()
    assert made.bundle.record.phases[0].outcome == "done"


def test_the_evidence_is_what_the_browser_found(build: Build) -> None:
    wrong = page(PLAIN, "  oops();\n").replace(LIBRARY, "")
    made = build(files({**GOOD, "index.html": wrong}), edit("index.html", "  oops();\n", PLAIN))
    assert made.failures() == []
    assert "oops is not defined" in made.model.was_told()
    pictures = [part for part in made.model.prompts[1].turns[0].parts if not isinstance(part, str)]
    assert [picture.data[:4] for picture in pictures] == [b"RIFF", b"RIFF"]


def test_a_reply_that_is_cut_off_in_the_middle_is_continued(build: Build) -> None:
    half = files(GOOD)[: files(GOOD).index("reduce(")]
    made = build(("MAX_TOKENS", half), files({"index.html": PAGE, "README.md": README}))
    assert made.calls == ["write", "continue"]
    assert made.failures() == []
    assert made.kept == 1


def test_a_reply_whose_continuations_are_cut_off_too_is_written_again_as_a_repair(build: Build) -> None:
    half = files(GOOD)[: files(GOOD).index("reduce(")]
    again = "<<<FILE TOKEN index.html>>>\n<!doctype html>"
    made = build(("MAX_TOKENS", half), ("MAX_TOKENS", again), ("MAX_TOKENS", again), files({"index.html": PAGE}))
    assert made.calls == ["write", "continue", "continue", "repair"]
    assert made.failures() == []
    assert "index.html: was cut off in the middle; write it whole" in made.model.was_told()


FENCED = "".join(
    f"**{path}**\n\n```{path.rpartition('.')[2]}\n{body}```\n\n" for path, body in GOOD.items() if path != "README.md"
)


@pytest.mark.parametrize(
    "answer",
    [
        f"Here are the files.\n\n{FENCED}",
        files({**GOOD, "index.html": f"```html\n{PAGE}```\n"}),
        f"```\n{files(GOOD)}\n```",
        files(GOOD).replace("<<<FILE TOKEN ", "<<<FILE ").replace(" TOKEN>>>", ">>>"),
    ],
    ids=["fences instead of marks", "a fence inside a block", "a fence around all blocks", "marks without the token"],
)
def test_a_fenced_reply_is_read(build: Build, answer: str) -> None:
    made = build(answer)
    assert made.failures() == []
    assert len(made.calls) == 1


def test_a_model_that_gets_worse_after_its_first_answer_ends_with_the_first(build: Build) -> None:
    first = {path: body for path, body in GOOD.items() if path != "summary.json"}
    worse = {"index.html": page(HEADING, ""), "summary.json": GOOD["summary.json"]}
    worst = {"index.html": page(PROGRAM, "")}
    made = build(files(first), files(worst), files(worse | worst), files(worst))
    assert made.bundle.files["index.html"] == PAGE.encode()
    assert made.kept == 1
    assert [attempt.number for attempt in made.contract.attempts] == [1, 2, 3, 4]
    assert len(made.failures()) == 1  # the file that the first answer did not have either


def test_after_a_repair_in_vain_the_model_starts_over_and_knows_only_what_failed(build: Build) -> None:
    wrong = {**GOOD, "index.html": page('id="sales-heading"', 'id="heading"')}
    made = build(files(wrong), files({"index.html": wrong["index.html"] + "\n"}), files(GOOD))
    assert made.failures() == []
    assert made.calls == ["write", "repair", "start over"]
    told = made.model.was_told()
    assert "What an earlier answer missed" in told
    assert "#sales-heading" in told
    assert 'id="heading"' not in told
    assert "Current files" not in told


def test_the_english_checks_are_not_compiled_again_when_the_model_starts_over(build: Build) -> None:
    check = "The total is set in bold type"
    compiled = {CHECKS_FILE: json.dumps([{"check": 1, "kind": "element", "selector": "#total-sales", "tag": "b"}])}
    thin = {**GOOD, "index.html": page('<b id="total-sales">0</b>', '<i id="total-sales">0</i>').replace(HEADING, "")}
    made = build(files(compiled | thin), files(thin), files(GOOD), request=request_for(checks=[*CHECKS, check]))
    assert made.failures() == []
    assert CHECKS_FILE in made.model.was_told(0)
    assert CHECKS_FILE not in made.model.was_told()


def test_edits_that_do_not_fit_go_back_with_the_reason_and_change_nothing(build: Build) -> None:
    wrong = files({**GOOD, "index.html": page('id="sales-heading"', 'id="heading"')})
    misfit = edit("index.html", '<h2 id="heading">Sales</h2>\n', HEADING)
    made = build(wrong, misfit, edit("index.html", HEADING.replace("sales-heading", "heading"), HEADING))
    assert made.failures() == []
    assert "occurs 0 times" in made.model.was_told()
    assert '<h1 id="heading">Sales</h1>' in made.model.was_told()
    assert len(made.contract.attempts) == 2


def test_the_budget_ends_the_loop_with_the_best_that_is_there(build: Build) -> None:
    """Each answer repairs one fault, so the fourth call is the last although a fifth would help."""
    faults = {'id="sales-heading"': 'id="heading"', "<title>Sales 2026<": "<title>Sales<", PLAIN: ""}
    broken = [PAGE]
    for right, wrong in faults.items():
        broken.append(broken[-1].replace(right, wrong))
    answers = [files({"README.md": README, "index.html": text}) for text in reversed(broken)]
    made = build(*answers, files({"summary.json": GOOD["summary.json"]}))
    assert made.calls == ["write", "repair", "repair", "repair"]
    assert made.kept == 4
    assert len(made.failures()) == 1
    assert len(made.model.script) == 1


def test_english_checks_are_compiled_in_the_first_call_and_guide_the_loop(build: Build) -> None:
    check = "The total is set in bold type"
    compiled = [{"check": 1, "kind": "element", "selector": "#total-sales", "tag": "b"}]
    request = request_for(checks=[*CHECKS, check])
    thin = page('<b id="total-sales">0</b>', '<i id="total-sales">0</i>')
    made = build(
        files({CHECKS_FILE: json.dumps(compiled) + "\n", **GOOD, "index.html": thin}),
        edit("index.html", '<p>Total: <i id="total-sales">0</i></p>\n', '<p>Total: <b id="total-sales">0</b></p>\n'),
        request=request,
    )
    assert check in made.model.was_told(0)
    assert "- (wished for)" in made.model.was_told(1)
    assert b'<b id="total-sales">' in made.bundle.files["index.html"]
    assert CHECKS_FILE not in made.bundle.files
    assert [(a.origin, a.states) for a in made.contract.assertions if a.kind == "element"] == [
        ("inferred", ["fail", "pass"])
    ]


LIST = """<form id="form"><input id="item" aria-label="item"><button>Add</button><p id="error"></p></form>
<ul id="list"></ul>
<button id="dark">Dark</button><script>
const items = JSON.parse(localStorage.getItem("items") || "[]");
const li = text => Object.assign(document.createElement("li"), {textContent: text});
const show = () => list.replaceChildren(...items.map(li));
form.onsubmit = event => {
    event.preventDefault();
    error.textContent = item.value ? "" : "Please write something";
    if (item.value) items.push(item.value);
    localStorage.setItem("items", JSON.stringify(items));
    show();
};
dark.onclick = () => document.body.classList.toggle("dark");
show();
</script></body>"""
BEHAVES = {
    "a total that is typed in": ("total.toFixed(2)", '"1234.50"', "whatever the data are"),
    "a theme that starts dark": ("<body>", '<body class="dark">', "classList.contains('dark'))"),
    "a list that forgets": ('localStorage.setItem("items"', '(() => 0)("items"', 'shows "kept 7"'),
    "a form without its error": ('"Please write something"', '""', "#error shows an error"),
}


def test_a_page_that_only_looks_right_is_repaired(build: Build) -> None:
    """All faults are in one page; each is told by its own evidence."""
    right = wrong = page("</body>", LIST)
    for wanted, faulty, _ in BEHAVES.values():
        assert wanted in wrong
        wrong = wrong.replace(wanted, faulty)
    checks = [
        "js: (document.querySelector('#dark').click(), document.body.classList.contains('dark'))",
        "Items persist after a reload",
        "With an empty #item the form shows an error in #error",
    ]
    made = build(files({**GOOD, "index.html": wrong}), files({"index.html": right}), request=request_for(checks=checks))
    assert made.calls == ["write", "repair"]
    assert [attempt.is_kept for attempt in made.contract.attempts] == [False, True]
    failed = made.model.was_told()
    for fault, (_, _, evidence) in BEHAVES.items():
        assert evidence in failed, (fault, failed)
    assert made.failures() == []


@pytest.fixture(scope="module")
def first_round(browser: PageBrowser) -> Mapping[str, bytes]:
    """The repository after a good first round, with its contract."""
    tools = Tools(
        ScriptedModel(files(GOOD)),
        GuardedHttp(),
        Console(io.StringIO()),
        Deadline(RECEIVED, clock=lambda: RECEIVED.timestamp() + 10),
        "the-owner",
        open_site=browser.open,
    )
    return generate(request_for(), tools).files


TABLE = '<table id="regions"><tr><td>North</td></tr><tr><td>South</td></tr></table>\n'
SECOND: dict[str, object] = {
    "brief": "Add a table of the regions.",
    "round": 2,
    "checks": ['js: document.querySelectorAll("#regions tr").length >= 2'],
    "attachments": [],
}
WITH_TABLE = page("</body>", TABLE + "</body>")
BREAKS = WITH_TABLE.replace(PLAIN, FORMATTED)


def stored(made: Made) -> Contract:
    return Contract.from_storage(made.files[CONTRACT])


def test_a_revision_that_would_break_an_earlier_check_is_repaired(
    build: Build, first_round: Mapping[str, bytes]
) -> None:
    made = build(
        files({"index.html": BREAKS}),
        edit("index.html", FORMATTED, PLAIN),
        request=request_for(**SECOND),
        current=first_round,
    )
    told = made.model.was_told()
    broken = told[told.index("## What worked in the round before") : told.index("## What keeps files")]
    assert "#total-sales" in broken
    assert made.failures() == []
    assert made.failures(stored(made)) == []
    assert len([a for a in stored(made).assertions if a.origin == "given"]) == len(CHECKS) + 1
    assert not made.contract.is_held_back
    assert made.contract.lost == []
    assert len(made.contract.gained) == 1


def test_a_revision_that_goes_on_breaking_an_earlier_check_is_held_back(
    build: Build, first_round: Mapping[str, bytes]
) -> None:
    made = build(*[files({"index.html": BREAKS})] * 4, request=request_for(**SECOND), current=first_round)
    assert made.contract.is_held_back
    assert made.files["index.html"] == first_round["index.html"]
    assert made.files[CONTRACT] == first_round[CONTRACT]
    assert made.failures(stored(made)) == []
    assert made.bundle.record.phases[0].outcome == "degraded"
    assert "would have broken what worked before" in made.files["README.md"].decode()
    assert len(made.contract.lost) == 1


def test_a_revision_may_change_what_its_own_checks_change(build: Build, first_round: Mapping[str, bytes]) -> None:
    second = {**SECOND, "brief": "Change the title.", "checks": ['js: document.title === "Sales 2027"']}
    made = build(
        edit("index.html", "<title>Sales 2026</title>\n", "<title>Sales 2027</title>\n"),
        request=request_for(**second),
        current=first_round,
    )
    assert made.failures() == []
    assert made.failures(stored(made)) == []
