"""What the pages are told besides the ledger, and what can be wrong with it."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, model_validator

from action.ledger.models import MaybeProject
from action.record import Address, MaybeId, Moment, Part


class CannotRender(Exception):
    """The pages cannot be made. The message is shown as it is."""

    exit_code = 2

    def __init__(self, what: str, cause: str, next_step: str) -> None:
        super().__init__(f"{what} Likely cause: {cause} Next step: {next_step}")


ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~-]+)*/?")


def base_address(text: str) -> str:
    """Return an address without a slash at its end. Raises ValueError unless it is a plain one."""
    if not ADDRESS.fullmatch(text):
        raise ValueError("must be an http or https address without user, query and fragment")
    return text.rstrip("/")


BaseAddress = Annotated[str, AfterValidator(base_address)]


class RunningBuild(Part):
    """A build that was under way when the pages were made."""

    build_id: MaybeId = ""
    task_key: MaybeId = ""
    run_url: Address = ""
    status: str = ""
    started_at: Moment | None = None


class Price(Part):
    """US dollars for a million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class Source(Part):
    """Where a list price is from: the provider's page, and who quoted it."""

    model_config = ConfigDict(extra="forbid")

    read: date
    page: Address
    quoted: list[Address] = Field(min_length=1)
    note: str = ""


class ListPrice(Price):
    """A provider's price for a model, from one day to another."""

    model_config = ConfigDict(extra="forbid")

    model: str
    since: date = Field(default=date.min, alias="from")
    until: date = date.max
    source: str


class ListPrices(Part):
    """`prices.json`: every price names its source."""

    sources: dict[str, Source]
    prices: list[ListPrice]

    @model_validator(mode="after")
    def name_their_sources(self) -> "ListPrices":
        """Require what makes a number believable."""
        if unnamed := {each.source for each in self.prices} ^ self.sources.keys():
            raise ValueError(f"sources without prices, or prices without a source: {', '.join(sorted(unnamed))}")
        return self


@cache
def list_prices() -> ListPrices:
    """Return the known list prices."""
    return ListPrices.model_validate_json((Path(__file__).parent / "prices.json").read_bytes())


def price_of(model: str, given: Mapping[str, Price], day: date) -> Price | None:
    """Return what a model cost on a day: as given, also without the prefix of its wire, else its list price."""
    for name in (model, model.partition(":")[2]):
        if name in given:
            return given[name]
    fitting = (each for each in list_prices().prices if each.model == model and each.since <= day <= each.until)
    return next(fitting, None)


class Config(Part):
    """The configuration file; everything has a default, and names that are not known are passed over."""

    api_url: BaseAddress = Field(default="https://api.github.com", description="GitHub's REST API")
    server_url: BaseAddress = Field(default="https://github.com", description="GitHub's web pages")
    runner: MaybeProject = Field(default="", description="the runner repository; empty: runs are not watched")
    receiver_url: BaseAddress | None = Field(default=None, description="where tasks and feedback are sent")
    refresh_seconds: int = Field(default=15, ge=1, le=3600, description="how often pages look for news")
    running: list[RunningBuild] = Field(default_factory=list, description="builds under way")
    prices: dict[str, Price] = Field(
        default_factory=dict, description="what each model costs, by its name; others at their list prices"
    )

    @property
    def api_origin(self) -> str:
        """The part of the API's address that a content security policy can name."""
        return "/".join(self.api_url.split("/")[:3])


def load_config(path: Path | None) -> Config:
    """Read the configuration file. Raises CannotRender."""
    if path is None:
        return Config()
    try:
        return Config.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise CannotRender(
            f"The configuration {path} cannot be used: {error}.",
            "the file is missing, or a value in it is not of the right kind.",
            'Write JSON such as {"runner": "owner/name"}, or leave --config out. docs/dashboard.md lists the names.',
        ) from None
