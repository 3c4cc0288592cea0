"""What is hidden in logs, summaries and annotations."""

from pathlib import Path

from embedded.actions.log import LARGEST_SUMMARY, LONGEST_MESSAGE, MOST_ANNOTATIONS, JobLog
from embedded.actions.masks import Masks


def test_hide__a_secret_of_several_lines_is_hidden_line_by_line() -> None:
    masks = Masks(["first line\nsecond line\n}\n"])
    assert masks.hide("a second line, then } and first line\nsecond line\n}") == "a ***, then } and ***"


def test_hide__a_short_secret_does_not_spoil_a_longer_one() -> None:
    masks = Masks(["ab", "xxabyy"])
    assert masks.hide("xxabyy ab") == "*** ***"


def test_hide__empty_secrets_hide_nothing() -> None:
    assert Masks(["", "\n"]).hide("text") == "text"


def test_log__masks_files_summary_and_annotations(tmp_path: Path) -> None:
    masks = Masks(["hush"])
    log = JobLog(tmp_path / "1.log", tmp_path / "summary.md", masks)
    log.write("say hush")
    log.command("error", "hush is bad", {"title": "hush"}, "1")
    masks.add("later")
    log.summarize("# hush later\n", "1")
    log.close()
    assert "say ***" in (tmp_path / "1.log").read_text()
    assert "##[error]*** is bad" in (tmp_path / "1.log").read_text()
    assert log.annotations == [{"level": "error", "title": "***", "message": "*** is bad"}]
    assert (tmp_path / "summary.md").read_text() == "# *** ***\n\n"


def test_log__each_line_has_its_time(tmp_path: Path) -> None:
    log = JobLog(tmp_path / "1.log", tmp_path / "summary.md", Masks([]))
    log.write("one\r\ntwo\n")
    log.close()
    lines = (tmp_path / "1.log").read_text().splitlines()
    assert [line.partition("Z ")[2] for line in lines] == ["one", "two"]
    assert all(len(line.partition(" ")[0]) == len("2026-11-20T05:36:22.1234567Z") for line in lines)


def test_log__shows_each_script_before_it_runs_as_the_real_one_does(tmp_path: Path) -> None:
    log = JobLog(tmp_path / "1.log", tmp_path / "summary.md", Masks(["hush"]))
    log.begin_step("Lint it", {"name": "Lint it", "run": "pip install x\n\n  x hush\n", "env": {"A": 1}})
    log.begin_step("Get it", {"name": "Get it", "uses": "a/b@v1", "with": {"path": "."}, "env": "${{ expression }}"})
    log.close()
    lines = [line.partition("Z ")[2] for line in (tmp_path / "1.log").read_text().splitlines()]
    cyan = [f"\x1b[36;1m{line}\x1b[0m" for line in ("pip install x", "", "  x ***")]
    shell = ["shell: /usr/bin/bash -e {0}", "env:", "  A: 1", "##[endgroup]"]
    assert lines == [
        *("##[group]Run pip install x", *cyan, *shell),
        *("##[group]Run a/b@v1", "with:", "  path: .", "##[endgroup]"),
    ]


def test_log__limits_of_annotations(tmp_path: Path) -> None:
    log = JobLog(tmp_path / "1.log", tmp_path / "summary.md", Masks([]))
    for _ in range(MOST_ANNOTATIONS + 5):
        log.command("warning", "w" * 9999, {}, "1")
    log.command("warning", "w", {}, "2")
    log.close()
    assert len(log.annotations) == MOST_ANNOTATIONS + 1
    assert len(log.annotations[0]["message"]) == LONGEST_MESSAGE


def test_log__a_summary_that_is_too_large_is_an_error_and_left_out(tmp_path: Path) -> None:
    log = JobLog(tmp_path / "1.log", tmp_path / "summary.md", Masks([]))
    log.summarize("x" * (LARGEST_SUMMARY + 1), "1")
    log.close()
    assert not (tmp_path / "summary.md").exists()
    assert "upload aborted" in log.annotations[0]["message"]
