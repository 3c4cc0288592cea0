"""Settings: everything that is missing is reported at once, and no secret is in a repr."""

from pathlib import Path

import pytest

from action.errors import InvalidConfiguration
from action.steps.collect import CollectSettings
from action.steps.deploy import DeploySettings
from action.steps.deploy_dashboard import DashboardSettings
from action.steps.generate import GenerateSettings
from action.steps.notify import NotifySettings
from action.steps.publish import PublishSettings
from action.steps.reconcile import ReconcileSettings
from action.steps.verify import VerifySettings

RUNNER = {"RUNNER_TEMP": "/temp", "GITHUB_EVENT_PATH": "/event.json", "GITHUB_REPOSITORY": "owner/runner"}
SECRETS = {
    name: f"made-up-{name}"
    for name in ("STUDENT_SECRET", "GITHUB_TOKEN", "GEMINI_API_KEY", "OPENAI_API_KEY", "TARGET_TOKEN")
}
ENVIRON = {**RUNNER, **SECRETS}
ALL = (GenerateSettings, PublishSettings, DeploySettings, VerifySettings, NotifySettings)


def test_defaults() -> None:
    generate, publish = GenerateSettings.from_environ(ENVIRON), PublishSettings.from_environ(ENVIRON)
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
    generate = GenerateSettings.from_environ(environ)
    assert generate.models == ("a", "b")
    assert generate.allowed_hosts == {"evaluation.intern", "localhost:8080"}
    assert generate.runner.run_id == 12345678901
    assert PublishSettings.from_environ(environ).seconds_between_writes == 0


def test_the_owner_of_the_runner_repository_owns_the_targets_unless_another_is_named() -> None:
    assert VerifySettings.from_environ(ENVIRON).runner.target_owner == "owner"
    assert VerifySettings.from_environ({**ENVIRON, "TARGET_OWNER": "a-class"}).runner.target_owner == "a-class"


def test_the_budget_can_be_set_and_is_four_calls_otherwise() -> None:
    assert GenerateSettings.from_environ(ENVIRON).most_calls == 4
    limits = {"MAX_MODEL_CALLS": "2", "MAX_MODEL_TOKENS": "1000", "MAX_CANDIDATES": "0"}
    found = GenerateSettings.from_environ({**ENVIRON, **limits})
    assert (found.most_calls, found.most_tokens, found.most_candidates) == (2, 1000, 0)


def test_all_missing_names_at_once_and_empty_means_unset() -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        PublishSettings.from_environ({"STUDENT_SECRET": " ", "SECONDS_BETWEEN_WRITES": "soon"})
    for name in (*RUNNER, "STUDENT_SECRET", "TARGET_TOKEN", "SECONDS_BETWEEN_WRITES"):
        assert name in caught.value.what


def test_each_wrong_value_is_told_in_words_of_its_own() -> None:
    wrong = {**RUNNER, "GITHUB_TOKEN": "t", "DASHBOARD_REFRESH_S": "soon", "MODEL_PRICES": "{", "GITHUB_RUN_ID": "x"}
    with pytest.raises(InvalidConfiguration) as caught:
        CollectSettings.from_environ(wrong)
    assert caught.value.what == (
        "The configuration is not complete: GITHUB_RUN_ID is not a number that can be used; "
        "DASHBOARD_REFRESH_S is not a number that can be used; "
        'MODEL_PRICES is not JSON such as {"a-model": {"input": 0.3, "output": 2.5}}.'
    )


def test_only_the_declared_names_are_read() -> None:
    assert VerifySettings.from_environ({**RUNNER, "api_url": "http://elsewhere"}).runner.api_url.endswith("github.com")


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "1 s"])
def test_a_pause_that_is_no_number_of_seconds(value: str) -> None:
    with pytest.raises(InvalidConfiguration, match="SECONDS_BETWEEN_WRITES"):
        DeploySettings.from_environ({**ENVIRON, "SECONDS_BETWEEN_WRITES": value})


@pytest.mark.parametrize("config", ALL)
def test_no_secret_in_a_repr(config: type[PublishSettings]) -> None:
    shown = repr(config.from_environ({**ENVIRON, "PAGEWRIGHT_PAYLOAD": "made-up-payload"}))
    assert "made-up" not in shown


def test_each_phase_needs_only_its_own_secrets() -> None:
    VerifySettings.from_environ(RUNNER)
    DeploySettings.from_environ({**RUNNER, "TARGET_TOKEN": "t"})
    NotifySettings.from_environ({**RUNNER, "STUDENT_SECRET": "secret-1"})


@pytest.mark.parametrize("name", ["STUDENT_SECRET", "GEMINI_API_KEY", "OPENAI_API_KEY"])
def test_a_secret_that_may_be_part_of_a_digest_is_refused_without_its_value(name: str) -> None:
    with pytest.raises(InvalidConfiguration, match=f"{name} is shorter than 8 characters") as caught:
        GenerateSettings.from_environ({**ENVIRON, name: "1234567"})
    assert "1234567" not in str(caught.value)


URL = "OPENAI_BASE_URL"


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({"GEMINI_MODEL": ""}, "GEMINI_API_KEY"),
        ({"GEMINI_MODEL": "openai:a"}, "OPENAI_API_KEY"),
        ({"GEMINI_MODEL": "openai:a", "OPENAI_API_KEY": "made-up-key"}, ""),
        ({"GEMINI_MODEL": "openai:a:7b", URL: "http://localhost:11434/v1"}, ""),
        ({"GEMINI_MODEL": "openai:a,b", URL: "http://localhost:11434/v1"}, "GEMINI_API_KEY"),
        ({"GEMINI_MODEL": "b,openai:a", "GEMINI_API_KEY": "made-up-key"}, "OPENAI_API_KEY"),
        ({"GEMINI_MODEL": "b,openai:a", "GEMINI_API_KEY": "made-up-key", "OPENAI_API_KEY": "made-up-key"}, ""),
    ],
)
def test_a_key_is_required_for_the_wires_that_models_have_and_for_no_other(
    environ: dict[str, str], missing: str
) -> None:
    given = {**ENVIRON, "GEMINI_API_KEY": "", "OPENAI_API_KEY": "", **environ}
    assert GenerateSettings.from_environ(given).missing_key == missing


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("https://openrouter.ai/api/v1/", ""),
        ("http://localhost:11434/v1", ""),
        ("http://127.0.0.1:8080/v1", ""),
        ("http://[::1]:8080/v1", ""),
        ("http://gpu.lab.example:8000/v1", ""),
        ("http://gpu2.lab.example:8000/v1", ""),
        ("http://gpu2.lab.example:8001/v1", "is no https address"),
        ("http://openrouter.ai/api/v1", "is no https address"),
        ("ftp://localhost/v1", "is no https address"),
        ("https://user:word@openrouter.ai/v1", "is no address"),
        ("https://openrouter.ai/v1?key=1", "is no address"),
        ("openrouter.ai/api/v1", "is no address"),
        ("https://", "is no address"),
        ("http://[", "is no address"),
    ],
)
def test_a_key_goes_only_where_nobody_reads_it_on_the_way(address: str, wrong: str) -> None:
    allowed = "gpu.lab.example, gpu2.lab.example:8000"
    given = {**ENVIRON, "ALLOWED_HOSTS": allowed, URL: address}
    if not wrong:
        assert GenerateSettings.from_environ(given).openai_base_url == address.rstrip("/")
        return
    with pytest.raises(InvalidConfiguration, match=f"{URL} {wrong}"):
        GenerateSettings.from_environ(given)


@pytest.mark.parametrize("config", [CollectSettings, DashboardSettings, ReconcileSettings])
def test_the_token_is_required_and_never_shown(config: type[CollectSettings]) -> None:
    more = {"DASHBOARD_COMMIT": "5" * 40, "ACTIONS_ID_TOKEN_REQUEST_URL": "u", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "tt"}
    assert "made-up" not in repr(config.from_environ({**ENVIRON, **more}))
    with pytest.raises(InvalidConfiguration, match="GITHUB_TOKEN"):
        config.from_environ({**ENVIRON, **more, "GITHUB_TOKEN": ""})


@pytest.mark.parametrize(("text", "seconds"), [("", 60), ("3", 3), ("2.6", 3), ("0", 1), ("86400", 3600)])
def test_the_seconds_between_refreshes_are_some_that_the_dashboard_takes(text: str, seconds: int) -> None:
    assert CollectSettings.from_environ({**ENVIRON, "DASHBOARD_REFRESH_S": text}).refresh_seconds == seconds


def test_only_the_word_true_asks_for_a_rebuild_or_for_cancelled_builds() -> None:
    for text, expected in (("true", True), ("false", False), ("", False)):
        assert CollectSettings.from_environ({**ENVIRON, "PAGEWRIGHT_REBUILD": text}).is_rebuild is expected
        assert ReconcileSettings.from_environ({**ENVIRON, "PAGEWRIGHT_CANCELLED": text}).with_cancelled is expected


@pytest.mark.parametrize("text", ["{", "[]", "0.3"])
def test_prices_that_are_no_json_object(text: str) -> None:
    assert CollectSettings.from_environ({**ENVIRON, "MODEL_PRICES": '{"m": {"input": 1}}'}).prices == {
        "m": {"input": 1}
    }
    with pytest.raises(InvalidConfiguration, match="MODEL_PRICES"):
        CollectSettings.from_environ({**ENVIRON, "MODEL_PRICES": text})
