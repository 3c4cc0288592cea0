"""The workflow file that act gets: as it was written, but for what act does not know or does not do.

`queue` is taken out, because act's schema is older. Outputs of a job pass through a last step, which leaves out what is
masked. A job that a re-run keeps is replaced by one that hands out what the first attempt put out.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from embedded.github.store import Document

OUTPUTS_STEP = "outputs-of-the-job"
WIDTH = 1_000_000  # no line is broken


def for_act(text: str, kept: Mapping[str, Document]) -> str:
    """Return the file as act can run it; `kept` are the jobs, by their keys, that do not run again."""
    try:
        workflow = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return text  # whoever runs it will be told
    drop_queue(workflow)
    for key, job in pairs(child(workflow, "jobs")):
        drop_queue(job)
        if key in kept:
            job.value = as_nodes(kept_job(kept[key])).value + [it for it in job.value if it[0].value == "needs"]
        elif child(job, "outputs") and child(job, "steps"):
            guard_outputs(key, job)
    return str(yaml.serialize(workflow, Dumper=yaml.CSafeDumper, allow_unicode=True, width=WIDTH))


def drop_queue(node: Node | None) -> None:
    """Take `queue` out of the concurrency of a workflow or a job."""
    if isinstance(group := child(node, "concurrency"), MappingNode):
        group.value = [(key, value) for key, value in group.value if key.value != "queue"]


def kept_job(document: Document) -> dict[str, Any]:
    """Return a job that ends as its document says, without running anything of it."""
    outputs = {name: value.replace("${{", "${{ '${{' }}") for name, value in (document.get("outputs") or {}).items()}
    condition = "always()" if document["conclusion"] == "success" else "false"
    return {"runs-on": "ubuntu-24.04", "if": condition, "outputs": outputs, "steps": [{"run": "true"}]}


def guard_outputs(key: str, job: MappingNode) -> None:
    """Let the outputs of a job pass through a step of its own, which knows what is masked by then."""
    outputs, steps = cast(MappingNode, child(job, "outputs")), cast(SequenceNode, child(job, "steps"))
    names = [name for name, _ in pairs(outputs)]
    step = as_nodes(
        {
            "id": OUTPUTS_STEP,
            "if": "always()",
            "shell": "bash",
            "working-directory": "/",
            "run": 'exec "$STANDIN_PYTHON" -S -E "$STANDIN" job_outputs',
            "env": {"OUTPUT_JOB": key, "OUTPUT_NAMES": json.dumps(names)},
        }
    )
    values = [(text(f"OUTPUT_{place}"), value) for place, (_, value) in enumerate(outputs.value)]
    cast(MappingNode, child(step, "env")).value += values
    steps.value.append(step)
    outputs.value = [(name, text(f"${{{{ steps.{OUTPUTS_STEP}.outputs.{name.value} }}}}")) for name, _ in outputs.value]


def child(node: Node | None, key: str) -> Node | None:
    """Return what a mapping has under a key."""
    return dict(pairs(node)).get(key)


def pairs(node: Node | None) -> Iterator[tuple[str, Any]]:
    """Yield the keys and values of a mapping."""
    if isinstance(node, MappingNode):
        yield from ((str(key.value), value) for key, value in node.value)


def text(value: str) -> ScalarNode:
    """Return a text as a node."""
    return ScalarNode("tag:yaml.org,2002:str", value, style='"')


def as_nodes(value: dict[str, Any]) -> MappingNode:
    """Return a value as nodes."""
    return cast(MappingNode, yaml.compose(yaml.safe_dump(value, width=WIDTH), Loader=yaml.CSafeLoader))
