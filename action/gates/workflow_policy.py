"""Which workflow files a model may write, and how they are made safe: pinned actions, least permissions, time limits.

What is not known to be harmless is refused, in words that go back to the model. Nothing here runs or asks anything.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from yaml.nodes import Node, ScalarNode

from action.gates.file_policy import Refusal
from action.gates.known_actions import Pins
from action.gates.workflow_text import (
    Changes,
    Unreadable,
    entries,
    first_key,
    is_block,
    items,
    read_mapping,
    scalars,
    text_of,
    texts,
)

FOLDER = ".github/workflows/"
PATH = re.compile(r"\.github/workflows/[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.ya?ml")
RESERVED = re.compile(r"\.github/workflows/pages\.ya?ml", re.IGNORECASE)
TRIGGERS = {"push", "workflow_dispatch"}
PUSH_FILTERS = {"branches", "branches-ignore", "paths", "paths-ignore"}
PERMISSIONS = {
    "contents": {"read", "none"},
    "pages": {"write", "read", "none"},
    "id-token": {"write", "none"},
}
DEPLOYING = {"pages": "write", "id-token": "write"}
RUNNER = re.compile(r"ubuntu-(?:latest|2[0-9]\.04)")
TOP_KEYS = {"name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"}
JOB_KEYS = {
    *("name", "needs", "if", "runs-on", "permissions", "environment", "concurrency", "outputs", "env", "defaults"),
    *("strategy", "steps", "timeout-minutes", "continue-on-error"),
}
STEP_KEYS = {
    *("id", "if", "name", "uses", "run", "with", "env", "working-directory", "shell", "continue-on-error"),
    "timeout-minutes",
}
MOST_MINUTES = 15
USUAL_MINUTES = 10
MOST_JOBS = 6
MOST_STEPS = 40
MOST_OF_A_MATRIX = 8
OWN_TOKEN = re.compile(r"\bsecrets\s*\.\s*GITHUB_TOKEN\b(?!\s*[.\[(])", re.IGNORECASE)
SECRETS = re.compile(r"\bsecrets\b", re.IGNORECASE)
DEPLOY = "actions/deploy-pages"
ENVIRONMENT = "github-pages"
PAGES_GROUP = "pages"  # the concurrency group of our own pages.yml
LITERAL = re.compile(r"\$\{\{\s*'([^']*)'\s*\}\}")  # an expression that is nothing but a text


@dataclass(frozen=True)
class Admitted:
    """The text to commit: what was written, with pins, permissions and time limits put in."""

    text: str
    deploys_pages: bool = False


def is_workflow(path: str) -> bool:
    """Whether a path is one that only this policy may let through."""
    return path.lower().startswith(FOLDER)


def review(path: str, text: str, *, pins: Pins) -> Admitted | list[Refusal]:
    """Return the text that may be committed, or everything that is wrong with it."""
    if reason := wrong_with_name(path):
        return [Refusal(path, reason)]
    text = text.replace("\r\n", "\n")
    try:
        root = read_mapping(text)
    except Unreadable as error:
        return [Refusal(path, str(error))]
    if reasons := list(dict.fromkeys(wrong_with(root, pins))):
        return [Refusal(path, reason) for reason in reasons]
    safe = made_safe(text, root, pins)
    if not is_settled(safe, pins):
        return [Refusal(path, "is written in an unusual way; write plain block-style YAML")]
    return Admitted(safe, deploys_pages=any(deploys(job) for job in jobs_of(root).values()))


def is_settled(safe: str, pins: Pins) -> bool:
    """Whether the changed text is still a workflow that the rules let through, with nothing more to change."""
    try:
        root = read_mapping(safe)
    except Unreadable:
        return False
    return not any(wrong_with(root, pins)) and made_safe(safe, root, pins) == safe


def wrong_with_name(path: str) -> str | None:
    """Return what is wrong with the path of a workflow file."""
    if RESERVED.fullmatch(path):
        return "is the name of the workflow that publishes every site; choose another one"
    if not PATH.fullmatch(path):
        return "must be .github/workflows/NAME.yml with letters, digits, - and _ in NAME"
    return None


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


def unknown_keys(where: str, keys: Iterable[str], known: set[str]) -> Iterator[str]:
    """Yield keys that are not known to be harmless: containers, services, reusable workflows, secrets ..."""
    if unknown := sorted(set(keys) - known):
        yield f"{where} must not have {', '.join(map(repr, unknown))}; allowed are {', '.join(sorted(known))}"


def wrong_with_triggers(on: Node | None) -> Iterator[str]:
    """Only pushes to this repository's branches, and a person's hand."""
    events = texts(on)
    if refused := sorted(set(events) - TRIGGERS):
        yield f"must run on push or workflow_dispatch only, not on {', '.join(map(repr, refused))}"
    filters = entries(entries(on).get("push"))
    if refused := sorted(set(filters) - PUSH_FILTERS):
        yield f"on.push must have no filter but {', '.join(sorted(PUSH_FILTERS))}, not {', '.join(map(repr, refused))}"


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


def wrong_with_expressions(root: Node) -> Iterator[str]:
    """No secret but the run's own token, in whatever way an expression can spell it."""
    conditions = {id(value) for value in values_of(root, "if")}
    for scalar in scalars(root):
        text = scalar.value
        start = 0 if id(scalar) in conditions else text.find("${{")
        if start >= 0 and SECRETS.search(OWN_TOKEN.sub("", text[start : end_of_expressions(text)])):
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


def action_name(uses: Node) -> str:
    """Return the action that a step uses, without its version, as it is in the table of known ones."""
    name, _, version = text_of(uses).partition("@")
    return name.lower() if re.fullmatch(r"[\w./-]+", version) else ""


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


def wrong_with_groups(root: Node) -> Iterator[str]:
    """A run that does not deploy must not wait for, or cancel, the one that publishes the site."""
    for node in (root, *jobs_of(root).values()):
        concurrency = entries(node).get("concurrency")
        group = text_of(concurrency) or text_of(entries(concurrency).get("group"))
        if LITERAL.sub(r"\1", group.strip()).strip().casefold() == PAGES_GROUP:
            yield f"does not deploy Pages, so its concurrency group must not be {PAGES_GROUP}; choose another name"


def jobs_of(root: Node) -> dict[str, Node]:
    """Return the jobs by their keys."""
    return entries(entries(root).get("jobs"))


def deploys(job: Node) -> bool:
    """Whether a job deploys Pages."""
    return any(action_name(used) == DEPLOY for step in items(entries(job).get("steps")) for used in uses_of(step))


def uses_of(step: Node) -> list[Node]:
    """Return what a step uses, as a list of one or none."""
    uses = entries(step).get("uses")
    return [uses] if uses is not None else []


def made_safe(text: str, root: Node, pins: Pins) -> str:
    """Return the text with pinned actions, least permissions and time limits. Done twice, it changes nothing more."""
    changes = Changes(text)
    keys = entries(root)
    if "permissions" not in keys:
        at = next(key for key, _ in root.value if key.value == "jobs")
        changes.put_before(at, ["permissions:", "  contents: read", ""])
    for job in jobs_of(root).values():
        limit_job(changes, job, has_permissions="permissions" in keys)
        for step in items(entries(job)["steps"]):
            for used in uses_of(step):
                pin = pins[action_name(used)]
                changes.replace_to_line_end(used, f"{pin.reference} # {pin.version}")
    return changes.apply()


def limit_job(changes: Changes, job: Node, *, has_permissions: bool) -> None:
    """Give a job a time limit, and one that deploys what it needs for that."""
    keys, added = entries(job), []
    if "timeout-minutes" not in keys:
        added.append(f"timeout-minutes: {USUAL_MINUTES}")
    elif int(text_of(keys["timeout-minutes"])) not in range(1, MOST_MINUTES + 1):
        changes.replace(keys["timeout-minutes"], str(MOST_MINUTES))
    if deploys(job) and "environment" not in keys:
        added.append(f"environment: {ENVIRONMENT}")
    if deploys(job) and "permissions" not in keys and not has_permissions:
        added += ["permissions:", "  contents: read", "  pages: write", "  id-token: write"]
    if added:
        changes.put_before(first_key(job), added)


def deploys_on_push(text: str, branch: str) -> bool:
    """Whether a workflow file, whoever wrote it, deploys Pages on each push to a branch."""
    try:
        root = read_mapping(text.replace("\r\n", "\n"))
    except Unreadable:
        return False
    on = entries(root).get("on")
    push = entries(entries(on).get("push"))
    branches = texts(push["branches"]) if "branches" in push else [branch]
    is_limited = bool(set(push) - {"branches"}) or "push" not in texts(on)
    return not is_limited and branch in branches and any(deploys(job) for job in jobs_of(root).values())


def runs_on_push(text: str) -> bool:
    """Whether each push to some branch starts a workflow, whoever wrote it. With filters for paths, nobody knows."""
    try:
        on = entries(read_mapping(text.replace("\r\n", "\n"))).get("on")
    except Unreadable:
        return False
    return "push" in texts(on) and not set(entries(entries(on).get("push"))) & {"paths", "paths-ignore", "tags"}
