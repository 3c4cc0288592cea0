"""The sample tasks: how their YAML looks, and how a seed turns one into the requests of its rounds."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bench.attachments import Attachment
from receiver.task import Check

FOLDER = Path(__file__).parent / "tasks"
NAME = re.compile(r"\$\{([^}]*)\}")
Values = Mapping[str, int | str]


class TaskFileIsWrong(Exception):
    """A sample task cannot be used; the message says where and why."""


class Part(BaseModel):
    """A part of a task file; unknown fields are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Between(Part):
    """A whole number that the seed chooses, both ends included."""

    between: tuple[int, int]


class SumOf(Part):
    """The sum of variables that were defined above."""

    sum_of: list[str] = Field(alias="sum-of", min_length=2)


class Round(Part):
    """One round: what is asked, what comes with it and how it is judged, in the shapes that senders use."""

    brief: str = Field(min_length=80)
    attachments: list[Attachment] = []
    checks: list[str | dict[Literal["js"], str]] = Field(min_length=3, max_length=12)

    def given(self) -> list[Check]:
        """Return the checks as the program reads them."""
        return [Check.model_validate(check) for check in self.checks]


class SampleTask(Part):
    """A task with its seed put in: nothing in it is variable any more."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{2,40}$")
    kind: str
    about: str = Field(min_length=20)
    seed: str
    values: dict[str, int | str] = Field(repr=False)
    rounds: tuple[Round, Round]

    def attachments_until(self, number: int) -> dict[str, bytes]:
        """Return what has come along with the rounds up to `number` (1 or 2), by name."""
        return {each.name: each.content() for one in self.rounds[:number] for each in one.attachments}

    def fingerprint(self, number: int) -> str:
        """Return a short digest of everything that round `number` depends on."""
        text = "".join(one.model_dump_json() for one in self.rounds[:number])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class TaskFile(Part):
    """What a file in `bench/tasks` holds; `rounds` is validated after the variables are put in."""

    id: str
    kind: str
    about: str
    variables: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Between | SumOf] = {}
    rounds: list[dict[str, Any]] = Field(min_length=2, max_length=2)


def load_tasks(seed: str, names: list[str] | None = None, folder: Path = FOLDER) -> list[SampleTask]:
    """Return the tasks with these names, all of them without names. Raises TaskFileIsWrong."""
    known = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise TaskFileIsWrong(
            f"There is no sample task {', '.join(unknown)}: the name is perhaps misspelt. Known are {', '.join(known)}."
        )
    return [load_task(known[name], seed) for name in names or known]


def load_task(path: Path, seed: str) -> SampleTask:
    """Read one file and put the seed in. Raises TaskFileIsWrong."""
    try:
        raw = TaskFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        if raw.id != path.stem:
            raise ValueError(f"its id is {raw.id}, so its name must be {raw.id}.yaml")
        values = values_of(raw, seed)
        filled = substitute({"about": raw.about, "rounds": raw.rounds}, values)
        return SampleTask(id=raw.id, kind=raw.kind, seed=str(values["seed"]), values=values, **filled)
    except (ValidationError, ValueError, KeyError, yaml.YAMLError) as error:
        raise TaskFileIsWrong(f"{path.name} is no sample task: {error}. Put the file right and try again.") from error


def values_of(raw: TaskFile, seed: str) -> dict[str, int | str]:
    """Return the values of a task's variables: the same for the same seed, different for different tasks."""
    values: dict[str, int | str] = {"seed": digest(seed, raw.id, "seed").hex()[:6]}
    for name, rule in raw.variables.items():
        if isinstance(rule, SumOf):
            values[name] = sum(int(values[each]) for each in rule.sum_of)
        else:
            low, high = rule.between
            values[name] = low + int.from_bytes(digest(seed, raw.id, name)[:8]) % (high - low + 1)
    return values


def digest(*parts: str) -> bytes:
    """Return bytes that look random and are the same for the same words."""
    return hashlib.sha256("\0".join(parts).encode()).digest()


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
