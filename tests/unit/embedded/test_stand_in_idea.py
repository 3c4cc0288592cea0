"""The stand-in answers the Generator's question: a task whose checks the Generator takes."""

from datetime import UTC, datetime

import pytest

from action.deadline import Deadline
from action.generate.idea import invent
from action.model.interface import Answer
from action.model.prompts import Prompt
from action.record import ModelCall
from embedded.model.idea import title_of
from embedded.model.stand_in import write_reply


class StandInModel:
    """The stand-in behind the door of the action, without HTTP."""

    def __init__(self) -> None:
        self.calls: list[ModelCall] = []

    def ask(self, prompt: Prompt, *, deadline: Deadline) -> Answer:
        self.calls.append(ModelCall(model="stand-in", purpose=prompt.purpose, outcome="STOP", seconds=0))
        said = [part for turn in prompt.turns for part in turn.parts if isinstance(part, str)]
        return Answer(write_reply("\n".join([prompt.system, *said])), "STOP", "stand-in")


@pytest.mark.parametrize(
    "idea",
    ["A tide table for our harbour, with high and low water.", "x", 'Quotes " and \\ and <b>, `js` and ${name}\n' * 30],
)
def test_an_idea_becomes_a_task_at_once(idea: str) -> None:
    model = StandInModel()
    asked = invent(idea, model, Deadline(datetime.now(UTC), 60))
    assert len(model.calls) == 1
    assert len(asked.checks) == 4
    assert title_of(idea) in asked.brief
    assert "stand-in" in asked.brief


@pytest.mark.parametrize(
    ("idea", "title"),
    [
        ("A tide table, please!", "A tide table, please"),
        ("word " * 40, " ".join(["word"] * 12)),
        ("<<<>>>", "An idea"),
    ],
)
def test_titles_need_no_escaping(idea: str, title: str) -> None:
    assert title_of(idea) == title
