"""One call to a model over the wire that OpenAI's servers and many others speak, streamed; what goes wrong is an event.

Servers differ: what one of them does not know (a field, a picture) is left out for it, and asked without.
"""

import base64
import re
import time
import weakref
from collections.abc import Iterable
from typing import Any

import openai
from openai.types.chat import ChatCompletionChunk

from action.deadline import Deadline, seconds_asked
from action.model.interface import (
    LONGEST_SILENCE,
    OPENAI,
    OPENAI_URL,
    Answer,
    Received,
    conclude,
    take_in,
)
from action.model.prompts import Media, Prompt, Turn, has_media
from action.model.retry_policy import Event, Kind

NO_KEY = "none"  # the SDK wants one; servers of one's own often do not
FINISH = {"stop": "STOP", "eos_token": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY", "error": ""}
ROLES = {"user": "user", "model": "assistant"}
BLOCKED = frozenset({"content_filter", "content_policy_violation", "invalid_prompt"})
USED_UP = re.compile(r"quota|credits|usage|budget", re.IGNORECASE)
FOR_THE_DAY = re.compile(r"insufficient_quota|per[- ]day|daily", re.IGNORECASE)
ABOUT_MEDIA = re.compile(r"image|multi-?modal|vision|mmproj|pdf|\bfiles?\b", re.IGNORECASE)
ABOUT_LEVEL = re.compile(r"reasoning|think", re.IGNORECASE)
# What an error may say of the account: a part of the key, and who pays.
PRIVATE = re.compile(r"\b(?:sk|org|proj|user|key)[-_][\w*.-]+|(?<=provided: )\S+")


class OpenAIWire:
    """Speaks with one server. `models` come with the prefix that tells the wires apart."""

    def __init__(self, api_key: str, url: str = OPENAI_URL, longest_silence: float = LONGEST_SILENCE) -> None:
        client = openai.DefaultHttpxClient(follow_redirects=False)  # the key goes to this server only
        weakref.finalize(self, client.close)
        self._client = openai.OpenAI(api_key=api_key or NO_KEY, base_url=url, max_retries=0, http_client=client)
        self._longest_silence = longest_silence
        self._tells_costs = True

    def call(self, model: str, prompt: Prompt, deadline: Deadline) -> tuple[Answer | None, Event]:
        """Ask `model` once. Raises OutOfTime when the deadline passes before any text arrived."""
        received = Received()
        failure = self._receive(received, model, prompt, deadline)
        if failure and self._tells_costs and failure.status in {400, 422} and "stream_options" in failure.detail:
            self._tells_costs, received = False, Received()
            failure = self._receive(received, model, prompt, deadline)
        return conclude(received, model, prompt, failure, deadline)

    def _receive(self, received: Received, model: str, prompt: Prompt, deadline: Deadline) -> Event | None:
        """Take in an answer, and return what broke it, if anything did."""
        reading = Reading()
        silence = self._longest_silence
        try:
            stream = self._stream(model, prompt, deadline)
            take_in(received, stream, reading.add, prompt.token, deadline, silence, costs_come_last=True)
        except openai.APIStatusError as error:
            return event_of(error.status_code, error.body, dict(error.response.headers), prompt)
        except (openai.APITimeoutError, TimeoutError):
            return Event(Kind.SILENT)
        except openai.APIConnectionError as error:
            return Event(Kind.TRANSPORT, reason=type(error.__cause__ or error).__name__)
        except openai.APIError as error:  # in the middle of a stream
            status = (error.body or {}).get("code") if isinstance(error.body, dict) else None
            return event_of(status if isinstance(status, int) else 500, error.body, {}, prompt)
        except (ValueError, TypeError, AttributeError, openai.OpenAIError) as error:
            return Event(Kind.MALFORMED, reason=type(error).__name__)
        return None

    def _stream(self, model: str, prompt: Prompt, deadline: Deadline) -> Iterable[ChatCompletionChunk]:
        """Yield what comes. It is asked for with the first item, so that a silent server does not hold up the rest."""
        more: dict[str, Any] = {"stream_options": {"include_usage": True}} if self._tells_costs else {}
        if prompt.low_thinking:
            more["reasoning_effort"] = "low"
        messages: Any = [{"role": "system", "content": prompt.system}, *map(message_of, prompt.turns)]
        yield from self._client.chat.completions.create(
            model=model.removeprefix(OPENAI),
            messages=messages,
            stream=True,
            timeout=max(0.001, min(self._longest_silence, deadline.remaining())),
            **more,
        )


class Reading:
    """Takes in chunks. A model's thoughts do not count, also where they stand at the beginning of the text."""

    def __init__(self) -> None:
        self._held = ""
        self._is_answer = False

    def add(self, received: Received, chunk: ChatCompletionChunk) -> None:
        """Take in one chunk."""
        for choice in (chunk.choices or [])[:1]:
            received.candidates += 1
            if choice.delta and choice.delta.content:
                received.write(self._without_thoughts(choice.delta.content))
            if choice.delta and choice.delta.refusal:
                received.blocked = "refusal"
            if choice.finish_reason and not received.is_closed:
                received.finish = FINISH.get(choice.finish_reason, choice.finish_reason.upper())
        if chunk.usage:
            received.input_tokens, received.output_tokens = chunk.usage.prompt_tokens, chunk.usage.completion_tokens

    def _without_thoughts(self, text: str) -> str:
        if self._is_answer:
            return text
        self._held += text
        begin = self._held.lstrip()
        if begin.startswith("<think>"):
            _, mark, answer = begin.partition("</think>")
            self._is_answer = bool(mark)
            return answer
        self._is_answer = not "<think>".startswith(begin)
        return self._held if self._is_answer else ""


def message_of(turn: Turn) -> dict[str, Any]:
    """Return a turn as the wire wants it: plain text where there is only text, which every server understands."""
    role = ROLES[turn.role]
    if all(isinstance(part, str) for part in turn.parts):
        return {"role": role, "content": "\n\n".join(map(str, turn.parts))}
    return {"role": role, "content": [part_of(part) for part in turn.parts]}


def part_of(part: str | Media) -> dict[str, Any]:
    """Return a part of a message."""
    if isinstance(part, str):
        return {"type": "text", "text": part}
    address = f"data:{part.media_type};base64,{base64.b64encode(part.data).decode()}"
    if part.media_type == "application/pdf":
        return {"type": "file", "file": {"filename": part.name, "file_data": address}}
    return {"type": "image_url", "image_url": {"url": address}}


def event_of(status: int, body: object, headers: dict[str, str], prompt: Prompt) -> Event:
    """Return the event that an error stands for, in OpenAI's form, Ollama's, vLLM's or a proxy's."""
    code, message = words_of(body)
    if code in BLOCKED:
        return Event(Kind.PROMPT_BLOCKED, reason=code)
    media = has_media(prompt) and (
        status in {400, 413, 415, 422} or (status in {404, 500, 501} and ABOUT_MEDIA.search(message) is not None)
    )
    level = prompt.low_thinking and status in {400, 422} and ABOUT_LEVEL.search(message) is not None
    wait, said = seconds_asked(headers.get("retry-after", ""), time.time()), f"{code} {message}"
    # Some call what comes back within a minute a quota, too: they say when.
    is_used_up = FOR_THE_DAY.search(said) or (wait is None and USED_UP.search(said))
    return Event(
        Kind.STATUS,
        status=status,
        reason=code if code.isascii() and code.isprintable() and not code.isdigit() else "",
        wait=wait,
        is_daily_quota=status == 402 or (status == 429 and bool(is_used_up)),
        is_key_invalid=code == "invalid_api_key",
        is_region_refused=code == "unsupported_country_region_territory",
        refuses_level=level,
        refuses_media=media and not level and "stream_options" not in message,
        detail=PRIVATE.sub("...", " ".join(message.split())[:2_000])[:300],
    )


def words_of(body: object) -> tuple[str, str]:
    """Return the code and the message of an error: `{"error": {...}}`, `{"error": "..."}`, flat, or plain text."""
    inner = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(inner, dict):
        return "", str(inner or "")
    message = inner.get("message") or inner.get("detail") or ""
    code = inner.get("code") or inner.get("type") or ""
    return str(code)[:100], str(message)
