"""Asks the model to repair an attempt: the evidence goes in, blocks that fit exactly come out."""

from action.candidate_files import Draft
from action.contract.contract import Contract
from action.contract.evidence import repair_values
from action.contract.verdict import Result
from action.deadline import Deadline
from action.edits import EditsDoNotFit, apply_changes, format_after
from action.loop.attempt import Attempt
from action.loop.improve import Repair
from action.material import Material, repair_prompt
from action.model.conversation import ask_for_files
from action.model.door import Model
from action.model.media import ask_with_or_without_media
from action.model.prompts import Media, bullets, new_token, render
from action.model.reply import Reply

NO_BLOCK = "The reply held no block. Begin each block with its <<<FILE ...>>> or <<<EDIT ...>>> line, as described."


class ModelRepairer:
    """A `Repairer` that asks a language model."""

    def __init__(self, model: Model, material: Material, contract: Contract) -> None:
        self._model = model
        self._material = material
        self._contract = contract

    def __call__(self, best: Attempt, misfits: tuple[str, ...], deadline: Deadline) -> Repair:
        """Ask once. Raises UserError when no answer comes."""
        token = new_token()
        prompt = repair_prompt(self._material, self._contract, self._words(best, misfits, token), pictures_of(best))
        written = ask_with_or_without_media(
            prompt, lambda question: ask_for_files(self._model, question, token, deadline)
        )
        if written.reply.is_empty:
            return Repair(misfits=(NO_BLOCK,))
        try:
            draft = self._changed(best, written.reply)
        except EditsDoNotFit as error:
            return Repair(misfits=tuple(str(misfit) for misfit in error.misfits))
        return Repair(draft, problems=tuple(map(str, [*draft.refusals, *draft.faults()])))

    def _words(self, best: Attempt, misfits: tuple[str, ...], token: str) -> str:
        own = self._own(best)
        values = repair_values(best.report, own, token, format_after(misfits, own), misfits)
        values["lost"] = lost_words(best.lost)
        values["problems"] = bullets(best.problems) or "* nothing"
        return render("repair", **values)

    def _own(self, best: Attempt) -> dict[str, bytes]:
        """Return the files that the model may change."""
        return {path: body for path, body in best.files.items() if self._material.is_shown(path)}

    def _changed(self, best: Attempt, reply: Reply) -> Draft:
        """Return the best draft with the changes of a reply. Raises EditsDoNotFit."""
        before = self._own(best)
        after = apply_changes(before, reply)
        changed = {path: body for path, body in after.items() if before.get(path) != body}
        draft = best.draft.with_changes(changed, before.keys() - after.keys())
        return draft.admitted(self._material.attached.files, workflows=self._material.asks_for_workflow)


def pictures_of(best: Attempt) -> list[Media]:
    """Return what the page looks like, for models that can see."""
    if best.screenshots is None:
        return []
    return [
        Media("image/webp", best.screenshots.desktop, "the page on a desktop"),
        Media("image/webp", best.screenshots.mobile, "the page on a phone"),
    ]


def lost_words(lost: tuple[Result, ...]) -> str:
    """Say what the last round had and this candidate has not."""
    return bullets(result.assertion.sentence for result in lost) or "* nothing"
