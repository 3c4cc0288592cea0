"""The fallback: waits, changes of the model and stops, with a scripted provider and no waiting."""

import io
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from action.console import Console
from action.deadline import Deadline
from action.errors import ModelBlocked, ModelKeyRefused, ModelUnavailable, OutOfTime
from action.model.fallback import Fallback
from action.model.interface import Answer
from action.model.prompts import Prompt, Turn
from action.model.retry_policy import Event, Kind

PROMPT = Prompt("rules", (Turn("user", ("task",)),))
GOOD = (Answer("text", "STOP", "m", 10, 20), Event(Kind.FINISHED, reason="STOP", has_text=True))
BUSY = Event(Kind.STATUS, status=503, reason="UNAVAILABLE")
USED_UP = Event(Kind.STATUS, status=429, is_daily_quota=True)
THOUGHT_ONLY = (Answer("", "MAX_TOKENS", "m"), Event(Kind.FINISHED, reason="MAX_TOKENS"))

Step = Event | tuple[Answer, Event] | OutOfTime


class ScriptedProvider:
    """Answers with the next step of the script and remembers what it was asked."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.asked: list[str] = []
        self.prompts: list[Prompt] = []

    def call(self, model: str, prompt: Prompt, deadline: Deadline) -> tuple[Answer | None, Event]:
        self.asked.append(model)
        self.prompts.append(prompt)
        step = self.steps.pop(0)
        if isinstance(step, Event):
            return None, step
        if isinstance(step, OutOfTime):
            raise step
        return step


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def deadline(self, seconds: float = 300.0) -> Deadline:
        return Deadline(datetime.fromtimestamp(self.now, UTC), seconds, lambda: self.now)


def fallback(provider: ScriptedProvider, time: Time, out: io.StringIO | None = None) -> Fallback:
    return Fallback(provider, ("first", "second"), Console(out or io.StringIO()), sleep=time.sleep)


def test_the_first_model_answers() -> None:
    provider, time = ScriptedProvider(GOOD), Time()
    assert fallback(provider, time).ask(PROMPT, deadline=time.deadline()).text == "text"
    assert (provider.asked, time.slept) == (["first"], [])


def test_a_busy_model_is_waited_for() -> None:
    provider, time = ScriptedProvider(BUSY, BUSY, GOOD), Time()
    fallback(provider, time).ask(PROMPT, deadline=time.deadline())
    assert (provider.asked, time.slept) == (["first"] * 3, [2.0, 4.0])


def test_a_used_up_model_is_left_at_once_and_not_asked_again_in_this_build() -> None:
    provider, time = ScriptedProvider(USED_UP, GOOD, GOOD), Time()
    models = fallback(provider, time)
    models.ask(PROMPT, deadline=time.deadline())
    models.ask(PROMPT, deadline=time.deadline())
    assert (provider.asked, time.slept) == (["first", "second", "second"], [])


def test_all_thinking_and_no_text_is_asked_again_with_low_thinking() -> None:
    provider, time = ScriptedProvider(THOUGHT_ONLY, GOOD), Time()
    fallback(provider, time).ask(PROMPT, deadline=time.deadline())
    assert [prompt.low_thinking for prompt in provider.prompts] == [False, True]


def test_the_next_model_gets_the_question_as_it_was() -> None:
    provider, time = ScriptedProvider(THOUGHT_ONLY, THOUGHT_ONLY, GOOD), Time()
    fallback(provider, time).ask(PROMPT, deadline=time.deadline())
    assert [(name, prompt.low_thinking) for name, prompt in zip(provider.asked, provider.prompts, strict=True)] == [
        ("first", False),
        ("first", True),
        ("second", False),
    ]


def test_a_silent_model_gets_a_second_chance_when_nobody_else_answers() -> None:
    silent, gone = Event(Kind.SILENT), Event(Kind.STATUS, status=404)
    provider, time = ScriptedProvider(silent, gone, silent), Time()
    with pytest.raises(ModelUnavailable, match="first: the model was silent for too long; second: HTTP 404"):
        fallback(provider, time).ask(PROMPT, deadline=time.deadline())
    assert provider.asked == ["first", "second", "first"]


def test_no_model_answers() -> None:
    provider, time = ScriptedProvider(USED_UP, Event(Kind.STATUS, status=404, reason="NOT_FOUND")), Time()
    with pytest.raises(ModelUnavailable) as caught:
        fallback(provider, time).ask(PROMPT, deadline=time.deadline())
    assert "first: HTTP 429 (daily quota); second: HTTP 404 NOT_FOUND" in caught.value.what


def test_models_to_avoid_are_not_asked() -> None:
    provider, time = ScriptedProvider(GOOD), Time()
    prompt = Prompt("rules", PROMPT.turns, avoid=frozenset({"first"}))
    fallback(provider, time).ask(prompt, deadline=time.deadline())
    assert provider.asked == ["second"]


def test_a_refused_key_stops_everything() -> None:
    provider, time = ScriptedProvider(Event(Kind.STATUS, status=400, is_key_invalid=True)), Time()
    with pytest.raises(ModelKeyRefused, match="GEMINI_API_KEY"):
        fallback(provider, time).ask(PROMPT, deadline=time.deadline())


def test_a_blocked_prompt_stops_everything() -> None:
    provider, time = ScriptedProvider(Event(Kind.PROMPT_BLOCKED, reason="SAFETY")), Time()
    with pytest.raises(ModelBlocked, match="SAFETY"):
        fallback(provider, time).ask(PROMPT, deadline=time.deadline())


def test_the_deadline_holds_between_calls() -> None:
    provider, time = ScriptedProvider(*[BUSY] * 6), Time()
    with pytest.raises((OutOfTime, ModelUnavailable)):
        fallback(provider, time).ask(PROMPT, deadline=time.deadline(19.0))
    assert sum(time.slept) < 9.0  # the last ten are too few for a call


def test_every_call_is_recorded_also_those_that_failed() -> None:
    provider, time = ScriptedProvider(BUSY, GOOD), Time()
    models = fallback(provider, time)
    models.ask(PROMPT, deadline=time.deadline())
    told = [(call.model, call.outcome, call.input_tokens, call.output_tokens) for call in models.calls]
    assert told == [("first", "HTTP 503 UNAVAILABLE", None, None), ("first", "STOP", 10, 20)]
    assert all(0 <= call.seconds < 5 for call in models.calls)


def test_a_call_that_ran_out_of_time_is_recorded_too() -> None:
    provider, time = ScriptedProvider(OutOfTime("Late.", "slow.", "faster.")), Time()
    models = fallback(provider, time)
    with pytest.raises(OutOfTime):
        models.ask(PROMPT, deadline=time.deadline())
    assert [call.outcome for call in models.calls] == ["out of time"]


def test_what_a_provider_says_cannot_command_the_runner() -> None:
    out, time = io.StringIO(), Time()
    provider = ScriptedProvider(Event(Kind.STATUS, status=404, detail="::error::owned"), GOOD)
    fallback(provider, time, out).ask(PROMPT, deadline=time.deadline())
    lines = out.getvalue().splitlines()
    said = lines.index("::error::owned")
    assert lines[said - 1].startswith("::stop-commands::")
    assert lines[said + 1] == f"::{lines[said - 1].removeprefix('::stop-commands::')}::"


def mixed(provider: ScriptedProvider, time: Time) -> Fallback:
    names = ("first", "openai:second", "third", "openai:fourth")
    return Fallback(provider, names, Console(io.StringIO()), sleep=time.sleep)


BAD_KEY = Event(Kind.STATUS, status=401, is_key_invalid=True)


def test_a_refused_key_leaves_the_models_of_the_other_wire() -> None:
    provider, time = ScriptedProvider(BAD_KEY, GOOD, GOOD), Time()
    models = mixed(provider, time)
    models.ask(PROMPT, deadline=time.deadline())
    models.ask(PROMPT, deadline=time.deadline())
    assert provider.asked == ["first", "openai:second", "openai:second"]  # the third has the key of the first


def test_both_keys_refused__the_first_one_s_secret_is_named() -> None:
    provider, time = ScriptedProvider(BAD_KEY, BAD_KEY), Time()
    with pytest.raises(ModelKeyRefused, match="secret OPENAI_API_KEY"):
        mixed(provider, time).ask(PROMPT, deadline=time.deadline())
    assert provider.asked == ["first", "openai:second"]


def test_a_library_is_imported_with_the_first_call_of_its_wire() -> None:
    program = (
        "import sys; from action.model.fallback import Providers; import action.steps.generate, action.steps.make_task;"
        "Providers('key', 'key', 'https://localhost/v1');"
        "print([name for name in ('google.genai', 'openai', 'httpx2') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
