"""The configuration: one frozen dataclass for each phase, read from the environment once, with all defaults here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from action.deadline import SECONDS_FROM_RECEIPT
from action.errors import InvalidConfiguration
from action.loop.budget import Budget

MODELS = ("gemini-3.8-flash", "gemini-3.6-flash", "gemini-3.5-flash-lite")  # each has a free quota of its own
SECONDS_BETWEEN_WRITES = 1.0  # what GitHub asks for
MOST_REVISIONS = 3  # of one round of a task; restores do not count

Config = TypeVar("Config")


class Reader:
    """Reads settings and remembers what is wrong, so that everything is reported at once. Empty means unset."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def optional(self, name: str, default: str = "") -> str:
        """Return a setting, or the default."""
        return self._environ.get(name, "").strip() or default

    def required(self, name: str) -> str:
        """Return a setting; a missing one is reported by `check`."""
        value = self.optional(name)
        if not value:
            self._problems.append(f"{name} is not set")
        return value

    def names(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list that is written with commas."""
        return tuple(part.strip() for part in self.optional(name).split(",") if part.strip()) or default

    def number(self, name: str, default: float) -> float:
        """Return a number that is not negative."""
        text = self.optional(name)
        try:
            value = float(text) if text else default
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            self._problems.append(f"{name} is not a number that can be used")
        return value

    def complain(self, problem: str) -> None:
        """Report a setting that cannot be used."""
        self._problems.append(problem)

    def check(self) -> None:
        """Raise InvalidConfiguration when something is missing or malformed."""
        if self._problems:
            raise InvalidConfiguration(
                f"The configuration is not complete: {'; '.join(self._problems)}.",
                "a secret or variable of the runner repository is missing, or empty.",
                "Set it under Settings, Secrets and variables, Actions; docs/own.md has the list.",
            )


@dataclass(frozen=True)
class Runner:
    """Where this runs: what GitHub's runner tells every job, and the action's inputs."""

    temp: Path
    event_path: Path
    repository: str
    run_id: int
    attempt: int
    api_url: str
    server_url: str
    payload: str = field(repr=False)
    task_file: str
    bundle: Path
    digest: str
    output: Path | None
    summary: Path | None
    callback_within_s: float = SECONDS_FROM_RECEIPT

    @classmethod
    def read(cls, reader: Reader) -> "Runner":
        """Read what the runner sets."""
        temp = Path(reader.required("RUNNER_TEMP"), "pagewright")
        return cls(
            temp=temp,
            event_path=Path(reader.required("GITHUB_EVENT_PATH")),
            repository=reader.required("GITHUB_REPOSITORY"),
            run_id=int(reader.number("GITHUB_RUN_ID", 0)),
            attempt=int(reader.number("GITHUB_RUN_ATTEMPT", 1)),
            api_url=reader.optional("GITHUB_API_URL", "https://api.github.com"),
            server_url=reader.optional("GITHUB_SERVER_URL", "https://github.com"),
            payload=reader.optional("PAGEWRIGHT_PAYLOAD"),
            task_file=reader.optional("PAGEWRIGHT_TASK_FILE"),
            bundle=Path(reader.optional("PAGEWRIGHT_BUNDLE", str(temp / "bundle"))),
            digest=reader.optional("PAGEWRIGHT_DIGEST"),
            output=optional_path(reader, "GITHUB_OUTPUT"),
            summary=optional_path(reader, "GITHUB_STEP_SUMMARY"),
            callback_within_s=reader.number("CALLBACK_WITHIN_S", SECONDS_FROM_RECEIPT),
        )

    @property
    def record(self) -> Path:
        """Where the phases of a job keep the build's record."""
        return self.temp / "record.json"

    @property
    def clone(self) -> Path:
        """Where the phases of a job keep the clone of the target repository."""
        return self.temp / "target.git"

    @property
    def owner(self) -> str:
        """Who owns the runner repository, and the target repositories unless TARGET_OWNER says otherwise."""
        return self.repository.partition("/")[0]

    @property
    def run_url(self) -> str:
        """The address of this run."""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"


def optional_path(reader: Reader, name: str) -> Path | None:
    """Return a path, or None when the setting is empty."""
    value = reader.optional(name)
    return Path(value) if value else None


@dataclass(frozen=True)
class GenerateConfig:
    """What the phase that writes files needs. It holds the model's key and no token that can write."""

    runner: Runner
    student_secret: str = field(repr=False)
    github_token: str = field(repr=False)
    gemini_api_key: str = field(repr=False)
    models: tuple[str, ...]
    target_owner: str
    allowed_hosts: frozenset[str]
    budget: Budget
    most_revisions: int
    chrome: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "GenerateConfig":
        """Read the configuration. Raises InvalidConfiguration. The SDK reads GOOGLE_GEMINI_BASE_URL by itself."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                student_secret=reader.required("STUDENT_SECRET"),
                github_token=reader.optional("GITHUB_TOKEN"),
                gemini_api_key=reader.required("GEMINI_API_KEY"),
                models=reader.names("GEMINI_MODEL", MODELS),
                target_owner=reader.optional("TARGET_OWNER", runner.owner),
                allowed_hosts=frozenset(reader.names("ALLOWED_HOSTS")),
                budget=Budget(
                    calls=int(reader.number("MAX_MODEL_CALLS", Budget.calls)),
                    tokens=int(reader.number("MAX_MODEL_TOKENS", Budget.tokens)),
                    candidates=int(reader.number("MAX_CANDIDATES", Budget.candidates)),
                ),
                most_revisions=int(reader.number("MAX_REVISIONS", MOST_REVISIONS)),
                chrome=reader.optional("CHROME"),
            ),
        )


@dataclass(frozen=True)
class PublishConfig:
    """What the phase that creates the repository needs. It holds the publishing token and no model key."""

    runner: Runner
    student_secret: str = field(repr=False)
    github_token: str = field(repr=False)
    target_token: str = field(repr=False)
    target_owner: str
    seconds_between_writes: float

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "PublishConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                student_secret=reader.required("STUDENT_SECRET"),
                github_token=reader.optional("GITHUB_TOKEN"),
                target_token=reader.required("TARGET_TOKEN"),
                target_owner=reader.optional("TARGET_OWNER", runner.owner),
                seconds_between_writes=reader.number("SECONDS_BETWEEN_WRITES", SECONDS_BETWEEN_WRITES),
            ),
        )


@dataclass(frozen=True)
class DeployConfig:
    """What the phase that waits for the deployment needs."""

    runner: Runner
    target_token: str = field(repr=False)
    seconds_between_writes: float
    allowed_hosts: frozenset[str]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "DeployConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                target_token=reader.required("TARGET_TOKEN"),
                seconds_between_writes=reader.number("SECONDS_BETWEEN_WRITES", SECONDS_BETWEEN_WRITES),
                allowed_hosts=frozenset(reader.names("ALLOWED_HOSTS")),
            ),
        )


@dataclass(frozen=True)
class VerifyConfig:
    """What the phase that looks at the page needs: no secret at all."""

    runner: Runner
    allowed_hosts: frozenset[str]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "VerifyConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        return checked(
            environ,
            lambda reader, runner: cls(runner=runner, allowed_hosts=frozenset(reader.names("ALLOWED_HOSTS"))),
        )


@dataclass(frozen=True)
class CheckConfig:
    """What the phase that runs the contract on the live page needs: no secret and no token at all."""

    runner: Runner
    allowed_hosts: frozenset[str]
    chrome: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "CheckConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                allowed_hosts=frozenset(reader.names("ALLOWED_HOSTS")),
                chrome=reader.optional("CHROME"),
            ),
        )


@dataclass(frozen=True)
class NotifyConfig:
    """What the phase that sends the callback needs: the request, and no token but the run's own."""

    runner: Runner
    student_secret: str = field(repr=False)
    github_token: str = field(repr=False)
    allowed_hosts: frozenset[str]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "NotifyConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                student_secret=reader.required("STUDENT_SECRET"),
                github_token=reader.optional("GITHUB_TOKEN"),
                allowed_hosts=frozenset(reader.names("ALLOWED_HOSTS")),
            ),
        )


def checked(environ: Mapping[str, str], make: Callable[[Reader, Runner], Config]) -> Config:
    """Make a configuration and report everything that is wrong with it at once."""
    reader = Reader(environ)
    config = make(reader, Runner.read(reader))
    reader.check()
    return config
