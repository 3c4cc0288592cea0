"""The architecture as a test: which box may import which."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOXES = ("receiver", "action", "dashboard", "embedded", "bench")
MAY_IMPORT = {
    "receiver": (),
    "action": ("receiver.task",),
    "dashboard": (),
    "embedded": ("receiver", "action", "dashboard"),
    "bench": ("receiver", "action", "dashboard", "embedded"),
}


def imported_modules(source: Path) -> set[str]:
    tree = ast.parse(source.read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: imports are absolute here"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def violations(box: str, source: Path) -> list[str]:
    allowed = (box, *MAY_IMPORT[box])
    return [
        f"{source.relative_to(ROOT)} imports {module}"
        for module in sorted(imported_modules(source))
        if module.split(".")[0] in BOXES and not any(is_within(module, package) for package in allowed)
    ]


@pytest.mark.parametrize("box", BOXES)
def test_imports_point_one_way(box: str) -> None:
    sources = sorted((ROOT / box).rglob("*.py"))
    assert [violation for source in sources for violation in violations(box, source)] == []


def test_the_table_can_fail(tmp_path: Path) -> None:
    source = ROOT / "receiver" / "example.py"
    tree = tmp_path / "example.py"
    tree.write_text("import action.steps\nfrom embedded import system\n")
    assert {"action.steps", "embedded.system.system"} <= imported_modules(tree)
    assert not is_within("receiver.tasks", "receiver.task")
    assert is_within("receiver.task.request.Task", "receiver.task")
    assert source.parent.is_dir()


@pytest.mark.parametrize("box", ["receiver", "action", "dashboard"])
def test_no_box_knows_whether_it_runs_locally(box: str) -> None:
    """Local and hosted differ in addresses only, so no code outside embedded/ may ask where it runs."""
    words = ("localhost:", "nektos", '"ACT"', "'ACT'", "stand-in", "stand_in", "standin")
    sources = {source: code_without_docstrings(source) for source in sorted((ROOT / box).rglob("*.py"))}
    found = [
        (str(source.relative_to(ROOT)), word) for source, code in sources.items() for word in words if word in code
    ]
    assert found == []


def code_without_docstrings(source: Path) -> str:
    tree = ast.parse(source.read_text())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            body[0].value.value = ""
    return ast.unparse(tree)
