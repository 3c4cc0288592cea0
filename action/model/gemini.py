"""One call to a Gemini model over the Gemini API's wire, streamed; whatever goes wrong becomes an event."""

import math
import re
import time
import warnings
from collections.abc import Iterable
from typing import Any

import httpx2
from google import genai
from google.genai import errors, types

from action.deadline import Deadline, seconds_asked
from action.model.interface import LONGEST_SILENCE, Answer, Received, conclude, take_in
from action.model.prompts import Media, Prompt, Turn
from action.model.retry_policy import SHORTEST_CALL, Event, Kind


def event_of(error: errors.APIError, low_thinking: bool) -> Event:
    """Return the event that an error of the SDK stands for."""
    details = details_of(error.details)
    is_about_key = any(str(detail.get("reason", "")).startswith("API_KEY_") for detail in details)
    quotas = [str(violation) for detail in details for violation in as_list(detail.get("violations"))]
    message = str(error.message or "")
    return Event(
        Kind.STATUS,
        status=int(error.code or 0),
        reason=str(error.status or ""),
        wait=wait_of(details, getattr(error.response, "headers", None) or {}),
        is_daily_quota=error.code == 429 and any("perday" in quota.lower().replace("_", "") for quota in quotas),
        is_key_invalid=is_about_key or "API_KEY_INVALID" in message,
        is_region_refused="user location is not supported" in message.lower(),
        refuses_level=low_thinking and error.code == 400 and "thinking" in message.lower(),
        detail=re.sub(r"projects?[/ ]\S+", "project ...", " ".join(message.split()))[:300],
    )


def details_of(body: Any) -> list[dict[str, Any]]:
    """Return the entries of error.details, wherever a gateway put them."""
    if isinstance(body, list):
        body = body[0] if body else {}
    inner = body.get("error", body) if isinstance(body, dict) else {}
    return [
        entry for entry in as_list(inner.get("details") if isinstance(inner, dict) else None) if isinstance(entry, dict)
    ]


def as_list(value: Any) -> list[Any]:
    """Return a list, also for what is none."""
    return value if isinstance(value, list) else []


def wait_of(details: list[dict[str, Any]], headers: Any) -> float | None:
    """Return the seconds to wait: RetryInfo, else Retry-After (in seconds or as a date), else None."""
    for detail in details:
        if match := re.fullmatch(r"(\d+(?:\.\d+)?)s", str(detail.get("retryDelay", ""))):
            return float(match[1])
    return seconds_asked(str(headers.get("retry-after", "")), time.time())


def add(received: Received, chunk: types.GenerateContentResponse) -> None:
    """Take in one chunk. Only the text of the answer counts, not the model's thoughts."""
    if chunk.prompt_feedback and chunk.prompt_feedback.block_reason:
        received.blocked = str(chunk.prompt_feedback.block_reason.value)
    for candidate in (chunk.candidates or [])[:1]:
        received.candidates += 1
        parts = (candidate.content.parts if candidate.content else None) or []
        received.write("".join(part.text for part in parts if part.text and not part.thought))
        if candidate.finish_reason:
            received.finish = str(candidate.finish_reason.value)
    if usage := chunk.usage_metadata:
        received.input_tokens = usage.prompt_token_count or received.input_tokens
        counts = (usage.candidates_token_count, usage.thoughts_token_count)
        received.output_tokens = sum(count or 0 for count in counts) or received.output_tokens


class Gemini:
    """Speaks with one provider. Base URL and API version come from the SDK's own environment variables."""

    def __init__(self, api_key: str, longest_silence: float = LONGEST_SILENCE) -> None:
        # Kept in a variable: a temporary client closes its connections before the first answer.
        self._client = genai.Client(api_key=api_key)
        self._longest_silence = longest_silence

    def call(self, model: str, prompt: Prompt, deadline: Deadline) -> tuple[Answer | None, Event]:
        """Ask `model` once. Raises OutOfTime when the deadline passes before any text arrived."""
        received = Received()
        return conclude(received, model, prompt, self._receive(received, model, prompt, deadline), deadline)

    def _receive(self, received: Received, model: str, prompt: Prompt, deadline: Deadline) -> Event | None:
        """Take in an answer, and return what broke it, if anything did."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a finish reason that is newer than the SDK
                stream = self._stream(model, prompt, deadline)
                take_in(received, stream, add, prompt.token, deadline, self._longest_silence)
        except errors.APIError as error:
            return event_of(error, prompt.low_thinking)
        except (httpx2.TimeoutException, TimeoutError):
            return Event(Kind.SILENT)
        except httpx2.TransportError as error:
            return Event(Kind.TRANSPORT, reason=type(error).__name__)
        except (ValueError, httpx2.DecodingError) as error:
            return Event(Kind.MALFORMED, reason=type(error).__name__)
        return None

    def _stream(self, model: str, prompt: Prompt, deadline: Deadline) -> Iterable[types.GenerateContentResponse]:
        contents: Any = [content_of(turn) for turn in prompt.turns]
        return self._client.models.generate_content_stream(
            model=model, contents=contents, config=config_of(prompt, deadline.remaining(), self._longest_silence)
        )


def config_of(prompt: Prompt, remaining: float, longest_silence: float) -> types.GenerateContentConfig:
    """Return what goes with a call. The SDK would tell the server its per-read timeout as the limit for everything."""
    low = types.ThinkingConfig(thinking_level=types.ThinkingLevel.LOW) if prompt.low_thinking else None
    return types.GenerateContentConfig(
        system_instruction=prompt.system,
        thinking_config=low,
        http_options=types.HttpOptions(
            timeout=max(1, int(min(longest_silence, remaining) * 1000)),
            headers={"X-Server-Timeout": str(math.ceil(max(SHORTEST_CALL, remaining)))},
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
