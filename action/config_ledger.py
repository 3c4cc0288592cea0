"""The configuration of the phases around the ledger: they hold the run's own token, and no secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from action.config import Reader, Runner, checked

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
