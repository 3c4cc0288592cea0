"""Which folders of PATH a command may see."""

import os
import pwd
from pathlib import Path

import pytest

from action.execution.sandbox import SYSTEM, readable
from action.execution.workplace import other_user


def test_the_folders_of_path_are_seen_and_where_its_interpreters_are(tmp_path: Path) -> None:
    real = tmp_path / "versions" / "1"
    for folder in ("bin", "lib"):
        (real / folder).mkdir(parents=True)
    (real / "bin" / "python3").touch(mode=0o755)
    shims = tmp_path / "data" / "bin"
    shims.mkdir(parents=True)
    (shims / "python3").symlink_to(real / "bin" / "python3")
    found = readable(f"{shims}:relative:", hidden=(tmp_path / "home",))
    assert found[: len(SYSTEM)] == [Path(folder) for folder in SYSTEM]
    assert {shims, real / "bin", real / "lib"} <= set(found)
    assert not {tmp_path, tmp_path / "data", real, tmp_path / "versions", Path("relative")} & set(found)


def test_a_folder_that_holds_a_hidden_one_is_not_seen(tmp_path: Path) -> None:
    home = tmp_path / "home" / "me"
    (home / "bin").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "home")
    entries = ("/", str(tmp_path), str(home), str(tmp_path / "link"), str(home / "bin"))
    found = readable(":".join(entries), hidden=(home,))
    assert found[len(SYSTEM) :] == [home / "bin"]


def test_an_ordinary_user_hands_over_to_nobody() -> None:
    assert other_user(effective=1000) is None


@pytest.mark.skipif("nobody" not in {each.pw_name for each in pwd.getpwall()}, reason="there is no user nobody here")
def test_root_hands_over_to_somebody_without_rights() -> None:
    user = other_user(effective=0)
    assert user
    assert user.uid not in {0, os.getuid()}
