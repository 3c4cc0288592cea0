"""What only the network of the build kept from working: tried once more, told, never repaired."""

import io
from collections.abc import Callable, Sequence

import pytest

from action.contract.verdict import Candidate
from action.contract.visit import Answer, FailedRequest, Visit, VisitPlan
from tests.unit.action.generate.scripted_build import PAGE, build, request_for

API = FailedRequest("https://api.rates.example/v1", "its name does not resolve", "unreachable", "fetch")
ASKED = {"brief": "Show the rate of https://api.rates.example/v1 in #rate.", "checks": ["js: rate() > 0"]}


class Network:
    """A browser whose first `cut_off` looks at the site cannot reach the server; everything else holds."""

    def __init__(self, cut_off: int, others_hold: bool = True) -> None:
        self.cut_off, self.looks, self.others_hold = cut_off, 0, others_hold

    def open(self, candidate: Candidate) -> "Network":
        self.looks += "README.md" in candidate.files  # not the empty page on which the syntax of checks is tried
        return self

    def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> list[Visit | None]:
        is_cut_off = self.looks <= self.cut_off
        return [
            Visit(
                status=200,
                answers={it.key: self.answer(it.expression, is_cut_off) for it in plan.questions},
                failed_requests=(API,) if is_cut_off else (),
            )
            for plan in plans
        ]

    def answer(self, expression: str, is_cut_off: bool) -> Answer:
        holds = self.others_hold if "rate" not in expression else not is_cut_off
        return Answer(holds, "" if holds else "NaN")


def test_a_build_whose_only_failures_come_from_the_network_uses_one_call() -> None:
    network, log = Network(cut_off=99), io.StringIO()
    bundle, model = build(request_for(**ASKED), PAGE, open_site=network.open, log=log)
    assert len(model.prompts) == 1
    assert network.looks == 2  # it was tried once more
    contract = bundle.record.contract
    assert contract
    (check,) = [entry for entry in contract.assertions if entry.origin == "given"]
    assert check.state == "unclear"
    assert check.found.startswith("could not be reached from the runner: https://api.rates.example/v1")
    assert bundle.record.generation
    assert bundle.record.generation.notes == [
        "1 checks could not be decided: what the page needs could not be reached from here"
    ]
    assert "only the network here kept from working" in log.getvalue()


def test_what_works_at_the_second_look_is_good() -> None:
    network = Network(cut_off=1)
    bundle, model = build(request_for(**ASKED), PAGE, open_site=network.open)
    assert (len(model.prompts), network.looks) == (1, 2)
    assert bundle.record.contract
    assert [entry.state for entry in bundle.record.contract.assertions if entry.origin == "given"] == ["pass"]
    assert bundle.record.generation
    assert bundle.record.generation.notes == []


def test_beside_a_real_failure_the_network_is_named_as_no_reason_to_change_anything() -> None:
    checks = ["js: rate() > 0", 'README.md mentions "moon"']
    network = Network(cut_off=99)
    _, model = build(
        request_for(**{**ASKED, "checks": checks}),
        PAGE,
        {"README.md": "# X\n\nThe moon.\n\n## Usage\n\nOpen it.\n"},
        open_site=network.open,
    )
    failures, _, rest = model.said().partition("## Not tried, because the network")
    assert "moon" in failures.partition("## Not met")[2]
    assert "rate() > 0" not in failures.partition("## Not met")[2]
    assert "rate() > 0" in rest
    assert "write no fallback" in rest
    assert network.looks == 3  # the second attempt is not tried twice: the server is not there


@pytest.mark.parametrize(
    ("reply", "calls"),
    [
        ("The check asks for the impossible: nothing is to be changed.\n<<<DONE TOKEN>>>", 2),
        ("<<<DONE TOKEN>>>", 3),  # no reason
        ("I am not sure.", 3),  # no end
        ("Use this:\n```\nx = 1\n```\n<<<DONE TOKEN>>>", 3),
        ("word " * 400 + "\n<<<DONE TOKEN>>>", 3),
    ],
)
def test_nothing_to_change_is_an_answer_when_it_says_why(reply: str, calls: int) -> None:
    asked = request_for(checks=['README.md mentions "moon"'])
    mended = {"README.md": "# X\n\nThe moon.\n\n## Usage\n\nOpen it.\n"}
    bundle, model = build(asked, PAGE, reply, *[mended] * 2)
    assert len(model.prompts) == calls
    assert "say why in one sentence" in model.said(1)
    assert (b"moon" in bundle.files["README.md"]) == (calls == 3)


def test_a_second_look_for_which_there_is_no_time_takes_nothing_back() -> None:
    class Late(Network):
        def visit_all(self, plans: Sequence[VisitPlan], has_time: Callable[[], bool]) -> list[Visit | None]:
            return super().visit_all(plans, has_time) if self.looks == 1 else [None for _ in plans]

    bundle, _ = build(request_for(**ASKED), PAGE, open_site=Late(cut_off=99).open)
    assert bundle.record.contract
    loads = next(entry for entry in bundle.record.contract.assertions if entry.kind == "page_loads")
    assert loads.state == "pass"
