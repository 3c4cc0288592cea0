"""From a model's replies to the files of a candidate: edits applied, attachments converted, problems named."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from action.generate.edits import EditsDoNotFit, apply_changes
from action.generate.inputs import CHECKS_FILE, Inputs
from action.model.reply import Reply
from receiver.task.file_names import Refusal, fold

# Written by code, or no file of the site: a model's version is left out without a word, in whatever case.
OURS = {fold(name) for name in ("LICENSE", "LICENSE.md", "LICENSE.txt", CHECKS_FILE)}
RIGHT_NAMES = {fold(name): name for name in ("README.md", "index.html")}


@dataclass(frozen=True)
class Draft:
    """What a model has written in this build, what it deleted of earlier rounds, and what the policy refused of it.

    The policy judges the whole site (action/generate/whole_site.py), so a draft that is no attempt yet has no refusals.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    refusals: tuple[Refusal, ...] = ()

    def plus(self, reply: Reply) -> "Draft":
        """Return this draft with the files of a later reply, which win."""
        new = rightly_named({path: content.encode(errors="replace") for path, content in reply.files.items()})
        return replace(self, files={**self.files, **new}, deleted=(self.deleted | set(reply.deleted)) - new.keys())

    def with_changes(self, changed: Mapping[str, bytes], deleted: Iterable[str]) -> "Draft":
        """Return this draft with files that were changed or removed while it was repaired."""
        gone, changed = set(deleted), rightly_named(changed)
        kept = {path: body for path, body in self.files.items() if path not in gone}
        return Draft({**kept, **changed}, (self.deleted | gone) - changed.keys())

    def faults(self) -> list[Refusal]:
        """Return files that are empty, or that say that something was left out of them."""
        return Reply({path: body.decode() for path, body in self.files.items()}).faults()

    def without_faults(self, current: Mapping[str, bytes]) -> "Draft":
        """Return this draft without abbreviated versions of files that are there already: the old ones stay."""
        worse = {fault.path for fault in self.faults()} & current.keys()
        return replace(self, files={path: body for path, body in self.files.items() if path not in worse})


def read_draft(reply: Reply, inputs: Inputs) -> tuple[Draft, tuple[str, ...]]:
    """Return the files of a reply to the first question, and what is to be corrected in the reply itself."""
    reply = reply.without_retyped({**inputs.current, **inputs.attached.files})
    draft, misfits = first_draft(reply, inputs)
    problems = (*problems_with(reply, draft, inputs), *misfits)
    return draft.without_faults(inputs.current), problems


def first_draft(reply: Reply, inputs: Inputs) -> tuple[Draft, list[str]]:
    """Return the files of the first reply, and why edits in it do not fit. A revision may edit what is there."""
    draft, misfits = Draft().plus(reply), list[str]()
    before = files_after({**inputs.shown_files, **inputs.changing}, draft, {})
    try:
        after = apply_changes(before, Reply(edits=reply.edits))
        draft = draft.with_changes({path: body for path, body in after.items() if before[path] != body}, ())
    except EditsDoNotFit as error:
        misfits = [str(misfit) for misfit in error.misfits]
    return draft, misfits


def rightly_named(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return files with the names of README.md and index.html in their own case, and without what only code writes."""
    named = {}
    for path, body in files.items():
        right = RIGHT_NAMES.get(fold(path), path)
        if fold(path) not in OURS:
            named[path if right in files else right] = body
    return named


def files_after(current: Mapping[str, bytes], draft: Draft, fixed: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return all files after this build: the current ones, the model's over them, and `fixed` ones over everything."""
    kept = {path: body for path, body in current.items() if path not in draft.deleted}
    return {**kept, **draft.files, **fixed}


def problems_with(reply: Reply, draft: Draft, inputs: Inputs) -> list[str]:
    """Return what the model should correct, in sentences."""
    files = files_after({**inputs.current, **inputs.changing}, draft, inputs.fixed)
    problems = [str(fault) for fault in draft.faults()]
    if reply.is_empty:
        problems.append("The reply holds no file block. Begin each file with its <<<FILE ...>>> line, as described.")
    elif reply.cut_off and (reply.cut_off in reply.files or reply.cut_off not in files):
        problems.append(f"{reply.cut_off}: was cut off in the middle; write it whole")
    return problems
