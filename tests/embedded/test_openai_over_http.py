"""The real openai package against a scripted server: each row of the retry table, and what goes over the wire."""

import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from action.console import Console
from action.deadline import Deadline
from action.errors import ModelBlocked, ModelKeyRefused, ModelRegionRefused, ModelUnavailable, OutOfTime
from action.model.conversation import ask_for_files
from action.model.fallback import Fallback
from action.model.interface import Answer
from action.model.openai_wire import OpenAIWire
from action.model.prompts import Media, Prompt, Turn
from action.record import BuildRecord
from action.steps import generate
from receiver.task import BuildRequest, Keys, Task
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


@pytest.fixture(scope="module")
def wire(server: ScriptedOpenAIServer) -> OpenAIWire:
    """One client for all tests: making one takes longer than what most of them do."""
    return OpenAIWire("the key", server.url)


@pytest.fixture
def script(server: ScriptedOpenAIServer, wire: OpenAIWire) -> Start:
    """Set what the server will say."""

    def start(*replies: Reply) -> Asking:
        server.script[:] = replies
        server.asked.clear()
        server.unknown.clear()
        server.blind.clear()
        return Asking(server, wire)

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


USED_UP = openai_error("You exceeded your current quota, please check your plan.", "insufficient_quota")
PER_MINUTE = openai_error("Rate limit reached in organization org-abc123 on requests per min.", "rate_limit_exceeded")


@pytest.mark.parametrize(
    "reply",
    [
        refuses(429, USED_UP),
        refuses(429, USED_UP, Retry_After="5"),
        refuses(429, openai_error("Rate limit exceeded: free-models-per-day"), Retry_After="3"),
        refuses(429, {"message": "Usage $0.11 of $0.10 in 7 days"}),
        refuses(402, {"error": {"message": "Insufficient credits", "code": 402}}),
        refuses(404, openai_error('model "model-a" not found, try pulling it first', kind="api_error")),
        refuses(404, vllm_error("The model `model-a` does not exist.", 404, "NotFoundError")),
        refuses(403, {"detail": "Forbidden"}),
    ],
    ids=["quota", "quota with a wait", "free for the day", "a proxy's", "credits", "Ollama", "vLLM", "forbidden"],
)
def test_what_a_model_will_not_give_today_leads_to_the_next_one_at_once(script: Start, reply: Reply) -> None:
    ask = script(reply, answers("ok"), answers("ok"))
    assert [ask().model, ask().model] == [NAMES[1]] * 2
    assert ask.models == ["model-a", "maker/model-b:7b", "maker/model-b:7b"]  # not asked again in this build
    assert ask.slept == []


def test_what_cannot_be_read_by_one_model_leads_to_the_next_one_at_once(script: Start) -> None:
    ask = script(refuses(400, openai_error("This model's maximum context length is 4096 tokens.")), answers("ok"))
    assert ask().model == NAMES[1]
    assert ask.slept == []


@pytest.mark.parametrize(
    "body", [openai_error("busy", "server_error"), {"error": "busy"}, vllm_error("busy", 503), "busy", "<html>", ""]
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_doubling_waits(script: Start, status: int, body: Json | str) -> None:
    ask = script(refuses(status, body), refuses(status, body), answers("ok"))
    assert ask().model == "openai:model-a"
    assert ask.slept == [2.0, 4.0]


@pytest.mark.parametrize(("after", "slept"), [("7", [7.0]), ("66", [])])
def test_the_header_says_how_long_and_too_long_leads_to_the_next_model(
    script: Start, after: str, slept: list[float]
) -> None:
    ask = script(refuses(429, PER_MINUTE, Retry_After=after), answers("ok"))
    assert ask(seconds=300).model == NAMES[0 if slept else 1]
    assert ask.slept == slept


@pytest.mark.parametrize(
    "reply",
    [
        Reply(drop=True),
        Reply(chunks=(DONE,)),
        Reply(chunks=()),
        Reply(chunks=(b"<html>Sign in</html>",), content_type="text/html"),
        Reply(chunks=(b"data: {not json\n\n",)),
        Reply(chunks=(b'data: ["list"]\n\n',)),
        Reply(chunks=(b'data: {"choices": [{"delta": null}]}\n\n', DONE)),
        answers("cut early", finish=None),
        answers("half", finish=None, drop=True),
        answers("", finish="stop"),
        answers("x", finish="error"),
        answers("", finish="tool_calls"),
        Reply(chunks=(chunk("half"), OVERLOADED)),
    ],
    ids=[
        "dropped",
        "no choices",
        "nothing",
        "html",
        "broken json",
        "a list",
        "no delta",
        "no finish reason",
        "dropped in the middle",
        "stop without text",
        "finish reason error",
        "tool_calls",
        "an error in the stream",
    ],
)
def test_a_hiccup_is_retried_and_then_left_to_the_next_model(script: Start, reply: Reply) -> None:
    ask = script(*[reply] * (5 if OVERLOADED in reply.chunks else 3), answers("ok"))
    assert ask().text == "ok"
    assert set(ask.models[:-1]) == {"model-a"}
    assert ask.models[-1] == "maker/model-b:7b"


@pytest.mark.parametrize(
    ("answer", "finish"),
    [
        (answers(WHOLE, HALF, finish="length"), "MAX_TOKENS"),
        (answers(WHOLE, HALF, finish="content_filter"), "SAFETY"),
        (answers(WHOLE, HALF, finish=None), "CLOSED"),
        (answers(WHOLE, HALF, finish=None, drop=True), "CLOSED"),
        (Reply(chunks=(chunk(WHOLE), chunk(HALF), OVERLOADED)), "CLOSED"),
        (answers(WHOLE, HALF, "    <li>and so on</li>\n" * 400, finish="length"), "REPEATED"),
    ],
    ids=["length", "content_filter", "closed", "dropped", "overloaded", "repeated"],
)
def test_complete_files_of_a_broken_answer_are_kept_and_the_rest_is_asked_for(
    script: Start, answer: Reply, finish: str
) -> None:
    ask = script(answer, answers(INDEX))
    written = ask_for_files(ask.fallback, ASKED, Deadline(datetime.now(UTC), 60))
    assert written.reply.files == {"a.txt": "whole\n", "index.html": "<p>\n"}
    assert [call.outcome for call in ask.fallback.calls] == [finish, "STOP"]
    assert ask.models == ["model-a", "model-a"]
    assert ask.server.asked[1].body["reasoning_effort"] == "low"


def test_all_thinking_and_no_text_is_asked_for_once_more_with_little_thinking(script: Start) -> None:
    ask = script(answers("", finish="length"), answers("<think>\nhm", finish="length"), answers("ok"))
    assert ask().model == NAMES[1]
    assert [asked.body.get("reasoning_effort") for asked in ask.server.asked] == [None, "low", None]


LEVELS: list[Json | str] = [
    openai_error(
        "Unsupported parameter: 'reasoning_effort' is not supported with this model.", "unsupported_parameter"
    ),
    openai_error('"model-a" does not support thinking', kind="api_error"),
    vllm_error("Extra inputs are not permitted: reasoning_effort", 400),
]


@pytest.mark.parametrize("words", LEVELS)
def test_a_model_that_refuses_thinking_levels_is_asked_without_and_not_bothered_again(
    script: Start, words: Json
) -> None:
    ask = script(answers("ok"), answers("ok"))
    ask.server.unknown["reasoning_effort"] = words
    low = replace(ILLUSTRATED, low_thinking=True)
    assert [ask(low).model, ask(low).model] == ["openai:model-a"] * 2
    assert ask.models == ["model-a"] * 3  # refused, without, and at once without
    assert "image_url" in str(ask.server.asked[-1].body)  # the picture was not to blame


def test_a_server_that_cannot_say_what_an_answer_cost_is_asked_without_that(
    script: Start, server: ScriptedOpenAIServer
) -> None:
    script(answers("ok", usage=False), answers("ok", usage=False))
    ask = Asking(server, OpenAIWire("the key", server.url))
    ask.server.unknown["stream_options"] = {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs"}]}
    assert [ask(ILLUSTRATED).text, ask().text] == ["ok", "ok"]
    assert ask.models == ["model-a"] * 3
    assert [(call.input_tokens, call.output_tokens) for call in ask.fallback.calls] == [(None, None)] * 2


BLIND: list[tuple[int, Json | str]] = [
    (400, openai_error("Invalid content type. image_url is only supported by certain models.", "invalid_value")),
    (400, vllm_error("model-a is not a multimodal model", 400)),
    (404, {"error": {"message": "No endpoints found that support image input", "code": 404}}),
    (500, {"error": {"message": "image input is not supported - hint: provide the mmproj", "code": 500}}),
    (422, "Unprocessable"),
]


@pytest.mark.parametrize("refusal", BLIND)
def test_a_model_that_takes_no_picture_is_asked_without_and_that_is_in_the_record(
    script: Start, refusal: tuple[int, Json | str]
) -> None:
    ask = script(answers("ok"), answers("ok"))
    ask.server.blind.update(image_url=refusal, file=refusal)
    assert [ask(ILLUSTRATED).model, ask(ILLUSTRATED).model] == ["openai:model-a"] * 2
    assert ask.server.asked[-1].body["messages"][1]["content"] == "The task."
    without = "write, without pictures and PDFs"
    assert [call.purpose for call in ask.fallback.calls] == ["write", "write, without PDFs", without, without]
    assert [call.outcome.split()[0] for call in ask.fallback.calls] == ["HTTP", "HTTP", "STOP", "STOP"]


def test_a_model_that_takes_no_pdf_still_gets_the_picture(script: Start) -> None:
    ask = script(answers("ok"))
    ask.server.blind["file"] = (400, openai_error("Invalid value: 'file'. Supported values are: 'text', 'image_url'"))
    assert ask(ILLUSTRATED).text == "ok"
    assert [part["type"] for part in ask.server.asked[-1].body["messages"][1]["content"]] == ["text", "image_url"]
    assert [call.purpose for call in ask.fallback.calls] == ["write", "write, without PDFs"]


@pytest.mark.parametrize(
    "reply",
    [
        answers("", finish="content_filter"),
        refuses(400, openai_error("The response was filtered.", "content_filter")),
        refuses(400, openai_error("Your request was rejected by our safety system.", "content_policy_violation")),
        Reply(chunks=(chunk(delta={"refusal": "I cannot help with that."}), chunk(finish="stop"), DONE)),
    ],
    ids=["finish reason", "Azure", "policy", "refusal"],
)
def test_safety_stops_everything(script: Start, reply: Reply) -> None:
    ask = script(reply)
    with pytest.raises(ModelBlocked):
        ask()
    assert ask.models == ["model-a"]


@pytest.mark.parametrize("body", [openai_error("Incorrect API key provided: sk-a***z.", "invalid_api_key"), "No."])
def test_a_refused_key_stops_everything_and_nothing_of_it_is_told(script: Start, body: Json | str) -> None:
    ask = script(refuses(401, body))
    with pytest.raises(ModelKeyRefused, match="secret OPENAI_API_KEY"):
        ask()
    assert ask.models == ["model-a"]
    assert "sk-a" not in ask.log.getvalue()
    assert "the key" not in ask.log.getvalue()


def test_who_pays_is_not_told(script: Start) -> None:
    ask = script(refuses(429, PER_MINUTE, Retry_After="1"), answers("ok"))
    ask()
    assert "Rate limit reached in organization ..." in ask.log.getvalue()
    assert "abc123" not in ask.log.getvalue()


def test_a_region_that_is_not_served_is_one_diagnosis(script: Start) -> None:
    words = openai_error("Country, region, or territory not supported", "unsupported_country_region_territory")
    with pytest.raises(ModelRegionRefused, match="region"):
        script(refuses(403, words))()


def test_when_no_model_answers_every_reason_is_told(script: Start) -> None:
    ask = script(refuses(429, USED_UP), refuses(404, {"error": "no such model"}))
    with pytest.raises(ModelUnavailable) as caught:
        ask()
    told = "openai:model-a: HTTP 429 insufficient_quota (daily quota); openai:maker/model-b:7b: HTTP 404"
    assert told in caught.value.what


def test_a_redirect_takes_the_key_nowhere(script: Start, server: ScriptedOpenAIServer) -> None:
    ask = script(refuses(307, "", Location=f"{server.url}/chat/completions"), answers("ok"))
    assert ask().model == NAMES[1]
    assert len(server.asked) == 2


def test_the_deadline_holds_while_the_model_is_silent(script: Start, wire: OpenAIWire) -> None:
    script(answers("too late", pause=3.0))
    started = time.monotonic()
    with pytest.raises(OutOfTime):
        wire.call(NAMES[0], PROMPT, Deadline(datetime.now(UTC), 0.4))
    assert time.monotonic() - started < 2.5


@pytest.mark.parametrize("sign", [b"", b": OPENROUTER PROCESSING\n\n"], ids=["silent", "only signs of life"])
def test_after_one_silence_the_next_model_is_asked(script: Start, server: ScriptedOpenAIServer, sign: bytes) -> None:
    late = answers("too late", pause=0.05 if sign else 1.0)
    ask = script(replace(late, chunks=(*[sign] * (20 if sign else 0), *late.chunks)), answers("ok"))
    ask = Asking(server, OpenAIWire("the key", server.url, longest_silence=0.3))
    assert ask().model == NAMES[1]
    assert ask.fallback.calls[0].outcome == "the model was silent for too long"


def test_what_came_before_the_deadline_is_kept(script: Start, wire: OpenAIWire) -> None:
    script(answers("first ", "never", pause=0.6))
    answer, _ = wire.call(NAMES[0], PROMPT, Deadline(datetime.now(UTC), 0.9))
    assert answer
    assert (answer.text, answer.finish) == ("first ", "DEADLINE")


def test_after_the_closing_line_only_what_it_cost_is_taken_in(script: Start) -> None:
    ask = script(Reply(chunks=(chunk("a\n<<<DONE t>>>\n"), chunk("and so on"), chunk(finish="length"), costs(), DONE)))
    answer = ask(Prompt("r", (Turn("user", ("t",)),), token="t"))
    assert (answer.text, answer.finish, answer.output_tokens) == ("a\n<<<DONE t>>>\n", "STOP", 10)


def test_one_that_goes_on_after_the_closing_line_is_not_waited_for(script: Start) -> None:
    ask = script(Reply(chunks=(chunk("a\n<<<DONE t>>>\n"), *[chunk("more")] * 200), pause=0.01))
    started = time.monotonic()
    assert ask(Prompt("r", (Turn("user", ("t",)),), token="t")).text == "a\n<<<DONE t>>>\n"
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("begin", ["<think>", "\n<th", "<think>\nA page, <<<DONE t>>>\n"])
def test_thoughts_at_the_beginning_of_the_text_are_no_answer(script: Start, begin: str) -> None:
    rest = "ink>" if begin.endswith("<th") else ""
    ask = script(answers(begin, f"{rest}hm, <b>", "</thi", "nk>a\n<<<DONE t>>>\n", "x"))
    assert ask(Prompt("r", (Turn("user", ("t",)),), token="t")).text == "a\n<<<DONE t>>>\n"


def test_text_that_begins_with_a_mark_of_its_own_is_all_answer(script: Start) -> None:
    assert script(answers("<", "p>", "a<think>"))().text == "<p>a<think>"


def test_the_step_that_writes_the_files__with_a_server_of_ones_own_and_no_key(
    server: ScriptedOpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "<<<FILE TOKEN index.html>>>\n<!doctype html><title>Numbers</title><h1>Numbers</h1>\n<<<END TOKEN>>>\n"
    server.script[:] = [answers(page, "<<<DONE TOKEN>>>\n")]
    server.asked.clear()
    monkeypatch.setattr(server, "key", "none")
    task = Task(email="a@example.org", task="numbers", round=1, nonce="n", brief="A page titled Numbers.")
    keys = Keys.for_repository("a secret for tests", "owner/runner")
    build = BuildRequest.accept(task, keys)
    payload = json.loads(build.payload(build.seal(keys)).model_dump_json())
    (tmp_path / "event.json").write_text(json.dumps({"client_payload": payload}))
    environ = {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "owner/runner",
        "STUDENT_SECRET": "a secret for tests",
        "GEMINI_MODEL": "openai:model-a",
        "OPENAI_BASE_URL": server.url,
        "MAX_CANDIDATES": "0",
    }
    generate.run(environ, Console(io.StringIO()))
    record = BuildRecord.load(tmp_path / "pagewright" / "record.json")
    assert record.generation
    assert record.generation.fallback == ""
    (call,) = record.generation.calls
    assert (call.model, call.outcome, call.input_tokens, call.output_tokens) == ("openai:model-a", "STOP", 11, 10)
    assert b"<h1>Numbers</h1>" in next((tmp_path / "pagewright" / "bundle").rglob("index.html")).read_bytes()
