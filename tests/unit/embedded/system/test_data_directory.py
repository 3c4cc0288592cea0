import os
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from embedded.model.choice import GOOGLE, ModelChoice
from embedded.system.credentials import Credentials
from embedded.system.data_directory import DataDirectory, DataDirectoryIsInUse, DataDirectoryIsUnusable


def test_a_second_system_in_the_same_folder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    first = DataDirectory(tmp_path)
    with pytest.raises(DataDirectoryIsInUse, match=f"process {os.getpid()} still runs"):
        DataDirectory(tmp_path)
    first.release()
    DataDirectory(tmp_path).release()


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nothing/here"])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirectoryIsUnusable, match=r'say another folder: make up ARGS="--data DIR"'):
        DataDirectory(tmp_path / place)


def test_credentials_stay_the_same__are_private__and_are_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "credentials.json"
    first = Credentials.kept_in(file)
    assert Credentials.kept_in(file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not any(value in repr(first) for value in asdict(first).values())
    assert first.receiver_token != first.target_token


def test_another_data_folder_has_other_credentials(tmp_path: Path) -> None:
    assert Credentials.kept_in(tmp_path / "a").student_secret != Credentials.kept_in(tmp_path / "b").student_secret


def test_without_a_model_in_the_environment_the_stand_in_is_used() -> None:
    choice = ModelChoice.from_environ({"GEMINI_API_KEY": " "}, own_url="http://localhost:1", own_key="k")
    assert (choice.url, choice.key) == (None, "k")
    assert choice.variables["GOOGLE_GEMINI_BASE_URL"] == "http://localhost:1"


def test_a_key_alone_means_google__and_an_address_alone_needs_no_key() -> None:
    key = ModelChoice.from_environ({"GEMINI_API_KEY": "mine"}, own_url="", own_key="k")
    assert (key.url, key.key, key.variables) == (GOOGLE, "mine", {})
    environ = {"GOOGLE_GEMINI_BASE_URL": "http://localhost:9/", "GEMINI_MODEL": "a,b"}
    address = ModelChoice.from_environ(environ, own_url="", own_key="k")
    assert (address.url, address.key) == ("http://localhost:9", "no-key-needed")
    assert address.variables == {"GOOGLE_GEMINI_BASE_URL": "http://localhost:9", "GEMINI_MODEL": "a,b"}


def test_models_over_openais_wire_come_from_the_environment_too() -> None:
    only = ModelChoice.from_environ(
        {"GEMINI_MODEL": "openai:a", "OPENAI_API_KEY": "mine"}, own_url="http://localhost:1", own_key="k"
    )
    assert (only.url, only.key, only.openai_key) == ("https://api.openai.com/v1", "", "mine")
    assert only.variables == {"GEMINI_MODEL": "openai:a"}
    both = {"GEMINI_API_KEY": "g", "GEMINI_MODEL": "b, openai:a", "OPENAI_BASE_URL": "http://localhost:11434/v1"}
    mixed = ModelChoice.from_environ(both, own_url="http://localhost:1", own_key="k")
    assert (mixed.key, mixed.variables["OPENAI_BASE_URL"]) == ("g", "http://localhost:11434/v1")
