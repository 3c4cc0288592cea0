"""The rules for one job of a workflow file: where it runs, what it may do, whose programs it uses."""

import re
from collections.abc import Iterable, Iterator

from yaml.nodes import Node, ScalarNode

from action.gates.known_actions import Pins
from action.gates.workflow_text import (
    entries,
    is_block,
    items,
    text_of,
    texts,
)
from action.gates.workflow_view import action_name

PERMISSIONS = {
    "contents": {"read", "none"},
    "pages": {"write", "read", "none"},
    "id-token": {"write", "none"},
}
RUNNER = re.compile(r"ubuntu-(?:latest|2[0-9]\.04)")
JOB_KEYS = {
    *("name", "needs", "if", "runs-on", "permissions", "environment", "concurrency", "outputs", "env", "defaults"),
    *("strategy", "steps", "timeout-minutes", "continue-on-error"),
}
STEP_KEYS = {
    *("id", "if", "name", "uses", "run", "with", "env", "working-directory", "shell", "continue-on-error"),
    "timeout-minutes",
}
MOST_MINUTES = 15
MOST_STEPS = 40
MOST_OF_A_MATRIX = 8


def wrong_with_job(where: str, job: Node, pins: Pins) -> Iterator[str]:
    """Yield what a job breaks."""
    keys = entries(job)
    yield from unknown_keys(where, keys, JOB_KEYS)
    yield from wrong_with_permissions(where, keys.get("permissions"))
    runners = texts(keys.get("runs-on"))
    if len(runners) != 1 or entries(keys.get("runs-on")) or not RUNNER.fullmatch(runners[0]):
        yield f"{where} must have runs-on: ubuntu-latest, not {', '.join(runners)!r}"
    yield from wrong_with_matrix(where, entries(keys.get("strategy")).get("matrix"))
    if "timeout-minutes" in keys and not re.fullmatch("[0-9]{1,4}", text_of(keys["timeout-minutes"])):
        yield f"{where}: timeout-minutes must be a whole number of at most {MOST_MINUTES}"
    steps = items(keys.get("steps"))
    if not is_block(job) or not steps or not all(is_block(step) for step in steps):
        yield f"{where} must have steps, each with its keys on lines of their own"
    if len(steps) > MOST_STEPS:
        yield f"{where} has {len(steps)} steps; at most {MOST_STEPS} are allowed"
    for number, step in enumerate(steps, start=1):
        yield from wrong_with_step(f"{where}, step {number}", step, pins)


def unknown_keys(where: str, keys: Iterable[str], known: set[str]) -> Iterator[str]:
    """Yield keys that are not known to be harmless: containers, services, reusable workflows, secrets ..."""
    if unknown := sorted(set(keys) - known):
        yield f"{where} must not have {', '.join(map(repr, unknown))}; allowed are {', '.join(sorted(known))}"


def wrong_with_permissions(where: str, permissions: Node | None) -> Iterator[str]:
    """At most what reading the files and publishing a page need."""
    if permissions is None:
        return
    granted = entries(permissions)
    if isinstance(permissions, ScalarNode) or items(permissions):
        yield f"{where}: permissions must be a mapping such as 'contents: read', not {text_of(permissions)!r}"
    for scope, level in granted.items():
        if scope not in PERMISSIONS or text_of(level) not in PERMISSIONS[scope]:
            yield (
                f"{where}: permissions may be at most contents: read, pages: write and id-token: write, "
                f"not {scope}: {text_of(level)} (results are published with Pages, not pushed)"
            )


def wrong_with_matrix(where: str, matrix: Node | None) -> Iterator[str]:
    """A matrix multiplies jobs, so its size must be plain to see."""
    if matrix is None:
        return
    size = 1
    for name, values in entries(matrix).items():
        if name in {"include", "exclude"} and items(values):
            size += len(items(values)) if name == "include" else 0
        elif items(values):
            size *= len(items(values))
        else:
            yield f"{where}: the matrix must list its values"
    if not entries(matrix) or size > MOST_OF_A_MATRIX:
        yield f"{where}: the matrix must be a mapping of lists that makes at most {MOST_OF_A_MATRIX} jobs"


def wrong_with_step(where: str, step: Node, pins: Pins) -> Iterator[str]:
    """Yield what a step breaks: above all, whose program it runs."""
    keys = entries(step)
    yield from unknown_keys(where, keys, STEP_KEYS)
    if ("uses" in keys) == ("run" in keys):
        yield f"{where} must have either 'run' or 'uses'"
    if "uses" in keys and (action_name(keys["uses"]) not in pins or not is_on_one_line(keys["uses"])):
        yield (
            f"{where} must not use {text_of(keys['uses'])!r}; the known actions are "
            f"{', '.join(pin.name for pin in pins.values())}"
        )
    inputs = {name.strip().casefold() for name in entries(keys.get("with"))}  # GitHub does not tell them apart either
    if "repository" in inputs:
        yield f"{where} must not name another repository"


def is_on_one_line(node: Node) -> bool:
    """Whether a value begins and ends on one line."""
    return bool(node.start_mark.line == node.end_mark.line)
