"""What a model's tokens cost, from a table that the user gives."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bench.results import Call

PER_MILLION = 1_000_000


class PriceTableIsWrong(Exception):
    """The file is no price table; the message says what it should look like."""


class Price(BaseModel):
    """US dollars for a million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0)
    output: float = Field(ge=0)


Prices = Mapping[str, Price]
TABLE: TypeAdapter[dict[str, Price]] = TypeAdapter(dict[str, Price])


def load_prices(path: Path) -> Prices:
    """Read a YAML file of the form `model: {input: 0.1, output: 0.4}`. Raises PriceTableIsWrong."""
    try:
        return TABLE.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise PriceTableIsWrong(
            f"{path} is no price table: {error}. "
            "Write one line for each model, in US dollars per million tokens: `name: {input: 0.1, output: 0.4}`."
        ) from error


def cost_of(calls: Iterable[Call], prices: Prices) -> float | None:
    """Return US dollars, None when the table does not know a model that was asked."""
    total = 0.0
    for call in calls:
        price = prices.get(call.model)
        if price is None:
            return None
        total += (call.input_tokens * price.input + call.output_tokens * price.output) / PER_MILLION
    return total
