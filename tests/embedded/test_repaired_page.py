"""The whole path with a model that answers wrongly first: through act, to a published page that passes the checks."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from action.browser.browser import PageBrowser
from action.browser.chrome import find_browser
from action.contract.compile import compile_contract
from action.contract.contract import Contract
from action.contract.evaluate import evaluate
from action.contract.verdict import Candidate
from embedded.system.system import System
from receiver.task import Task
from tests.embedded.sales_page import CHECKS, CSV, FORMATTED, GOOD, LIBRARY, PAGE, PLAIN, edit, files
from tests.embedded.scripted_model import ScriptedModelServer, says, scripted_model
from tests.embedded.senders import Sender, attachment

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(300)]

WRONG = {**GOOD, "index.html": PAGE.replace(PLAIN, FORMATTED).replace(LIBRARY, "")}
ANSWERS = (says(files(WRONG)), says(edit("index.html", FORMATTED, PLAIN)))


@pytest.fixture
def model(system: System) -> Iterator[ScriptedModelServer]:
    """For a while the runner repository's variables name a model that answers wrongly first."""
    before = dict(system.store.get("variable", system.runner) or {})
    with scripted_model(*ANSWERS) as server:
        named = {"GEMINI_MODEL": "scripted", "GOOGLE_GEMINI_BASE_URL": server.url}
        system.store.put("variable", system.runner, {**before, **named})
        yield server
        system.store.put("variable", system.runner, before)


def test_a_wrong_first_answer_ends_in_a_published_page_that_passes_the_given_checks(
    sender: Sender, system: System, model: ScriptedModelServer
) -> None:
    task = sender.task(
        brief="Show the total of sales.csv. Write summary.json.",
        checks=CHECKS,
        attachments=[attachment("sales.csv", CSV, "text/csv")],
    )
    page = sender.build(task)["pages_url"]
    assert [len(asked.token) for asked in model.asked] == [16, 16]
    assert "1,234.5" in str(model.asked[1].body), "the browser's finding goes back"
    contract = compile_contract(Task.model_validate(task))
    given = Contract(assertions=tuple(a for a in contract.assertions if a.origin == "given"))
    served = {name: sender.get(page + name) for name in ("index.html", "summary.json", "sales.csv")}
    allowed = frozenset({urlsplit(page).netloc})
    with PageBrowser(find_browser(search_path=os.environ["PATH"]), os.environ, allowed_hosts=allowed) as browser:
        report = evaluate(given, Candidate(served), browser.open_live(page)).report
    assert len(report.results) == len(CHECKS)
    assert [str(result) for result in report.results if result.verdict.state != "pass"] == []
