"""The configuration of the phase that runs a command. It holds nothing that a command must not see."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from action.config import Runner, checked

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
