"""The door to the model: what is asked of it, what an answer is, and how one that arrives in pieces is taken in."""

import math
import queue
import threading
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from action.deadline import Deadline
from action.errors import OutOfTime
from action.model.fences import circle_begins, placeholder_line
from action.model.lenient_reply import read_reply
from action.model.prompts import Prompt
from action.model.reply import Reply, is_over, since_end
from action.model.retry_policy import AT_DEADLINE, CLOSED, REPEATED, Event, Kind
from action.record import ModelCall

OPENAI = "openai:"  # before the name of a model that is asked over OpenAI's wire; the others speak Gemini's
OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Answer:
    """What a model said. `finish` is STOP, or why it was cut off."""

    text: str
    finish: str
    model: str
    input_tokens: int | None = None
    output_tokens: int | None = None


class Provider(Protocol):
    """Calls one model once."""

    def call(self, model: str, prompt: Prompt, deadline: Deadline) -> tuple[Answer | None, Event]:
        """Return an answer and how it ended, or None and what came instead. Raises OutOfTime."""
        ...


class Model(Protocol):
    """Anything that answers prompts. `calls` grows with every call, also with those that failed."""

    calls: list[ModelCall]

    def ask(self, prompt: Prompt, *, deadline: Deadline) -> Answer:
        """Return an answer. Raises ModelUnavailable, ModelBlocked, ModelKeyRefused, ModelRegionRefused, OutOfTime."""
        ...


T = TypeVar("T")
Arrivals = queue.SimpleQueue[Any]  # items of a stream, and the error or the END that came in place of one
END = object()


def until_deadline(
    stream: Iterable[T], deadline: Deadline, silence: Callable[[], float] = lambda: math.inf
) -> Generator[T, None, None]:
    """Yield what `stream` yields. At the deadline it simply ends; the thread stops reading with the next item.

    So it does when nobody asks for more: the other side then notices that the connection is closed.
    Raises TimeoutError when nothing comes for as long as `silence` says: signs of life without an item do not count.
    """
    arrivals: Arrivals = queue.SimpleQueue()
    is_left = threading.Event()
    threading.Thread(target=pump, args=(stream, arrivals, is_left), daemon=True).start()
    try:
        while not deadline.is_over:
            left, most = deadline.remaining(), silence()
            try:
                arrived = arrivals.get(timeout=min(left, most))
            except queue.Empty:
                if most < left:
                    raise TimeoutError from None
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
LONGEST_TALK = 3_000  # characters after a block: whoever explains that much writes no other file
SHORTEST_CIRCLING = 1_000  # at the end of an answer that ran out of room
LONGEST_SILENCE = 120.0  # seconds without a byte; thinking sends none
SECONDS_FOR_COSTS, MOST_FOR_COSTS = 2.0, 20  # what comes after the last line may say what the answer cost


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
    talk: int | None = None  # characters since the last block ended; None within one, and before the first
    is_example: bool = False
    is_closed: bool = False

    @property
    def text(self) -> str:
        """The text of the answer."""
        return "".join(self.chunks)

    def write(self, text: str) -> None:
        """Add to the text. What is asked after each chunk is asked of what is new."""
        if self.is_closed:
            return
        self.chunks.append(text)
        self.talk = None if self.talk is None else self.talk + len(text)
        self.recent = (self.recent + text)[-max(SHORTEST_CIRCLING, len(text)) :]
        circles = circle_begins(self.recent, max(SHORTEST_CIRCLING, len(self.recent))) is not None
        self.circling = self.circling + len(text) if circles else 0

    def closes(self, token: str) -> bool:
        """Whether the answer is over. After a repeated example, which has a last line too, the answer still comes."""
        self.talk = since_end(self.recent, token, self.talk)
        if self.is_example or not (is_over(self.recent, token) or (self.talk or 0) > LONGEST_TALK):
            return False
        self.is_example = placeholder_line(self.text) is not None
        self.is_closed = not self.is_example
        return self.is_closed

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


def take_in(
    received: Received,
    stream: Iterable[T],
    add: Callable[[Received, T], None],
    token: str,
    deadline: Deadline,
    longest_silence: float,
    *,
    costs_come_last: bool = False,
) -> None:
    """Take in an answer until it ends, is over by its own marks, or goes in circles. Raises what the stream raises."""
    more = MOST_FOR_COSTS
    for chunk in until_deadline(stream, deadline, lambda: SECONDS_FOR_COSTS if received.is_closed else longest_silence):
        add(received, chunk)
        if received.is_closed or received.closes(token):
            received.finish = received.finish or "STOP"
            more -= 1
            if not costs_come_last or not more or received.output_tokens is not None:
                break
        if received.circling > LONGEST_CIRCLING and not received.finish:
            received.finish = "MAX_TOKENS"  # it would go on until there is no room
            break


def conclude(
    received: Received, model: str, prompt: Prompt, failure: Event | None, deadline: Deadline
) -> tuple[Answer | None, Event]:
    """Return what a call brought. Raises OutOfTime when the deadline passed before any text arrived."""
    if deadline.is_over and not received.finish and not failure:
        received.stop_at_deadline()
    if received.finish == "MAX_TOKENS":
        received.stop_circling()
    event = judge(received, prompt.token, failure)
    if event.kind is not Kind.FINISHED:
        return None, event
    return Answer(received.text, event.reason, model, received.input_tokens, received.output_tokens), event


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
