"""evaluator.toml: what the instructor decides, with a default for everything except the public address."""

import json
import re
import secrets
import tomllib
from pathlib import Path
from string import Template
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from embedded.evaluator.errors import SettingsAreWrong

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
    minutes_for_callback: Minutes = 10
    minutes_until_given_up: Minutes = 60
    minutes_for_page: Minutes = 5
    browser: bool = True
    checks_at_once: int = Field(default=2, ge=1, le=16)
    seconds_for_page: float = Field(default=120, gt=0, le=3_600)
    repository_server: Address = "https://github.com"
    api_url: Address = "https://api.github.com"
    allowed_hosts: frozenset[str] = frozenset()

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
        problems = "; ".join(f"{name_of(each['loc'])} {each['msg']}" for each in error.errors(include_url=False))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems = str(error)
    raise SettingsAreWrong(
        f"The settings in {path} cannot be used: {problems}. A value is perhaps misspelt. Put it right; the comments "
        "in the file say what each one means."
    )


def name_of(location: tuple[int | str, ...]) -> str:
    """Return where in the file a mistake is."""
    return ".".join(map(str, location)) + ":"


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
