"""python -m dashboard: its arguments, its configuration, and the folder that it writes."""

import json
import os
from pathlib import Path

import pytest

from dashboard.__main__ import main
from dashboard.settings import CannotRender, Config, load_config
from tests.unit.action.ledger.example_ledger import LIGHTS, SALES


def test_it_says_what_it_made(ledger: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (ledger / "tasks" / "stray").write_text("")
    assert main([str(ledger), str(out)]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "3 tasks with 5 builds."
    assert "tasks/stray: it is not the folder of a task" in said
    assert (out / "index.html").exists()


def test_no_ledger__is_said_without_a_traceback(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(out / "nothing"), str(out)]) == 2
    assert "Next step:" in capsys.readouterr().err
    assert not out.exists()


def test_a_folder_of_somebody_else__is_left_alone(ledger: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    assert main([str(ledger), str(out)]) == 2
    assert "is not a dashboard" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_an_earlier_dashboard__is_replaced_as_a_whole(ledger: Path, out: Path) -> None:
    assert main([str(ledger), str(out)]) == 0
    task = out / "api" / "tasks" / f"{LIGHTS}.json"
    assert task.exists()
    for path in sorted((ledger / "tasks" / LIGHTS).rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert main([str(ledger), str(out)]) == 0
    assert not task.exists()
    assert [path.name for path in out.parent.iterdir() if path.name.startswith(".")] == []


def test_the_ledger__is_not_changed_by_what_is_written_later(ledger: Path, out: Path) -> None:
    """Files are taken over without copying; the next rendering must not write into them."""
    main([str(ledger), str(out)])
    kept = next((ledger / "tasks" / SALES / "files").iterdir())
    shown = out / "api" / "files" / SALES / kept.name
    assert shown.stat().st_ino == kept.stat().st_ino
    before = kept.read_bytes()
    main([str(ledger), str(out)])
    assert kept.read_bytes() == before


def test_files_are_copied__where_they_cannot_be_linked(
    ledger: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    main([str(ledger), str(out)])
    kept = next((ledger / "tasks" / SALES / "files").iterdir())
    assert (out / "api" / "files" / SALES / kept.name).read_bytes() == kept.read_bytes()


def test_the_configuration_of_the_collector__is_understood(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    running = {
        "build_id": "a" * 20,
        "run_url": "https://x.example/1",
        "status": "queued",
        "started_at": "2026-11-20T09:00:00Z",
    }
    path.write_text(
        json.dumps({"api_url": "http://localhost:7/api/v3", "runner": "o/r", "running": [running], "new": 1})
    )
    config = load_config(path)
    assert (config.api_origin, config.runner, config.running[0].status) == ("http://localhost:7", "o/r", "queued")


@pytest.mark.parametrize(
    "wrong",
    [
        '{"api_url": "https://x.example; script-src *"}',
        '{"api_url": "javascript:alert(1)"}',
        '{"api_url": "https://user@x.example"}',
        '{"runner": "../x/y"}',
        '{"refresh_seconds": 0}',
        "[]",
        "{",
    ],
)
def test_a_wrong_configuration__is_refused_in_three_parts(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(wrong)
    with pytest.raises(CannotRender, match=r"(?s)Likely cause: .* Next step: "):
        load_config(path)


def test_without_a_configuration__github_is_where_it_is() -> None:
    assert load_config(None) == Config()
    assert Config().api_origin == "https://api.github.com"
