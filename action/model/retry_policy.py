"""The retry table: what to do after each thing that can happen on the way to a model. Pure decisions, no waiting."""

from dataclasses import dataclass
from enum import Enum

LONGEST_WAIT = 65.0  # seconds; a longer one is better spent on the next model
FIRST_WAIT = 2.0
SHORTEST_CALL = 10.0  # seconds; Gemini refuses a deadline that is nearer
MOST_RETRIES_WHEN_BUSY = 4  # 2 + 4 + 8 + 16 s
MOST_RETRIES_OF_A_HICCUP = 2
# Our own finish reasons: what came in time, before the connection broke, or before it went in circles is kept.
AT_DEADLINE, CLOSED, REPEATED = "DEADLINE", "CLOSED", "REPEATED"
BUSY = frozenset({408, 429, 500, 502, 503, 504, 529})
BLOCKED = frozenset(
    {"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "IMAGE_SAFETY", "MODEL_ARMOR", "JAILBREAK", "ESCALATION"}
)


class Kind(Enum):
    """What happened."""

    STATUS = "the provider answered with an error"
    TRANSPORT = "the connection failed"
    SILENT = "the model was silent for too long"
    MALFORMED = "the answer could not be read"
    NO_CANDIDATES = "the answer was empty"
    NO_FINISH_REASON = "the answer ended without saying why"
    PROMPT_BLOCKED = "the provider blocked the prompt"
    FINISHED = "the answer ended"


class Do(Enum):
    """What to do about it."""

    ACCEPT = "accept"
    RETRY = "retry"
    RETRY_WITH_LOW_THINKING = "retry with low thinking"
    RETRY_WITHOUT_LEVEL = "retry without a thinking level"
    RETRY_WITHOUT_MEDIA = "retry without pictures or PDFs"
    NEXT_MODEL = "next model"
    STOP_BLOCKED = "stop: blocked"
    STOP_KEY = "stop: the key is refused"
    STOP_REGION = "stop: the region is refused"


@dataclass(frozen=True)
class Event:
    """One outcome of one call. `wait` is what the provider asks for: RetryInfo, else Retry-After, in seconds."""

    kind: Kind
    status: int | None = None
    reason: str = ""
    wait: float | None = None
    is_daily_quota: bool = False
    is_key_invalid: bool = False
    is_region_refused: bool = False
    refuses_level: bool = False
    refuses_media: bool = False
    has_text: bool = False
    has_files: bool = False
    detail: str = ""

    def __str__(self) -> str:
        if self.kind is Kind.STATUS:
            return f"HTTP {self.status} {self.reason}".strip() + (" (daily quota)" if self.is_daily_quota else "")
        return f"{self.kind.value}: {self.reason}" if self.reason else self.kind.value


@dataclass(frozen=True)
class Action:
    """What to do, and after how many seconds."""

    do: Do
    after: float = 0.0


def decide(event: Event, *, failures: int, remaining: float, low_thinking: bool = False) -> Action:
    """Return what to do. `failures` counts what this model already failed at for this question, before this event.

    `low_thinking` says that little thinking was asked for, also when the model has no levels to choose from.
    """
    if event.kind is Kind.FINISHED:
        return decide_on_finish(event, failures, remaining, low_thinking)
    if event.kind is Kind.PROMPT_BLOCKED:
        return Action(Do.STOP_BLOCKED)
    if event.kind is Kind.STATUS:
        return decide_on_status(event, failures, remaining)
    if event.kind is Kind.SILENT:
        return Action(Do.NEXT_MODEL)
    return retry_hiccup(failures, remaining)


def decide_on_status(event: Event, failures: int, remaining: float) -> Action:
    """Statuses: the region, the key, the quota, the load, or something that this model will never accept.

    A 403 may be about this model only. When it is about all of them, it is about the key.
    """
    if event.is_region_refused:
        return Action(Do.STOP_REGION)
    if event.is_key_invalid or event.status == 401:
        return Action(Do.STOP_KEY)
    if event.refuses_level:
        return Action(Do.RETRY_WITHOUT_LEVEL)
    if event.refuses_media:
        return Action(Do.RETRY_WITHOUT_MEDIA)
    if event.is_daily_quota or event.status not in BUSY:
        return Action(Do.NEXT_MODEL)
    wait = FIRST_WAIT * 2**failures if event.wait is None else event.wait
    if failures >= MOST_RETRIES_WHEN_BUSY or wait > min(LONGEST_WAIT, remaining):
        return Action(Do.NEXT_MODEL)
    return Action(Do.RETRY, wait)


def decide_on_finish(event: Event, failures: int, remaining: float, low_thinking: bool) -> Action:
    """Finish reasons. What is there of an answer that was cut off is kept, and the rest is asked for later."""
    is_cut_off = event.reason in {"MAX_TOKENS", AT_DEADLINE, REPEATED}
    if event.has_files or (event.has_text and (is_cut_off or event.reason == "STOP")):
        return Action(Do.ACCEPT)
    if is_cut_off:  # all its tokens were used for thinking
        return Action(Do.NEXT_MODEL if low_thinking else Do.RETRY_WITH_LOW_THINKING)
    return Action(Do.STOP_BLOCKED) if event.reason in BLOCKED else retry_hiccup(failures, remaining)


def retry_hiccup(failures: int, remaining: float) -> Action:
    """What may go well next time, soon."""
    wait = float(2**failures)
    if failures >= MOST_RETRIES_OF_A_HICCUP or wait > remaining:
        return Action(Do.NEXT_MODEL)
    return Action(Do.RETRY, wait)
