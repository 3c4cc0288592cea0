"""Draws values from a seed and puts them in: the same seed always gives the same values."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from receiver.task.template.asked import Part

NAME = re.compile(r"\$\{([^}]{0,200})\}")
Values = Mapping[str, int | str]


class Between(Part):
    """A whole number that the seed chooses, both ends included."""

    between: tuple[int, int]

    @model_validator(mode="after")
    def is_a_range(self) -> "Between":
        """Refuse what no number lies between."""
        low, high = self.between
        if low > high:
            raise ValueError(f"there is no number from {low} to {high}")
        return self


class SumOf(Part):
    """The sum of variables that were defined above."""

    sum_of: list[str] = Field(alias="sum-of", min_length=2)


Rule = Between | SumOf


def digest(*parts: str) -> bytes:
    """Return bytes that look random and are the same for the same words."""
    return hashlib.sha256("\0".join(parts).encode()).digest()


def drawn(low: int, high: int, *parts: str) -> int:
    """Return a whole number from `low` to `high` that the words choose."""
    return low + int.from_bytes(digest(*parts)[:8]) % (high - low + 1)


def values_of(rules: Mapping[str, Rule], template_id: str, seed: str) -> dict[str, int | str]:
    """Return the values of a template's variables: the same for the same seed, different for different templates."""
    values: dict[str, int | str] = {"seed": digest(seed, template_id, "seed").hex()[:6]}
    for name, rule in rules.items():
        if isinstance(rule, SumOf):
            values[name] = sum(int(values[each]) for each in rule.sum_of)
        else:
            values[name] = drawn(*rule.between, seed, template_id, name)
    return values


def substitute(value: Any, values: Values) -> Any:
    """Put `values` in for ${name} everywhere; a text that is nothing but one name takes the value's type."""
    if isinstance(value, dict):
        return {key: substitute(each, values) for key, each in value.items()}
    if isinstance(value, list):
        return [substitute(each, values) for each in value]
    if not isinstance(value, str):
        return value
    whole = NAME.fullmatch(value)
    return values[whole[1]] if whole else NAME.sub(lambda match: str(values[match[1]]), value)
