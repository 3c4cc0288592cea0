"""Where the actions of a run come from."""

from pathlib import Path

import pytest
import yaml

from embedded.actions.standins.download_artifact.program import folder_of
from embedded.actions.standins.files import files_of, wrong_with_artifact, wrong_with_name
from embedded.actions.used_actions import (
    KNOWN,
    STANDINS,
    UnknownAction,
    UsedActions,
    check_inputs,
    steps_of,
)

FILES = {
    ("o/n", "sha", "action/action.yml"): "runs: {steps: [\n  - uses: actions/upload-artifact@v9\n]}",
    ("o/tools", "v1", "build/action.yaml"): "    - uses: 'astral-sh/setup-uv@abc' # v10\n    - uses: ./inner\n",
    ("o/tools", "v1", "inner/action.yml"): "    - uses: actions/setup-node@v5\n",
}


def mapped(text: str) -> dict[str, Path]:
    used = UsedActions(lambda *where: FILES.get(where))
    used.follow("o/n", "sha", "w.yml", text)
    return used.mapped


def test_follow__local_and_remote_actions_to_the_end() -> None:
    found = mapped("  - uses: Actions/checkout@3d3c # v7\n  - uses: ./action\n  - uses: o/tools/build@v1\n")
    assert found == {
        "Actions/checkout@3d3c": STANDINS / "checkout",
        "actions/upload-artifact@v9": STANDINS / "upload_artifact",
        "astral-sh/setup-uv@abc": STANDINS / "setup_uv",
        "actions/setup-node@v5": STANDINS / "setup_node",
    }


@pytest.mark.parametrize("used", ["somebody/else@v1", "actions/checkout", "docker://alpine"])
def test_follow__unknown_actions_are_named(used: str) -> None:
    with pytest.raises(UnknownAction, match=used):
        mapped(f"  - uses: {used}\n")


def test_standins__refuse_inputs_that_they_do_not_have() -> None:
    wrong = "jobs: {a: {steps: [{uses: actions/download-artifact@v8, with: {Name: a, skip-decompress: true}}]}}"
    with pytest.raises(UnknownAction, match="the input skip-decompress, which its stand-in does not have; it has art"):
        mapped(wrong)
    assert mapped(wrong.replace("skip-decompress: true", "path: b")) == {}  # in one line, so it is not followed


def test_standins__have_all_inputs_that_our_own_workflows_give() -> None:
    root = Path(__file__).parents[4]
    files = [*root.glob(".github/workflows/*.yml"), root / "action" / "action.yml"]
    assert sum(len(list(steps_of(yaml.safe_load(file.read_text())))) for file in files) > 10
    for file in files:
        check_inputs(file.read_text())


def test_standins__each_known_action_has_a_description_and_a_program() -> None:
    for name in KNOWN.values():
        action = yaml.safe_load((STANDINS / name / "action.yml").read_text())
        assert action["runs"]["steps"][0]["run"].endswith(f" {name}")
        assert (STANDINS / name / "program.py").is_file()


@pytest.mark.parametrize(("count", "merge", "folder"), [(1, "false", ""), (2, "true", ""), (2, "false", "record")])
def test_download_artifact__several_are_kept_apart_and_one_alone_is_not(count: int, merge: str, folder: str) -> None:
    assert folder_of({"name": "record"}, count, {"pattern": "rec*", "merge-multiple": merge}) == folder


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("out/a.txt", "out/.hidden/b", "out/deep/c.txt", "out/deep/.d", "other/e.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "hidden", "names"),
    [
        ("{0}/out", False, ["a.txt", "deep/c.txt"]),
        ("{0}/out/", True, [".hidden/b", "a.txt", "deep/.d", "deep/c.txt"]),
        ("{0}/out/a.txt", False, ["a.txt"]),
        ("{0}/out/**/*.txt", False, ["a.txt", "deep/c.txt"]),
        ("{0}/out\n{0}/other/e.txt", False, ["other/e.txt", "out/a.txt", "out/deep/c.txt"]),
        ("{0}/out\n!{0}/out/deep", False, ["a.txt"]),
        ("{0}/nothing", True, []),
    ],
)
def test_files_of(tree: Path, pattern: str, hidden: bool, names: list[str]) -> None:
    assert sorted(name for _, name in files_of(pattern.format(tree), hidden=hidden)) == names


@pytest.mark.parametrize("sign", ['"', ":", "<", ">", "|", "*", "?", "\r", "\n"])
def test_upload_artifact__refuses_names_that_the_real_action_refuses(sign: str) -> None:
    assert "is not valid: /files/a" in wrong_with_name(f"files/a{sign}b")
    assert wrong_with_name("files/a b#'%$.txt") == ""
    assert "artifact name is not valid: result" in wrong_with_artifact(f"result{sign}1")


@pytest.mark.parametrize("sign", ["/", "\\"])
def test_upload_artifact__the_name_of_an_artifact_is_no_path(sign: str) -> None:
    assert wrong_with_artifact(f"a{sign}b")
    assert wrong_with_artifact("record-b.7-1") == ""
