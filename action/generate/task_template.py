"""Task templates: YAML with variables, from which a seed draws one concrete task. Reading the file is the caller's."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from action.generate.sample_attachments import Attachment
from receiver.task.check import Check
from receiver.task.envelope import Keys


class Part(BaseModel):
    """A part of a template; unknown fields are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AskedRound(Part):
    """One round: what is asked, what comes with it and how it is judged, in the shapes that senders use."""

    brief: str = Field(min_length=80)
    attachments: list[Attachment] = []
    checks: list[str | dict[Literal["js"], str]] = Field(min_length=3, max_length=12)

    def given(self) -> list[Check]:
        """Return the checks as the program reads them."""
        return [Check.model_validate(check) for check in self.checks]

    def as_sent(self) -> dict[str, Any]:
        """Return brief, checks and attachments as a request to the receiver carries them."""
        return {
            "brief": self.brief,
            "checks": list(self.checks),
            "attachments": [each.as_sent() for each in self.attachments],
        }


class SeededTask(Part):
    """A template with its seed put in. `variants` says for each round which of its variants was drawn, from 1."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{2,40}$")
    kind: str
    about: str = Field(min_length=20)
    seed: str
    values: dict[str, int | str] = Field(repr=False)
    rounds: tuple[AskedRound, ...] = Field(min_length=1)
    variants: tuple[int, ...]

    def attachments_until(self, number: int) -> dict[str, bytes]:
        """Return what has come along with the rounds 1 to `number`, by name."""
        return {each.name: each.content() for one in self.rounds[:number] for each in one.attachments}

    def fingerprint(self, number: int) -> str:
        """Return a short digest of everything that round `number` depends on."""
        text = "".join(one.model_dump_json() for one in self.rounds[:number])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


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


MOST_ROUNDS = 10
MOST_VARIANTS = 20


class TemplateIsWrong(ValueError):
    """A template cannot be used; the message says where and why."""


class Variants(Part):
    """A round that differs from recipient to recipient in more than numbers: the seed draws one of these."""

    variants: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_VARIANTS)


class Template(Part):
    """What a template file holds; the rounds are validated after the variables are put in."""

    id: str
    kind: str
    about: str
    variables: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Rule] = Field(default_factory=dict)
    rounds: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_ROUNDS)

    @model_validator(mode="after")
    def can_be_seeded(self) -> "Template":
        """Try every variant once, so that a mistake shows when the file is read and not for one recipient in five."""
        for variant in range(1, max(map(len, self.choices())) + 1):
            self.seeded("a trial", [min(variant, len(choices)) for choices in self.choices()])
        return self

    def choices(self) -> list[list[dict[str, Any]]]:
        """Return the variants of each round."""
        return [Variants.model_validate(each).variants if "variants" in each else [each] for each in self.rounds]

    def seeded(self, seed: str, variants: Sequence[int] = ()) -> SeededTask:
        """Return the whole task for a seed. `variants` (from 1, one for each round) take the place of the draw."""
        values = values_of(self.variables, self.id, seed)
        picked, rounds = [], []
        for number, (choices, given) in enumerate(zip_longest(self.choices(), variants[: len(self.rounds)]), start=1):
            variant = given or drawn(1, len(choices), seed, self.id, "variant", str(number))
            picked.append(variant)
            rounds.append(choices[variant - 1])
        filled = substitute({"about": self.about, "rounds": rounds}, values)
        return SeededTask(
            id=self.id, kind=self.kind, seed=str(values["seed"]), values=values, variants=tuple(picked), **filled
        )

    def task_for(self, seed: str, number: int) -> AskedRound:
        """Return what round `number` asks of the recipient with this seed. Raises TemplateIsWrong."""
        if not 1 <= number <= len(self.rounds):
            raise TemplateIsWrong(
                f"The template {self.id} has {len(self.rounds)} rounds, so there is no round {number}. "
                "Ask for one that it has, or add the round to the template."
            )
        return self.seeded(seed).rounds[number - 1]


def load_template(text: str, name: str = "") -> Template:
    """Read a template. `name` is that of its file, without .yaml, when there is one. Raises TemplateIsWrong."""
    try:
        template = Template.model_validate(yaml.safe_load(text))
        if name and template.id != name:
            raise ValueError(f"its id is {template.id}, so its file must be called {template.id}.yaml")
    except KeyError as error:
        raise wrong(name, f"it uses the variable {error} and does not define it") from None
    except (ValidationError, ValueError, yaml.YAMLError) as error:
        raise wrong(name, str(error)) from error
    return template


def wrong(name: str, reason: str) -> TemplateIsWrong:
    """Return the exception for a file."""
    which = f"{name}.yaml" if name else "This text"
    return TemplateIsWrong(f"{which} is no task template: {reason}. Put it right (docs/agents.md) and try again.")


def seed_for(keys: Keys, template_id: str, recipient: str) -> str:
    """Return a recipient's seed: always the same for one recipient and template, and telling nothing about either."""
    return keys.name("template seed", template_id, recipient.strip().casefold())


__all__ = ["AskedRound", "SeededTask", "Template", "TemplateIsWrong", "load_template", "seed_for"]
