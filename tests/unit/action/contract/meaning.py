"""What a check means, for tests of how checks are read."""

from typing import Any

from action.contract.assertion import Assertion
from action.contract.compile import compile_contract
from action.contract.contract import Result
from action.contract.verdict import failed
from receiver.task import Task

HIDDEN = '!document.querySelector("#y")?.checkVisibility({opacityProperty: true, visibilityProperty: true})'


def task_with(*checks: Any, brief: str = "A page.", attachments: Any = ()) -> Task:
    return Task(task="t", nonce="n", brief=brief, checks=checks, attachments=attachments)


def compiled(check: Any, brief: str = "A page.") -> list[Assertion]:
    contract = compile_contract(task_with(check, brief=brief))
    return [each for each in contract.assertions if each.source and each.source != "brief"]


def gating(found: list[Assertion]) -> set[str]:
    return {each.kind for each in found if Result(assertion=each, verdict=failed("no")).gates}


def parameters_of(check: Any) -> list[dict[str, Any]]:
    """Return what each assertion of a check wants, as far as it is said; advice is left out."""
    found = [each for each in compiled(check) if each.kind != "advice"]
    return [
        {name: value for name, value in each.model_dump(exclude_defaults=True).items() if name in each.parameters()}
        for each in found
    ]
