"""One call to a Gemini model over the Gemini API's wire, streamed; whatever goes wrong becomes an event."""

import math
import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx2
from google import genai
from google.genai import errors, types

from action.deadline import Deadline
from action.errors import OutOfTime
from action.model.door import Answer, CallFailed
from action.model.error_details import event_of
from action.model.placeholders import placeholder_line
from action.model.prompts import Media, Prompt, Turn
from action.model.pump import until_deadline
from action.model.retries import AT_DEADLINE, Event, Kind

LONGEST_SILENCE = 120.0  # seconds without a byte; thinking sends none


@dataclass
class Received:
    """What has arrived so far of one answer."""

    chunks: list[str] = field(default_factory=list)
    finish: str = ""
    blocked: str = ""
    candidates: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    looked_at: int = 0  # chunks in which the last line of an answer was looked for
    tail: str = "\n"  # what of them may be its beginning
    is_example: bool = False

    @property
    def text(self) -> str:
        """The text of the answer."""
        return "".join(self.chunks)

    def add(self, chunk: types.GenerateContentResponse) -> None:
        """Take in one chunk. Only the text of the answer counts, not the model's thoughts."""
        if chunk.prompt_feedback and chunk.prompt_feedback.block_reason:
            self.blocked = str(chunk.prompt_feedback.block_reason.value)
        for candidate in (chunk.candidates or [])[:1]:
            self.candidates += 1
            parts = (candidate.content.parts if candidate.content else None) or []
            self.chunks += [part.text for part in parts if part.text and not part.thought]
            if candidate.finish_reason:
                self.finish = str(candidate.finish_reason.value)
        if usage := chunk.usage_metadata:
            self.input_tokens = usage.prompt_token_count or self.input_tokens
            counts = (usage.candidates_token_count, usage.thoughts_token_count)
            self.output_tokens = sum(count or 0 for count in counts) or self.output_tokens

    def is_closed_by(self, line: str) -> bool:
        """Whether the answer has its last line. After a repeated example, which has it too, the answer still comes.

        Asked after each chunk, so only what is new is looked at.
        """
        recent = self.tail + "".join(self.chunks[self.looked_at :])
        self.looked_at, self.tail = len(self.chunks), recent[-len(line) - 1 :]
        if not line or self.is_example or f"\n{line}\n" not in recent:
            return False
        self.is_example = placeholder_line(self.text) is not None
        return not self.is_example

    def stop_at_deadline(self) -> None:
        """Keep what came in time. Raises OutOfTime when that is nothing."""
        if not self.text.strip():
            raise OutOfTime(
                "The time was up while waiting for the model.",
                "the model is slow or overloaded.",
                "Put a faster model first in the variable GEMINI_MODEL, or run the build again later.",
            )
        self.finish = AT_DEADLINE


class Gemini:
    """Speaks with one provider. Base URL and API version come from the SDK's own environment variables."""

    def __init__(self, api_key: str) -> None:
        # Kept in a variable: a temporary client closes its connections before the first answer.
        self._client = genai.Client(api_key=api_key)

    def call(self, model: str, prompt: Prompt, deadline: Deadline) -> tuple[Answer, Event]:
        """Ask `model` once. Raises CallFailed, and OutOfTime when the deadline passes before any text arrived."""
        started = time.monotonic()
        received = Received()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a finish reason that is newer than the SDK
                for chunk in until_deadline(self._stream(model, prompt, deadline), deadline):
                    received.add(chunk)
                    if received.is_closed_by(prompt.closing):
                        received.finish = received.finish or "STOP"
                        break
        except errors.APIError as error:
            raise CallFailed(event_of(error)) from None
        except httpx2.TransportError as error:
            raise CallFailed(Event(Kind.TRANSPORT, reason=type(error).__name__)) from None
        except (ValueError, httpx2.DecodingError) as error:
            raise CallFailed(Event(Kind.MALFORMED, reason=type(error).__name__)) from None
        if deadline.is_over and not received.finish:
            received.stop_at_deadline()
        event = judge(received, prompt.low_thinking)
        if event.kind is not Kind.FINISHED:
            raise CallFailed(event)
        seconds = time.monotonic() - started
        tokens = (received.input_tokens, received.output_tokens)
        return Answer(received.text, received.finish, model, seconds, *tokens), event

    def _stream(self, model: str, prompt: Prompt, deadline: Deadline) -> Iterable[types.GenerateContentResponse]:
        contents: Any = [content_of(turn) for turn in prompt.turns]
        return self._client.models.generate_content_stream(
            model=model, contents=contents, config=config_of(prompt, deadline.remaining())
        )


def config_of(prompt: Prompt, remaining: float) -> types.GenerateContentConfig:
    """Return what goes with a call. The SDK would tell the server its per-read timeout as the limit for everything."""
    low = types.ThinkingConfig(thinking_level=types.ThinkingLevel.LOW) if prompt.low_thinking else None
    return types.GenerateContentConfig(
        system_instruction=prompt.system,
        thinking_config=low,
        http_options=types.HttpOptions(
            timeout=max(1, int(min(LONGEST_SILENCE, remaining) * 1000)),
            headers={"X-Server-Timeout": str(max(1, math.ceil(remaining)))},
        ),
    )


def content_of(turn: Turn) -> types.Content:
    """Return a turn as the wire wants it."""
    parts = [
        types.Part.from_bytes(data=part.data, mime_type=part.media_type)
        if isinstance(part, Media)
        else types.Part.from_text(text=part)
        for part in turn.parts
    ]
    return types.Content(role=turn.role, parts=parts)


def judge(received: Received, low_thinking: bool) -> Event:
    """Return what an answer that arrived without an error amounts to."""
    if received.blocked:
        return Event(Kind.PROMPT_BLOCKED, reason=received.blocked)
    if not received.candidates:
        return Event(Kind.NO_CANDIDATES)
    if not received.finish or received.finish == "FINISH_REASON_UNSPECIFIED":
        return Event(Kind.NO_FINISH_REASON)  # a stream that was cut ends like one that is complete
    has_text = bool(received.text.strip())
    return Event(Kind.FINISHED, reason=received.finish, has_text=has_text, is_low_thinking=low_thinking)
