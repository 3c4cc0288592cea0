"""The real openai package against a scripted server: each row of the retry table, and what goes over the wire."""

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from action.console import Console
from action.deadline import Deadline
from action.errors import ModelBlocked, ModelKeyRefused, ModelRegionRefused, ModelUnavailable, OutOfTime
from action.model.conversation import ask_for_files
from action.model.fallback import Fallback
from action.model.interface import Answer
from action.model.openai_wire import OpenAIWire
from action.model.prompts import Media, Prompt, Turn
from tests.embedded.scripted_model import Json, Reply, event, serving
from tests.embedded.scripted_openai import (
    DONE,
    ScriptedOpenAIServer,
    answers,
    chunk,
    costs,
    openai_error,
    refuses,
    vllm_error,
)

pytestmark = pytest.mark.embedded

T = "0123456789abcdef"
NAMES = ("openai:model-a", "openai:maker/model-b:7b")
PROMPT = Prompt("The rules.", (Turn("user", ("The task.",)),))
ASKED = Prompt("The rules.", (Turn("user", (f"The task. <<<DONE {T}>>>",)),), token=T)
WHOLE, HALF = "<<<FILE TOKEN a.txt>>>\nwhole\n<<<END TOKEN>>>\n", "<<<FILE TOKEN index.html>>>\n<p>ha"
INDEX = "<<<FILE TOKEN index.html>>>\n<p>\n<<<END TOKEN>>>\n<<<DONE TOKEN>>>"
PICTURE, PDF = Media("image/png", b"\x89PNG", "a.png"), Media("application/pdf", b"%PDF-1.7", "b.pdf")
ILLUSTRATED = replace(PROMPT, turns=(Turn("user", ("The task.", PICTURE, PDF)),))
OVERLOADED = event({"error": {"message": "overloaded", "code": 502}})


class Asking:
    """A fallback in front of a scripted server. Waits are remembered, not waited."""

    def __init__(self, server: ScriptedOpenAIServer, wire: OpenAIWire) -> None:
        self.server = server
        self.slept: list[float] = []
        self.log = io.StringIO()
        self.fallback = Fallback(wire, NAMES, Console(self.log), sleep=self.slept.append)

    def __call__(self, prompt: Prompt = PROMPT, *, seconds: float = 60.0) -> Answer:
        return self.fallback.ask(prompt, deadline=Deadline(datetime.now(UTC), seconds))

    @property
    def models(self) -> list[str]:
        return [asked.model for asked in self.server.asked]


Start = Callable[..., Asking]


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedOpenAIServer]:
    with serving(ScriptedOpenAIServer()) as running:
        yield running


@pytest.fixture
def script(server: ScriptedOpenAIServer) -> Start:
    """Set what the server will say."""

    def start(*replies: Reply) -> Asking:
        server.script[:] = replies
        server.asked.clear()
        server.unknown.clear()
        server.blind.clear()
        return Asking(server, OpenAIWire("the key", server.url))

    return start


def test_an_answer_in_several_chunks_arrives_whole_with_its_costs(script: Start) -> None:
    ask = script(answers("Hello ", "wörld", "!"))
    answer = ask()
    assert (answer.text, answer.finish, answer.model) == ("Hello wörld!", "STOP", "openai:model-a")
    assert (answer.input_tokens, answer.output_tokens) == (11, 10)
    assert [(call.model, call.outcome) for call in ask.fallback.calls] == [("openai:model-a", "STOP")]


def test_what_goes_over_the_wire(script: Start) -> None:
    ask = script(answers("ok"))
    turns = (Turn("user", ("The task.", PICTURE, PDF)), Turn("model", ("x",)), Turn("user", ("y", "z")))
    ask(replace(PROMPT, turns=turns))
    (asked,) = ask.server.asked
    assert (asked.path, asked.headers["authorization"]) == ("/v1/chat/completions", "Bearer the key")
    system, first, reply, last = asked.body.pop("messages")
    assert asked.body == {"model": "model-a", "stream": True, "stream_options": {"include_usage": True}}
    assert system == {"role": "system", "content": "The rules."}
    assert reply == {"role": "assistant", "content": "x"}
    assert last == {"role": "user", "content": "y\n\nz"}
    assert first["content"] == [
        {"type": "text", "text": "The task."},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
        {"type": "file", "file": {"filename": "b.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjc="}},
    ]
