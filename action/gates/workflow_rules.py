"""The rules for a whole workflow file: when it runs, what it may know, and how it deploys."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from yaml.nodes import Node, ScalarNode

from action.gates.workflow_yaml import (
    DEPLOY,
    action_name,
    deploys,
    entries,
    is_block,
    items,
    jobs_of,
    scalars,
    text_of,
    texts,
)

DATA = Path(__file__).with_name("known_actions.json")


@dataclass(frozen=True)
class Pin:
    """One release of an action."""

    name: str
    version: str
    sha: str

    @property
    def reference(self) -> str:
        """What stands after `uses:`."""
        return f"{self.name}@{self.sha}"


Pins = Mapping[str, Pin]


@cache
def known_actions() -> Pins:
    """Return the pins by name in lower case: GitHub does not tell upper from lower case either."""
    entries = json.loads(DATA.read_text(encoding="utf-8"))
    return {name.lower(): Pin(name, entry["version"], entry["sha"]) for name, entry in entries.items()}


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
        yield f"{where} must have runs-on: ubuntu-24.04, not {', '.join(runners)!r}"
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


TRIGGERS = {"push", "workflow_dispatch"}
PUSH_FILTERS = {"branches", "branches-ignore", "paths", "paths-ignore"}
DEPLOYING = {"pages": "write", "id-token": "write"}
TOP_KEYS = {"name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"}
MOST_JOBS = 6
OWN_TOKEN = re.compile(r"\bsecrets\s*\.\s*GITHUB_TOKEN\b(?!\s*[.\[(])", re.IGNORECASE)
SECRETS = re.compile(r"\bsecrets\b", re.IGNORECASE)
ENVIRONMENT = "github-pages"
PAGES_GROUP = "pages"  # the concurrency group of our own pages.yml
# Expressions that are nothing but a text or a name; braces in a text make it one that nobody needs to understand.
SIMPLE = re.compile(r"\$\{\{\s{0,9}(?:'([^'{}$]*)'|([A-Za-z_.]+))\s{0,9}\}\}")
UNKNOWN = "\0"  # no workflow file has this character
# Expressions of which no value is a part of that group's name: they have a slash, a digit, or are long.
NEVER_PAGES = frozenset(
    f"github.{name}" for name in ("ref", "sha", "run_id", "run_number", "run_attempt", "repository", "workflow_ref")
)


def wrong_with(root: Node, pins: Pins) -> Iterator[str]:
    """Yield every rule that the file breaks."""
    keys, jobs = entries(root), jobs_of(root)
    yield from unknown_keys("the workflow", keys, TOP_KEYS)
    yield from wrong_with_triggers(keys.get("on"))
    yield from wrong_with_permissions("the workflow", keys.get("permissions"))
    yield from wrong_with_expressions(root)
    if not is_block(root) or not is_block(keys.get("jobs", root)) or not jobs:
        yield "must have jobs, each on lines of its own"
    if len(jobs) > MOST_JOBS:
        yield f"has {len(jobs)} jobs; at most {MOST_JOBS} are allowed"
    for name, job in jobs.items():
        yield from wrong_with_job(f"job {name}", job, pins)
    yield from wrong_with_deployment(root)
    yield from wrong_with_rights(root)


def wrong_with_triggers(on: Node | None) -> Iterator[str]:
    """Only pushes to this repository's branches, and a person's hand."""
    events = texts(on)
    if refused := sorted(set(events) - TRIGGERS):
        yield f"must run on push or workflow_dispatch only, not on {', '.join(map(repr, refused))}"
    filters = entries(entries(on).get("push"))
    if refused := sorted(set(filters) - PUSH_FILTERS):
        yield f"on.push must have no filter but {', '.join(sorted(PUSH_FILTERS))}, not {', '.join(map(repr, refused))}"


def wrong_with_expressions(root: Node) -> Iterator[str]:
    """No secret but the run's own token, in whatever way an expression can spell it."""
    conditions = {id(value) for value in values_of(root, "if")}
    for scalar in scalars(root):
        text = scalar.value
        start, end = (0, len(text)) if id(scalar) in conditions else (text.find("${{"), end_of_expressions(text))
        if start >= 0 and SECRETS.search(OWN_TOKEN.sub("", text[start:end])):
            yield (
                f"line {scalar.start_mark.line + 1} must name no secret but secrets.GITHUB_TOKEN "
                "(github.token is the same)"
            )


def end_of_expressions(text: str) -> int:
    """Return where the last expression of a text ends; without an end mark, where the text ends."""
    end = text.rfind("}}")
    return end if end > 0 else len(text)


def values_of(node: Node, wanted: str) -> Iterator[Node]:
    """Yield the values of one key, wherever it is."""
    for key, value in entries(node).items():
        if key == wanted:
            yield value
        yield from values_of(value, wanted)
    for item in items(node):
        yield from values_of(item, wanted)


def wrong_with_deployment(root: Node) -> Iterator[str]:
    """A workflow that deploys Pages takes our own one's place, so it must really do it, on each push."""
    deploying = {name: job for name, job in jobs_of(root).items() if deploys(job)}
    if not deploying:
        yield from wrong_with_groups(root)
        return
    keys = entries(root)
    push = entries(entries(keys.get("on")).get("push"))
    if "push" not in texts(keys.get("on")) or set(push) & {"paths", "paths-ignore", "branches-ignore"}:
        yield "deploys Pages, so it must run on each push to the branch main: without paths, without branches-ignore"
    if len(deploying) > 1:
        yield f"must have one job that uses {DEPLOY}, not {len(deploying)}"
    for name, job in deploying.items():
        own = entries(job).get("permissions", keys.get("permissions"))
        granted = {scope: text_of(level) for scope, level in entries(own).items()}
        if own is not None and not granted.items() >= DEPLOYING.items():
            yield f"job {name} uses {DEPLOY}, so it needs the permissions pages: write and id-token: write"
        environment = entries(job).get("environment")
        named = text_of(environment) or text_of(entries(environment).get("name"))
        if environment is not None and named != ENVIRONMENT:
            yield f"job {name} uses {DEPLOY}, so its environment must be {ENVIRONMENT}"


def wrong_with_rights(root: Node) -> Iterator[str]:
    """With the right to deploy, any program of a job could publish, or prove to others that it is this repository."""
    everywhere = entries(root).get("permissions")
    for name, job in jobs_of(root).items():
        granted = {
            scope: text_of(level) for scope, level in entries(entries(job).get("permissions", everywhere)).items()
        }
        excess = [f"{scope}: write" for scope in DEPLOYING if granted.get(scope) == "write"]
        if excess and not deploys(job):
            yield (
                f"job {name} must not have {' and '.join(excess)}: they belong into the permissions of the one job "
                f"that uses {DEPLOY}, not of the workflow; this job needs contents: read"
            )


def wrong_with_groups(root: Node) -> Iterator[str]:
    """A run that does not deploy must not wait for, or cancel, the one that publishes the site."""
    workflow = text_of(entries(root).get("name")) or "/"  # without a name, it is the path of the file
    for node in (root, *jobs_of(root).values()):
        concurrency = entries(node).get("concurrency")
        group = text_of(concurrency) or text_of(entries(concurrency).get("group"))
        if can_be(PAGES_GROUP, known_parts(group.strip(), workflow)):
            yield (
                f"does not deploy Pages, so its concurrency group must not be {PAGES_GROUP}, nor an expression that "
                "can be that; choose another name, such as check"
            )


def known_parts(group: str, workflow: str) -> list[str]:
    """Return the name of a group, in lower case, as the parts between what only the run will know."""

    def value(found: re.Match[str]) -> str:
        name = (found[2] or "").casefold()
        if name == "github.workflow" and "${{" not in workflow:
            return workflow
        return found[1] or ("" if not name else "/" if name in NEVER_PAGES else UNKNOWN)

    text = SIMPLE.sub(value, group)
    if (start := text.find("${{")) >= 0:
        end = text.rfind("}}")
        text = text[:start] + UNKNOWN + (text[end + 2 :] if end > start else "")
    return text.casefold().split(UNKNOWN)


def can_be(name: str, parts: list[str]) -> bool:
    """Whether something between the parts makes this name of them."""
    first, *others = parts
    if not others:
        return first.strip() == name
    first, last = first.lstrip(), others[-1].rstrip()
    rest = name[len(first) : len(name) - len(last)]
    if not name.startswith(first) or not name.endswith(last) or len(first) + len(last) > len(name):
        return False
    for part in filter(None, others[:-1]):
        _, found, rest = rest.partition(part)
        if not found:
            return False
    return True
