"""How the YAML of a task template looks, and how a seed turns it into the requests of its rounds."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError, model_validator

from receiver.task.envelope import Keys
from receiver.task.template.asked import AskedRound, Part, SeededTask
from receiver.task.template.drawing import Rule, drawn, substitute, values_of

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
