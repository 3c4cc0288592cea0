"""The real google-genai against a scripted server: each row of the retry table, and what goes over the wire."""

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
from action.model.gemini import Gemini
from action.model.interface import Answer
from action.model.prompts import Media, Prompt, Turn
from tests.embedded.scripted_model import Json, Reply, ScriptedModelServer, event, fails, says, scripted_model

T = "0123456789abcdef"
WHOLE, HALF = "<<<FILE TOKEN a.txt>>>\nwhole\n<<<END TOKEN>>>\n", "<<<FILE TOKEN index.html>>>\n<p>ha"
INDEX = "<<<FILE TOKEN index.html>>>\n<p>\n<<<END TOKEN>>>\n<<<DONE TOKEN>>>"
OVERLOADED = event({"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}})
ASKED = Prompt("The rules.", (Turn("user", (f"The task. <<<DONE {T}>>>",)),), token=T)
NAMES = ("model-a", "model-b")
PROMPT = Prompt("The rules.", (Turn("user", ("The task.",)),))
PER_DAY: list[Json] = [
    {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "quotaValue": "20"}],
    },
    {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "11s"},
]
PER_MINUTE: list[Json] = [
    {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": "RequestsPerMinute"}]},
    {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37.5s"},
]
BAD_KEY: list[Json] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
BLOCKED_KEY: list[Json] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_SERVICE_BLOCKED"}]
NO_PERMISSION = fails(403, "PERMISSION_DENIED", "The caller does not have permission")
WRONG_REGION = "User location is not supported for the API use."


def make_gemini(server: ScriptedModelServer, longest_silence: float = 120.0, **environ: str) -> Gemini:
    """Return a client whose SDK finds the server through its own environment variables."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (
            "GOOGLE_API_KEY",
            "GOOGLE_GENAI_API_VERSION",
            "HTTP_PROXY",
            "http_proxy",
            "ALL_PROXY",
            "all_proxy",
        ):
            patch.delenv(name, raising=False)
        for name, value in {"GOOGLE_GEMINI_BASE_URL": server.url, **environ}.items():
            patch.setenv(name, value)
        return Gemini("the key", longest_silence)


class Asking:
    """A fallback in front of a scripted server. Waits are remembered, not waited."""

    def __init__(self, server: ScriptedModelServer, gemini: Gemini) -> None:
        self.server = server
        self.slept: list[float] = []
        self.log = io.StringIO()
        self.fallback = Fallback(gemini, NAMES, Console(self.log), sleep=self.slept.append)

    def __call__(self, prompt: Prompt = PROMPT, *, seconds: float = 60.0) -> Answer:
        return self.fallback.ask(prompt, deadline=Deadline(datetime.now(UTC), seconds))

    @property
    def models(self) -> list[str]:
        return [asked.model for asked in self.server.asked]


Start = Callable[..., Asking]


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedModelServer]:
    with scripted_model() as running:
        yield running


@pytest.fixture(scope="module")
def gemini(server: ScriptedModelServer) -> Gemini:
    """One client for all tests: making one takes longer than everything that it does here."""
    return make_gemini(server)


@pytest.fixture
def script(server: ScriptedModelServer, gemini: Gemini) -> Start:
    """Set what the server will say."""

    def start(*replies: Reply) -> Asking:
        server.script[:] = replies
        server.asked.clear()
        server.without_levels.clear()
        return Asking(server, gemini)

    return start


def test_an_answer_in_several_chunks_arrives_whole_with_its_costs(script: Start) -> None:
    ask = script(says("Hello ", "wörld", "!"))
    answer = ask()
    assert (answer.text, answer.finish, answer.model) == ("Hello wörld!", "STOP", "model-a")
    assert (answer.input_tokens, answer.output_tokens) == (11, 10)
    assert [call.outcome for call in ask.fallback.calls] == ["STOP"]


def test_what_goes_over_the_wire(script: Start) -> None:
    ask = script(says("ok"))
    ask(
        Prompt(
            "The rules.", (Turn("user", ("The task.", Media("image/png", b"\x89PNG", "a.png"))), Turn("model", ("x",)))
        )
    )
    (asked,) = ask.server.asked
    assert asked.path == "/v1/models/model-a:streamGenerateContent?alt=sse"
    assert asked.headers["x-goog-api-key"] == "the key"
    assert "the key" not in asked.path
    assert 55 <= int(asked.headers["x-server-timeout"]) <= 60
    assert "The rules." in str(asked.body["systemInstruction"])
    assert [turn["role"] for turn in asked.body["contents"]] == ["user", "model"]
    assert "iVBORw==" in str(asked.body["contents"][0])
    assert not {"temperature", "topP", "topK", "thinkingConfig"} & asked.body.get("generationConfig", {}).keys()


def test_the_api_version_comes_from_the_environment(script: Start, server: ScriptedModelServer) -> None:
    script(says("ok"))
    Asking(server, make_gemini(server, GOOGLE_GENAI_API_VERSION="v1beta"))()
    assert server.asked[0].path.startswith("/v1beta/")


def test_an_exhausted_day_leads_to_the_next_model_at_once(script: Start) -> None:
    ask = script(fails(429, "RESOURCE_EXHAUSTED", details=PER_DAY), says("ok"))
    assert ask().model == "model-b"
    assert ask.slept == []


@pytest.mark.parametrize(("status", "name"), [(404, "NOT_FOUND"), (400, "INVALID_ARGUMENT")])
def test_what_a_model_does_not_know_leads_to_the_next_one_at_once(script: Start, status: int, name: str) -> None:
    ask = script(fails(status, name), says("ok"))
    assert ask().model == "model-b"
    assert ask.slept == []


@pytest.mark.parametrize("status", [429, 408, 500, 502, 503, 504, 529])
def test_a_busy_provider_is_asked_again_after_doubling_waits(script: Start, status: int) -> None:
    ask = script(fails(status), fails(status), says("ok"))
    assert ask().model == "model-a"
    assert ask.slept == [2.0, 4.0]


def test_retry_info_says_how_long(script: Start) -> None:
    ask = script(fails(429, details=PER_MINUTE, Retry_After="5"), says("ok"))
    assert ask().model == "model-a"
    assert ask.slept == [37.5]


def test_without_retry_info_the_header_says_how_long(script: Start) -> None:
    ask = script(fails(503, Retry_After="7"), says("ok"))
    ask()
    assert ask.slept == [7.0]


def test_a_wait_beyond_65_seconds_leads_to_the_next_model(script: Start) -> None:
    ask = script(fails(429, Retry_After="66"), says("ok"))
    assert ask(seconds=300).model == "model-b"
    assert ask.slept == []


def test_a_wait_beyond_the_deadline_leads_to_the_next_model(script: Start) -> None:
    ask = script(fails(429, Retry_After="31"), says("ok"))
    assert ask(seconds=30).model == "model-b"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(drop=True),
        Reply(chunks=(event({"candidates": []}),)),
        Reply(chunks=(b"{}",), content_type="application/json"),
        Reply(chunks=(b"<html>Sign in</html>",), content_type="text/html"),
        Reply(chunks=(b"data: {not json\r\n\r\n",)),
        Reply(chunks=()),
        says("cut early", finish=None),
        says("half", "way", finish=None, drop=True),
        says("x", finish="RECITATION"),
        says("", finish="OTHER"),
        says("", finish="MALFORMED_RESPONSE"),
        says("x", finish="A_REASON_OF_TOMORROW"),
        says("", finish="STOP"),
    ],
    ids=[
        "dropped",
        "no candidates",
        "empty object",
        "html",
        "broken json",
        "nothing",
        "no finish reason",
        "dropped in the middle",
        "RECITATION",
        "OTHER",
        "MALFORMED_RESPONSE",
        "unknown reason",
        "STOP without text",
    ],
)
def test_a_hiccup_is_retried_and_then_left_to_the_next_model(script: Start, reply: Reply) -> None:
    ask = script(reply, reply, reply, says("ok"))
    assert ask().text == "ok"
    assert ask.models == ["model-a", "model-a", "model-a", "model-b"]
    assert ask.slept == [1.0, 2.0]


def test_an_error_in_the_middle_of_a_stream_is_retried(script: Start) -> None:
    ask = script(Reply(chunks=(says("half", finish=None).chunks[0], OVERLOADED)), says("ok"))
    assert ask().text == "ok"
    assert ask.models == ["model-a", "model-a"]


@pytest.mark.parametrize(
    ("answer", "finish"),
    [
        (says(WHOLE, HALF, finish="RECITATION"), "RECITATION"),
        (says(HALF, finish="RECITATION"), "RECITATION"),
        (says(WHOLE, HALF, finish="SAFETY"), "SAFETY"),
        (says(WHOLE, HALF, finish="A_REASON_OF_TOMORROW"), "A_REASON_OF_TOMORROW"),
        (says(WHOLE, HALF, finish=None), "CLOSED"),
        (says(WHOLE, HALF, finish=None, drop=True), "CLOSED"),
        (Reply(chunks=(*says(WHOLE, HALF, finish=None).chunks, OVERLOADED)), "CLOSED"),
        (says('{"files": {"a.txt": "whole", "index.html": "<p>ha', finish=None), "CLOSED"),
    ],
    ids=["RECITATION", "RECITATION at once", "SAFETY", "tomorrow", "closed", "dropped", "overloaded", "JSON"],
)
def test_complete_files_of_a_broken_answer_are_kept_and_the_rest_is_asked_for(
    script: Start, answer: Reply, finish: str
) -> None:
    ask = script(answer, says(INDEX))
    written = ask_for_files(ask.fallback, ASKED, soon(60))
    assert {"a.txt": "whole\n", **written.reply.files} == {"a.txt": "whole\n", "index.html": "<p>\n"}
    assert [call.outcome for call in ask.fallback.calls] == [finish, "STOP"]
    assert len(ask.server.asked[1].body["contents"]) == 3  # not the same question again
    assert ask.models == ["model-a", "model-a"]


LINE = "    <li>and so on</li>\n"


@pytest.mark.parametrize("passage", [LINE, "a\nb\nc\n", "x, "], ids=["a line", "a few lines", "within a line"])
def test_what_is_repeated_until_there_is_no_room_is_cut_and_the_file_asked_for_again(
    script: Start, passage: str
) -> None:
    ask = script(says(WHOLE, HALF, passage * 400, finish="MAX_TOKENS"), says(INDEX))
    written = ask_for_files(ask.fallback, ASKED, soon(60))
    assert written.reply.files == {"a.txt": "whole\n", "index.html": "<p>\n"}
    _, answer, question = ask.server.asked[1].body["contents"]
    assert answer["parts"][0]["text"].count(passage.strip()) == 1
    assert "index.html was cut" in question["parts"][0]["text"]
    assert "repeated one passage over and over" in question["parts"][0]["text"]
    assert [call.outcome for call in ask.fallback.calls] == ["REPEATED", "STOP"]


def test_a_repetition_that_does_not_end_is_not_read_to_its_end(script: Start) -> None:
    ask = script(says(HALF, *[LINE * 100] * 12, "the end", pause=0.001), says(INDEX))
    assert ask_for_files(ask.fallback, ASKED, soon(60)).reply.files == {"index.html": "<p>\n"}
    assert ask.fallback.calls[0].outcome == "REPEATED"


def test_a_table_of_equal_lines_is_no_repetition(script: Start) -> None:
    rows = "0,0,0,0\n" * 100
    ask = script(says("<<<FILE TOKEN a.csv>>>\n", *[rows] * 20, "<<<END TOKEN>>>\n<<<DONE TOKEN>>>"))
    assert ask_for_files(ask.fallback, ASKED, soon(60)).reply.files == {"a.csv": rows * 20}


def test_safety_before_any_file_is_complete_stops_everything(script: Start) -> None:
    ask = script(says(HALF, finish="SAFETY"))
    with pytest.raises(ModelBlocked):
        ask_for_files(ask.fallback, ASKED, soon(60))


def test_a_cut_off_answer_is_returned_as_such(script: Start) -> None:
    answer = script(says("half", finish="MAX_TOKENS"))()
    assert (answer.text, answer.finish) == ("half", "MAX_TOKENS")


def test_all_thinking_and_no_text_is_asked_for_once_more_with_low_thinking(script: Start) -> None:
    ask = script(says("", finish="MAX_TOKENS"), says("", finish="MAX_TOKENS"), says("ok"))
    assert ask().model == "model-b"
    thinking = [asked.body.get("generationConfig", {}).get("thinkingConfig") for asked in ask.server.asked]
    assert [str(entry).upper().count("LOW") for entry in thinking] == [0, 1, 0]


def test_a_model_that_refuses_thinking_levels_is_asked_without_and_not_bothered_again(script: Start) -> None:
    ask = script(says("ok"), says("ok"))
    ask.server.without_levels.add("model-a")
    low = replace(PROMPT, low_thinking=True)
    assert [ask(low).model, ask(low).model] == ["model-a", "model-a"]
    assert ask.models == ["model-a"] * 3  # refused, without, and at once without
    assert ask.slept == [0.0]


def test_all_thinking_of_a_model_that_refuses_thinking_levels_leads_to_the_next_one(script: Start) -> None:
    ask = script(says("", finish="MAX_TOKENS"), says("", finish="MAX_TOKENS"), says("ok"))
    ask.server.without_levels.add("model-a")
    assert ask().model == "model-b"
    assert ask.models == ["model-a"] * 3 + ["model-b"]


@pytest.mark.parametrize("reason", ["SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII"])
def test_safety_stops_everything(script: Start, reason: str) -> None:
    ask = script(says("", finish=reason))
    with pytest.raises(ModelBlocked, match=reason):
        ask()
    assert ask.models == ["model-a"]


def test_a_blocked_prompt_stops_everything(script: Start) -> None:
    ask = script(Reply(chunks=(event({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}),)))
    with pytest.raises(ModelBlocked, match="PROHIBITED_CONTENT"):
        ask()


@pytest.mark.parametrize("reply", [fails(401), fails(403, details=BLOCKED_KEY), fails(400, details=BAD_KEY)])
def test_a_refused_key_stops_everything_and_says_what_to_do(script: Start, reply: Reply) -> None:
    ask = script(reply)
    with pytest.raises(ModelKeyRefused, match="secret GEMINI_API_KEY"):
        ask()
    assert ask.models == ["model-a"]
    assert "the key" not in ask.log.getvalue()


def test_a_permission_that_is_missing_for_one_model_says_nothing_about_the_others(script: Start) -> None:
    ask = script(NO_PERMISSION, says("ok"), says("ok"))
    assert [ask().model, ask().model] == ["model-b", "model-b"]
    assert ask.models == ["model-a", "model-b", "model-b"]


def test_a_permission_that_is_missing_for_every_model_is_the_key(script: Start) -> None:
    ask = script(NO_PERMISSION, NO_PERMISSION)
    with pytest.raises(ModelKeyRefused, match="model-a: HTTP 403 PERMISSION_DENIED; model-b: HTTP 403"):
        ask()


@pytest.mark.parametrize("reply", [fails(400, "FAILED_PRECONDITION", WRONG_REGION), fails(403, "", WRONG_REGION)])
def test_a_region_that_is_not_served_is_one_diagnosis(script: Start, reply: Reply) -> None:
    ask = script(reply)
    with pytest.raises(ModelRegionRefused, match="region"):
        ask()
    assert ask.models == ["model-a"]


def test_when_no_model_answers_every_reason_is_told(script: Start) -> None:
    ask = script(fails(429, "RESOURCE_EXHAUSTED", details=PER_DAY), fails(404, "NOT_FOUND"))
    with pytest.raises(ModelUnavailable) as caught:
        ask()
    assert "model-a: HTTP 429 RESOURCE_EXHAUSTED (daily quota); model-b: HTTP 404 NOT_FOUND" in caught.value.what


def test_what_is_too_little_time_for_gemini_is_no_time(script: Start) -> None:
    ask = script(says("ok"))
    with pytest.raises(OutOfTime):
        ask(seconds=9.9)
    assert ask.models == []
    assert ask(seconds=10.9).text == "ok"


def test_a_wait_after_which_gemini_would_refuse_the_deadline_leads_to_the_next_model(script: Start) -> None:
    ask = script(fails(429, Retry_After="21"), says("ok"))
    assert ask(seconds=30).model == "model-b"
    assert ask.slept == []


def soon(seconds: float) -> Deadline:
    return Deadline(datetime.now(UTC), seconds)


def test_the_deadline_holds_while_the_model_is_silent(script: Start, gemini: Gemini) -> None:
    script(says("too late", pause=3.0))
    started = time.monotonic()
    with pytest.raises(OutOfTime):
        gemini.call("model-a", PROMPT, soon(0.4))
    assert time.monotonic() - started < 2.5


def test_after_one_silence_the_next_model_is_asked_and_the_silent_one_last(
    script: Start, server: ScriptedModelServer
) -> None:
    script(says("too late", pause=2.0), says("ok"), says("ok"))
    ask = Asking(server, make_gemini(server, longest_silence=0.2))
    assert [ask().model, ask().model] == ["model-b", "model-b"]
    assert ask.models == ["model-a", "model-b", "model-b"]
    assert ask.slept == []
    assert ask.fallback.calls[0].outcome == "the model was silent for too long"


def test_what_came_before_the_deadline_is_kept(script: Start, gemini: Gemini) -> None:
    script(says("first ", "never", pause=0.6))
    answer, _ = gemini.call("model-a", PROMPT, soon(0.9))
    assert answer
    assert (answer.text, answer.finish) == ("first ", "DEADLINE")


def test_nothing_is_read_after_the_closing_line(script: Start) -> None:
    ask = script(says("a\n<<<DONE t>>>\n", "and so on"))
    answer = ask(Prompt("r", (Turn("user", ("t",)),), token="t"))
    assert (answer.text, answer.finish) == ("a\n<<<DONE t>>>\n", "STOP")


def test_a_model_that_recites_the_question_after_its_last_file_is_not_heard_out(script: Start) -> None:
    ended = "<<<FILE t a.txt>>>\na\n# Your reply\n<<<END t>>>\n"
    ask = script(says(ended, "\n# Your reply\n", "\nWrite whole files.\n<<<FILE t a.txt>>>\n"))
    answer = ask(Prompt("r", (Turn("user", ("t",)),), token="t"))
    assert (answer.text, answer.finish) == (ended + "\n# Your reply\n", "STOP")


def test_a_model_that_goes_on_to_explain_its_files_is_not_heard_out(script: Start) -> None:
    ended, talk = f"<<<FILE t a.txt>>>\n{'a' * 5000}\n<<<END t>>>\n", "It is a page, and a good one. " * 30
    ask = script(says(ended, talk, "\n<<<FILE t b.txt>>>\nb\n<<<END t>>>\n", *[talk] * 9))
    answer = ask(Prompt("r", (Turn("user", ("t",)),), token="t"))
    assert answer.text.count(talk) == 5
    assert answer.finish == "STOP"


def test_a_model_that_repeats_the_example_first_is_heard_out(script: Start) -> None:
    parts = ("[the content of a.txt]\n<<<DONE t>>>\n", "a\n<<<DONE t>>>\n")
    assert script(says(*parts))(Prompt("r", (Turn("user", ("t",)),), token="t")).text == "".join(parts)
