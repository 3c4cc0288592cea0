"""Jobs find in uv's cache what `make install` put there, whatever index it came from."""

import json
from pathlib import Path

from embedded.actions.service import settings_of_uv
from embedded.install import source


def test_what_the_installation_wrote_down_is_used__without_passwords(tmp_path: Path) -> None:
    told = {
        "UV_DEFAULT_INDEX": "https://me:word@index.example/simple",
        "UV_CACHE_DIR": "/elsewhere",
        "UV_SYSTEM_CERTS": "true",
        "GEMINI_API_KEY": "key-of-mine",
    }
    (tmp_path / "installed").write_text(json.dumps(source(told)))
    assert settings_of_uv(tmp_path) == {
        "UV_DEFAULT_INDEX": "https://index.example/simple",
        "UV_CACHE_DIR": "/elsewhere",
    }


def test_an_installation_of_an_earlier_version_wrote_nothing_down(tmp_path: Path) -> None:
    (tmp_path / "installed").touch()
    assert settings_of_uv(tmp_path) == {"UV_CACHE_DIR": str(tmp_path / "cache")}
