"""What the agents' phases are told from outside: one frozen dataclass for each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from action.config import MODELS, MOST_REVISIONS, SECONDS_BETWEEN_WRITES, Runner, checked


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
