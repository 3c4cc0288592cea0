"""Steps: what English is read as, what an expectation finds, and what proves nothing."""

from typing import Any

import pytest
from pydantic import ValidationError

from action.contract.from_brief import told_steps
from action.contract.kinds_steps import Expect, Step, Steps
from action.contract.probes import acts
from action.contract.rules import Names, read_check
from action.contract.rules_steps import click_sequence
from action.contract.wishes import NOTHING, Seen

CHILDREN = "#list > *, #list tbody > *"
READ = {
    "Clicking #load-items shows at least 5 items in #list": f"click #load-items | count {CHILDREN} 5..",
    "Selecting 'EUR' in #currency changes #total": 'select "EUR" in #currency | changed #total',
    'Typing "tea" in #search filters #list': f'fill #search with "tea" | fewer {CHILDREN}',
    "Toggling #dark adds the class 'dark' to the body": "click #dark | class body dark",
    "Toggling #dark should add class dark": "click #dark | class body dark",
    "Clicking the 'Add' button adds a row to #list": f'click "Add" | more {CHILDREN}',
    "After clicking #save, the note is saved in localStorage": "click #save | stored",
    "After clicking #save, localStorage contains the key 'notes'": "click #save | stored notes",
    "Clicking #export downloads a file named report.csv": "download with #export | downloaded report.csv",
    "With the hash #about the page shows 'About us'": "go to #about | contains About us",
    "When #qty is set to 3, #total shows '30'": 'fill #qty with "3" | contains #total 30',
    "After clicking #t and reloading the page, body has class dark": "click #t, reload the page | class body dark",
    "Clicking #inc twice shows '2' in #count": "click #inc, click #inc | contains #count 2",
    "#menu is visible after clicking #open": "click #open | visible #menu",
    "#menu is hidden until #open is clicked": "click #open | visible #menu",
    "Clicking #increment-btn increments #counter-value": "click #increment-btn | greater #counter-value",
    "Submitting the form with an empty #email shows an error in #email-error": (
        'fill #email with "", submit the form of #email | error #email-error'
    ),
    "Dragging #card to #done moves it": "drag #card to #done | visible #done #card",
    "Entering 10 in #bill and 2 in #people and clicking #calc shows '5.00' in #share": (
        'fill #bill with "10", fill #people with "2", click #calc | contains #share 5.00'
    ),
    "Pressing the Escape key closes #dialog": "press Escape | hidden #dialog",
    "Clicking on #tab-2 shows #panel-2 and hides #panel-1": "click #tab-2 | visible #panel-2, hidden #panel-1",
    "Clicking #plus 3 times makes #count 3": "click #plus, click #plus, click #plus | contains #count 3",
    "Click #reset and #sum becomes 0": "click #reset | contains #sum 0",
    "After clicking #load, at least 5 .row elements exist": "click #load | count .row 5..",
    "Pressing the buttons 2, +, 3, = displays 5": 'click "2", click "+", click "3", click "=" | shown 5',
    "#tab2 shows #panel2 and hides #panel1 when clicked": "click #tab2 | visible #panel2, hidden #panel1",
    "Clicking #submit disables #submit": "click #submit | disabled #submit",
    "When the user clicks #add, a new li is added to #list": f"click #add | more {CHILDREN}",
    "If #amount is empty, clicking #convert shows an error in #message": (
        'fill #amount with "", click #convert | error #message'
    ),
    "#note shows an error when #email is empty": 'fill #email with "", submit the form of #email | error #note',
    "After submitting #contact-form with empty fields, #form-error is visible": (
        "submit the form of #contact-form | visible #form-error"
    ),
    "The counter in #count increases by 1 when #plus is clicked": "click #plus | greater #count",
    "Clicking button #reset resets #score to 0": "click #reset | text #score 0",
    "Clicking #ask focuses #answer": "click #ask | focused #answer",
    'Clicking the option "Oslo" changes #score to "Score: 1"': 'click "Oslo" | text #score Score: 1',
    "Typing x7 into #guess and clicking Check makes #verdict say 'Right'": (
        'fill #guess with "x7", click "Check" | contains #verdict Right'
    ),
    "When the user picks South in #region, #sum changes to $1,559.95": (
        'select "South" in #region | contains #sum $1,559.95'
    ),
    "Clicking #next, #progress reads Question 2 of 5": "click #next | contains #progress Question 2 of 5",
    "Choosing West in #region leaves two rows in #table": 'select "West" in #region | count #table tbody tr 2..',
    "Clicking #a sets #b to 0 ml and clears #c": "click #a | text #b 0 ml, text #c",
    "A click on #export saves sales.csv, whose first line is date,amount": (
        "download with #export | downloaded sales.csv date,amount"
    ),
    "Clicking Start shows Question 1 in #progress": 'click "Start" | contains #progress Question 1',
    '"Download CSV" delivers a.csv': 'download with "Download CSV" | downloaded a.csv',
    "#export offers a file a.csv": "download with #export | downloaded a.csv",
    "The slider #zoom set to 200 makes #level 200%": 'fill #zoom with "200" | contains #level 200%',
    "Pressing the key n shows #new": "press n | visible #new",
}
GUESSED = [
    "#submit is disabled until #name is filled",
    "#submit becomes enabled once #email contains a valid email",
    "Pressing Enter in #todo adds the item",
    "If #a is 10 and #b is 0, #result shows 'Cannot divide by zero'",
    "Clicking #go shows 3",
    "A ticked item stays ticked after a reload",
    "Tasks persist after page reload",
    "The theme is remembered after a reload",
    "With an empty name the form shows an error",
    "Clicking #load-items shows at least 5 items",
    "The #output must update when the #source changes",
    "Pressing Enter in #new-item adds an item to #list",  # nobody adds an empty one
    "Entering an amount in #amount and clicking #go shows '5' in #out",
]
TOLD = [
    "Pressing Enter in #new adds an item to #list.",
    "After a reload the items are still there.",
    "The theme toggle #theme switches the body to dark.",
    "A button #menu-button opens #menu.",
    "Add a button #theme that toggles the class dark on the body.",
    "Typing 'rice' in #name and clicking the 'Add' button adds an item to #list.",
    "Entering 10 in #bill and 2 in #people and clicking #calc shows '5.00' in #share.",
    "Submitting the form with an empty #email shows an error in #email-error.",
    "With the hash #about the page shows 'About us'.",
    "Items persist after a reload.",
    "When the address carries ?tip=20, #tip starts with that value.",
    "With ?q=tea in the address, the input #search contains that text.",
    'Notes are kept in localStorage under "pocket" and are shown again after a reload.',
    "At 400px width #menu is hidden.",
    "Clicking #help-button shows #help.",
    "Clicking #ask focuses #answer.",
    "Typing in #text shows the number of words in #count.",
    "Selecting 'dark' in #theme adds the class dark to the body.",
    "A ticked item stays ticked after a reload.",
    "Pressing Escape in #dialog closes #dialog.",
    "On index.html, typing into #title shows the slug in #slug.",
    "Clicking on #tab-2 shows #panel-2 and hides #panel-1.",
]
NOT_TOLD = [
    "Clicking #checkout opens #confirm-dialog.",  # not with an empty cart
    "Clicking #load shows #table.",
    "Selecting 'EUR' in #currency shows '9' in #price.",
    "There are inputs #bill, #tip and #people. Entering 10 in #bill shows '5.00' in #share.",
    "The page should feel fast.",
    "Clicking around should feel smooth.",
    "After a reload everything is fast.",
    "If the list is empty, #status shows 'Nothing'.",
    "If #list is empty, #status shows 'Nothing'.",
    "When the list is empty, #hint is visible.",
    "Clicking #add adds an item to #list.",
    "Clicking #calc shows the total in #result.",
    "Clicking #calc updates #total.",
    "Clicking #minus decreases #count.",
    "Clicking #plus increases #count.",
    "On about.html, clicking #more shows #details.",
    "about.html has a button #more. Clicking it opens #details.",
    "Clicking #export downloads report.csv.",
    "Clicking #save saves the note in localStorage.",
    "Clicking #clear empties #list.",
    'Typing "tea" in #search filters #list.',
    "Selecting 'EUR' in #currency changes #total.",
    "Pressing Enter in #guess adds the guess to #history.",
    "Pressing Escape closes #dialog.",
    "Clicking #submit shows #result.",
    "A button #start shows 'Start'.",
    "Clicking #inc twice shows '4' in #count, which is wrong. Fix this bug.",
    "Clicking #save currently shows 'Error' in #status.",
    "The theme is remembered after a reload.",
    "Clicking #delete removes an item from #list.",
    "The button #x should do something nice when clicked.",
    "With an empty list the page shows 'Nothing'.",
    "The #output must update when the #source changes.",
    "Clicking #reset resets #score to 0 after three games.",
    "When it rains, #umbrella is visible.",
    "Users can add items by pressing Enter.",
]
UNREADABLE = [
    "Dark mode toggle works",
    "Clicking toggles dark mode",
    "Button shows alert on click",
    "Form validation works",
    "Clicking #a works",
    "The page has a button",
    "Pressing Escape",
    "Clicking #calc shows the total in #result",  # not the word "total"
    "Clicking #save sets #status to saved",
    "At 400 px width #menu does something",
]


def shown(steps: Steps) -> str:
    """Return steps in a line."""
    wishes = []
    for wish in steps.expect:
        bounds = f" {wish.at_least}.." if wish.at_least is not None else ""
        wishes.append(" ".join(filter(None, (wish.to_be, wish.on, wish.name, wish.value))) + bounds)
    return f"{', '.join(step.describe() for step in steps.steps)} | {', '.join(wishes)}"


@pytest.mark.parametrize("sentence", READ)
def test_english_that_acts_becomes_steps_that_gate(sentence: str) -> None:
    (found,) = read_check(sentence, Names())
    assert isinstance(found, Steps)
    assert shown(found) == READ[sentence]
    assert found.origin == "given"


@pytest.mark.parametrize("sentence", GUESSED)
def test_what_must_guess_an_element_never_gates(sentence: str) -> None:
    (found,) = read_check(sentence, Names())
    assert isinstance(found, Steps)
    assert found.origin == "inferred"


@pytest.mark.parametrize("sentence", TOLD)
def test_a_brief_tells_what_happens_when_somebody_acts(sentence: str) -> None:
    brief = f"Make a list of things to do, fast and pretty. {sentence} It should feel light."
    (found,) = told_steps(brief)
    assert (found.kind, found.origin) == ("steps", "inferred")
    assert told_steps(f"{brief} Clicking #x does this wrongly at the moment.") == []


@pytest.mark.parametrize("sentence", NOT_TOLD)
def test_what_a_correct_page_could_fail_is_not_read_from_a_brief(sentence: str) -> None:
    assert told_steps(sentence) == []


def test_a_brief_of_several_sentences_is_read_where_one_acts_and_nowhere_else() -> None:
    brief = """Make a list. Pressing Enter in #new adds an item to #list. It should feel fast! Clicking #add adds one.
        After a reload the items are still there; the theme toggle #theme switches the body to dark.
        If #list is empty, #hint is visible. On help.html, clicking #more shows #panel."""
    entered, kept, theme = (shown(found) for found in told_steps(brief) if isinstance(found, Steps))
    assert entered == f'fill #new with "kept 7", press Enter in #new | more {CHILDREN}'
    assert kept.endswith("reload the page | contains kept 7")
    assert theme == "click #theme | changed"
    assert len(told_steps(brief * 5)) == 4


@pytest.mark.parametrize("sentence", UNREADABLE)
def test_what_says_no_act_and_no_effect_is_not_read_as_steps(sentence: str) -> None:
    assert not any(isinstance(found, Steps) for found in read_check(sentence, Names()))


def test_a_click_sequence_is_read_by_what_stands_on_the_buttons() -> None:
    (found,) = click_sequence({"type": "click_sequence", "buttons": ["5", "+", "3", "="], "result": "8"})
    assert shown(found) == 'click "5", click "+", click "3", click "=" | shown 8'
    (found,) = click_sequence({"sequence": ["#five", "="], "expected": 5, "selector": "#display"})
    assert shown(found) == 'click #five, click "=" | text #display 5'
    for wrong in ([], ["1"] * 13, [""], "5+3"):
        assert click_sequence({"buttons": wrong, "result": "8"}) == []
    text = '{"type": "click_sequence", "buttons": ["5", "+", "3", "="], "result": "8"}'
    assert [shown(found) for found in read_check(text, Names()) if isinstance(found, Steps)] == [
        'click "5", click "+", click "3", click "=" | shown 8'
    ]
    assert read_check('{"buttons": ["5"', Names()) == []


def steps_of(*done: dict[str, str], **wish: Any) -> Steps:
    return Steps(steps=tuple(Step.model_validate(each) for each in done), expect=(Expect.model_validate(wish),))


@pytest.mark.parametrize(
    ("done", "wish"),
    [
        ({"do": "press", "value": "Escape"}, {"is": "lacks", "value": "x"}),
        ({"do": "reload"}, {"is": "count", "on": "#error", "at_most": 0}),
        ({"do": "hash", "value": "#a"}, {"is": "address", "value": "#a"}),
    ],
)
def test_what_holds_on_an_empty_page_is_refused(done: dict[str, str], wish: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="proves nothing"):
        steps_of(done, **wish)


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": [{"do": "click"}], "expect": [{"is": "visible", "on": "#a"}]},
        {"steps": [{"do": "rm", "on": "#a"}], "expect": [{"is": "visible", "on": "#a"}]},
        {"steps": [{"do": "wait", "value": "60"}], "expect": [{"is": "visible", "on": "#a"}]},
        {"steps": [{"do": "query", "value": "https://else.example/?a=b"}], "expect": [{"is": "visible", "on": "#a"}]},
        {"steps": [{"do": "click", "on": "#a"}] * 13, "expect": [{"is": "visible", "on": "#a"}]},
        {"steps": [{"do": "click", "on": "#a"}], "expect": []},
        {"steps": [{"do": "click", "on": "#a"}], "expect": [{"is": "count", "on": "#a"}]},
        {"steps": [{"do": "click", "on": "#a"}], "expect": [{"is": "visible", "on": "#a"}], "variation": "empty"},
        {"steps": [], "expect": [{"is": "visible", "on": "#a"}]},
    ],
)
def test_steps_are_whole_and_bounded(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Steps.model_validate(wrong)


def test_a_stored_assertion_is_read_again_with_the_same_id() -> None:
    steps = steps_of({"do": "click", "on": "#a"}, **{"is": "count", "on": "li", "at_least": 2})
    again = Steps.model_validate_json(steps.model_dump_json())
    assert (again, again.id) == (steps, steps.id)


ONE: Seen = {**NOTHING, "count": 1, "visible": 1}
WISHES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], bool]] = [
    ({"is": "greater", "on": "#n"}, {"text": "1,234"}, {"text": "1,235"}, True),
    ({"is": "greater", "on": "#n"}, {"text": "2"}, {"text": "none"}, False),
    ({"is": "less", "on": "#n"}, {"text": "2 left"}, {"text": "1 left"}, True),
    ({"is": "changed", "on": "#n"}, {"text": "a"}, {"text": "a"}, False),
    ({"is": "unchanged", "on": "#n"}, {"text": "a"}, {"text": "a"}, True),
    ({"is": "more", "on": "li"}, {"visible": 1}, {"visible": 1}, False),
    ({"is": "more", "on": "li"}, {"visible": 1, "text": "Nothing here yet"}, {"visible": 1, "text": "tea"}, True),
    ({"is": "fewer", "on": "li"}, {"visible": 2}, {"visible": 0, "count": 0}, True),
    ({"is": "hidden", "on": "#a"}, {"visible": 1}, {"visible": 0}, True),
    ({"is": "hidden", "on": "#a"}, {"count": 0, "visible": 0}, {"count": 0, "visible": 0}, False),
    ({"is": "text", "on": "#a", "value": "a  b"}, {}, {"text": "a b"}, True),
    ({"is": "stored", "name": "k", "value": "tea"}, {}, {"stored": {"k": '["tea"]'}}, True),
    ({"is": "stored"}, {"stored": {"k": "1"}}, {"stored": {"k": "1"}}, False),
    ({"is": "stored"}, {"stored": {"k": "1"}}, {"stored": {"k": "2"}}, True),
    ({"is": "error"}, {"body": "Name"}, {"body": "Name\nPlease enter a name"}, True),
    ({"is": "error"}, {"body": "Name"}, {"body": "Name\nSaved!"}, False),
    ({"is": "error"}, {"body": "Name"}, {"body": "Name"}, False),
    ({"is": "error"}, {"body": "Name"}, {"body": "Name", "errors": 1}, True),
    ({"is": "error", "on": "#e"}, {"visible": 0}, {"text": "Too short"}, True),
    ({"is": "error", "on": "#e"}, {"text": ""}, {"text": ""}, False),
    ({"is": "attribute", "on": "#a", "name": "open"}, {}, {"attribute": ""}, True),
    ({"is": "title", "value": "B"}, {"title": "A"}, {"title": "B"}, True),
]


@pytest.mark.parametrize(("wish", "before", "now", "holds"), WISHES)
def test_an_expectation_compares_what_is_with_what_was(
    wish: dict[str, Any], before: dict[str, Any], now: dict[str, Any], holds: bool
) -> None:
    problem = Expect.model_validate(wish).problem({**ONE, **before}, {**ONE, **now})
    assert (problem == "") is holds, problem


def test_a_download_is_known_by_its_name_and_its_content() -> None:
    wish = Expect.model_validate({"is": "downloaded", "name": "*.csv", "value": "tea"})
    assert wish.problem(ONE, ONE, [("Report.csv", "a\ntea")]) == ""
    assert "rice" in wish.problem(ONE, ONE, [("report.csv", "rice")])
    assert wish.problem(ONE, ONE, [("report.txt", "tea")]) == "downloaded: report.txt"
    assert wish.problem(ONE, ONE) == "downloaded: nothing"


@pytest.mark.parametrize(
    ("expression", "does"),
    [
        ("document.querySelector('#a').textContent === 'x'", False),
        ("parseFloat(total.textContent) >= 3 && [...document.querySelectorAll('li')].some(e => e.id == 'a')", False),
        ("fetch('a.csv').then(r => r.ok)", False),
        ("(() => { const t = document.querySelector('#t'); t.click(); return true })()", True),
        ("(window.n = (window.n || 0) + 1) > 1", True),
        ("localStorage.setItem('a', 1) || true", True),
        ("addTask('x') || true", True),
        ("count++ > 0", True),
        ("document.body.classList.toggle('dark')", True),
        ("(() => { let n = 0; for (const e of [1, 2]) n += e; return [...'ab'].map(Number).length + n })()", False),
        ("const f = x => x.trim(); return f(document.title) === 'a'", False),
        ("await fetch('a.csv').then(async r => (await r.text()).split(/\\r?\\n/).length) > 1", False),
        ("const a = await (await fetch('a.json')).json(); return a.length > 1", False),
        ("document.querySelector('#a')['click']() || true", True),
        ("const f = addTask; f('x')", True),
        ("[1].forEach(addTask) || true", True),
        ("Array.from(document.links, addTask).length", True),
        ("Array.from(document.links).map(e => e.href).length > 1", False),
        ("document.querySelector('#a')['value'] = 'x'", True),
        ("total = 5", True),
        ("delete window.total", True),
        ("new Calculator().add(2) === 2", True),
        ("items.push(1) > 0", True),
        ("addTask`x`", True),
        ("this is no program", True),
    ],
)
def test_what_may_change_the_page_gets_one_of_its_own(expression: str, does: bool) -> None:
    assert acts(expression) is does
