"""From a model's replies to the files of a candidate, and what has to be said to the model about them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from action.edits import EditsDoNotFit, apply_changes
from action.gates.file_policy import MOST_FILES, Refusal, check_files
from action.material import Material
from action.model.reply import Reply
from action.workflow_files import Reviewed, review_all, wrong_with_deleting

OUR_FILES = 4  # README, LICENSE, pages.yml and the note about the build
OURS = {"LICENSE", "LICENSE.md", "LICENSE.txt"}  # written by code; a model's version is left out without a word


@dataclass(frozen=True)
class Draft:
    """What a model has written in this build, what it deleted of earlier rounds, and what the policy refused of it."""

    files: dict[str, bytes] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    refusals: tuple[Refusal, ...] = ()

    def plus(self, reply: Reply) -> "Draft":
        """Return this draft with the files of a later reply, which win."""
        new = {path: content.encode(errors="replace") for path, content in reply.files.items() if path not in OURS}
        return replace(self, files={**self.files, **new}, deleted=(self.deleted | set(reply.deleted)) - new.keys())

    def with_changes(self, changed: Mapping[str, bytes], deleted: Iterable[str]) -> "Draft":
        """Return this draft with files that were changed or removed while it was repaired."""
        gone = set(deleted)
        kept = {path: body for path, body in self.files.items() if path not in gone}
        return Draft({**kept, **changed}, (self.deleted | gone) - changed.keys())

    def admitted(
        self, attached: Mapping[str, bytes], *, workflows: bool = False, changing: Iterable[str] = ()
    ) -> "Draft":
        """Apply the file policy, and that for workflow files when the task asks for one.

        A file under the name of an attachment that stays as it is, is left out silently: the attachment wins anyway.
        """
        fixed = attached.keys() - set(changing)
        own = {path: body for path, body in self.files.items() if path not in fixed}
        own = dict(list(own.items())[: MOST_FILES - len(attached) - OUR_FILES])
        reviewed = review_all(own) if workflows else Reviewed({})
        decided = {*reviewed.files, *(refusal.path for refusal in reviewed.refusals)}
        own = {path: body for path, body in own.items() if path not in decided} | reviewed.files
        refusals = check_files({**attached, **own}, trusted=frozenset({*attached, *reviewed.files}))
        refused = {refusal.path for refusal in refusals}
        kept = {path: body for path, body in own.items() if path not in refused}
        undeletable = [
            Refusal(path, f"is not deleted: {reason}")
            for path in sorted(self.deleted)
            if (reason := wrong_with_deleting(path, workflows=workflows))
        ]
        deleted = self.deleted - {refusal.path for refusal in undeletable}
        return Draft(kept, deleted, (*reviewed.refusals, *refusals, *undeletable))

    def faults(self) -> list[Refusal]:
        """Return files that are empty, or that say that something was left out of them."""
        return Reply({path: body.decode() for path, body in self.files.items()}).faults()

    def without_faults(self, current: Mapping[str, bytes]) -> "Draft":
        """Return this draft without abbreviated versions of files that are there already: the old ones stay."""
        worse = {fault.path for fault in self.faults()} & current.keys()
        return replace(self, files={path: body for path, body in self.files.items() if path not in worse})


def read_draft(reply: Reply, material: Material) -> tuple[Draft, tuple[str, ...]]:
    """Return the files of a reply to the first question, as the policy admits them, and what is to be corrected."""
    draft, misfits = first_draft(reply, material)
    draft = draft.admitted(material.attached.files, workflows=material.asks_for_workflow, changing=material.changing)
    problems = (*problems_with(reply, draft, material), *misfits)
    return draft.without_faults(material.current), problems


def first_draft(reply: Reply, material: Material) -> tuple[Draft, list[str]]:
    """Return the files of the first reply, and why edits in it do not fit. A revision may edit what is there."""
    draft, misfits = Draft().plus(reply), list[str]()
    before = files_after({**material.shown_files, **material.changing}, draft, {})
    try:
        after = apply_changes(before, Reply(edits=reply.edits))
        draft = draft.with_changes({path: body for path, body in after.items() if before[path] != body}, ())
    except EditsDoNotFit as error:
        misfits = [str(misfit) for misfit in error.misfits]
    return draft, misfits


def files_after(current: Mapping[str, bytes], draft: Draft, fixed: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return all files after this build: the current ones, the model's over them, and `fixed` ones over everything."""
    kept = {path: body for path, body in current.items() if path not in draft.deleted}
    return {**kept, **draft.files, **fixed}


def problems_with(reply: Reply, draft: Draft, material: Material) -> list[str]:
    """Return what the model should correct, in sentences."""
    files = files_after({**material.current, **material.changing}, draft, material.fixed)
    problems = [str(refusal) for refusal in draft.refusals]
    problems += [str(fault) for fault in draft.faults()]
    if reply.is_empty:
        problems.append("The reply holds no file block. Begin each file with its <<<FILE ...>>> line, as described.")
    elif reply.cut_off and reply.cut_off not in files:
        problems.append(f"{reply.cut_off}: was cut off in the middle; write it whole")
    if not reply.is_empty and "index.html" not in files:
        problems.append("index.html: is missing; nothing opens without it")
    return problems
