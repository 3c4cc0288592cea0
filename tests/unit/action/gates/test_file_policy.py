"""The file policy: which paths, kinds and sizes may be published."""

import os
from pathlib import Path

import pytest

from action.gates import file_policy
from action.gates.file_policy import check_files, collect
from receiver.task.file_names import LARGEST_MODEL_FILE


@pytest.mark.parametrize(
    "path",
    [
        "index.html",
        "a/b/c.js",
        "Ünïcode.txt",
        "with space.txt",
        ".nojekyll",
        ".well-known/security.txt",
        "docs/CNAME",
        "a/pagewright-commit.txt",
        "/".join("d" * 100),
        "x" * 200,
        "readme..md",
        "-dash",
        "console.js",
        "a/com10.txt",
        "a/" + "%" * 85,
    ],
)
def test_clean_paths_are_admitted(path: str) -> None:
    assert check_files({path: b""}) == []


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../up.html",
        "a/../b",
        "a//b",
        "./a",
        "a/",
        ".",
        "..",
        ".git/config",
        ".GIT/config",
        "a/.git/config",
        ".gIt",
        ".g\u200cit/config",
        "git~1/config",
        ".github/workflows/x.yml",
        ".pagewright/build.json",
        ".gitattributes",
        ".gitmodules",
        ".env",
        "sub/.env",
        "CNAME",
        "cname",
        "pagewright-commit.txt",
        "Pagewright-Commit.txt",
        "pagewright-commit.txt/x.txt",
        "PAGEWRIGHT-COMMIT.TXT/a/b.json",
        "CNAME/x",
        "a\\b",
        "a\0b",
        "a\nb",
        "a\u202eb",
        "trailing.",
        "trailing ",
        " leading",
        "a /b",
        "e\u0301.txt",
        "x" * 201,
        "ü" * 101,
        "\udcff",
        "a:b.txt",
        "what?.html",
        "a/b*.css",
        'say "hi".txt',
        "a<b>.txt",
        "a|b",
        "con",
        "sub/Aux.txt",
        "lpt1.tar.gz",
        "a/" + "%" * 86,
    ],
)
def test_paths_that_steer_git_or_pages_or_confuse_are_refused(path: str) -> None:
    assert [refusal.path for refusal in check_files({path: b""})] == [path]


@pytest.mark.parametrize(
    "paths",
    [
        ("a.txt", "A.txt"),
        ("Data/x.csv", "data/X.csv"),
        ("straße.txt", "STRASSE.txt"),
        ("a", "a/b"),
        ("a/b", "A"),
        ("x/y", "x/y/z"),
    ],
)
def test_of_two_paths_that_collide_the_later_one_is_refused(paths: tuple[str, str]) -> None:
    assert [refusal.path for refusal in check_files(dict.fromkeys(paths, b""))] == [paths[1]]


def test_folders_that_differ_in_case_do_not_collide_by_themselves() -> None:
    assert check_files({"Data/x.csv": b"", "data/y.csv": b""}) == []


def test_of_two_paths_that_collide_the_trusted_one_stays() -> None:
    files = {"DATA.csv": b"model", "data.csv": b"attachment"}
    assert [refusal.path for refusal in check_files(files, trusted=frozenset({"data.csv"}))] == ["DATA.csv"]


def test_trusted_paths_may_lie_where_a_model_may_not_write() -> None:
    files = {".github/workflows/pages.yml": b"", ".env.example": b""}
    assert check_files(files, trusted=frozenset(files)) == []
    assert len(check_files(files)) == 2


def test_a_model_file_over_its_limit_is_refused_and_an_attachment_of_that_size_is_not() -> None:
    files = {"big.json": bytes(LARGEST_MODEL_FILE + 1)}
    assert [refusal.path for refusal in check_files(files)] == ["big.json"]
    assert check_files(files, trusted=frozenset(files)) == []


def test_too_many_files_are_refused() -> None:
    assert check_files({f"{number}.txt": b"" for number in range(200)}) == []
    assert len(check_files({f"{number}.txt": b"" for number in range(201)})) == 1


def test_too_much_together_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_policy, "LARGEST_TOTAL", 10)
    assert [refusal.path for refusal in check_files({"a": bytes(6), "b": bytes(5)})] == ["(all files)"]


def test_collect__reads_regular_files_in_folders(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.bin").write_bytes(b"\0\xff")
    (tmp_path / ".hidden").write_text("x")
    assert collect(tmp_path) == ({".hidden": b"x", "a/b.bin": b"\0\xff"}, [])


def test_collect__skips_only_top_level_names(tmp_path: Path) -> None:
    for folder in (".git", "a/.git"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "config").write_text("x")
    assert list(collect(tmp_path, skip=frozenset({".git"}))[0]) == ["a/.git/config"]


def test_collect__refuses_links_pipes_and_hard_links_without_reading_them(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(outside / "secret")
    (root / "folder-link").symlink_to(outside)
    (root / "dangling").symlink_to("/nowhere")
    os.link(outside / "secret", root / "hard")
    os.mkfifo(root / "pipe")
    files, refusals = collect(root)
    assert files == {}
    assert {refusal.path for refusal in refusals} == {"link", "folder-link", "dangling", "hard", "pipe"}


def test_collect__reads_no_more_than_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_policy, "LARGEST_TOTAL", 10)
    (tmp_path / "a").write_bytes(bytes(8))
    (tmp_path / "b").write_bytes(bytes(8))
    files, refusals = collect(tmp_path)
    assert list(files) == ["a"]
    assert [refusal.path for refusal in refusals] == ["b"]


def test_collect__refuses_names_that_are_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"bad\xff")).write_bytes(b"")
    assert len(collect(tmp_path)[1]) == 1


def test_collect__refuses_what_lies_too_deep_without_going_there(tmp_path: Path) -> None:
    folders = [Path(str(tmp_path) + "/d" * depth) for depth in range(1, 200)]
    for folder in folders:
        folder.mkdir()
    (tmp_path / "index.html").write_bytes(b"1")
    files, refusals = collect(tmp_path)
    for folder in reversed(folders):  # what tidies up later calls itself for each folder
        folder.rmdir()
    assert files == {"index.html": b"1"}
    assert [refusal.reason for refusal in refusals] == ["lies more than 100 folders deep"]
