"""The rules for a whole workflow file: when it runs, what it may know, and how it deploys."""

import re
from collections.abc import Iterator

from yaml.nodes import Node

from action.gates.known_actions import Pins
from action.gates.workflow_job_rules import unknown_keys, wrong_with_job, wrong_with_permissions
from action.gates.workflow_text import entries, is_block, items, scalars, text_of, texts
from action.gates.workflow_view import DEPLOY, deploys, jobs_of

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
