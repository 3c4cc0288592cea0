"""evaluator.toml: what the instructor decides, with a default for everything except the public address."""

import json
import re
import secrets
import tomllib
from pathlib import Path
from string import Template
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from evaluator.deadlines import NEVER, moment_of
from evaluator.errors import SettingsAreWrong

EXAMPLE = Path(__file__).parent / "evaluator.toml"
EXAMPLE_HOST = "evaluation.example.org"


def without_slash(url: str) -> str:
    """Return an address that paths can be put after. Raises ValueError."""
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an http or https address, such as https://evaluation.example.org")
    return url.strip().rstrip("/")


Address = Annotated[str, AfterValidator(without_slash)]
Minutes = Annotated[float, Field(gt=0, le=10_080)]
Weight = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]


class Weights(BaseModel):
    """How much the checks of each origin count together, however many they are.

    The given checks outweigh all else: a page that keeps every rule and does nothing of its task is a placeholder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    given: Weight = 6
    kept: Weight = 2
    rule: Weight = 1
    repository: Weight = 1
    protocol: Weight = 1
    model: Weight = 0

    @model_validator(mode="after")
    def say_something(self) -> "Weights":
        """Refuse weights that leave nothing to be graded."""
        if not any(self.model_dump().values()):
            raise ValueError("at least one must be more than 0")
        return self


class Settings(BaseModel):
    """What evaluator.toml says. An unknown name in it is a mistake, and said to be one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    public_url: Address
    listen: str = "127.0.0.1"
    port: int = Field(default=8300, ge=0, le=65_535)
    seed: str = Field(min_length=4)
    tasks: tuple[str, ...] = ()
    task_folder: str = ""
    rounds: int = Field(default=2, ge=1, le=10)
    round_2_at_once: bool = False
    requests_at_once: int = Field(default=20, ge=1, le=200)
    seconds_for_answer: float = Field(default=60, gt=0, le=600)
    retry_after_minutes: tuple[Minutes, ...] = (60, 180, 480)
    deadline: Annotated[float, BeforeValidator(moment_of)] = NEVER
    minutes_for_callback: Minutes = 10
    minutes_until_given_up: Minutes = 60
    minutes_for_page: Minutes = 5
    browser: bool = True
    checks_at_once: int = Field(default=2, ge=1, le=16)
    seconds_for_page: float = Field(default=120, gt=0, le=3_600)
    repository_server: Address = "https://github.com"
    api_url: Address = "https://api.github.com"
    allowed_hosts: frozenset[str] = frozenset()
    weights: Weights = Weights()

    @property
    def is_example(self) -> bool:
        """Whether the public address is still that of the example, which nobody's callback reaches."""
        return urlsplit(self.public_url).hostname == EXAMPLE_HOST


def read_settings(path: Path, public_url: str | None = None) -> Settings:
    """Read evaluator.toml; `public_url` takes the place of the one in it. Raises SettingsAreWrong."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        return Settings.model_validate({**values, "public_url": public_url} if public_url else values)
    except ValidationError as error:
        problems = "; ".join(in_words(each) for each in error.errors(include_url=False))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems = str(error)
    raise SettingsAreWrong(
        f"The settings in {path} cannot be used: {problems}. A value is perhaps misspelt. Put it right; the comments "
        "in the file say what each one means."
    )


def in_words(mistake: ErrorDetails) -> str:
    """Return where in the file a mistake is, and which."""
    name = ".".join(map(str, mistake["loc"]))
    if mistake["type"] != "extra_forbidden":
        return f"{name}: {mistake['msg'].removeprefix('Value error, ')}"
    known = Weights.model_fields if mistake["loc"][0] == "weights" else Settings.model_fields
    return f"{name}: there is no setting of this name, known are {', '.join(known)}"


def write_example(path: Path) -> None:
    """Write settings with a seed of their own, which nobody can guess."""
    example = Template(EXAMPLE.read_text(encoding="utf-8"))
    text = example.substitute(seed=secrets.token_hex(12), public_url=f"https://{EXAMPLE_HOST}")
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


def write_public_url(path: Path, url: str) -> None:
    """Put an address into settings that are there already. Raises SettingsAreWrong."""
    try:
        line = f"public_url = {json.dumps(without_slash(url))}"
    except ValueError as error:
        raise SettingsAreWrong(f"The public address {url!r} {error}. Nothing was changed; give another one.") from None
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^public_url\s*=.*$", lambda _: line, text), encoding="utf-8")
