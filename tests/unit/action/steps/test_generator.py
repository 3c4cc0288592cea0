"""The Generator: the same task for the same recipient, another one for another, and nothing private in what it says."""

from datetime import UTC, datetime
from typing import Any

import pytest

from action.errors import UnreadableRequest
from action.generate.task_template import AskedRound
from action.job.request import recipient_of
from action.record import Run
from action.steps.make_task import FOLDER, Made, make, read_order
from receiver.task import Keys
from receiver.task.order import Order

KEYS = Keys(b"salt", b"s" * 32, b"n" * 32)
RUN = Run(repository="owner/runner", run_id=7, url="https://github.example/owner/runner/actions/runs/7")
ANN = "ann@students.example.com"
ASKED = AskedRound(brief="Publish a page. " * 8, checks=["index.html exists", "js: true", {"js": "1 === 1"}])


def no_idea(idea: str) -> AskedRound:
    raise AssertionError("a template needs no model")


def made(nonce: str = "run 1", **fields: Any) -> Made:
    order = Order.model_validate({"recipient": ANN, **fields})
    return make(order, KEYS, nonce, (lambda idea: ASKED) if order.idea else no_idea)


def test_a_recipient_always_gets_the_same_task_and_another_one_gets_other_numbers() -> None:
    first, again = made(template="tip-splitter"), made(template="tip-splitter", nonce="run 2")
    other = made(template="tip-splitter", recipient="bob@students.example.com")
    assert first.asked == again.asked
    assert first.request.task_key == again.request.task_key
    assert first.request.build_id != again.request.build_id
    assert other.asked != first.asked
    assert other.request.task_key != first.request.task_key


@pytest.mark.parametrize("template", sorted(path.stem for path in FOLDER.glob("*.yaml")))
@pytest.mark.parametrize("round_number", [1, 2])
def test_every_template_makes_a_task_of_each_round(template: str, round_number: int) -> None:
    task = made(template=template, round=round_number).request.task
    assert task.round == round_number
    assert len(task.checks) >= 3
    assert "${" not in task.model_dump_json(exclude={"checks": {"__all__": {"js"}}})


def test_nobody_waits_unless_an_address_is_given() -> None:
    assert made(template="tip-splitter").request.task.evaluation_url == ""
    url = "https://evaluation.example.org/notify"
    assert made(template="tip-splitter", evaluation_url=url).request.task.evaluation_url == url


def test_the_name_of_the_task_is_the_templates_unless_one_is_given() -> None:
    assert made(template="tip-splitter").request.task.task == "tip-splitter"
    assert made(template="tip-splitter", task="week-3").request.task.task == "week-3"


def test_two_ideas_for_one_recipient_are_two_tasks() -> None:
    first, second = made(idea="A clock."), made(idea="A calendar.")
    assert first.request.task_key != second.request.task_key
    assert first.request.task.brief == ASKED.brief


@pytest.mark.parametrize("fields", [{"template": "tip-splitter"}, {"idea": f"A page for {ANN} about boats."}])
def test_the_message_says_what_was_made_and_nothing_private(fields: dict[str, Any]) -> None:
    url = "https://evaluation.example.org/notify"
    one = made(**fields, evaluation_url=url)
    message = one.message(KEYS, "the shared secret", RUN)
    text = message.model_dump_json()
    assert message.role == "generator"
    assert (message.task_key, message.build_id) == (one.request.task_key, one.request.build_id)
    assert recipient_of(ANN, KEYS) in message.text
    assert ANN not in text
    assert url not in text
    assert one.request.task.nonce not in text
    assert message.metrics["checks"] == len(one.asked.checks)
    assert message.at <= datetime.now(UTC)


def test_the_message_names_the_template_and_the_drawn_variant() -> None:
    people = [f"{number}@students.example.com" for number in range(20)]
    sources = {made(template="tip-splitter", round=2, recipient=each).source for each in people}
    assert sources == {f"the template tip-splitter, variant {number} of 2" for number in (1, 2)}
    assert made(template="tip-splitter").source == "the template tip-splitter"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"template": "no-such-one"}, "Choose one of: .*tip-splitter"),
        ({"template": "../../README"}, "Choose one of: "),
        ({"template": "tip-splitter", "round": 3}, "there is no round 3"),
        ({"template": "tip-splitter", "evaluation_url": "not an address"}, "look at: evaluation_url"),
    ],
)
def test_what_cannot_be_made_says_why(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnreadableRequest) as refused:
        made(**fields)
    assert refused.match(f"(?s){reason}")


def test_the_form_is_read_as_github_sends_it() -> None:
    inputs = {"template": " tip-splitter ", "idea": "", "recipient": ANN, "task": None, "round": "2"}
    assert read_order({"inputs": inputs}, "a secret") == Order(template="tip-splitter", recipient=ANN, round=2)


@pytest.mark.parametrize(
    "inputs",
    [{}, {"recipient": ANN}, {"recipient": ANN, "template": "a", "idea": "b"}, {"template": "tip-splitter"}],
)
def test_a_form_that_is_not_filled_in_is_refused_without_showing_it(inputs: dict[str, str]) -> None:
    with pytest.raises(UnreadableRequest) as refused:
        read_order({"inputs": inputs}, "a secret")
    assert ANN not in str(refused.value)
