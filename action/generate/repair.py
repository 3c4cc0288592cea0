"""Asks the model for a better attempt: a repair of the best one, or a second beginning."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from action.contract.contract import Contract, Result, Retired
from action.contract.repair_notes import failure_lines, repair_values
from action.contract.retire import why_not_replaced
from action.deadline import Deadline
from action.generate.candidate import Draft, read_draft
from action.generate.edits import EditsDoNotFit, apply_changes, format_for
from action.generate.inputs import CHECKS_FILE, Inputs, first_prompt, repair_prompt, retired
from action.generate.trial import Attempt, Trial
from action.model.conversation import ask_for_files, ask_with_or_without_media
from action.model.interface import Model
from action.model.prompts import Media, Prompt, bullets, new_token, one_line, render
from action.model.reply import Reply
from action.site.files import words_of_its_own

README, INDEX, PAGES = "README.md", "index.html", (".html", ".htm")
SHORT = 1_500  # bytes: a shorter file costs less than to say that it is not shown
NAMES = re.compile(r"#[A-Za-z][\w-]{2,60}|[\w-]{1,60}\.[A-Za-z][A-Za-z0-9]{1,5}(?![\w.])")
ANEW = "You do not see that answer, so that you do not repeat it. Begin anew, in a simpler way, and write all files."
AGAIN = (
    "You do not see that answer, so that you do not repeat it. Change the current files above once more, in another"
    " way. Everything that works today keeps working."
)
NO_BLOCK = (
    "The reply held no block. Begin each block with its <<<FILE ...>>> or <<<EDIT ...>>> line, as described; when"
    " nothing is to be changed, say why in one sentence before the DONE line."
)
LONGEST_WHY = 800  # characters; longer words without a block are an answer that lost its marks


@dataclass(frozen=True)
class Proposal:
    """What came of asking: a draft, the reasons why its changes could not be applied, or why nothing is to change.

    `replaced` is what the words of this round end, as the model reads them.
    """

    draft: Draft | None = None
    replaced: tuple[Retired, ...] = ()
    nothing: str = ""
    misfits: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class Author:
    """Asks the model for changes. Both ways raise UserError when no answer comes."""

    def __init__(self, model: Model, trial: Trial) -> None:
        self._model, self._trial = model, trial
        self._inputs = trial.inputs

    @property
    def _contract(self) -> Contract:
        """What is demanded now; words of the round may end a part of it while the model repairs."""
        return self._trial.contract

    def repair(self, best: Attempt, misfits: tuple[str, ...], deadline: Deadline) -> Proposal:
        """Show the files and what failed; take changes of them. `misfits` are those of the answer before."""
        token = new_token()
        words = self._words(best, misfits, token)
        reply = self._ask(repair_prompt(self._inputs, self._contract, words, token, pictures_of(best)), deadline)
        replaced, refused = self._replaced(best, reply)
        if reply.is_empty and (replaced or refused):
            return Proposal(replaced=replaced, misfits=refused)
        if reply.is_empty:
            return Proposal(nothing=reply.notes) if says_why(reply) else Proposal(misfits=(NO_BLOCK,))
        try:
            draft = self._changed(best, reply)
        except EditsDoNotFit as error:
            return Proposal(replaced=replaced, misfits=tuple(str(misfit) for misfit in error.misfits))
        return Proposal(draft, replaced, problems=tuple(map(str, draft.faults())))

    def start_over(self, best: Attempt, deadline: Deadline) -> Proposal:
        """Ask the first question again and say what failed, without the files."""
        missed = render(
            "again",
            failures=failure_lines(best.report),
            problems=bullets(best.problems) or "* nothing",
            how=AGAIN if self._inputs.current else ANEW,
        )
        known = self._contract.plus([])  # the checks in English were compiled with the first answer
        reply = self._ask(first_prompt(self._inputs, known, missed), deadline)
        if reply.is_empty:
            return Proposal(misfits=(NO_BLOCK,))
        draft, problems = read_draft(reply, self._inputs)
        return Proposal(draft, problems=problems)

    def _replaced(self, best: Attempt, reply: Reply) -> tuple[tuple[Retired, ...], tuple[str, ...]]:
        """Return what the model says that the round replaces, as far as its words show that, and why not the rest."""
        found, refused = [], []
        task = self._inputs.request.task
        lost = {str(number): result for number, result in enumerate(ended(best, self._inputs), 1)}
        for number, words in reply.replaced.items():
            if (result := lost.get(number)) is None:
                continue
            if reason := why_not_replaced(result.assertion, words, task):
                refused.append(f"REPLACED {number}: {reason}, so it is still demanded")
            else:
                found.append(Retired(assertion=result.assertion, words=words, by="model"))
        return tuple(found), tuple(refused)

    def _ask(self, prompt: Prompt, deadline: Deadline) -> Reply:
        written = ask_with_or_without_media(prompt, lambda question: ask_for_files(self._model, question, deadline))
        return written.reply.without(CHECKS_FILE)  # small models write again what they wrote first

    def _words(self, best: Attempt, misfits: tuple[str, ...], token: str) -> str:
        own = self._own(best)
        needed = own if misfits else needed_for(best, own)  # what did not fit was perhaps not seen
        values = repair_values(best.report, needed, token, format_for(needed, misfits), misfits)
        listed = [f"({path}: {len(own[path]):,} bytes, not shown)" for path in sorted(own.keys() - needed.keys())]
        values["files"] = "\n".join([values["files"], *listed])
        values["lost"] = lost_words(best, ended(best, self._inputs), token)
        values["retired"] = retired(self._inputs, self._contract)
        values["problems"] = bullets(best.problems) or "* nothing"
        return render("repair", **values)

    def _own(self, best: Attempt) -> dict[str, bytes]:
        """Return the files that the model may change."""
        return {path: body for path, body in best.files.items() if self._inputs.is_shown(path)}

    def _changed(self, best: Attempt, reply: Reply) -> Draft:
        """Return the best draft with the changes of a reply. Raises EditsDoNotFit."""
        before = self._own(best)
        after = apply_changes(before, reply.without_retyped(best.files))
        changed = {path: body for path, body in after.items() if before.get(path) != body}
        return best.draft.with_changes(changed, before.keys() - after.keys())


def says_why(reply: Reply) -> bool:
    """Whether a reply without a block is meant so: it ends as told, and gives a reason in a few words."""
    return reply.done and 0 < len(reply.notes) <= LONGEST_WHY and "```" not in reply.notes


def pictures_of(best: Attempt) -> list[Media]:
    """Return what the page looks like, for models that can see."""
    if best.screenshots is None:
        return []
    return [
        Media("image/webp", best.screenshots.desktop, "the page on a desktop"),
        Media("image/webp", best.screenshots.mobile, "the page on a phone"),
    ]


def needed_for(best: Attempt, own: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that a repair of what failed may have to change: the page, what it runs, and what is named.

    Long data, other pages and scripts that no shown page runs stay as they are, unless what failed names them.
    """
    told = "\n".join(
        [
            *(f"{result.assertion.sentence} {result.verdict}" for result in (*best.report.failures(), *best.lost)),
            *best.problems,
            *best.report.notes,
        ]
    ).lower()

    def is_short_or_named(path: str) -> bool:
        return len(own[path]) <= SHORT or path == INDEX or path.rpartition("/")[2].lower() in told

    pages = [path for path in own if path.endswith(PAGES) and is_short_or_named(path)]
    run = b"\n".join(own[path] for path in pages).decode(errors="replace")
    return {
        path: body
        for path, body in own.items()
        if (path != README and (is_short_or_named(path) or (is_run(path) and path.rpartition("/")[2] in run)))
        or (path == README and is_about_readme(best, body.decode(errors="replace")))
    }


def is_run(path: str) -> bool:
    """Whether a file is a part of each page that names it."""
    return path.endswith((".js", ".mjs", ".css"))


def is_about_readme(best: Attempt, text: str) -> bool:
    """Whether README.md is part of what failed, or speaks of it. Else it is not shown: small models copy what they see.

    What it speaks of has a name, `#total` or `summary.json`; that our own part quotes the brief does not count.
    """
    told = [result.assertion.sentence for result in best.report.failures()] + list(best.problems)
    names, said = {name for sentence in told for name in NAMES.findall(sentence)}, words_of_its_own(text)
    return any("readme" in sentence.casefold() for sentence in told) or any(name in said for name in names)


def ended(best: Attempt, inputs: Inputs) -> list[Result]:
    """Return what the candidate lost of the sender's earlier demands. A message about the page ends none of these."""
    return [] if inputs.request.revision else [it for it in best.breaks if it.weight == "given"]


def lost_words(best: Attempt, may_be_replaced: Sequence[Result], token: str) -> str:
    """Say what the last round had and this candidate has not, first what its words may have ended on purpose."""
    numbered = [f"{number}. {one_line(it.assertion.sentence)}" for number, it in enumerate(may_be_replaced, 1)]
    others = bullets(it.assertion.sentence for it in best.lost if it not in may_be_replaced)
    how = render("replaced", token=token, number=1) if numbered else ""
    return "\n".join(filter(None, [*numbered, others, how])) or "* nothing"
