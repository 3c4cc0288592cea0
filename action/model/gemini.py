"""One call to a Gemini model over the Gemini API's wire, streamed; whatever goes wrong becomes an event."""

import math
import queue
import re
import threading
import time
import warnings
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx2
from google import genai
from google.genai import errors, types

from action.deadline import Deadline, seconds_asked
from action.errors import OutOfTime
from action.model.fences import circle_begins, placeholder_line
from action.model.interface import Answer
from action.model.lenient_reply import read_reply
from action.model.prompts import Media, Prompt, Turn
from action.model.reply import Reply, done_mark
from action.model.retry_policy import AT_DEADLINE, CLOSED, REPEATED, SHORTEST_CALL, Event, Kind


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


T = TypeVar("T")
Arrivals = queue.SimpleQueue[Any]  # items of a stream, and the error or the END that came in place of one
END = object()


def until_deadline(stream: Iterable[T], deadline: Deadline) -> Generator[T, None, None]:
    """Yield what `stream` yields. At the deadline it simply ends; the thread stops reading with the next item.

    So it does when nobody asks for more: the other side then notices that the connection is closed.
    """
    arrivals: Arrivals = queue.SimpleQueue()
    is_left = threading.Event()
    threading.Thread(target=pump, args=(stream, arrivals, is_left), daemon=True).start()
    try:
        while not deadline.is_over:
            try:
                arrived = arrivals.get(timeout=deadline.remaining())
            except queue.Empty:
                return
            if isinstance(arrived, BaseException):
                raise arrived
            if arrived is END:
                return
            yield arrived
    finally:
        is_left.set()


def pump(stream: Iterable[object], arrivals: Arrivals, is_left: threading.Event) -> None:
    """Move items from the stream to the queue until the stream ends or the reader is gone."""
    try:
        for item in stream:
            arrivals.put(item)
            if is_left.is_set():
                return
        arrivals.put(END)
    except BaseException as error:  # noqa: BLE001 - it is raised again where it belongs, in the reader
        arrivals.put(error)


LONGEST_CIRCLING = 20_000  # characters that only repeat themselves; a table of equal rows may be long, too
SHORTEST_CIRCLING = 1_000  # at the end of an answer that ran out of room
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
    recent: str = "\n"  # the end of them
    circling: int = 0  # characters that only repeat what was there
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
            self.write("".join(part.text for part in parts if part.text and not part.thought))
            if candidate.finish_reason:
                self.finish = str(candidate.finish_reason.value)
        if usage := chunk.usage_metadata:
            self.input_tokens = usage.prompt_token_count or self.input_tokens
            counts = (usage.candidates_token_count, usage.thoughts_token_count)
            self.output_tokens = sum(count or 0 for count in counts) or self.output_tokens

    def write(self, text: str) -> None:
        """Add to the text. What is asked after each chunk is asked of what is new."""
        self.chunks.append(text)
        self.recent = (self.recent + text)[-max(SHORTEST_CIRCLING, len(text)) :]
        circles = circle_begins(self.recent, max(SHORTEST_CIRCLING, len(self.recent))) is not None
        self.circling = self.circling + len(text) if circles else 0

    def is_closed_by(self, line: str) -> bool:
        """Whether the answer has its last line. After a repeated example, which has it too, the answer still comes."""
        if self.is_example or f"\n{line}\n" not in self.recent:
            return False
        self.is_example = placeholder_line(self.text) is not None
        return not self.is_example

    def stop_circling(self) -> None:
        """Cut off what the answer repeats again and again: shown to the model, it would go on with it."""
        begin = circle_begins(self.text, SHORTEST_CIRCLING)
        if begin is not None:
            self.chunks, self.finish = [self.text[:begin]], REPEATED

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

    def __init__(self, api_key: str, longest_silence: float = LONGEST_SILENCE) -> None:
        # Kept in a variable: a temporary client closes its connections before the first answer.
        self._client = genai.Client(api_key=api_key)
        self._longest_silence = longest_silence

    def call(self, model: str, prompt: Prompt, deadline: Deadline) -> tuple[Answer | None, Event]:
        """Ask `model` once. Raises OutOfTime when the deadline passes before any text arrived."""
        received = Received()
        failure = self._receive(received, model, prompt, deadline)
        if deadline.is_over and not received.finish and not failure:
            received.stop_at_deadline()
        if received.finish == "MAX_TOKENS":
            received.stop_circling()
        event = judge(received, prompt.token, failure)
        if event.kind is not Kind.FINISHED:
            return None, event
        return Answer(received.text, event.reason, model, received.input_tokens, received.output_tokens), event

    def _receive(self, received: Received, model: str, prompt: Prompt, deadline: Deadline) -> Event | None:
        """Take in an answer, and return what broke it, if anything did."""
        closing = done_mark(prompt.token)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a finish reason that is newer than the SDK
                for chunk in until_deadline(self._stream(model, prompt, deadline), deadline):
                    received.add(chunk)
                    if received.is_closed_by(closing):
                        received.finish = received.finish or "STOP"
                        break
                    if received.circling > LONGEST_CIRCLING and not received.finish:
                        received.finish = "MAX_TOKENS"  # it would go on until there is no room
                        break
        except errors.APIError as error:
            return event_of(error, prompt.low_thinking)
        except httpx2.TimeoutException:
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


def judge(received: Received, token: str, failure: Event | None) -> Event:
    """Return what an answer amounts to. One that broke, or was cut, has finished when files in it are complete.

    The same question leads to the same recitation, so a file that has begun is enough to ask in other words.
    """
    if received.blocked:
        return Event(Kind.PROMPT_BLOCKED, reason=received.blocked)
    reply = read_reply(received.text, token) if token else Reply()
    has_files = not reply.is_empty or (reply.cut_off is not None and received.finish == "RECITATION")
    has_text, finish = bool(received.text.strip()), received.finish.replace("FINISH_REASON_UNSPECIFIED", "")
    if not finish and not has_files:
        return failure or Event(Kind.NO_FINISH_REASON if received.candidates else Kind.NO_CANDIDATES)
    # A stream that was cut ends like one that is complete.
    return Event(Kind.FINISHED, reason=finish or CLOSED, has_text=has_text, has_files=has_files)
