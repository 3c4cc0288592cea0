"""The task's checks and the rules for every page, as assertions, and their verdicts as marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from action.contract import retire
from action.contract.assertion import Advice, Assertion, FileExists
from action.contract.changes import attachments_to_change, words_of
from action.contract.compile import base_assertions, names_of, read_one
from action.contract.contract import Contract, labelled
from evaluator.gradebook import Submission
from evaluator.marks import Origin
from receiver.task import Task, UndecodableAttachment

NOWHERE = "https://evaluation.example.org/notify"


@dataclass(frozen=True)
class Wish:
    """One check, and the assertions that it means; none when no program can decide it."""

    origin: Origin
    check: str
    assertions: tuple[Assertion, ...] = ()


@dataclass(frozen=True)
class Wishes:
    """Everything that is asked of one submission."""

    wishes: tuple[Wish, ...]
    attachments: Mapping[str, bytes] = field(repr=False)

    @property
    def contract(self) -> Contract:
        """All assertions together, so that each page is visited once for all of them."""
        return Contract().plus([assertion for wish in self.wishes for assertion in wish.assertions])

    @property
    def decidable(self) -> list[Wish]:
        """The checks that a program can decide."""
        return [wish for wish in self.wishes if wish.assertions]

    @property
    def undecidable(self) -> list[Wish]:
        """The checks that only a person or a model can judge."""
        return [wish for wish in self.wishes if not wish.assertions]


def wishes_of(handed_in: Submission, earlier: Sequence[Submission]) -> Wishes:
    """Return what this round and the rounds before ask; what this round changes, the earlier ones no longer ask."""
    task = task_of(handed_in)
    rules = [FileExists(file="index.html"), *base_assertions(task, {})]
    wishes = [Wish("rule", each.sentence, (each,)) for each in labelled(rules, "base", task.round)]
    wishes += given(task, "given")
    now = Contract().plus([assertion for wish in wishes for assertion in wish.assertions])
    for before in earlier:
        kept = given(task_of(before), "kept")
        asked = Contract().plus([a for wish in kept for a in wish.assertions])
        stays = {a.id for a in retire.after(now, asked, words_of(task)).assertions}
        wishes += [wish for wish in kept if wish.assertions and all(each.id in stays for each in wish.assertions)]
    attachments: dict[str, bytes] = {}
    for submission in (*earlier, handed_in):
        attachments |= attachments_of(task_of(submission))
    return Wishes(tuple(wishes), attachments)


def given(task: Task, origin: Origin) -> list[Wish]:
    """Return the checks that came with a task."""
    names = names_of(task)
    found = [(check, labelled(read_one(check, names), "given", task.round, source=str(check))) for check in task.checks]
    return [
        Wish(origin, str(check), () if any(map(is_undecidable, assertions)) else tuple(assertions))
        for check, assertions in found
    ]


def is_undecidable(assertion: Assertion) -> bool:
    """Whether no page can be blamed for it: only a person could judge it, or it cannot be true as it was sent."""
    return isinstance(assertion, Advice) or bool(assertion.objection)


def task_of(handed_in: Submission) -> Task:
    """Return a request as the receiver's side knows it."""
    values: dict[str, Any] = {name: getattr(handed_in, name) for name in ("email", "task", "round", "nonce")}
    return Task.from_sender({**values, **handed_in.asked, "evaluation_url": NOWHERE})


def attachments_of(task: Task) -> dict[str, bytes]:
    """Return the bytes that came along with a task and that it does not order to be changed."""
    found: dict[str, bytes] = {}
    changing = attachments_to_change(task)
    for attachment in task.attachments:
        if attachment.is_inline and attachment.name not in changing:
            try:
                found[attachment.name] = attachment.inline_bytes()
            except UndecodableAttachment:
                continue
    return found
