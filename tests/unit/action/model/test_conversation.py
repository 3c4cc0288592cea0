"""Replies that were cut off: what is complete is kept, the rest is asked for."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from action.deadline import Deadline
from action.errors import BudgetSpent, ModelBlocked, ModelUnavailable, OutOfTime, UserError
from action.model.conversation import ask_for_files
from action.model.interface import Answer
from action.model.prompts import Prompt, Turn
from action.record import ModelCall

TOKEN = "0123456789abcdef"
PROMPT = Prompt("rules", (Turn("user", (f"the task <<<DONE {TOKEN}>>>",)),), token=TOKEN)
Say = Callable[[str], str]


class ScriptedModel:
    """Each entry is (finish reason, function from the token to the text), or an error."""

    def __init__(self, *script: tuple[str, Say] | Exception) -> None:
        self.script = list(script)
        self.prompts: list[Prompt] = []
        self.calls: list[ModelCall] = []

    def ask(self, prompt: Prompt, *, deadline: Deadline) -> Answer:
        self.prompts.append(prompt)
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        finish, say = step
        token = re.findall(r"<<<DONE ([0-9a-f]{16})>>>", str(prompt.turns[-1].parts[-1]))[-1]
        return Answer(say(token), finish, "only")


def whole(*paths: str, done: bool = True) -> Say:
    def say(token: str) -> str:
        blocks = [f"<<<FILE {token} {path}>>>\nnew {path}\n<<<END {token}>>>\n" for path in paths]
        return "".join(blocks) + (f"<<<DONE {token}>>>" if done else "")

    return say


def half(*paths: str) -> Say:
    return lambda token: whole(*paths, done=False)(token) + f"<<<FILE {token} long.html>>>\n<p>half"


def deadline(seconds: float = 100.0) -> Deadline:
    return Deadline(datetime.fromtimestamp(0, UTC), seconds, lambda: 0.0)


def unavailable() -> ModelUnavailable:
    return ModelUnavailable("No.", "No.", "No.")


def test_a_complete_reply_needs_one_question() -> None:
    model = ScriptedModel(("STOP", whole("a", "b")))
    written = ask_for_files(model, PROMPT, deadline())
    assert list(written.reply.files) == ["a", "b"]
    assert written.is_complete


def test_a_cut_off_reply_is_continued_with_what_is_there_and_little_thinking() -> None:
    model = ScriptedModel(("MAX_TOKENS", half("a")), ("STOP", whole("long.html", "b")))
    written = ask_for_files(model, PROMPT, deadline())
    assert list(written.reply.files) == ["a", "long.html", "b"]
    assert written.is_complete
    second = model.prompts[1]
    assert second.low_thinking
    assert [turn.role for turn in second.turns] == ["user", "model", "user"]
    assert "kept: a." in str(second.turns[-1].parts[0])
    assert "long.html was cut" in str(second.turns[-1].parts[0])
    assert TOKEN not in str(second.turns[-1].parts[0])


def test_a_model_that_stops_in_the_middle_without_saying_why_is_continued_too() -> None:
    model = ScriptedModel(("STOP", half()), ("STOP", whole("long.html")))
    assert ask_for_files(model, PROMPT, deadline()).is_complete


def test_a_reply_without_the_closing_mark_is_taken_as_it_is() -> None:
    model = ScriptedModel(("STOP", whole("a", done=False)))
    assert list(ask_for_files(model, PROMPT, deadline()).reply.files) == ["a"]


def test_a_reply_that_the_provider_ended_is_continued_in_other_words() -> None:
    model = ScriptedModel(("RECITATION", whole("a", done=False)), ("STOP", whole("b")))
    assert list(ask_for_files(model, PROMPT, deadline()).reply.files) == ["a", "b"]
    assert "a passage repeats a published text" in str(model.prompts[1].turns[-1].parts[0])


@pytest.mark.parametrize("finish", ["CLOSED", "SAFETY"])
def test_a_reply_that_broke_off_between_two_files_is_continued(finish: str) -> None:
    model = ScriptedModel((finish, whole("a", done=False)), ("STOP", whole("b")))
    assert list(ask_for_files(model, PROMPT, deadline()).reply.files) == ["a", "b"]


def test_a_reply_that_broke_off_after_its_end_is_complete() -> None:
    assert ask_for_files(ScriptedModel(("CLOSED", whole("a"))), PROMPT, deadline()).is_complete


def test_headings_without_ends_are_whole_when_the_model_ends_its_reply_itself() -> None:
    text = "===FILE: a.txt===\none\n===FILE: b.txt===\ntwo"
    assert list(ask_for_files(ScriptedModel(("STOP", lambda _: text)), PROMPT, deadline()).reply.files) == [
        "a.txt",
        "b.txt",
    ]


def test_after_two_continuations_it_is_enough() -> None:
    model = ScriptedModel(*[("MAX_TOKENS", half(name)) for name in "abc"])
    written = ask_for_files(model, PROMPT, deadline())
    assert list(written.reply.files) == ["a", "b", "c"]
    assert written.reply.cut_off == "long.html"


@pytest.mark.parametrize("error", [ModelUnavailable, ModelBlocked, OutOfTime, BudgetSpent])
def test_what_is_complete_stays_when_the_continuation_fails(error: type[UserError]) -> None:
    model = ScriptedModel(("MAX_TOKENS", half("a")), error("No.", "No.", "No."))
    assert list(ask_for_files(model, PROMPT, deadline()).reply.files) == ["a"]


def test_at_the_deadline_nothing_more_is_asked() -> None:
    model = ScriptedModel(("DEADLINE", half("a")))
    assert list(ask_for_files(model, PROMPT, deadline(0)).reply.files) == ["a"]


def test_when_nothing_comes_of_it_another_model_is_asked() -> None:
    model = ScriptedModel(*[("MAX_TOKENS", half())] * 3, ("STOP", whole("a")))
    written = ask_for_files(model, PROMPT, deadline())
    assert list(written.reply.files) == ["a"]
    assert model.prompts[-1].avoid == {"only"}
    assert model.prompts[-1].turns == PROMPT.turns


def test_when_there_is_no_other_model_the_empty_reply_is_returned() -> None:
    model = ScriptedModel(("STOP", lambda token: "Sorry."), unavailable())
    assert ask_for_files(model, PROMPT, deadline()).reply.is_empty
