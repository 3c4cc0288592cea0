"""The workflow files of a site: which a model may add, and which of them publishes the page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from action.gates.workflow_policy import Admitted, is_workflow, review, wrong_with_name
from action.gates.workflow_rules import known_actions
from action.gates.workflow_yaml import deploys_on_push
from action.record import PAGES_WORKFLOW
from receiver.task.file_names import Refusal, wrong_with_path

MOST_WORKFLOWS = 4


@dataclass(frozen=True)
class Reviewed:
    """Workflow files as they may be committed, and what is wrong with the others."""

    files: dict[str, bytes]
    refusals: tuple[Refusal, ...] = ()


def review_all(files: Mapping[str, bytes]) -> Reviewed:
    """Review the workflow files among `files`; at most one of them may publish the page."""
    admitted: dict[str, bytes] = {}
    refusals: list[Refusal] = []
    publishing = ""
    for path, body in sorted(files.items()):
        if not is_workflow(path):
            continue
        found = review(path, body.decode(errors="replace"), pins=known_actions())
        if isinstance(found, Admitted) and found.deploys_pages and publishing:
            found = [Refusal(path, f"must not deploy Pages, because {publishing} does")]
        if isinstance(found, Admitted) and len(admitted) == MOST_WORKFLOWS:
            found = [Refusal(path, f"is one of more than {MOST_WORKFLOWS} workflow files")]
        if isinstance(found, Admitted):
            admitted[path] = found.text.encode()
            publishing = path if found.deploys_pages else publishing
        else:
            refusals += found
    return Reviewed(admitted, tuple(refusals))


def refused_as_they_are(files: Mapping[str, bytes]) -> list[Refusal]:
    """Return what is wrong with files that must have passed the review already."""
    reviewed = review_all(files)
    changed = [path for path, body in reviewed.files.items() if files[path] != body]
    return [*reviewed.refusals, *(Refusal(path, "is not the text that the policy admitted") for path in changed)]


def publishing_workflow(files: Mapping[str, bytes], branch: str) -> str | None:
    """Return the workflow of the site's own that publishes the page on each push to a branch."""
    own = (path for path in sorted(files) if is_workflow(path) and path != PAGES_WORKFLOW)
    return next((path for path in own if deploys_on_push(files[path].decode(errors="replace"), branch)), None)


def own_workflows(paths: Iterable[str]) -> list[str]:
    """Return the workflow files that are the site's own."""
    return sorted(path for path in paths if is_workflow(path) and path != PAGES_WORKFLOW)


def wrong_with_deleting(path: str, *, workflows: bool) -> str | None:
    """Return why a model may not delete a file, or None. `workflows`: the task asks for workflow files."""
    if workflows and own_workflows([path]) and not wrong_with_name(path):
        return None
    return wrong_with_path(path)
