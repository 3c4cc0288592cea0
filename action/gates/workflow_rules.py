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
LITERAL = re.compile(r"\$\{\{\s*'([^']*)'\s*\}\}")  # an expression that is nothing but a text


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
