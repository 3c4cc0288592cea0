"""What is known before the model is asked, and the first prompt that says it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from action.contract.assertion import ConvertsAttachment
from action.contract.changes import attachments_to_change
from action.contract.compile import objections
from action.contract.contract import Contract
from action.contract.from_brief import not_to_commit
from action.contract.hints import hints_in
from action.contract.model_checks import KIND_LINES
from action.contract.patterns import files_in
from action.contract.repair_notes import retired_lines, trap_lines
from action.contract.tables import UnreadableTable, convert
from action.gates.private_values import published, texts_of
from action.gates.text import readable
from action.gates.workflow_policy import asks_for_workflow, is_workflow
from action.gates.workflow_rules import known_actions
from action.generate.attachments import Attached, NamedPage
from action.generate.prompt_parts import PromptParts, is_data
from action.model.prompts import Media, Part, Prompt, Turn, fenced, new_token, one_line, render
from action.model.reply import done_mark
from action.record import PAGES_WORKFLOW
from action.site.content import written_lines
from receiver.task import BuildRequest, Task

UNMET = (
    "Do not try to meet the following checks: they are wrong as they were sent. Show what the brief and the "
    "attachments really give, and write no constant and no placeholder for their sake."
)
CHECKS_FILE = "pagewright-checks.json"  # a block of the first reply, never a file of the site
NEVER_NAMED = {"license", "readme.md", "index.html", "pages.yml"}
NAME = r"[`'\"]?[\w./-]{1,80}[`'\"]?"
# An example of a name, a file that must not be there, and what visitors are offered: nobody has to commit them.
NOT_ASKED = re.compile(
    rf"\b(?:for example|for instance|e\.g\.,?|such as|named like|called something like)\s+{NAME}"
    rf"|{NAME}\s+(?:must|should|may|shall)\s+not\b|{NAME}\s+is\s+(?:not\s+committed|offered)\b"
    rf"|\b(?:no|without an?)\s+(?:file\s+)?{NAME}\s+(?:is|in the repo)"
    rf"|\bdownload(?:s|ed|able|ing)?\s+(?:\w+\s+){{0,5}}?(?:as|named|called)\s+(?:a\s+file\s+)?{NAME}"
    rf"|\b(?:offers|exports)\s+(?:\w+\s+){{0,6}}?as\s+(?:a\s+)?(?:download\s+)?{NAME}",
    re.IGNORECASE,
)
NO_TEXT = re.compile(r"\.(?:ipynb|pdf|png|jpe?g|webp|gif|ico|xls[xm]|docx|zip|wasm|log|uid)$", re.IGNORECASE)
LONGEST_AGAIN = 6_000  # characters of brief and checks that are said twice
NOT_SHOWN = (".github/", ".pagewright/", "LICENSE")


@dataclass(frozen=True)
class Inputs:
    """The request, its attachments, the files of the last round (none in the first), and what addresses in it say.

    `private` is what no written file may hold. `fence` marks foreign text: the same in all questions of a build, and
    unknown to who wrote the task.
    """

    request: BuildRequest
    attached: Attached
    current: Mapping[str, bytes] = field(default_factory=dict)
    named_pages: tuple[NamedPage, ...] = ()
    private: tuple[str, ...] = field(default=(), repr=False)
    fence: str = field(default_factory=new_token)

    @cached_property
    def published(self) -> tuple[bytes, ...]:
        """What is public by the task's own will, or already."""
        return published(self.request, [*self.attached.files.values(), *texts_of(self.current)])

    @cached_property
    def named(self) -> tuple[str, ...]:
        """The files that the task seems to ask for and that are not there yet."""
        task = self.request.task
        known = [*(attachment.name for attachment in task.attachments), *self.current]
        return named_files([task.brief, *(check.text for check in task.checks if check.text)], known)

    @cached_property
    def asked(self) -> str:
        """All that was asked for, now and in the rounds that the current files stand for, in lower case."""
        task = self.request.task
        before = [body.decode(errors="replace") for body in self.current.values()]
        return "\n".join([task.brief, *map(str, task.checks), *before]).lower()

    @cached_property
    def changing(self) -> dict[str, bytes]:
        """The attachments that the task orders to be changed, as they came."""
        names = attachments_to_change(self.request.task)
        return {name: body for name, body in self.attached.files.items() if name in names}

    @cached_property
    def fixed(self) -> dict[str, bytes]:
        """The attachments that stay byte for byte."""
        return {name: body for name, body in self.attached.files.items() if name not in self.changing}

    def is_named_now(self, path: str) -> bool:
        """Whether the words of this round name a file."""
        return path.rpartition("/")[2].lower() in self.words

    @cached_property
    def words(self) -> str:
        """What was asked for now, in lower case."""
        return "\n".join([self.request.task.brief, *map(str, self.request.task.checks)]).lower()

    @property
    def shown_files(self) -> dict[str, bytes]:
        """The current files that the model may change; attachments of this round are shown apart."""
        return {path: body for path, body in self.current.items() if self.is_shown(path) and path not in self.changing}

    @cached_property
    def asks_for_workflow(self) -> bool:
        """Whether the model may write workflow files."""
        return asks_for_workflow(self.request.task)

    def is_shown(self, path: str) -> bool:
        """Whether the model may see and change a file of the site."""
        fixed = {attachment.name for attachment in self.request.task.attachments} - self.changing.keys()
        if self.asks_for_workflow and is_workflow(path):
            return path != PAGES_WORKFLOW
        return not path.startswith(NOT_SHOWN) and path not in fixed


def converted_files(contract: Contract, attached: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that the contract wants as an attachment's table in another format."""
    files: dict[str, bytes] = {}
    for wish in contract.assertions:
        if not isinstance(wish, ConvertsAttachment) or wish.attachment not in attached or wish.file in attached:
            continue
        try:
            files[wish.file] = convert(wish.attachment, attached[wish.attachment], wish.file)
        except UnreadableTable:
            continue  # the model may know what to do with it; the contract says whether it did
    return files


def named_files(texts: Iterable[str], known: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the text files that `texts` name, in their order, without `known` ones and those that are always there.

    It reminds the model of them, and is never a reason to refuse its work.
    """
    left_out = {name.lower() for name in known} | NEVER_NAMED
    plain = [NOT_ASKED.sub(" ", readable(text)) for text in texts]
    unwanted = {name for text in plain for name in not_to_commit(text)}
    found = dict.fromkeys(name for text in plain for name in files_in(text))
    wanted = (name for name in found if not name.startswith(".") and not NO_TEXT.search(name) and name not in unwanted)
    return tuple(name for name in wanted if name.lower() not in left_out)


def written_files(files: Mapping[str, bytes], inputs: Inputs) -> dict[str, bytes]:
    """Return what this build wrote: files that are neither attached, which the sender published, nor there before.

    Of an attachment that was changed, that are the lines which it did not have.
    """
    task, current = inputs.request.task, inputs.current
    return written_lines(
        {path: body for path, body in files.items() if current.get(path) != body}, task, inputs.attached.files
    )


def task_parts(inputs: Inputs, contract: Contract) -> tuple[Part, ...]:
    """Return what every question of a build begins with, for the sake of caching: the task and all that is known."""
    fence = inputs.fence
    context = PromptParts(fence)
    task = inputs.request.task
    made = converted_files(contract, inputs.fixed)
    text = render(
        "task",
        round=task.round,
        fence=fence,
        brief=task.brief.strip(),
        checks=checks(inputs, contract, fence),
        traps=trap_lines(hints_in(contract.assertions)),
        named_pages=context.named_pages(inputs.named_pages),
        attachments=attachments(inputs, context, made),
    )
    return text, *context.media


def first_prompt(inputs: Inputs, contract: Contract, missed: str = "") -> Prompt:
    """Return the question for all files. `missed` is what an earlier answer to it did wrong."""
    parts, token = list(task_parts(inputs, contract)), new_token()
    if inputs.current:
        shown = PromptParts(inputs.fence).current_files(inputs.shown_files, inputs.is_named_now)
        asked = asked_again(inputs.request.task, inputs.fence)
        parts.append(render("revision", files=shown, retired=retired(inputs, contract), asked=asked))
    made = converted_files(contract, inputs.fixed)
    names = [name for name in inputs.named if name not in made]
    named = ", ".join(names) or "none"
    parts += [missed] if missed else []
    parts.append(
        checks_question(contract, inputs.named)
        + render("reply", token=token, form=reply_form(names, token), named=named)
    )
    purpose = "start over" if missed else "write"
    return Prompt(system=rules(inputs), turns=(Turn("user", tuple(parts)),), purpose=purpose, token=token)


def asked_again(task: Task, fence: str) -> str:
    """Return brief and checks for the end of a long question, where models read best; nothing of very long ones."""
    words = "\n".join([task.brief.strip(), *(f"- {check}" for check in task.checks)])
    if len(words) > LONGEST_AGAIN:
        return "The brief and the checks of this round stand above, before the files."
    return fenced(fence, "asked for now", words)


def retired(inputs: Inputs, contract: Contract) -> str:
    """Return what earlier rounds demanded and this one replaces. Its words are the sender's."""
    lines = retired_lines(contract.retired)
    return fenced(inputs.fence, "replaced", lines) if lines else "Nothing."


def rules(inputs: Inputs) -> str:
    """Return the rules for the model. Those for workflow files are there only when the task asks for one."""
    if not inputs.asks_for_workflow:
        return render("rules")
    names = ", ".join(known_actions())
    return render("rules") + "\n" + render("workflow_rules", actions=names)


def repair_prompt(inputs: Inputs, contract: Contract, words: str, token: str, pictures: Iterable[Media]) -> Prompt:
    """Return the question for a repair: the task again, what the page looks like, and what is to be done."""
    parts = (*task_parts(inputs, contract), *pictures, words)
    return Prompt(system=rules(inputs), turns=(Turn("user", parts),), purpose="repair", token=token)


def checks_question(contract: Contract, named: Iterable[str]) -> str:
    """Return the request to compile what no rule could read, or nothing. It shares the first call."""
    if not contract.uncompiled:
        return ""
    numbered = "\n".join(f"{number}. {one_line(check)}" for number, check in enumerate(contract.uncompiled, 1))
    files = ", ".join(named) or "none"
    return render("compile_checks", name=CHECKS_FILE, checks=numbered, files=files, kinds=KIND_LINES) + "\n"


def checks(inputs: Inputs, contract: Contract, fence: str) -> str:
    """Return the checks in the caller's own words, and which of them cannot be met."""
    lines = [f"- {check}" for check in inputs.request.task.checks]
    if not lines:
        return "The task names none. The brief itself will be checked, word by word."
    intro = 'All of these will be run or read literally. "js:" is an expression that must be true in the page.'
    text = f"{intro}\n\n{fenced(fence, 'checks', chr(10).join(lines))}"
    found = objections(inputs.request.task, contract)
    unmet = "\n".join(f"- check {number}: {one_line(objection)}" for number, objection in found.items())
    return f"{text}\n\n{UNMET}\n\n{fenced(fence, 'not to be met', unmet)}" if unmet else text


def attachments(inputs: Inputs, context: PromptParts, made: Iterable[str] = ()) -> str:
    """Return the text about the attachments, what code makes of them, and those that could not be had.

    All of long data is needed only for files of data that the model itself writes.
    """
    writes_data = any(is_data(name) for name in inputs.named if name not in {*made})
    text = context.attachments(inputs.fixed, inputs.changing, is_whole=writes_data)
    if made := list(made):
        text += f"\n\nThe program itself writes these files from attachments: {', '.join(made)}. Never write them."
    missing = [item.name for item in inputs.request.task.attachments if item.name not in inputs.attached.files]
    if missing:
        text += f"\n\nThese could not be fetched, so their content is unknown: {', '.join(missing)}. The page says so."
        text += " Write no file under their names."
    return text


def reply_form(named: Iterable[str], token: str) -> str:
    """Return what a reply looks like: the first named file, and the page. Small models write what they see, no more."""
    paths = dict.fromkeys([*list(named)[:1], "index.html"])
    blocks = [f"<<<FILE {token} {path}>>>\n[the content of {path}]\n<<<END {token}>>>" for path in paths]
    return "\n".join([*blocks, done_mark(token)])
