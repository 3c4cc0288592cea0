"""The newest words win: a round's orders end what earlier rounds demanded of the same thing, and mentions do not."""

import base64
import time
from collections.abc import Mapping
from typing import Any

import pytest

from action.contract.changes import attachments_to_change
from action.contract.compile import compile_contract
from action.contract.contract import Contract
from receiver.task import Task

PRICES = b"name,qty\npen,10\ncap,20\nbag,30\n"
NOTES = b"# Notes\n\nMonday: begin.\n"
# What round 1 demanded, each with a short name.
DEMANDS = {
    "sum": 'js: Math.abs(parseFloat(document.querySelector("#sum").textContent) - 60) < 0.01',
    "sum is there": 'js: !!document.querySelector("#sum")',
    "count": 'js: document.getElementById("count").textContent === "3"',
    "rows": 'js: document.querySelectorAll("#rows tr").length >= 3',
    "rows exactly": 'js: document.querySelectorAll("#rows tbody tr").length === 3',
    "export file": "export.json exists",
    "export link": 'js: document.querySelector("#export").download.endsWith(".json")',
    "settings": "settings.json is valid JSON",
    "hello": 'js: document.body.textContent.includes("Hello world")',
    "hello text": 'The page contains "Hello world"',
    "save": 'js: document.querySelector("#save").textContent.trim() === "Save all"',
    "title": 'js: document.title.includes("Sales")',
    "faq": "faq.html exists",
    "faq link": "The page links to faq.html",
    "ref": 'js: document.body.innerText.includes("#REF")',
    "footer": 'js: document.querySelector("footer").textContent.includes("Made by us")',
    "prices as attached": "prices.csv is unchanged",
    "prices column": 'prices.csv contains "qty"',
    "notes as attached": "NOTES.md is unchanged",
    "notes text": 'NOTES.md contains "Monday"',
    "readme word": 'README.md mentions "npm start"',
    "readme sections": "README has sections: Overview, Usage",
}
BYTES = {"prices.csv": PRICES, "NOTES.md": NOTES}


def attached(files: Mapping[str, bytes]) -> list[dict[str, str]]:
    return [{"name": name, "url": "data:;base64," + base64.b64encode(body).decode()} for name, body in files.items()]


def task_of(brief: str, checks: Any = (), files: Mapping[str, bytes] | None = None, number: int = 1) -> Task:
    return Task(
        email="a@example.com",
        task="t",
        round=number,
        nonce="n",
        brief=brief,
        checks=list(checks),
        attachments=attached(files or {}),
        evaluation_url="https://example.com/notify",
    )


FIRST = compile_contract(task_of("A page.", DEMANDS.values(), BYTES))
NAMES = {check: name for name, check in DEMANDS.items()}


def after(brief: str, checks: Any = (), files: Mapping[str, bytes] | None = None, **more: Any) -> Contract:
    current = {"index.html": b"", "faq.html": b"", **BYTES}
    return compile_contract(task_of(brief, checks, files, 2), earlier=FIRST, current=current, **more)


def retired(brief: str, checks: Any = (), files: Mapping[str, bytes] | None = None, **more: Any) -> set[str]:
    contract = after(brief, checks, files, **more)
    return {NAMES[it.assertion.source] for it in contract.retired if it.assertion.origin == "given"}


def test_every_demand_of_the_first_round_is_an_assertion() -> None:
    given = [a.source for a in FIRST.assertions if a.origin == "given"]
    assert sorted(given) == sorted(DEMANDS.values())


PINS = "prices as attached"
DATA = "prices as attached, sum, rows exactly, count"
ENDS = [
    # an element by its id
    ("Rename #sum to #grand-total.", "sum, sum is there"),
    ("The id sum is now grand-total.", "sum, sum is there"),
    ("Please rename the element `#sum` to `#grand-total`, everything else stays.", "sum, sum is there"),
    ("#sum becomes #grand-total.", "sum, sum is there"),
    ("#sum is now called #grand-total", "sum, sum is there"),
    ("Change the id of the total from #sum to #grand-total.", "sum, sum is there"),
    ("Show the total in #grand-total instead of #sum.", "sum, sum is there"),
    ("Show the total in #grand-total rather than in #sum.", "sum, sum is there"),
    ('Use id="grand-total" in place of id="sum".', "sum, sum is there"),
    ("#grand-total replaces #sum.", "sum, sum is there"),
    ("The total stands in #grand-total, not in #sum.", "sum, sum is there"),
    ("ids:\n- #sum → #grand-total\n- #rows stays", "sum, sum is there"),
    ("The total is in #grand-total (formerly #sum).", "sum, sum is there"),
    ("Drop #sum.", "sum, sum is there"),
    ("#sum can go, nobody reads it.", "sum, sum is there"),
    ("Get rid of #sum and #count.", "sum, sum is there, count"),
    ("#sum and #count are no longer needed.", "sum, sum is there, count"),
    ("Do not show #sum any more.", "sum, sum is there"),
    ("Nobody needs the total, so remove #sum. The table #rows stays.", "sum, sum is there"),
    ("#count is obsolete. Remove it.", "count"),
    ("There must be no #sum.", "sum, sum is there"),
    ("Rename #sum to #a and #count to #b.", "sum, sum is there, count"),
    ("Replace #sum and #count by a chart.", "sum, sum is there, count"),
    ("Add a chart, rename #sum to #grand-total, and show the date.", "sum, sum is there"),
    ("Keep #count, but rename #sum to #grand-total.", "sum, sum is there"),
    ("The label #save is now called #store, #rows is as it was.", "save"),
    # its content
    ("#sum now shows the average.", "sum"),
    ("Update #sum to include the tax.", "sum"),
    ("#count must now be written in words.", "count"),
    ('Change #save: it says "Store".', "save"),
    ("Change the text of #save to 'Store'.", "save"),
    ("Add two more rows to #rows.", "rows exactly"),
    ("Append a row with the average to the table #rows.", "rows exactly"),
    ("Turn #rows into a list.", "rows, rows exactly"),
    # texts
    ('Replace "Hello world" with "Good morning".', "hello, hello text"),
    ("Instead of 'Hello world' the page says 'Good morning'.", "hello, hello text"),
    ("The page no longer shows “Hello world”.", "hello, hello text"),
    ("'Hello world' becomes 'Good morning'.", "hello, hello text"),
    ('Remove the text "Hello world" from index.html.', "hello, hello text"),
    ('The greeting "Hello world" was replaced by "Good morning".', "hello, hello text"),
    ("The button 'Save all' is now labelled 'Store'.", "save"),
    ("The error code #REF is now #GONE everywhere.", "ref"),
    ("Call the column `qty` now `amount`.", "prices column"),
    ("Rename the column qty to amount.", "prices column"),
    ("The qty column is renamed to amount.", "prices column"),
    ("Translate all texts of the page into German.", "hello, hello text, save, title, footer, ref"),
    ("Replace the footer text with 'Bye'. The table #rows stays.", "footer"),
    ("The footer is no longer wanted.", "footer"),
    ('Change the title to "Revenue 2027".', "title"),
    # files
    ("Rename export.json to download.json.", "export file"),
    ("export.json is now called download.json.", "export file"),
    ("Delete faq.html; its answers are on the first page.", "faq, faq link"),
    ("faq.html is replaced by help.html.", "faq, faq link"),
    ("faq.html must not exist.", "faq, faq link"),
    ("Move faq.html to help/index.html.", "faq, faq link"),
    # formats
    ("Export XML instead of JSON.", "export file, export link"),
    ("Append the rows, and export XML instead.", "export file, export link"),
    ("Switch the export from JSON to CSV.", "export file, export link"),
    ("Change the export format to CSV.", "export file, export link"),
    ("Write export.xml instead.", "export file, export link"),
    ("The export is no longer JSON but XML.", "export file, export link"),
    ("Convert export.json to YAML.", "export file"),
    # attachments and the data in them
    ("Append the rows of extra.csv to prices.csv.", DATA),
    (
        "append the rows of extra.csv to prices.csv, call the column `qty` now `amount`, export XML instead",
        f"{DATA}, prices column, export file, export link",
    ),
    ("Insert a row for hats into prices.csv.", DATA),
    ("Add a section to the attached NOTES.md.", "notes as attached"),
    ("Fix the typo Munday in NOTES.md.", "notes as attached"),
    ("Correct the spelling in NOTES.md, please.", "notes as attached"),
    ("Extend NOTES.md by a section on Tuesday.", "notes as attached"),
    ("Rewrite NOTES.md in plain English.", "notes as attached, notes text"),
    ("Translate NOTES.md into French.", "notes as attached, notes text"),
    ("NOTES.md must be shortened to ten lines.", "notes as attached, notes text"),
    ("Replace 'Monday' in NOTES.md with 'Tuesday'.", "notes as attached, notes text"),
    ("NOTES.md no longer mentions 'Monday'.", "notes as attached, notes text"),
    ("Replace prices.csv with the attached costs.csv.", f"{DATA}, prices column, rows"),
    # README
    ("Rewrite the README for beginners.", "readme word, readme sections"),
    ('The README no longer mentions "npm start".', "readme word"),
    (
        "README.md was rewritten by hand; change the README so that it has two sections only.",
        "readme word, readme sections",
    ),
    # another page
    ("Move #sum to about.html.", "sum, sum is there"),
    ("Move #sum from index.html to about.html.", "sum, sum is there"),
    ("#sum now lives on about.html.", "sum, sum is there"),
    ("The total #sum moves to about.html, the table stays here.", "sum, sum is there"),
    ("Show #sum on about.html instead.", "sum, sum is there"),
    # as people write
    ("In round 2 the total moves from #sum into #grand-total.", "sum, sum is there"),
    ('The element with id "sum" should be renamed: its id is now "grand-total".', "sum, sum is there"),
    ("Please use #grand-total for the total; #sum is not needed any more.", "sum, sum is there"),
    ("Swap out #sum for #grand-total.", "sum, sum is there"),
    ("We changed our minds: no #sum, show a list #items instead.", "sum, sum is there"),
    ("The total should no longer be in #sum but in #grand-total.", "sum, sum is there"),
    ("Instead of a total in #sum, show the average in #average.", "sum"),
    (
        "Everything is in German now: replace 'Hello world' by 'Hallo Welt' and 'Save all' by 'Alles sichern'.",
        "hello, hello text, save, title, footer, ref",
    ),
    ("Change 'Hello world' to 'Welcome', but leave the title.", "hello, hello text"),
    ("Export the list as CSV, no longer as JSON.", "export file, export link"),
    ("The export is now CSV.", "export file, export link"),
    ("Let the export button produce YAML rather than JSON.", "export file, export link"),
    ("The file export.json is dropped in favour of export.xml.", "export file"),
    ("Store the export in data/export.json from now on (not in export.json).", "export file"),
    ("Put the questions on the first page and take faq.html down.", "faq, faq link"),
    ("Merge faq.html into index.html and delete it.", "faq, faq link"),
    ("NOTES.md needs a new section on Tuesday.", "notes as attached"),
    ("Correct NOTES.md: it is Tuesday, not Monday.", "notes as attached, notes text"),
    ("In prices.csv, the column qty is called amount now.", "prices as attached, prices column"),
    ("In prices.csv, replace 10 with 12.", f"{DATA}, rows, prices column"),
    ("Double every price in prices.csv.", f"{DATA}, rows, prices column"),
    ("Strip the column qty out of prices.csv.", "prices as attached, prices column"),
    ("README: drop the Usage section, add Testing.", "readme sections"),
    ("The README should be in French.", "readme sections, readme word"),
    ("#count shows words instead of digits.", "count"),
    ("#rows has five rows instead of three.", "rows, rows exactly"),
    ("Limit #rows to two rows.", "rows, rows exactly"),
    ('The title becomes "Revenue".', "title"),
    ('Rename the page to "Revenue".', "title"),
    ('Let the footer say "Bye".', "footer"),
    ("ID change: `sum` is now `grand-total`.", "sum, sum is there"),
    ("Rename id sum → grand-total.", "sum, sum is there"),
    ("Stop showing #sum.", "sum, sum is there"),
    ("export.json: rename to prices.json.", "export file"),
    ("The JSON export makes way for a CSV export.", "export file, export link"),
    ("Stop exporting JSON; export CSV.", "export file, export link"),
    ("Stop using prices.csv; use costs.csv.", f"{DATA}, prices column, rows"),
    ("Make the page French.", "hello, hello text, save, title, footer, ref"),
    ("The whole site must be in Spanish now.", "hello, hello text, save, title, footer, ref"),
    ("Split the page: #rows goes to table.html, #sum stays.", "rows, rows exactly"),
    ("Take #rows off the first page and put it on table.html.", "rows, rows exactly"),
    ("Bring NOTES.md up to date.", "notes as attached, notes text"),
    ("Write the rows of extra.csv into prices.csv.", DATA),
    ("Change the separator of prices.csv to a semicolon.", f"{DATA}, prices column, rows"),
    ("Rename the README's section Usage to Examples.", "readme sections"),
    ("We can drop #sum.", "sum, sum is there"),
    ("#sum can be removed.", "sum, sum is there"),
    ("Users complained: rename #sum to #grand-total.", "sum, sum is there"),
    ("The output element is now #result, no longer #sum.", "sum, sum is there"),
    ("Deliver the export in YAML; JSON is not needed any more.", "export file, export link"),
    ("Give up JSON and export TOML.", "export file, export link"),
    ("Please migrate the export from JSON to XML.", "export file, export link"),
    ("Use YAML for the export, not JSON.", "export file, export link"),
    ('The button #save now reads "Store".', "save"),
    ('The label of #save changes from "Save all" to "Store".', "save"),
    ('Relabel "Save all" as "Store".', "save"),
    ("Spell it 'Hello, world' (formerly 'Hello world').", "hello, hello text"),
    ('No page says "Hello world" any longer.', "hello, hello text"),
    ("The page that was faq.html is now help.html.", "faq, faq link"),
    ("We don't want faq.html any more.", "faq, faq link"),
    ("faq.html is merged into index.html.", "faq, faq link"),
    ("Move the total (#sum) to totals.html.", "sum, sum is there"),
    ("The total belongs on totals.html: move #sum there.", "sum, sum is there"),
    ("#sum appears on totals.html instead of index.html.", "sum, sum is there"),
    ("Show #sum only on totals.html.", "sum, sum is there"),
    ("Put #sum on totals.html instead of here.", "sum, sum is there"),
    ("The table #rows is replaced with cards in #cards.", "rows, rows exactly"),
    ("Instead of the table #rows there are cards.", "rows, rows exactly"),
    ("Put the rows of extra.csv at the end of prices.csv.", DATA),
    ("Merge extra.csv into prices.csv.", DATA),
    ("Use costs.csv instead of prices.csv.", f"{DATA}, prices column, rows"),
    ("The README is too long: cut it down to three sentences.", "readme word, readme sections"),
    ('Let README.md mention "yarn start" instead of "npm start".', "readme word"),
    ("Rename\n#sum to\n#grand-total.", "sum, sum is there"),
    ("1. Add a chart.\n2. Rename #sum to #grand-total.\n3. Keep #rows.", "sum, sum is there"),
]
STAYS = [
    "Keep #sum as it is.",
    "#sum must also appear on about.html.",
    "#sum now also appears on about.html.",
    "Add a chart #chart below #rows.",
    "Add a link to faq.html.",
    "Add a link to faq.html to the page.",
    "Show the average beside #sum.",
    "The page has #sum, #count and #rows as before.",
    "Do not rename #sum.",
    "Don't touch prices.csv, and never remove #rows.",
    "Read prices.csv and show it in a second table #second.",
    "Use prices.csv, keep it unchanged, and display its rows in #rows.",
    "Load prices.csv with fetch and sort it by name before it is displayed.",
    "Display a live clock #clock that updates every second.",
    "When the user changes #picker, update #sum with the filtered sum.",
    "Clicking #clear removes all rows from #rows.",
    "Add a button #clear that removes the rows of #rows.",
    "A button #edit lets users rename and delete entries in #rows.",
    "If prices.csv cannot be loaded, replace #rows with a message.",
    "Once the page has loaded, hide #rows until #show is pressed.",
    "Add a dark mode. Everything else stays.",
    "Rename #other to #another. #sum stays where it is.",
    "Replace the picture with a drawing, but #sum and #rows stay.",
    "Add a footer with the date.",
    "Add a page about.html with the text 'About us' and a heading #about.",
    "Change the colour of #sum to red.",
    "Make #rows wider and #save bold.",
    "Move #save below #rows.",
    "The export is also offered as XML.",
    "Offer XML besides JSON.",
    "Explain in README.md how prices.csv is read.",
    "Mention prices.csv in the README.",
    "Convert prices.csv to prices.json.",
    "Convert the attached prices.csv to a table in #second.",
    "The total in #sum still has two decimals.",
    "Leave #rows alone while you add the new table #second.",
    "Introduce a currency select #currency-picker that converts the computed total using rates.json from attachments.",
    "Add tabs #tabs that switch between #rows and #chart.",
    "Write summary.txt with 100 words on 'Hello world'.",
    "Fix the layout on phones.",
    "Describe #sum in README.md.",
    'Cache the last lookup in localStorage under "Save all".',
    "Without changing #sum, add the tax in #tax.",
    "There is now a second table #second.",
    "Now show the smallest price in #least.",
    "Show fewer blank lines.",
    "Say 'Hello world' twice.",
    "The link to faq.html gets an icon.",
    "Sort #chart by size; #rows needs no change.",
    "Fill #chart with the data of prices.csv.",
    "Rename the chart in #chart to 'Prices per item'.",
    "In #chart, replace 'Sum' with 'Total'.",
    "Append '.min' to the name of the script.",
    "Add tabs #tabs that switch between the table in #rows and the chart in #chart.",
    "With ?raw=1 in the address, #rows holds the source instead.",
    'The button #save reads "Save all", not "save all".',
    "Convert the sheet Sales of book.xlsx to sales.csv.",
    "Use these factors and no others: 1 oz is 28.35 g.",
    "Add a third page, contact.html, and link it from faq.html.",
    "Add a search box that filters #rows as people type.",
    "Let people remove a row of #rows with a click on its cross.",
    "#rows must keep at least three rows.",
    "Write the title of the page into #head as well.",
    "Add a switch #theme which changes the colours of the page and of #rows.",
    "Provide a button #reset; it clears #filter and shows all of #rows again.",
    "The new chart #bars replaces the old drawing.",
    "If someone changes the quantity, #sum follows.",
    "Now that #sum works, add #median.",
    "Change nothing about #sum, but round #median to two decimals.",
    "Replace all tabs in style.css by spaces.",
    "Hide the new panel #panel until #rows is loaded.",
    "A second button #remove deletes the last row of #rows, and #count shows how many are left.",
    "Fix: #median shows NaN when a cell is empty.",
    "The counter #clicks goes up when #save is clicked.",
    "Users can delete entries of #rows and change #sum.",
    "You can delete rows of #rows.",
]


@pytest.mark.parametrize(("words", "names"), ENDS, ids=[words[:60] for words, _ in ENDS])
def test_what_an_order_changes_is_demanded_no_longer__and_nothing_else(words: str, names: str) -> None:
    assert retired(words) == set(names.split(", "))


@pytest.mark.parametrize("words", STAYS)
def test_a_mention_ends_nothing(words: str) -> None:
    assert retired(words) == set()


def test_the_clause_that_ends_it_is_kept_as_the_reason() -> None:
    contract = after("Add a chart, rename #sum to #grand-total, and keep #rows.")
    assert {it.words for it in contract.retired} == {"rename #sum to #grand-total"}


def test_what_is_retired_is_not_stored_and_not_demanded() -> None:
    contract = after("Rename #sum to #grand-total.")
    assert not any("#sum" in a.sentence for a in contract.assertions)
    again = Contract.from_storage(contract.for_storage())
    assert again.retired == ()
    assert again.assertions == contract.assertions
    assert b"retired" not in contract.for_storage()


def test_what_a_brief_names_only_to_end_it_is_not_guessed_to_be_wanted() -> None:
    sentences = [a.sentence for a in after("Rename #sum to #total, and old.json to new.json.").assertions]
    assert not any("#sum" in sentence or "old.json" in sentence for sentence in sentences)
    assert any("#total" in sentence for sentence in sentences)
    assert any("new.json" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("check", "names"),
    [
        ("faq.html does not exist", "faq, faq link"),
        ("js: !document.querySelector('#sum')", "sum, sum is there"),
        ("js: document.getElementById('count') === null", "count"),
        ("js: document.querySelectorAll('#rows').length === 0", "rows, rows exactly"),
        ("#sum is renamed to #grand-total", "sum, sum is there"),
        ("js: document.title === 'Other'", ""),
        ("js: document.querySelector('#sum').textContent.length > 0", ""),
    ],
)
def test_checks_of_the_new_round_end_what_they_contradict(check: str, names: str) -> None:
    assert retired("More of the same.", [check]) == set(filter(None, names.split(", ")))


def test_a_file_that_must_be_there_again_ends_the_demand_that_it_is_not() -> None:
    first = compile_contract(task_of("A page.", ["old.html does not exist"]))
    contract = compile_contract(task_of("Rename new.html to old.html.", number=2), earlier=first)
    assert [a.kind for a in contract.assertions if a.origin == "given"] == ["file_absent"]  # it is the new name
    contract = compile_contract(task_of("Update old.html.", number=2), earlier=first)
    assert [a.kind for a in contract.assertions if a.origin == "given"] == []


def test_an_attachment_with_other_bytes_ends_values_of_the_old_ones_and_the_same_bytes_end_nothing() -> None:
    assert retired("Again.", files={"prices.csv": PRICES}) == set()
    assert retired("New data.", files={"prices.csv": PRICES + b"hat,5\n"}) == {
        *DATA.split(", "),
        "rows",
        "prices column",
    }


def test_data_that_were_changed_before_and_come_again_with_other_bytes_end_the_values() -> None:
    second = compile_contract(
        task_of("Append a row to prices.csv.", ["js: document.title.length === 9"], number=2), earlier=FIRST
    )
    third = task_of("New data.", files={"prices.csv": PRICES}, number=3)
    contract = compile_contract(third, earlier=second, current={"prices.csv": PRICES + b"hat,5\n"})
    assert "js: document.title.length === 9" in {it.assertion.source for it in contract.retired}


def test_a_given_check_stays_given_when_the_new_brief_only_mentions_its_subject() -> None:
    first = compile_contract(
        task_of("A page.", ['#note has text "Hi"', "list.json exists", "poem.txt has 30-40 words"])
    )
    words = "The page has #note, list.json and poem.txt with at least 30 words."
    contract = compile_contract(task_of(words, number=2), earlier=first)
    given = [a.kind for a in contract.assertions if a.origin == "given"]
    assert sorted(given) == ["element", "file_exists", "word_count"]
    contract = compile_contract(task_of("poem.txt has 50-60 words now.", number=2), earlier=first)
    assert "word_count" not in [a.kind for a in contract.assertions if a.origin == "given"]


def test_feedback_ends_what_was_inferred_or_holds_for_every_page_but_nothing_that_the_sender_gave() -> None:
    first = compile_contract(task_of("There is a span #note.", DEMANDS.values(), BYTES))
    words = "Rename #note to #remark, drop #sum, and fix the typo Munday in NOTES.md."
    contract = compile_contract(task_of(words), earlier=first, is_feedback=True)
    assert {(it.assertion.kind, it.assertion.origin) for it in contract.retired} == {
        ("element", "inferred"),
        ("equals_attachment", "base"),
    }
    given = {a.source for a in contract.assertions if a.origin == "given"}
    assert given == set(DEMANDS.values())


EDITS = [
    "Commit execute.py after fixing the typo revenew.",
    'Commit execute.py, fixing the typo "revenew" on the way.',
    "Publish execute.py with the typo corrected.",
    'Commit execute.py with the typo "revenew" fixed.',
    "Commit a corrected version of execute.py.",
    "Fix execute.py so that it runs, and commit it.",
    "execute.py has a bug in line 3; correct it.",
    "The attached execute.py fails on Windows. Repair it and publish it.",
    "execute.py: fix the spelling of revenue.",
    "Reformat execute.py with the usual rules.",
    "execute.py must be corrected: revenew is misspelt.",
    "Update execute.py: the price of B is 7.",
    "Edit execute.py so that it reads dates.",
    "Extend execute.py by a function for the average.",
    "Add a section on testing to the attached execute.py.",
    "execute.py should get a comment on its purpose.",
    "Complete the attached execute.py.",
    "Translate execute.py into English and keep its name.",
    "Append the lines below to execute.py: x,1",
    "Remove the empty lines from execute.py.",
    "Rename the column a in execute.py to b.",
    "Replace 'revenew' in execute.py with 'revenue'.",
    "In execute.py, replace 10 with 12.",
]
READS = [
    "Read execute.py and display it.",
    "Use execute.py as it is.",
    "Keep execute.py unchanged.",
    "Commit execute.py.",
    "Fetch execute.py, sum its numbers, and add the total to the page.",
    "Fetch execute.py, sort it by date and show it in a table.",
    "Convert execute.py to execute.json.",
    "Do not change execute.py.",
    "Never edit execute.py, but explain it.",
    "Display execute.py as HTML; when the user edits the text, update the preview.",
    "Let users edit execute.py in a textarea and download the edited version.",
    "Fix the layout of the page that shows execute.py.",
    "Update the chart with the values of execute.py when a filter changes.",
    "Add a download link for execute.py to the footer.",
    "Add the rows of execute.py to the table #rows.",
    "Explain execute.py in README.md and add its output.",
    "Show execute.py with a corrected total.",
    "Replace the placeholder text with the contents of execute.py.",
    "The page updates #total from execute.py.",
    "Translate the page into German; execute.py stays as it is.",
    "Load execute.py, drop the rows without a price, and draw a chart.",
    "Improve the table of execute.py by sorting.",
    "Run execute.py in a workflow and commit nothing else.",
]


@pytest.mark.parametrize("brief", EDITS)
def test_an_attachment_that_the_brief_orders_to_be_changed_may_change(brief: str) -> None:
    task = task_of(brief, files={"execute.py": b"revenew", "other.csv": b"a"})
    assert attachments_to_change(task) == {"execute.py"}
    pinned = [a.parameters()["file"] for a in compile_contract(task).assertions if a.kind == "equals_attachment"]
    assert pinned == ["other.csv"]


@pytest.mark.parametrize("brief", READS)
def test_an_attachment_that_is_only_read_stays_byte_for_byte(brief: str) -> None:
    assert attachments_to_change(task_of(brief, files={"execute.py": b"revenew"})) == frozenset()


def test_words_that_nobody_wrote_are_read_in_time() -> None:
    hostile = ["rename #a to " * 4_000, "#a and " * 7_000, "“" * 50_000, "no longer " * 5_000, "a, " * 16_000 + "#b"]
    hostile += ["replace 'a' in b.csv with " * 2_000, "the " * 12_000 + "#x is now #y", "from #x " * 6_000]
    began = time.monotonic()
    for words in hostile:
        compile_contract(task_of(words, number=2), earlier=FIRST)
    assert time.monotonic() - began < 20
