"""The settings of the phases around the ledger."""

import pytest

from action.errors import InvalidConfiguration
from action.job.settings import CollectConfig, DashboardConfig, ReconcileConfig

RUNNER = {
    "RUNNER_TEMP": "/tmp",  # noqa: S108 - never used
    "GITHUB_EVENT_PATH": "/nowhere",
    "GITHUB_REPOSITORY": "owner/runner",
    "GITHUB_TOKEN": "made-up",
}


@pytest.mark.parametrize("config", [CollectConfig, DashboardConfig, ReconcileConfig])
def test_the_token_is_required_and_never_shown(config: type[CollectConfig]) -> None:
    more = {"DASHBOARD_COMMIT": "5" * 40, "ACTIONS_ID_TOKEN_REQUEST_URL": "u", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "tt"}
    assert "made-up" not in repr(config.from_environ({**RUNNER, **more}))
    with pytest.raises(InvalidConfiguration, match="GITHUB_TOKEN"):
        config.from_environ({**RUNNER, **more, "GITHUB_TOKEN": ""})


@pytest.mark.parametrize(("text", "seconds"), [("", 60), ("3", 3), ("2.6", 3), ("0", 1), ("86400", 3600)])
def test_the_seconds_between_refreshes_are_some_that_the_dashboard_takes(text: str, seconds: int) -> None:
    assert CollectConfig.from_environ({**RUNNER, "DASHBOARD_REFRESH_S": text}).refresh_seconds == seconds


def test_only_the_word_true_asks_for_a_rebuild_or_for_cancelled_builds() -> None:
    for text, expected in (("true", True), ("false", False), ("", False)):
        assert CollectConfig.from_environ({**RUNNER, "PAGEWRIGHT_REBUILD": text}).is_rebuild is expected
        assert ReconcileConfig.from_environ({**RUNNER, "PAGEWRIGHT_CANCELLED": text}).with_cancelled is expected


@pytest.mark.parametrize("text", ["{", "[]", "0.3"])
def test_prices_that_are_no_json_object(text: str) -> None:
    assert CollectConfig.from_environ({**RUNNER, "MODEL_PRICES": '{"m": {"input": 1}}'}).prices == {"m": {"input": 1}}
    with pytest.raises(InvalidConfiguration, match="MODEL_PRICES"):
        CollectConfig.from_environ({**RUNNER, "MODEL_PRICES": text})
