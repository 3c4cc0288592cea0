"""What clients send to the names that they know. Forms bring texts for everything, and unknown fields are ignored."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from api.lists import Paging, VersionPaging
from api.project_request import invalid_field
from api.uploads import InBase64, Message, UploadRequest, as_base64
from receiver.body import STRICT
from receiver.task.execution import LONGEST_TIMEOUT_S, Shell
from receiver.task.feedback import LONGEST_TITLE, Lifecycle, LogText, Metrics, Text, one_line

STATUSES: dict[str, Lifecycle] = {
    **dict.fromkeys(("open", "new", "todo", "pending", "active", "in_progress", "running", "reopened"), "open"),
    **dict.fromkeys(("closed", "completed", "complete", "done", "finished", "resolved", "cancelled"), "closed"),
    **dict.fromkeys(("archived", "deleted", "removed"), "archived"),
}
LONGEST_DESCRIPTION = 8_000  # characters: that of a message
USUAL_NUMBERS = ("accuracy", "loss", "runtime")


def as_status(given: object) -> object:
    """Return the state that a client's word stands for. Raises ValueError."""
    word = re.sub(r"[\s-]+", "_", given.strip().lower()[:40]) if isinstance(given, str) else ""
    if word not in STATUSES:
        raise ValueError(f"must be one of {', '.join(STATUSES)}")
    return STATUSES[word]


def as_role(given: object) -> object:
    """Return a speaker's name as one short word."""
    if not isinstance(given, str):
        return given
    word = re.sub(r"[^a-z0-9]+", "-", given[:200].lower()).strip("-")
    return re.sub(r"^[0-9-]+", "", word)[:30].rstrip("-") or "client"


def as_object(given: object) -> object:
    """Return what a form says as JSON. Raises ValueError."""
    if not isinstance(given, str):
        return given
    try:
        return STRICT.decode(given) if given.strip() else {}
    except (ValueError, RecursionError):
        raise ValueError("must be a JSON object") from None


def known_as(*names: str) -> Any:
    """Return the names that a field has with different clients; the first one is described."""
    return AliasChoices(*names)


Status = Annotated[Lifecycle, BeforeValidator(as_status, json_schema_input_type=str)]
Role = Annotated[str, BeforeValidator(as_role)]
Numbers = Annotated[Metrics, BeforeValidator(as_object, json_schema_input_type=dict[str, float] | str)]
TaskId = Annotated[str, Field(pattern=r"^[0-9a-f]{20}$", description="from the answer of /upload_task")]
Title = Annotated[str, Field(max_length=LONGEST_TITLE), AfterValidator(one_line)]
Description = Annotated[str, Field(max_length=LONGEST_DESCRIPTION)]
File = Annotated[InBase64, BeforeValidator(as_base64, json_schema_input_type=str | InBase64)]
Files = Annotated[dict[str, File], BeforeValidator(as_object, json_schema_input_type=dict[str, str | InBase64] | str)]


def names_of(model: type[BaseModel], name: str) -> list[str]:
    """Return what a field is called by different clients."""
    alias = model.model_fields[name].validation_alias
    return [str(each) for each in alias.choices] if isinstance(alias, AliasChoices) else [name]


class FromClient(BaseModel):
    """A body."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class NewTask(FromClient):
    """A task is a description; code is uploaded for it, or a model writes it when that is asked for."""

    title: Annotated[Title, Field(min_length=1)]
    description: Description = Field(default="", validation_alias=known_as("description", "file_content"))
    status: Status = "open"
    role: Role = Field(default="generator", validation_alias=known_as("role", "sender", "author", "user"))
    build: bool = Field(default=False, description="let the model write the first version; needs the right start, too")


class ChangedTask(FromClient):
    """At least one of the three."""

    title: Title = ""
    description: Description = Field(default="", validation_alias=known_as("description", "file_content"))
    status: Status | None = None
    role: Role = Field(default="generator", validation_alias=known_as("role", "sender", "author", "user"))

    @model_validator(mode="after")
    def changes_something(self) -> "ChangedTask":
        """Refuse what would change nothing."""
        if not (self.title or self.description.strip() or self.status):
            raise ValueError("give a title, a description or a status")
        return self


class NewCode(FromClient):
    """One file as file_content, or several by their paths. Those that are not named stay as they are."""

    task_id: TaskId
    file_content: str | None = Field(default=None, repr=False, validation_alias=known_as("file_content", "code"))
    filename: str = Field(default="", max_length=300, validation_alias=known_as("filename", "file_name", "path"))
    files: Files = Field(default={}, repr=False)
    message: Message = Field(default="", validation_alias=known_as("message", "description", "commit_message"))
    replace: bool = Field(default=False, description="what is not among the files goes away")
    nonce: str = Field(default="", max_length=200)
    role: Role = "coder"

    def upload(self) -> UploadRequest:
        """Return it as what POST /projects/<id>/versions takes. Raises Problem (422)."""
        files = dict(self.files)
        if self.file_content is not None:
            path = self.filename or ("index.html" if self.file_content.lstrip().startswith("<") else "main.py")
            if path in files:
                raise invalid_field("filename", "is among files as well")
            files[path] = InBase64.model_validate(as_base64(self.file_content))
        return UploadRequest.model_construct(
            files=files,
            message=self.message,
            replace=self.replace,
            nonce=self.nonce,
            role=self.role,
            remove=[],
            base="",
        )


class NewResult(FromClient):
    """Numbers, a log, or both."""

    task_id: TaskId
    accuracy: float | None = None
    loss: float | None = None
    runtime: float | None = Field(default=None, description="seconds")
    metrics: Numbers = {}
    raw_logs: LogText | None = Field(
        default=None, repr=False, validation_alias=known_as("raw_logs", "logs", "log", "file_content")
    )
    log_name: str = Field(default="raw_logs.txt", max_length=300)
    text: Text | None = Field(default=None, validation_alias=known_as("text", "comment", "summary", "message"))
    role: Role = Field(default="evaluator", validation_alias=known_as("role", "sender", "author", "user"))

    def numbers(self) -> dict[str, float]:
        """Return all numbers under their names."""
        named = {name: getattr(self, name) for name in USUAL_NUMBERS}
        return {**self.metrics, **{name: value for name, value in named.items() if value is not None}}

    def words(self) -> str:
        """Return what is said about them."""
        told = ", ".join(f"{name} {value:g}" for name, value in self.numbers().items())
        return self.text or (f"Results: {told}." if told else "A log.")


class NewMessage(FromClient):
    """Words about a task. They are public."""

    task_id: TaskId
    text: Text = Field(validation_alias=known_as("text", "message", "content", "feedback", "file_content"))
    metrics: Numbers = {}
    role: Role = Field(default="client", validation_alias=known_as("role", "sender", "author", "user"))


class NewFeedback(NewMessage):
    """What somebody thinks of the newest version."""

    role: Role = Field(default="evaluator", validation_alias=known_as("role", "sender", "author", "user"))
    revise: bool = Field(default=False, description="let the model revise the page because of it")


class NewContainer(FromClient):
    """Run a task's code once."""

    task_id: TaskId
    version: str = Field(default="latest", max_length=40)
    command: Shell | None = Field(default=None, description="for bash; else what the files suggest (docs/clients.md)")
    timeout: int = Field(
        default=LONGEST_TIMEOUT_S, ge=1, le=LONGEST_TIMEOUT_S, validation_alias=known_as("timeout", "timeout_s")
    )


class TasksQuery(Paging):
    """Which tasks."""

    status: str = Field(default="", max_length=40, description="as in /upload_task")
    q: str = Field(default="", max_length=200, description="words in the title, the name or the project")


class CodeQuery(VersionPaging):
    """Which versions are listed beside the files."""

    filename: str = Field(default="", max_length=300, description="the file that file_content shall be")
