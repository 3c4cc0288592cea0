"""The settings of each step: one frozen dataclass each, read from the environment once, with all defaults here."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from action.deadline import SECONDS_FROM_RECEIPT
from action.errors import InvalidConfiguration
from action.generate.loop import Budget

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


@dataclass(frozen=True)
class FeedbackConfig:
    """What the phase that keeps feedback needs: no secret and no token."""

    runner: Runner
    target_owner: str
    most_revisions: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "FeedbackConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                target_owner=reader.optional("TARGET_OWNER", runner.owner),
                most_revisions=int(reader.number("MAX_REVISIONS", MOST_REVISIONS)),
            ),
        )


@dataclass(frozen=True)
class ReviseConfig:
    """What the phase that asks for a revision needs: the secret that seals, and the run's own token."""

    runner: Runner
    student_secret: str = field(repr=False)
    github_token: str = field(repr=False)
    plan: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "ReviseConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                student_secret=reader.required("STUDENT_SECRET"),
                github_token=reader.required("GITHUB_TOKEN"),
                plan=reader.required("PAGEWRIGHT_PLAN"),
            ),
        )


@dataclass(frozen=True)
class MakeTaskConfig:
    """What the Generator needs: the secret that seals, and the model's key, but no token that can start anything.

    A task from a template needs no model, so the key may be missing then.
    """

    runner: Runner
    student_secret: str = field(repr=False)
    gemini_api_key: str = field(repr=False)
    models: tuple[str, ...]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "MakeTaskConfig":
        """Read the configuration. Raises InvalidConfiguration. The SDK reads GOOGLE_GEMINI_BASE_URL by itself."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                student_secret=reader.required("STUDENT_SECRET"),
                gemini_api_key=reader.optional("GEMINI_API_KEY"),
                models=reader.names("GEMINI_MODEL", MODELS),
            ),
        )


@dataclass(frozen=True)
class EvaluateConfig:
    """What the Evaluator needs: no secret and no token. `ledger` is a checkout of the ledger branch."""

    runner: Runner
    target_owner: str
    ledger: Path
    always_revises: bool
    allowed_hosts: frozenset[str]
    chrome: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "EvaluateConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                target_owner=reader.optional("TARGET_OWNER", runner.owner),
                ledger=Path(reader.required("PAGEWRIGHT_LEDGER")),
                always_revises=reader.optional("EVALUATOR_REVISES").lower() == "true",
                allowed_hosts=frozenset(reader.names("ALLOWED_HOSTS")),
                chrome=reader.optional("CHROME"),
            ),
        )


@dataclass(frozen=True)
class DispatchConfig:
    """What the phase that hands on what another job made needs: the run's own token."""

    runner: Runner
    github_token: str = field(repr=False)
    seconds_between_writes: float

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "DispatchConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                github_token=reader.required("GITHUB_TOKEN"),
                seconds_between_writes=reader.number("SECONDS_BETWEEN_WRITES", SECONDS_BETWEEN_WRITES),
            ),
        )


SECONDS_BETWEEN_REFRESHES = 60  # of an open dashboard
LONGEST_BETWEEN_REFRESHES = 3600


def seconds_between(reader: Reader) -> int:
    """Return how often an open dashboard looks for news."""
    seconds = round(reader.number("DASHBOARD_REFRESH_S", SECONDS_BETWEEN_REFRESHES))
    return min(max(1, seconds), LONGEST_BETWEEN_REFRESHES)


def prices_of(reader: Reader) -> Mapping[str, Any]:
    """Return what models cost, by name; the dashboard checks the numbers."""
    try:
        found = json.loads(reader.optional("MODEL_PRICES", "{}"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        reader.complain('MODEL_PRICES is not JSON such as {"a-model": {"input": 0.3, "output": 2.5}}')
        return {}
    return found


@dataclass(frozen=True)
class CollectConfig:
    """What the phase that writes the ledger needs: the run's own token."""

    runner: Runner
    github_token: str = field(repr=False)
    event: str
    is_rebuild: bool
    refresh_seconds: int
    receiver_url: str
    prices: Mapping[str, Any]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "CollectConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                github_token=reader.required("GITHUB_TOKEN"),
                event=reader.optional("GITHUB_EVENT_NAME"),
                is_rebuild=reader.optional("PAGEWRIGHT_REBUILD") == "true",
                refresh_seconds=seconds_between(reader),
                receiver_url=reader.optional("RECEIVER_URL"),
                prices=prices_of(reader),
            ),
        )


@dataclass(frozen=True)
class ReconcileConfig:
    """What the phase that runs builds again needs: the run's own token."""

    runner: Runner
    github_token: str = field(repr=False)
    with_cancelled: bool
    allowed_hosts: frozenset[str]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "ReconcileConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                github_token=reader.required("GITHUB_TOKEN"),
                with_cancelled=reader.optional("PAGEWRIGHT_CANCELLED") == "true",
                allowed_hosts=frozenset(reader.names("ALLOWED_HOSTS")),
            ),
        )


@dataclass(frozen=True)
class DashboardConfig:
    """What the phase that deploys the dashboard needs: the run's own token and identity."""

    runner: Runner
    github_token: str = field(repr=False)
    artifact: int
    commit: str
    identity_url: str = field(repr=False)
    identity_token: str = field(repr=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "DashboardConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                github_token=reader.required("GITHUB_TOKEN"),
                artifact=int(reader.number("DASHBOARD_ARTIFACT", 0)),
                commit=reader.required("DASHBOARD_COMMIT"),
                identity_url=reader.required("ACTIONS_ID_TOKEN_REQUEST_URL"),
                identity_token=reader.required("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
            ),
        )


DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class ExecuteConfig:
    """`hidden` are the folders of the job and of its user, which a command does not see."""

    runner: Runner
    target_owner: str
    search_path: str
    hidden: tuple[Path, ...]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "ExecuteConfig":
        """Read the configuration. Raises InvalidConfiguration."""
        names = ("HOME", "RUNNER_TEMP", "GITHUB_WORKSPACE")
        return checked(
            environ,
            lambda reader, runner: cls(
                runner=runner,
                target_owner=reader.optional("TARGET_OWNER", runner.owner),
                search_path=reader.optional("PATH", DEFAULT_PATH),
                hidden=tuple(Path(value) for name in names if (value := reader.optional(name))),
            ),
        )
