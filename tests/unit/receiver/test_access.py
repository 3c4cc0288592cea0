"""KEYS and KEYS_FILE: what is read, what is refused, and the command that makes a key."""

import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from receiver import new_key
from receiver.access import LARGEST_FILE, PER_HOUR, digest_of
from receiver.config import CannotStart, Config
from tests.unit.receiver.test_config import WHOLE


def entry(**changes: Any) -> dict[str, Any]:
    return {"name": "course-a", "sha256": digest_of(secrets.token_urlsafe()).hex(), "rights": ["send"], **changes}


def read(*entries: Any) -> Config:
    return Config.from_environ({**WHOLE, "KEYS": json.dumps(entries)})


def test_an_entry_needs_a_name_a_digest_and_rights__the_rest_has_defaults() -> None:
    (key,) = read(entry(sha256="AB" * 32)).keys
    assert (key.name, key.digest, set(key.rights)) == ("course-a", b"\xab" * 32, {"send"})
    assert (key.emails, key.per_hour) == ((), PER_HOUR)
    assert key.is_for("anybody@example.org")


def test_without_keys_there_are_none() -> None:
    assert Config.from_environ({**WHOLE, "KEYS": "", "KEYS_FILE": " "}).keys == ()


def test_the_file_is_the_same_as_the_setting(tmp_path: Path) -> None:
    entries = [entry(emails=["*@a.example.org"], per_hour=5)]
    file = tmp_path / "keys.json"
    file.write_text(json.dumps(entries))
    assert Config.from_environ({**WHOLE, "KEYS_FILE": f" {file}\n"}).keys == read(*entries).keys


@pytest.mark.parametrize(
    ("patterns", "email", "is_theirs"),
    [
        (["*@a.example.org"], "Student@A.example.org ", True),
        (["*@A.example.org"], "student@a.example.org", True),
        (["*@a.example.org"], "student@b.example.org", False),
        (["*@a.example.org"], "student@a.example.org.evil.example", False),
        (["x@b.example", "s??@*"], "s01@c.example", True),
        (["x@b.example", "s??@*"], "s1@c.example", False),
        (["*@a.example.org"], "", False),
    ],
)
def test_patterns_are_those_of_a_shell__upper_and_lower_case_are_the_same(
    patterns: list[str], email: str, is_theirs: bool
) -> None:
    assert read(entry(emails=patterns)).keys[0].is_for(email) is is_theirs


def test_owner_includes_every_other_right__no_other_does() -> None:
    owner, sender = read(entry(rights=["owner"]), entry(name="b")).keys
    assert owner.may("run")
    assert not sender.may("run")


SAME = digest_of("the same key").hex()


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("{", ["KEYS is not JSON"]),
        ("[" * 100_000, ["KEYS is not JSON"]),
        ('[{"name": "a", "name": "b"}]', ["a name occurs twice"]),
        ("{}", ["should be a valid list"]),
        ("[]", ["at least 1 item"]),
        ([entry(name="me@example.org")], ["number 1, name"]),
        ([entry(name="")], ["number 1, name"]),
        ([entry(), entry(name="b", sha256="12")], ["number 2, sha256"]),
        ([entry(rights=[])], ["number 1, rights"]),
        ([entry(rights=["send", "fly"])], ["number 1, rights, number 2", "'send'"]),
        ([entry(per_hour=0)], ["number 1, per_hour"]),
        ([entry(per_hour="5")], ["number 1, per_hour"]),
        ([entry(right=["send"])], ["number 1, right: Extra inputs"]),
        ([entry(per_hour=0), entry(name="B"), 5], ["number 1, per_hour", "number 2, name", "number 3"]),
        ([entry(), entry()], ["two entries have the name course-a"]),
        ([entry(sha256=SAME), entry(name="b", sha256=SAME.upper())], ["course-a and b are the same key"]),
        ([entry(sha256=digest_of(WHOLE["STUDENT_SECRET"]).hex())], ["course-a is the STUDENT_SECRET"]),
    ],
)
def test_what_is_wrong_with_keys__stops_the_start_and_is_named(setting: Any, words: list[str]) -> None:
    text = setting if isinstance(setting, str) else json.dumps(setting)
    with pytest.raises(CannotStart) as raised:
        Config.from_environ({**WHOLE, "KEYS": text, "PORT": "x"})
    assert not [each for each in [*words, "KEYS", "PORT is not"] if each not in str(raised.value)]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    large, broken = tmp_path / "large", tmp_path / "broken"
    large.write_bytes(b" " * (LARGEST_FILE + 1))
    broken.write_bytes(b"\xff\xfe\xff")
    cases = {tmp_path / "missing": "No such file", tmp_path: "directory", large: "too large", broken: "not JSON"}
    for file, words in cases.items():
        with pytest.raises(CannotStart, match=f"KEYS_FILE .*{words}"):
            Config.from_environ({**WHOLE, "KEYS_FILE": str(file)})


def test_both_settings_at_once_are_an_error() -> None:
    with pytest.raises(CannotStart, match="KEYS and KEYS_FILE are both set"):
        Config.from_environ({**WHOLE, "KEYS": json.dumps([entry()]), "KEYS_FILE": "keys.json"})


def test_no_text_form_shows_a_digest() -> None:
    config = read(entry(sha256=SAME))
    assert repr(config.keys[0].digest)[2:10] not in repr(config)


def test_the_command_shows_a_key_once__and_the_entry_that_opens_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["course-a", "--rights", "send, read", "--email", "*@a.example.org", "--per-hour", "7"]
    assert new_key.main(arguments) == 0
    _, key, *_, line = capsys.readouterr().out.split("\n\n")
    (made,) = read(json.loads(line)).keys
    assert (made.digest, made.name, set(made.rights)) == (digest_of(key), "course-a", {"send", "read"})
    assert (made.emails, made.per_hour) == (("*@a.example.org",), 7)
    assert len(key) >= 43
    assert new_key.main(arguments) == 0
    assert key not in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["me@example.org", "--rights", "send"], ["a", "--rights", "fly"], ["a"]])
def test_the_command_refuses_what_the_receiver_would_refuse(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        new_key.main(arguments)
    assert raised.value.code == 2
    assert capsys.readouterr().out == ""
