"""The architecture as a test: which box may import which."""

import ast
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MAY_IMPORT: dict[str, tuple[str, ...]] = {  # what a box may import besides itself
    "receiver": (),
    "api": ("receiver",),
    "action": ("receiver.task",),
    "dashboard": ("action.record", "action.ledger.models"),  # the ledger as it is written; they need pydantic only
    "evaluator": ("action", "receiver.task"),
    "doctor": ("action", "receiver"),
    "embedded": ("receiver", "api", "action", "dashboard", "evaluator", "doctor"),
    "bench": ("receiver", "api", "action", "dashboard", "evaluator", "embedded"),
}
# The boxes of action/ by rank, and what each may import besides itself and the modules directly in action/.
ROOMS: dict[str, tuple[str, ...]] = {
    "gates": (),
    "github": ("gates",),
    "contract": ("gates",),
    "browser": ("contract", "gates"),
    "model": ("gates",),
    "site": ("contract", "github", "gates"),
    "ledger": ("site", "github", "gates"),
    "execution": ("github", "gates"),
    "job": ("site", "github", "gates"),
    "generate": ("model", "contract", "site", "github", "gates"),
    "steps": (
        *("gates", "github", "contract", "browser", "model"),
        *("site", "ledger", "execution", "job", "generate"),
    ),
}
WITHOUT_PYGITHUB = ("generate", "contract", "model", "browser")  # the generating job does not install it
CLIENTS = ("github", "playwright", "google", "openai")
START_WITHOUT = {  # what some programs do not import when they start
    "action.__main__": (*CLIENTS, "pydantic", "requests", "yaml"),
    **dict.fromkeys(
        ("action.steps.notify", "action.steps.write_data", "action.steps.execute"),
        (*CLIENTS, "requests", "yaml", "action.contract"),
    ),
    **dict.fromkeys(
        ("action.steps.collect", "action.steps.deploy_dashboard", "action.steps.reconcile", "action.steps.feedback"),
        (*CLIENTS, "yaml"),
    ),
    "action.steps.verify": (*CLIENTS, "requests"),
    "embedded.__main__": (*CLIENTS, "action.contract.changes"),
    "doctor.__main__": ("google", "openai", "playwright._impl"),
}
MOST_FILES, MOST_LOOSE_MODULES = 171, 8


@cache
def imported_modules(source: Path, *, at_import: bool = False) -> frozenset[str]:
    """What a file imports: anywhere, or only when it is imported itself."""
    tree = ast.parse(source.read_text())
    nodes = tree.body if at_import else list(ast.walk(tree))
    names: set[str] = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: imports are absolute here"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def violations(box: str, source: Path) -> list[str]:
    allowed = (box, *MAY_IMPORT[box])
    return [
        f"{source.relative_to(ROOT)} imports {module}"
        for module in sorted(imported_modules(source))
        if module.split(".")[0] in MAY_IMPORT and not any(is_within(module, package) for package in allowed)
    ]


@pytest.mark.parametrize("box", MAY_IMPORT)
def test_imports_point_one_way(box: str) -> None:
    sources = sorted((ROOT / box).rglob("*.py"))
    assert [violation for source in sources for violation in violations(box, source)] == []


def room_of(source: Path) -> str:
    parts = source.relative_to(ROOT / "action").parts
    return parts[0] if len(parts) > 1 else ""


def wrong_ways(sources: list[Path]) -> list[str]:
    """Imports of rooms of action/ that the table does not allow; the modules directly in action/ import no room."""
    found = []
    for source in sources:
        room = room_of(source)
        if source.name == "__main__.py":
            continue  # it starts the steps
        for module in sorted(imported_modules(source)):
            parts = module.split(".")
            is_room = parts[0] == "action" and len(parts) > 1 and parts[1] in ROOMS
            if is_room and parts[1] != room and parts[1] not in ROOMS.get(room, ()):
                found.append(f"{source.relative_to(ROOT)} imports {module}")
    return found


def test_the_rooms_of_the_action_point_one_way() -> None:
    sources = sorted((ROOT / "action").rglob("*.py"))
    assert {room_of(source) for source in sources} == {"", *ROOMS}
    assert wrong_ways(sources) == []


def test_the_ranks_hold_no_circle() -> None:
    ranks = list(ROOMS)
    assert [(room, low) for room, lows in ROOMS.items() for low in lows if ranks.index(low) >= ranks.index(room)] == []


def test_nobody_imports_steps() -> None:
    assert not any("steps" in lows for lows in ROOMS.values())


def reached(modules: list[str], *, at_import: bool = False) -> dict[str, frozenset[str]]:
    """Return what some modules of ours import, and what those import in turn, by module."""
    found: dict[str, frozenset[str]] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        source = ROOT / f"{module.replace('.', '/')}.py"
        if module in found or not source.exists():
            continue
        found[module] = imported_modules(source, at_import=at_import)
        waiting += [part for name in found[module] for part in (name, name.rpartition(".")[0])]
    return found


def test_the_generating_job_reaches_no_pygithub() -> None:
    rooms = [ROOT / "action" / room for room in WITHOUT_PYGITHUB]
    found = reached([module_name(path) for room in rooms for path in room.glob("*.py")])
    assert [module for module, names in found.items() if any(is_within(name, "github") for name in names)] == []
    assert len(found) > 50


def heavy_imports(module: str, heavy: tuple[str, ...]) -> list[str]:
    found = reached([module], at_import=True)
    assert found
    return [f"{by}: {name}" for by, names in found.items() for name in names if any(is_within(name, h) for h in heavy)]


@pytest.mark.parametrize("module", START_WITHOUT)
def test_programs_that_need_little_start_with_little(module: str) -> None:
    """Each of these packages takes 0.05 to 1 second of the processor's time to import, and a build starts a dozen."""
    assert heavy_imports(module, START_WITHOUT[module]) == []


def test_heavy_imports_are_seen() -> None:
    assert heavy_imports("action.steps.publish", ("github",)) != []


def test_no_circle_between_modules() -> None:
    sources = {module_name(path): path for box in MAY_IMPORT for path in (ROOT / box).rglob("*.py")}
    arrows = {
        name: {
            module
            for found in imported_modules(path, at_import=True)
            for module in (found, found.rpartition(".")[0])
            if module in sources and module != name and sources[module].name != "__init__.py"
        }
        for name, path in sources.items()
    }
    assert list(TopologicalSorter(arrows).static_order())  # raises CycleError, which names the circle


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_the_house_stays_small() -> None:
    sources = list((ROOT / "action").rglob("*.py"))
    assert len(sources) <= MOST_FILES
    assert len([source for source in sources if not room_of(source)]) <= MOST_LOOSE_MODULES


def test_the_table_can_fail(tmp_path: Path) -> None:
    source = ROOT / "receiver" / "example.py"
    tree = tmp_path / "example.py"
    tree.write_text("import action.steps\nfrom embedded import system\n")
    assert {"action.steps", "embedded.system"} <= imported_modules(tree)
    assert not is_within("receiver.tasks", "receiver.task")
    assert is_within("receiver.task.request.Task", "receiver.task")
    assert source.parent.is_dir()


@pytest.mark.parametrize("box", ["receiver", "api", "action", "dashboard", "doctor"])
def test_no_box_knows_whether_it_runs_locally(box: str) -> None:
    """Local and hosted differ in addresses only, so no code outside embedded/ may ask where it runs."""
    words = ("localhost:", "nektos", '"ACT"', "'ACT'", "stand-in", "stand_in", "standin")
    said = [
        source for source in sorted((ROOT / box).rglob("*.py")) if any(word in source.read_text() for word in words)
    ]
    sources = {source: code_without_docstrings(source) for source in said}
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


def test_each_job_checks_out_what_it_runs_and_no_more() -> None:
    """What `action` imports and reads; a job that runs only `dashboard` needs it, and what makes its environment."""
    workflows = [
        path for path in (ROOT / ".github" / "workflows").glob("*.yml") if path.name not in {"ci.yml", "first-day.yml"}
    ]
    jobs = [job for path in workflows for job in yaml.safe_load(path.read_text())["jobs"].values() if "steps" in job]
    assert len(jobs) >= len(workflows)
    for job in jobs:
        ours = [step["with"] for step in job["steps"] if step.get("uses") == "./action"]
        runs_action = any("prepare-only" not in given for given in ours)
        needed = [*MAY_IMPORT["action"], "requirements", "templates"] if runs_action else ["dashboard", "requirements"]
        assert folders_of(job) == ["action", *(name.replace(".", "/") for name in needed)], job["name"]


def folders_of(job: dict[str, Any]) -> list[str]:
    (code,) = [step for step in job["steps"] if step["name"] == "Check out the code"]
    return str(code["with"].get("sparse-checkout", "everything")).split()


def test_a_push_to_github_is_tried_as_a_change_is_before_it_lands() -> None:
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]["check"]["steps"]
    there = [step["run"].removeprefix("make ") for step in steps if "run" in step]
    here = re.findall(r"^make(?:_twice)? ([a-z-]+)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert here == there == ["lint", "test", "test-end-to-end", "fuzz-short"]
