"""The task as senders really write it (lenient), and as the rest of the program sees it (strict)."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator
from pydantic.json_schema import SkipJsonSchema

from receiver.task.attachment import Attachment
from receiver.task.attachment_names import refuse_clashes
from receiver.task.check import Check, as_list_of_checks
from receiver.task.encodable import encodable
from receiver.task.loose_attachment import is_nothing

ECHOED = ("email", "task", "round", "nonce")


def as_text(value: object) -> object:
    """Senders write numbers where the protocol says text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def as_round(value: object) -> object:
    """Accept "1" and 1.0 for 1."""
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def as_address(value: object) -> object:
    """Accept null for no address."""
    return "" if value is None else value


def as_list(value: object) -> object:
    """Accept one attachment without its list, entries that say nothing, and nothing at all."""
    return [entry for entry in (value if isinstance(value, list | tuple) else [value]) if not is_nothing(entry)]


def checked_callback_url(url: str) -> str:
    """Return an address that a callback can be POSTed to. Whether it may be reached is decided when it is."""
    url = encodable(url.strip())
    parts = urlsplit(url)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https address with a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not contain a user name or a password")
    return url


def checked_or_empty(url: str) -> str:
    """Return an address that a callback can be POSTed to, or nothing when nobody waits for one."""
    return checked_callback_url(url) if url.strip() else ""


def committable_together(attachments: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """Return each attachment once. Raises ValueError when their names stand in each other's way."""
    seen: dict[str, str] = {}
    for attachment in attachments:
        if seen.setdefault(attachment.name, attachment.url) != attachment.url:
            raise ValueError(f"two attachments are named {attachment.name}; rename one of them")
    refuse_clashes(seen)
    return tuple({attachment.name: attachment for attachment in attachments}.values())


Line = Annotated[
    str, Field(min_length=1, max_length=500), BeforeValidator(as_text, json_schema_input_type=str | int | float)
]


class Task(BaseModel):
    """One task, round and nonce: what to build, how it will be checked and where the callback goes.

    `echo` keeps email, task, round and nonce exactly as they were sent: the callback copies them back unchanged.
    Without an `evaluation_url` nothing is called back; a revision has no `email`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    email: Annotated[str, Field(max_length=500)] = ""
    task: Line
    round: Annotated[
        int, Field(strict=True, ge=1, le=1000), BeforeValidator(as_round, json_schema_input_type=int | str)
    ] = 1
    nonce: Line = Field(repr=False)
    brief: Annotated[str, Field(min_length=1, max_length=200_000)]
    checks: Annotated[
        tuple[Check, ...],
        BeforeValidator(as_list_of_checks, json_schema_input_type=list[str | Check] | str | Check | None),
    ] = ()
    evaluation_url: Annotated[
        str, BeforeValidator(as_address, json_schema_input_type=str | None), AfterValidator(checked_or_empty)
    ] = Field(default="", repr=False)
    attachments: Annotated[
        tuple[Attachment, ...],
        BeforeValidator(as_list, json_schema_input_type=list[Attachment | str] | Attachment | str | None),
        AfterValidator(committable_together),
    ] = ()
    dry_run: Annotated[bool, Field(strict=True)] = Field(
        default=False,
        exclude=True,
        description="write and check the page, and publish nothing; nobody is called back. Needs the right start",
    )
    echo: SkipJsonSchema[dict[str, JsonValue]] = Field(default_factory=dict, repr=False, exclude=False)

    @classmethod
    def from_sender(cls, body: dict[str, Any], *, needs_callback: bool = True) -> "Task":
        """Read a request. A field named echo in it is one more unknown field: only we fill ours."""
        fields = {name: value for name, value in body.items() if name != "echo"}
        if not needs_callback and not str(fields.get("evaluation_url") or "").strip():
            fields.pop("evaluation_url", None)
            return cls.model_construct(**dict(AskedTask.model_validate(fields)))
        sent = SentTask.model_validate(fields)
        return cls.model_construct(**dict(sent))

    @model_validator(mode="before")
    @classmethod
    def keep_what_is_echoed(cls, value: Any) -> Any:
        """Remember the values that the callback must copy back, before anything is converted."""
        if isinstance(value, dict) and not value.get("echo"):
            return {**value, "echo": {name: value[name] for name in ECHOED if name in value}}
        return value


def as_it_is_sent(schema: dict[str, Any]) -> None:
    """Describe what is on the wire: the secret besides the fields."""
    schema["properties"]["secret"] = {
        "type": "string",
        "description": "STUDENT_SECRET or a key, unless a header shows one; never stored or sent on",
    }
    schema["properties"]["evaluation_url"]["description"] = "may be missing with a key that has the right start"
    schema["required"].remove("evaluation_url")
    schema["description"] = (
        "What to build, how it is checked, where the callback goes. Further fields are ignored; the answer names them."
    )


class AskedTask(Task):
    """A task of somebody who asks for its state instead of waiting for the callback."""

    email: Line


class SentTask(Task):
    """A task as a sender writes it: there is somebody who waits for the callback."""

    model_config = ConfigDict(json_schema_extra=as_it_is_sent)

    email: Line
    evaluation_url: Annotated[str, AfterValidator(checked_callback_url)] = Field(repr=False)
