"""A server that nobody named is no excuse; one that was asked for is."""

import pytest

from action.contract.assertion import Js
from action.contract.contract import Contract
from action.contract.evaluate import evaluate
from action.contract.repair_notes import is_invented
from action.contract.verdict import Candidate
from action.contract.visit import FailedRequest, Visit
from tests.unit.action.contract.test_page_questions import ScriptedSite


def request(url: str, resource: str = "fetch") -> FailedRequest:
    return FailedRequest(url, "its name does not resolve", "unreachable", resource)


@pytest.mark.parametrize(
    ("url", "resource", "is_it"),
    [
        ("https://api.example.org/items/", "fetch", True),
        ("https://weather.test/now", "xhr", True),
        ("https://api.quotable.io/random", "fetch", True),
        ("https://api.frankfurter.app/latest", "fetch", False),
        ("https://api.github.com/users/x", "fetch", False),
        ("https://data.example/rates.json", "fetch", False),
        ("https://cdn.jsdelivr.net/npm/x", "script", False),
        ("not an address", "fetch", False),
    ],
)
def test_a_server_is_invented_when_nothing_hints_at_it(url: str, resource: str, is_it: bool) -> None:
    asked = (
        "for example, show the rates of frankfurter.app and of https://data.example/rates.json, or ask the github api"
    )
    assert is_invented(request(url, resource), asked) == is_it


@pytest.mark.parametrize(
    ("asked", "state"), [("a page of numbers", "fail"), ("from api.sums.io", "unclear"), ("", "unclear")]
)
def test_what_depends_on_it_fails(asked: str, state: str) -> None:
    visit = Visit(status=200, failed_requests=(request("https://api.sums.io/all"),))
    contract = Contract(assertions=(Js(expression="x"),))
    (result,) = evaluate(contract, Candidate({}, asked=asked), ScriptedSite(visit)).report.results
    assert result.verdict.state == state
