from pathlib import Path

import pytest

from embedded.github.bare_git import BareGit
from embedded.system.working_tree import WorkingTree


@pytest.fixture
def bare(tmp_path: Path) -> BareGit:
    git = BareGit(tmp_path / "bare.git")
    git.create("main")
    return git


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is no git checkout, with what must and what must not be taken."""
    for name in (
        "code.py",
        "sub/deep.txt",
        ".github/workflows/x.yml",
        ".venv/lib.py",
        ".env",
        "data/run.log",
        "skip.me",
    ):
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "folder" / ".gitignore").write_text("skip.me\n")
    return tmp_path / "folder"


def names(git: BareGit) -> list[str]:
    return [entry.path for entry in git.tree("main", recursive=True) if entry.kind == "blob"]


def test_the_files_on_the_disk_become_main_and_v1__without_what_is_ignored_or_private(
    folder: Path, bare: BareGit
) -> None:
    head = WorkingTree(folder, folder / "data").push(bare, "someone")
    assert names(bare) == [".github/workflows/x.yml", ".gitignore", "code.py", "sub/deep.txt"]
    assert set(bare.refs().values()) == {head}
    assert sorted(bare.refs()) == ["refs/heads/main", "refs/tags/v1"]


def test_nothing_new_means_no_new_commit__a_change_goes_on_top(folder: Path, bare: BareGit) -> None:
    tree = WorkingTree(folder, folder / "data")
    first = tree.push(bare, "someone")
    assert tree.push(bare, "someone") == first
    (folder / "code.py").write_text("changed")
    (folder / "sub" / "deep.txt").unlink()
    second = tree.push(bare, "someone")
    assert bare.commit(second).parents == [first]
    assert names(bare) == [".github/workflows/x.yml", ".gitignore", "code.py"]


@pytest.mark.parametrize("name", [".data", "my [data] *", "data", "deep/er/data"])
def test_the_data_directory_is_left_out__whether_or_not_a_gitignore_names_it(
    folder: Path, bare: BareGit, name: str
) -> None:
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / "credentials.json").write_text("private")
    (folder / ".gitignore").write_text("skip.me\n.data/\n/data/\n")
    WorkingTree(folder, folder / name).push(bare, "someone")
    assert not [taken for taken in names(bare) if "credentials" in taken or "skip" in taken]
    assert "code.py" in names(bare)
