"""The example of the settings is usable and private; mistakes in settings are named."""

import math
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evaluator.deadlines import shown_moment
from evaluator.errors import SettingsAreWrong
from evaluator.settings import Settings, Weights, read_settings, write_example

NEEDED = 'public_url = "https://a.example"\nseed = "12345"\n'


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
            "public_url: must be an http or https address",
        ),
        (
            'public_url = "https://a.example"\nseed = "12345"\nround = 3',
            "round: there is no setting of this name, known are public_url",
        ),
        ('public_url = "https://a.example"\nseed = "12345"\nrounds = 0', "rounds: Input should be greater"),
        ("public_url = ", "Invalid value"),
        (f"{NEEDED}deadline = 'Friday'", "deadline: is not a date and time such as 2026"),
        (f"{NEEDED}[weights]\ngivne = 3", "weights.givne: there is no setting of this name, known are given, kept"),
        (f"{NEEDED}[weights]\nrule = -1", "weights.rule: Input should be greater than or equal to 0"),
        (f"{NEEDED}[weights]\nkept = nan", "weights.kept: Input should be a finite number"),
        (f"{NEEDED}[weights]\ngiven = 0\nkept = 0\nrule = 0\nrepository = 0\nprotocol = 0", "weights: at least one"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsAreWrong, match=said):
        read_settings(write(tmp_path, text))


def test_settings_from_before_weights_and_deadlines_are_still_good(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, NEEDED))
    assert (settings.weights, settings.deadline) == (Weights(given=6, kept=2, rule=1), math.inf)


@pytest.mark.parametrize("value", ["2026-12-01T18:00:00+01:00", '"2026-12-01T18:00+01:00"', '"2026-12-01 17:00Z"'])
def test_a_deadline_is_written_as_text_or_as_toml_has_it(tmp_path: Path, value: str) -> None:
    settings = read_settings(write(tmp_path, f"{NEEDED}deadline = {value}"))
    assert settings.deadline == datetime(2026, 12, 1, 17, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("value", ["2026-12-01", '"2026-12-01"'])
def test_a_date_alone_means_the_end_of_that_day_on_this_machine(tmp_path: Path, value: str) -> None:
    settings = read_settings(write(tmp_path, f"{NEEDED}deadline = {value}"))
    assert settings.deadline == datetime(2026, 12, 1, 23, 59, 59).timestamp()  # noqa: DTZ001 - local time is meant
    assert shown_moment(settings.deadline).startswith("2026-12-01 23:59")
