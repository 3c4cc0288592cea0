"""Configuration: everything that is missing is reported at once, and no secret is in a repr."""

from pathlib import Path

import pytest

from action.errors import InvalidConfiguration
from action.generate.loop import Budget
from action.job.settings import DeployConfig, GenerateConfig, NotifyConfig, PublishConfig, VerifyConfig

RUNNER = {"RUNNER_TEMP": "/temp", "GITHUB_EVENT_PATH": "/event.json", "GITHUB_REPOSITORY": "owner/runner"}
SECRETS = {name: f"made-up-{name}" for name in ("STUDENT_SECRET", "GITHUB_TOKEN", "GEMINI_API_KEY", "TARGET_TOKEN")}
ENVIRON = {**RUNNER, **SECRETS}
ALL = (GenerateConfig, PublishConfig, DeployConfig, VerifyConfig, NotifyConfig)


def test_defaults() -> None:
    generate, publish = GenerateConfig.from_environ(ENVIRON), PublishConfig.from_environ(ENVIRON)
    assert generate.models[0] == "gemini-3.8-flash"
    assert publish.seconds_between_writes == 1.0
    assert publish.runner.bundle == Path("/temp/pagewright/bundle")
    assert publish.runner.api_url == "https://api.github.com"


def test_what_is_set_is_used() -> None:
    environ = {
        **ENVIRON,
        "GEMINI_MODEL": " a , b,",
        "ALLOWED_HOSTS": "evaluation.intern,localhost:8080",
        "SECONDS_BETWEEN_WRITES": "0",
        "GITHUB_RUN_ID": "12345678901",
    }
    generate = GenerateConfig.from_environ(environ)
    assert generate.models == ("a", "b")
    assert generate.allowed_hosts == {"evaluation.intern", "localhost:8080"}
    assert generate.runner.run_id == 12345678901
    assert PublishConfig.from_environ(environ).seconds_between_writes == 0


def test_the_owner_of_the_runner_repository_owns_the_targets_unless_another_is_named() -> None:
    assert (
        GenerateConfig.from_environ(ENVIRON).target_owner == PublishConfig.from_environ(ENVIRON).target_owner == "owner"
    )
    assert PublishConfig.from_environ({**ENVIRON, "TARGET_OWNER": "a-class"}).target_owner == "a-class"


def test_the_budget_can_be_set_and_is_four_calls_otherwise() -> None:
    assert GenerateConfig.from_environ(ENVIRON).budget == Budget(calls=4)
    limits = {"MAX_MODEL_CALLS": "2", "MAX_MODEL_TOKENS": "1000", "MAX_CANDIDATES": "0"}
    assert GenerateConfig.from_environ({**ENVIRON, **limits}).budget == Budget(2, 1000, 0)


def test_all_missing_names_at_once_and_empty_means_unset() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        PublishConfig.from_environ({"STUDENT_SECRET": " ", "SECONDS_BETWEEN_WRITES": "soon"})
    for name in (*RUNNER, "STUDENT_SECRET", "TARGET_TOKEN", "SECONDS_BETWEEN_WRITES"):
        assert name in caught.value.what


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "1 s"])
def test_a_pause_that_is_no_number_of_seconds(value: str) -> None:
    with pytest.raises(InvalidConfiguration, match="SECONDS_BETWEEN_WRITES"):
        DeployConfig.from_environ({**ENVIRON, "SECONDS_BETWEEN_WRITES": value})


@pytest.mark.parametrize("config", ALL)
def test_no_secret_in_a_repr(config: type[PublishConfig]) -> None:
    shown = repr(config.from_environ({**ENVIRON, "PAGEWRIGHT_PAYLOAD": "made-up-payload"}))
    assert "made-up" not in shown


def test_each_phase_needs_only_its_own_secrets() -> None:
    VerifyConfig.from_environ(RUNNER)
    DeployConfig.from_environ({**RUNNER, "TARGET_TOKEN": "t"})
    NotifyConfig.from_environ({**RUNNER, "STUDENT_SECRET": "s"})
