"""What pip is told, uv is told, unless somebody told uv something else."""

from pathlib import Path

import pytest

from action.installation import UNKNOWN, explanation_of, for_uv, read_settings, settings_of_pip

LISTED = """:env:.timeout='9'
global.index-url='https://pip.example/simple'
global.timeout='5'
install.find-links='/a /b'
install.extra_index_url='https://one.example/simple\\nhttps://two.example/simple'
freeze.timeout='1'
"""


def told(pip: dict[str, str], **environ: str) -> dict[str, str]:
    return for_uv(pip, environ, system_certificates=False)


def test_variables_win_over_sections_and_other_commands_do_not_matter() -> None:
    assert read_settings(LISTED) == {
        "timeout": "9",
        "index-url": "https://pip.example/simple",
        "find-links": "/a /b",
        "extra-index-url": "https://one.example/simple\nhttps://two.example/simple",
    }


def test_every_setting_has_its_name_in_uv() -> None:
    assert told({**read_settings(LISTED), "proxy": "http://proxy:3128", "trusted-host": "a b"}) == {
        "UV_DEFAULT_INDEX": "https://pip.example/simple",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": "/a,/b",
        "UV_INSECURE_HOST": "a b",
        "ALL_PROXY": "http://proxy:3128",
        "UV_HTTP_TIMEOUT": "9",
    }


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])
def test_what_uv_is_told_already_stays(name: str) -> None:
    assert told({"index-url": "https://pip.example/simple"}, **{name: "https://uv.example/simple"}) == {}


def test_certificates_are_a_file_or_a_folder(tmp_path: Path) -> None:
    assert told({"cert": "/company.pem"}) == {"SSL_CERT_FILE": "/company.pem"}
    assert told({"cert": str(tmp_path)}) == {"SSL_CERT_DIR": str(tmp_path)}


def test_pip_takes_certificates_from_variables_too__its_own_setting_comes_first() -> None:
    variables = {"CURL_CA_BUNDLE": "/curl.pem", "REQUESTS_CA_BUNDLE": "/requests.pem"}
    assert told({}, **variables) == {"SSL_CERT_FILE": "/requests.pem"}
    assert told({}, CURL_CA_BUNDLE="/curl.pem") == {"SSL_CERT_FILE": "/curl.pem"}
    assert told({"cert": "/company.pem"}, **variables, SSL_CERT_FILE="/uv.pem") == {"SSL_CERT_FILE": "/company.pem"}
    assert told({}, **variables, SSL_CERT_FILE="/uv.pem") == {}


@pytest.mark.parametrize("said", [{}, {"UV_SYSTEM_CERTS": "false"}, {"UV_NATIVE_TLS": "false"}])
def test_the_certificates_of_the_system_are_used_unless_somebody_decided(said: dict[str, str]) -> None:
    assert for_uv({}, said, system_certificates=True) == ({} if said else {"UV_SYSTEM_CERTS": "true"})
    assert for_uv({}, said, system_certificates=False) == {}


def test_a_python_without_pip_says_nothing() -> None:
    assert settings_of_pip("false", {"PATH": "/usr/bin:/bin"}) == {}


def test_other_words_are_not_explained_away() -> None:
    assert explanation_of("a word that nobody knows") is UNKNOWN
