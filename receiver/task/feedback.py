"""A message about a project or a task: words, feedback that may change the page, a result, or the state of the task."""

import hashlib
import json
import math
import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from receiver.task.encodable import encodable
from receiver.task.payload import INLINE_LIMIT, Sealed
from receiver.task.project import COMMIT, PROJECT

LONGEST_TEXT = 8_000  # characters
LONGEST_TITLE = 200
LARGEST_AS_JSON = 48_000  # what leaves room in GitHub's 64 KB when every sign that is not ASCII is written as \uXXXX
LARGEST_LOG = 1_000_000  # bytes
MOST_METRICS = 30
MESSAGE_ID = r"^[0-9a-f]{20}$"
ROLE = r"^[a-z][a-z0-9-]{0,29}$"
LOG_NAME = r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$"
TASK_KEY = r"^[0-9a-f]{20}$"
Kind = Literal["message", "feedback", "result", "state"]
Lifecycle = Literal["open", "closed", "archived"]
METRIC = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")


def clean_text(text: str) -> str:
    """Return a text without control characters. Raises ValueError for one that says nothing or does not fit."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    clean = "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign)[0] != "C").strip()
    if not clean:
        raise ValueError("must say something")
    if len(json.dumps(clean)) > LARGEST_AS_JSON:
        raise ValueError("is too long for GitHub's event when its signs are written as escapes; shorten it")
    return clean


def one_line(text: str) -> str:
    """Return a text without control characters and line breaks."""
    return " ".join("".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text).split())


def finite_metrics(metrics: dict[str, float]) -> dict[str, float]:
    """Return metrics whose names and values everybody can read. Raises ValueError."""
    for name, value in metrics.items():
        if not METRIC.fullmatch(name):
            raise ValueError("names begin with a letter and have letters, digits, '.', '-' and '_' only, at most 60")
        if not math.isfinite(value) or abs(value) > 1e15:
            raise ValueError("values must be numbers of a usual size")
    return metrics


def short_log(text: str) -> str:
    """Return a log. Raises ValueError for one that says nothing or does not fit."""
    if not text.strip():
        raise ValueError("must say something")
    if len(encodable(text).encode()) > LARGEST_LOG:
        raise ValueError(f"has more than {LARGEST_LOG:,} bytes; send its end, which says what happened")
    return text


LogName = Annotated[str, StringConstraints(pattern=LOG_NAME)]
LogText = Annotated[str, StringConstraints(max_length=LARGEST_LOG), AfterValidator(short_log)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT), AfterValidator(clean_text)]
Title = Annotated[str, StringConstraints(max_length=LONGEST_TITLE), AfterValidator(one_line)]
Metrics = Annotated[dict[str, float], Field(max_length=MOST_METRICS), AfterValidator(finite_metrics)]


class Opinion(BaseModel):
    """What is said: the text is public. `restore` is a commit of the project, or nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Kind = Field(default="feedback", description="words, feedback, a result with numbers, or the task's state")
    role: str = Field(pattern=ROLE, description="who speaks, in one short word: evaluator, teacher, linter")
    text: Text = Field(description="public: everybody can read it on the dashboard and in the run")
    metrics: Metrics = Field(
        default_factory=dict, description="numbers that belong to the text; of a result: accuracy, loss, runtime, ..."
    )
    revise: bool = Field(default=False, description="ask for a revision of the page because of this text")
    restore: str = Field(default="", pattern=COMMIT, description="bring the files of this commit back")
    state: Lifecycle | None = Field(
        default=None, description="of kind state: a closed or archived task is not revised, evaluated or mended"
    )
    hides: str = Field(
        default="", pattern=COMMIT, description="of kind state: lists of versions leave this commit out; git keeps it"
    )
    title: Title = Field(default="", description="what the task is called from now on; the text describes it")

    @model_validator(mode="after")
    def asks_for_one_thing(self) -> "Opinion":
        """Refuse what contradicts itself."""
        if self.revise and self.restore:
            raise ValueError("revise and restore exclude each other; send two messages")
        if (self.revise or self.restore) and self.kind in {"message", "state"}:
            raise ValueError(f"a {self.kind} asks for no build; send revise and restore with the kind feedback")
        if self.state is not None and self.hides:
            raise ValueError("state and hides exclude each other; send two messages")
        if (self.kind == "state") != (self.state is not None or bool(self.hides)):
            raise ValueError("state and the kind state belong together; state is open, closed or archived, or hides is")
        if self.title and self.kind not in {"message", "state"}:
            raise ValueError("a title belongs to the kinds message and state")
        return self


class SealedLog(Sealed):
    """The log of a message, sealed until a job has looked for what must not be public: inline, or stored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: LogName


class Feedback(Opinion):
    """The client payload of record-feedback. GitHub allows ten properties, so what is not set is not sent.

    A message is about a project, or about the task with this key while it has none.
    """

    message_id: str = Field(pattern=MESSAGE_ID)
    project: str = Field(default="", pattern=f"^$|{PROJECT}", description="owner/name")
    task_key: str = Field(default="", pattern=f"^$|{TASK_KEY}")
    at: AwareDatetime
    log: SealedLog | None = None

    @model_validator(mode="after")
    def is_about_one_thing(self) -> "Feedback":
        """Require a project or a task; a build needs a project."""
        if bool(self.project) == bool(self.task_key):
            raise ValueError("exactly one of project and task_key must be set")
        if self.asks_for_a_build and not self.project:
            raise ValueError("a task without a project has no page that could change")
        if self.hides and not self.project:
            raise ValueError("versions are commits of a project")
        return self

    def has_room_for(self, envelope: str) -> bool:
        """Whether an envelope fits in the payload beside what is said."""
        said = json.dumps(self.model_dump(mode="json", exclude_defaults=True))
        return len(said) + len(envelope) <= INLINE_LIMIT

    @property
    def asks_for_a_build(self) -> bool:
        """Whether the page shall change."""
        return self.revise or bool(self.restore)

    @property
    def build_id(self) -> str:
        """The id of the build that this message asks for: always the same for one message, so that it is built once."""
        return hashlib.sha256(f"pagewright build of message {self.message_id}".encode()).hexdigest()[:20]
