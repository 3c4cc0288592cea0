"""What pip-audit says is read strictly: silence about a package is not "no vulnerability"."""

from pathlib import Path

import pytest

from tests.audit.__main__ import result_of
from tests.audit.dependencies import CouldNotLook, found_in, vulnerabilities

CLEAN = {"name": "a", "version": "1.0", "vulns": []}
BAD = {"name": "b", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
SKIPPED = {"name": "c", "skip_reason": "Dependency not found on PyPI and could not be audited: c (3.0)"}


def test_a_vulnerability_is_named_with_the_version_that_mends_it() -> None:
    assert found_in([CLEAN, BAD, SKIPPED]) == ["b 2.0: PYSEC-1, mended in 2.1"]


def test_packages_that_nobody_spoke_of_are_not_clean() -> None:
    assert found_in([CLEAN]) == []
    with pytest.raises(CouldNotLook, match="1 of 2 packages"):
        found_in([CLEAN, SKIPPED])


def test_a_pip_audit_that_is_not_there_or_says_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(CouldNotLook):
        vulnerabilities(tmp_path / "pip-audit", [])
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\n")
    silent.chmod(0o755)
    with pytest.raises(CouldNotLook):
        vulnerabilities(silent, [])


def test_the_exit_code_says_found__nothing__or_could_not_run(capsys: pytest.CaptureFixture[str]) -> None:
    def fails() -> list[str]:
        raise CouldNotLook("no network")

    assert [result_of("x", lambda: ["one"]), result_of("x", list), result_of("x", fails)] == [1, 0, 2]
    assert "x: could not run: no network" in capsys.readouterr().out
