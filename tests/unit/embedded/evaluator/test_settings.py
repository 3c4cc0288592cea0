"""The example of the settings is usable and private; mistakes in settings are named."""

import stat
from pathlib import Path

import pytest

from embedded.evaluator.errors import SettingsAreWrong
from embedded.evaluator.settings import Settings, read_settings, write_example


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "evaluator.toml"
    path.write_text(text)
    return path


def test_the_example_says_the_defaults_and_has_a_seed_that_nobody_can_guess(tmp_path: Path) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    write_example(first)
    write_example(second)
    settings, other = read_settings(first), read_settings(second)
    assert settings == Settings(public_url="https://evaluation.example.org", seed=settings.seed)
    assert len(settings.seed) == 24
    assert settings.seed != other.seed
    assert settings.is_example
    assert stat.S_IMODE(first.stat().st_mode) == 0o600


def test_an_address_on_the_command_line_takes_the_place_of_the_one_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "evaluator.toml"
    write_example(path)
    settings = read_settings(path, "https://grades.example.edu/eval/")
    assert (settings.public_url, settings.is_example) == ("https://grades.example.edu/eval", False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('seed = "12345"', "public_url: Field required"),
        (
            'public_url = "grades.example.edu"\nseed = "12345"',
            "public_url: Value error, must be an http or https address",
        ),
        ('public_url = "https://a.example"\nseed = "12345"\nround = 3', "round: Extra inputs are not permitted"),
        ('public_url = "https://a.example"\nseed = "12345"\nrounds = 0', "rounds: Input should be greater"),
        ("public_url = ", "Invalid value"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsAreWrong, match=said):
        read_settings(write(tmp_path, text))
