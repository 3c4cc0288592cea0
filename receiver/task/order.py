"""What starts the Generator and the Evaluator from outside: an order for a task, and the wish to look at pages."""

import base64
import binascii
import hashlib
import re
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from receiver.task.encodable import Encodable
from receiver.task.envelope import CannotOpenEnvelope, Keys, open_envelope, seal
from receiver.task.payload import KEY_NAME
from receiver.task.project import PROJECT

MAKE_TASK = "make-task"
EVALUATE = "evaluate-pages"
START_ID = r"^[0-9a-f]{20}$"
TEMPLATE = re.compile(r"[a-z][a-z0-9-]{2,40}")
LONGEST_IDEA = 4_000  # characters


class Order(BaseModel):
    """What the Generator is asked for: a template or an idea, and for whom."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    template: str = Field(default="", max_length=100, description="name of a file in templates/tasks without .yaml")
    idea: Encodable = Field(
        default="", max_length=LONGEST_IDEA, description="what kind of page; a model makes a task of it"
    )
    recipient: Encodable = Field(
        min_length=1, max_length=500, description="email address of the person whom the task is for"
    )
    task: Encodable = Field(default="", max_length=500, description="name of the task; empty: the template's")
    round: int = Field(default=1, ge=1, le=1000)
    evaluation_url: str = Field(
        default="", max_length=2_000, description="where the callback goes; empty: nobody waits for one"
    )

    @field_validator("template", "idea", "recipient", "task", "evaluation_url", mode="before")
    @classmethod
    def without_spaces_around(cls, value: object) -> object:
        """Forms bring spaces along, and null for what was left empty."""
        return value.strip() if isinstance(value, str) else value or ""

    @field_validator("round", mode="before")
    @classmethod
    def first_round(cls, value: object) -> object:
        """An empty field means round 1."""
        return value or 1

    @model_validator(mode="after")
    def has_one_source(self) -> Self:
        """Require a template or an idea."""
        if bool(self.template) == bool(self.idea):
            raise ValueError("give either a template or an idea")
        return self

    @property
    def task_name(self) -> str:
        """What its task is called."""
        digest = hashlib.sha256(self.idea.encode()).hexdigest()[:6]
        return self.task or self.template or f"idea-{digest}"


class SentOrder(Order):
    """An order that came in from outside: its nonce makes the same order the same build; who sent it is recorded."""

    nonce: str = Field(min_length=1, max_length=500)
    dry_run: bool = False
    sent_by: str = Field(default="", pattern=KEY_NAME)


class SealedOrder(BaseModel):
    """The client payload of make-task: an order names a person, so it is sealed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    start_id: str = Field(pattern=START_ID)
    template: str = Field(default="", pattern=r"^([a-z][a-z0-9-]{2,40})?$", description="for the run's title")
    envelope: str = Field(description="base64", repr=False)

    @classmethod
    def of(cls, start_id: str, order: SentOrder, keys: Keys) -> Self:
        """Return what is dispatched."""
        sealed = seal(f"{start_id}\n{order.model_dump_json()}".encode(), keys)
        return cls(start_id=start_id, template=order.template, envelope=base64.b64encode(sealed).decode())

    def open(self, secret: str) -> SentOrder:
        """Return the order. Raises CannotOpenEnvelope; pydantic's ValidationError for one of another version."""
        try:
            text = open_envelope(base64.b64decode(self.envelope, validate=True), secret)
        except binascii.Error:
            raise CannotOpenEnvelope("it is not base64") from None
        about, _, order = text.partition(b"\n")
        if about.decode(errors="replace") != self.start_id:
            raise CannotOpenEnvelope("it belongs to another order")
        return SentOrder.model_validate_json(order)


class Evaluation(BaseModel):
    """The client payload of evaluate-pages."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    start_id: str = Field(pattern=START_ID)
    project: str = Field(default="", pattern=f"^$|{PROJECT}", description="owner/name; empty: the newest pages")
    revise: bool = False
