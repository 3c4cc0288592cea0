"""What a model's tokens cost, from a table that the user gives; what is not in it costs its list price of today."""

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from dashboard.settings import Price


class PriceTableIsWrong(Exception):
    """The file is no price table; the message says what it should look like."""


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
