"""Several models in order of preference: the retry table decides when to wait, when to go on and when to stop."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from action.console import Console
from action.deadline import Deadline
from action.errors import ModelBlocked, ModelKeyRefused, ModelRegionRefused, ModelUnavailable, OutOfTime, UserError
from action.model.interface import OPENAI, OPENAI_URL, Answer, Provider
from action.model.prompts import Prompt, has_media, without_media
from action.model.retry_policy import SHORTEST_CALL, Do, Event, Kind, decide
from action.record import ModelCall

PDF = "application/pdf"


class Providers:
    """A `Provider` for both wires: the name of a model says which one. Its library is imported with the first call."""

    def __init__(self, gemini_key: str, openai_key: str = "", openai_url: str = "") -> None:
        self._gemini_key, self._openai_key, self._openai_url = gemini_key, openai_key, openai_url
        self._gemini: Provider | None = None
        self._openai: Provider | None = None

    def call(self, model: str, prompt: Prompt, deadline: Deadline) -> tuple[Answer | None, Event]:
        """Call the model once. Raises OutOfTime."""
        return (self._over_openai() if is_openai(model) else self._over_gemini()).call(model, prompt, deadline)

    def _over_gemini(self) -> Provider:
        if self._gemini is None:
            from action.model.gemini import Gemini

            self._gemini = Gemini(self._gemini_key)
        return self._gemini

    def _over_openai(self) -> Provider:
        if self._openai is None:
            from action.model.openai_wire import OpenAIWire

            self._openai = OpenAIWire(self._openai_key, self._openai_url or OPENAI_URL)
        return self._openai


def is_openai(model: str) -> bool:
    """Whether a model is asked over OpenAI's wire."""
    return model.startswith(OPENAI)


def needed_keys(models: Iterable[str], openai_url: str) -> tuple[str, ...]:
    """Return the names of the secrets that models need. A server of one's own may want no key."""
    wires = {is_openai(model) for model in models}
    return (*["GEMINI_API_KEY"] * (False in wires), *["OPENAI_API_KEY"] * (True in wires and not openai_url))


def missing_key(models: Iterable[str], gemini_key: str, openai_key: str, openai_url: str) -> str:
    """Return the name of the first secret that models need and that is not there, else nothing."""
    held = {"GEMINI_API_KEY": gemini_key, "OPENAI_API_KEY": openai_key}
    return next((name for name in needed_keys(models, openai_url) if not held[name]), "")


class Fallback:
    """A `Model` that asks each of `names` in turn. What turned out to be gone for the day is not asked again.

    One that was silent goes to the end of the line: two silences take as long as another model's whole answer.
    """

    def __init__(
        self,
        provider: Provider,
        names: tuple[str, ...],
        console: Console,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.calls: list[ModelCall] = []
        self._provider = provider
        self._names = names
        self._console = console
        self._sleep = sleep
        self._gone: dict[str, Event] = {}
        self._without_levels: set[str] = set()  # models that refuse a thinking level
        self._without_media: dict[str, str] = {}  # models that refuse PDFs, or pictures too

    def ask(self, prompt: Prompt, *, deadline: Deadline) -> Answer:
        """Return the first answer. Raises what a `Model` raises."""
        reasons: dict[str, Event] = {}
        line = [name for name in self._names if name not in prompt.avoid]
        for name in line:
            outcome = self._gone.get(name) or self._ask_one(name, prompt, deadline)
            if isinstance(outcome, Answer):
                return outcome
            if outcome.kind is Kind.SILENT:
                self._names = (*(other for other in self._names if other != name), name)
                if name not in reasons:
                    line.append(name)
            reasons[name] = outcome
        raise none_answered(reasons)

    def _ask_one(self, name: str, prompt: Prompt, deadline: Deadline) -> Answer | Event:
        """Return an answer of one model, or what happened when the next one shall be asked."""
        failures, last_start = 0, deadline.for_step(leave=SHORTEST_CALL)
        while True:
            last_start.check("asking a model")
            answer, event = self._call(name, prompt, deadline)
            left = last_start.remaining()
            action = decide(event, failures=failures, remaining=left, low_thinking=prompt.low_thinking)
            if answer and action.do is Do.ACCEPT:
                return answer
            if action.do in {Do.STOP_KEY, Do.STOP_REGION} and (others := self._others(name)):
                self._gone.update(dict.fromkeys(set(self._names) - others, event))
                self._console.line(f"{name}: {event}; models over the other wire are asked")
                return event
            stop_if_needed(action.do, event, name)
            if action.do is Do.NEXT_MODEL:
                if is_gone(event):
                    self._gone[name] = event
                self._console.line(f"{name}: {event}; the next model is asked")
                return event
            if action.do is Do.RETRY_WITH_LOW_THINKING:
                prompt = replace(prompt, low_thinking=True)
            elif action.do is Do.RETRY_WITHOUT_LEVEL:
                self._without_levels.add(name)
            elif action.do is Do.RETRY_WITHOUT_MEDIA:
                is_about_pdfs = name not in self._without_media and has_media(prompt, PDF)
                self._without_media[name] = PDF if is_about_pdfs else ""
            failures += 1
            self._console.line(f"{name}: {event}; {action.do.value} in {action.after:g} s")
            self._sleep(action.after)

    def _others(self, name: str) -> set[str]:
        """Return the models of another wire, so of another key, that may still answer."""
        return {other for other in self._names if is_openai(other) != is_openai(name)} - self._gone.keys()

    def _call(self, name: str, prompt: Prompt, deadline: Deadline) -> tuple[Answer | None, Event]:
        """Call once and record it, whatever comes of it."""
        started = time.monotonic()
        prompt = replace(prompt, low_thinking=prompt.low_thinking and name not in self._without_levels)
        kind = self._without_media.get(name)
        if kind is not None and has_media(prompt, kind):
            without = "without PDFs" if kind else "without pictures and PDFs"
            prompt = replace(without_media(prompt, kind), purpose=f"{prompt.purpose}, {without}")
        try:
            answer, event = self._provider.call(name, prompt, deadline)
        except OutOfTime:
            self._record(name, prompt, "out of time", started)
            raise
        self._record(name, prompt, answer.finish if answer else str(event), started, answer)
        if event.detail:
            self._console.foreign(event.detail)
        return answer, event

    def _record(self, name: str, prompt: Prompt, outcome: str, started: float, answer: Answer | None = None) -> None:
        call = ModelCall(
            model=name,
            purpose=prompt.purpose,
            outcome=outcome,
            seconds=round(time.monotonic() - started, 3),
            input_tokens=answer.input_tokens if answer else None,
            output_tokens=answer.output_tokens if answer else None,
        )
        self.calls.append(call)
        used = f", {call.output_tokens:,} tokens written" if call.output_tokens else ""
        self._console.line(f"{name}: {outcome} after {call.seconds:.1f} s{used}")


def is_gone(event: Event) -> bool:
    """Whether asking this model again within the same build is pointless."""
    return event.is_daily_quota or (event.kind is Kind.STATUS and event.status in {402, 403, 404})


def stop_if_needed(do: Do, event: Event, name: str) -> None:
    """Raise what no other model can cure."""
    if do is Do.STOP_KEY:
        raise key_refused(str(event), name)
    if do is Do.STOP_REGION and is_openai(name):
        raise ModelRegionRefused(
            f"The provider does not serve the region of this machine ({event}).",
            "its address counts as a place that the provider serves nobody in; another runner may have a better one.",
            "Run the build again. If it stays so, name a gateway in the variable OPENAI_BASE_URL.",
        )
    if do is Do.STOP_REGION:
        raise ModelRegionRefused(
            f"The provider does not serve the region of this machine ({event}).",
            "its address counts as a place without the Gemini API; another runner may have a better one.",
            "Run the build again. If it stays so: https://ai.google.dev/gemini-api/docs/available-regions lists the"
            " regions, and GOOGLE_GEMINI_BASE_URL can name a gateway in one of them.",
        )
    if do is Do.STOP_BLOCKED:
        raise ModelBlocked(
            f"The provider's safety rules stopped the request to {name} ({event.reason}).",
            "the brief or an attachment contains something that the provider does not process.",
            "Word the brief differently and send it as a new task.",
        )


def key_refused(told: str, name: str) -> ModelKeyRefused:
    """Return the error for a key that no model accepts."""
    if is_openai(name):
        return ModelKeyRefused(
            f"The provider refuses the model key ({told}).",
            "the secret OPENAI_API_KEY is missing, wrong or expired, or belongs to another server.",
            "Set a key of the server that the variable OPENAI_BASE_URL names as the secret OPENAI_API_KEY.",
        )
    return ModelKeyRefused(
        f"The provider refuses the model key ({told}).",
        "the secret GEMINI_API_KEY is wrong, expired or restricted.",
        "Make a key at https://aistudio.google.com/apikey and set it as the secret GEMINI_API_KEY.",
    )


def none_answered(reasons: dict[str, Event]) -> UserError:
    """Return the error for models of which none works."""
    told = "; ".join(f"{name}: {event}" for name, event in reasons.items()) or "no other model is configured"
    if reasons and all(event.status in {401, 403} or event.is_key_invalid for event in reasons.values()):
        return key_refused(told, next(iter(reasons)))
    return ModelUnavailable(
        f"No model answered ({told}).",
        "the provider is overloaded or unreachable, or the quota of the day is used up.",
        "Name more models in the variable GEMINI_MODEL (each has its own quota), or run the build again later.",
    )
