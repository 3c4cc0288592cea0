"""The configuration, and what happens without it."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from receiver.config import APP, CannotStart, Config, read_or_exit, with_env_file
from tests.app_key import key_pair

WHOLE = {"STUDENT_SECRET": "secret-word", "GITHUB_TOKEN": "token-word", "RUNNER_REPOSITORY": "owner/runner"}

WITH_APP = {
    **{name: value for name, value in WHOLE.items() if name != "GITHUB_TOKEN"},
    "GITHUB_APP_ID": "123456",
    "GITHUB_APP_PRIVATE_KEY": key_pair()[0],
}


def test_three_names_are_enough() -> None:
    config = Config.from_environ(WHOLE)
    assert (config.secret, config.token, config.repository) == ("secret-word", "token-word", "owner/runner")
    assert config.api_url == "https://api.github.com"
    assert config.max_request_bytes == 20 * 1024 * 1024 + 64 * 1024
    assert (config.host, config.port) == ("127.0.0.1", 8000)


def test_a_15_mib_attachment_fits_by_default() -> None:
    assert Config.from_environ(WHOLE).max_request_bytes >= 15 * 1024 * 1024 * 4 // 3 + 1000


def test_all_missing_names_are_reported_at_once__empty_counts_as_missing() -> None:
    with pytest.raises(CannotStart) as raised:
        Config.from_environ({"STUDENT_SECRET": "", "GITHUB_TOKEN": " \n"})
    for name in WHOLE:
        assert f"{name} is not set" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RUNNER_REPOSITORY", "no-owner"),
        ("RUNNER_REPOSITORY", "https://github.com/owner/runner"),
        ("GITHUB_API_URL", "api.github.com"),
        ("GITHUB_TOKEN", "two words"),
        ("GITHUB_TOKEN", "tökén"),
        ("MAX_REQUEST_MB", "0"),
        ("MAX_REQUEST_MB", "20MB"),
        ("MAX_REQUEST_MB", "²"),
        ("PORT", "http"),
        ("PORT", "70000"),
        ("GITHUB_TIMEOUT_S", "-1"),
        ("EXECUTE_WAIT_S", "121"),
        ("TARGET_OWNER", "an/owner"),
        ("DASHBOARD_URL", "pages.example.org"),
    ],
)
def test_what_cannot_be_right_is_named(name: str, value: str) -> None:
    with pytest.raises(CannotStart, match=name):
        Config.from_environ({**WHOLE, name: value})


def test_an_optional_name_that_is_empty_has_its_default() -> None:
    environ = {**WHOLE, "PORT": "", "GITHUB_API_URL": " ", "MAX_REQUEST_MB": ""}
    assert Config.from_environ(environ) == Config.from_environ(WHOLE)


def test_spaces_around_what_was_pasted_do_not_matter__but_the_secret_is_taken_as_it_is() -> None:
    config = Config.from_environ({name: f" {value}\n" for name, value in WHOLE.items()})
    assert (config.token, config.repository, config.secret) == ("token-word", "owner/runner", " secret-word\n")


def test_no_text_form_shows_the_secret_or_the_token() -> None:
    assert "word" not in repr(Config.from_environ(WHOLE))


@pytest.mark.parametrize("environ", [{}, {**WHOLE, "PORT": "x", "GITHUB_TOKEN": ""}])
def test_a_start_without_configuration_ends_with_three_sentences(
    environ: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        read_or_exit(environ)
    assert raised.value.code == 2
    what, cause, next_step = capsys.readouterr().err.strip().splitlines()
    assert what.startswith("The receiver did not start: ")
    assert cause.startswith("Likely cause: ")
    assert next_step.startswith("Next step: ")


def test_a_short_secret_is_refused_without_its_value() -> None:
    with pytest.raises(CannotStart, match="STUDENT_SECRET is shorter than 8 characters") as raised:
        Config.from_environ({**WHOLE, "STUDENT_SECRET": "qzx-917"})
    assert "qzx" not in str(raised.value)
    assert Config.from_environ({**WHOLE, "STUDENT_SECRET": "qzxv-917"}).secret == "qzxv-917"


def test_projects_belong_to_the_target_owner__else_to_the_owner_of_the_runner_repository() -> None:
    assert Config.from_environ(WHOLE).owner == "owner"
    assert Config.from_environ({**WHOLE, "TARGET_OWNER": "lab"}).owner == "lab"


@pytest.mark.parametrize(
    ("repository", "setting", "site"),
    [
        ("Owner/Runner", "", "https://owner.github.io/Runner"),
        ("Owner/owner.github.io", "", "https://owner.github.io"),
        ("owner/runner", "https://pages.example.org/x/", "https://pages.example.org/x"),
    ],
)
def test_the_dashboard_is_on_the_runners_pages__unless_it_is_said(repository: str, setting: str, site: str) -> None:
    config = Config.from_environ({**WHOLE, "RUNNER_REPOSITORY": repository, "DASHBOARD_URL": setting})
    assert config.dashboard_page("a" * 20) == f"{site}/task.html?key={'a' * 20}"


def test_an_app_takes_the_place_of_the_token__its_key_may_come_in_one_line() -> None:
    for key in (key_pair()[0], key_pair()[0].replace("\n", "\\n"), f"  {key_pair()[0]}\n"):
        config = Config.from_environ({**WITH_APP, "GITHUB_APP_PRIVATE_KEY": key})
        assert (config.token, config.app_id, config.app_key) == ("", "123456", key_pair()[0].strip())
        assert "PRIVATE KEY" not in repr(config)


@pytest.mark.parametrize("half", APP)
def test_half_an_app_is_an_error_that_names_the_other_half(half: str) -> None:
    with pytest.raises(CannotStart, match=f"{half} is not set"):
        Config.from_environ({**WITH_APP, half: ""})


def test_a_token_beside_an_app_is_an_error() -> None:
    with pytest.raises(CannotStart, match="GITHUB_TOKEN is set beside a GitHub App"):
        Config.from_environ({**WITH_APP, "GITHUB_TOKEN": "token-word"})


@pytest.mark.parametrize("key", ["no key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "é"])
def test_a_key_that_cannot_sign_is_an_error_without_its_text(key: str) -> None:
    with pytest.raises(CannotStart, match="GITHUB_APP_PRIVATE_KEY is not a whole private key") as raised:
        Config.from_environ({**WITH_APP, "GITHUB_APP_PRIVATE_KEY": key})
    assert key not in str(raised.value)


def test_the_file_env_fills_in_what_is_not_set__variables_that_are_set_win(tmp_path: Path) -> None:
    lines = ["# the door", "STUDENT_SECRET='of ${the} file'", "export PORT=1 # a port", "HOST=::1", "GITHUB_TOKEN="]
    (tmp_path / ".env").write_text("\n".join(lines))
    found = with_env_file({"PORT": "2", "HOST": " ", "GITHUB_TOKEN": "t"}, tmp_path)
    assert found == {"STUDENT_SECRET": "of ${the} file", "PORT": "2", "HOST": "::1", "GITHUB_TOKEN": "t"}


def test_keys_fit_into_the_file_env(tmp_path: Path) -> None:
    entry = {"name": "a", "sha256": "0" * 64, "rights": ["send"]}
    (tmp_path / ".env").write_text(f"KEYS='{json.dumps([entry])}'\n")
    assert Config.from_environ(with_env_file(WHOLE, tmp_path)).keys[0].name == "a"


def test_the_file_of_keys_is_looked_for_where_the_program_was_started(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEYS_FILE=keys.json\n")
    assert with_env_file({}, tmp_path) == {"KEYS_FILE": str(tmp_path / "keys.json")}
    assert with_env_file({"KEYS_FILE": "/etc/keys.json"}, tmp_path) == {"KEYS_FILE": "/etc/keys.json"}


def test_without_the_file_env_there_is_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()  # a virtual environment may be called so
    assert with_env_file(WHOLE, tmp_path) == WHOLE


def test_a_file_env_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff\xfe\n")
    with pytest.raises(CannotStart, match=r"the file \.env cannot be read"):
        with_env_file(WHOLE, tmp_path)


def test_the_log_is_text_or_json__and_nothing_else() -> None:
    assert Config.from_environ(WHOLE).log_format == "text"
    assert Config.from_environ({**WHOLE, "LOG_FORMAT": "json"}).log_format == "json"
    with pytest.raises(CannotStart, match="LOG_FORMAT is not text or json"):
        Config.from_environ({**WHOLE, "LOG_FORMAT": "xml"})
