"""The phase that writes the files: attachments, context, one question to the model, one correction, a bundle."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from action.attached import collect_attachments
from action.bundle import Bundle
from action.candidate_files import Draft, files_after, problems_with
from action.console import Console
from action.content import unchanged_page
from action.deadline import Deadline
from action.errors import ModelUnavailable, OutOfTime, UnusableReply, UserError
from action.gates.guarded_http import GuardedHttp
from action.material import Material, first_prompt, has_media, without_media
from action.model.conversation import Written, ask_for_files, follow_up
from action.model.door import Model
from action.model.prompts import bullets, new_token, render
from action.record import BuildRecord, Generation
from action.site import complete_readme, fallback_files, license_text
from receiver.task import BuildRequest

SECONDS_FOR_PUBLISHING = 240.0  # publishing starts with at least this much left
FALLBACK = "No language model answered in time, so this page could not be written."

CurrentFiles = Callable[[str, str], Mapping[str, bytes] | None]
"""Takes task and task key; returns the files of the task's repository, or None when there is none."""


def nothing_before(task: str, task_key: str) -> None:
    """There is no earlier round."""


@dataclass(frozen=True)
class Workshop:
    """The doors that generating needs. `holder` is who the license names."""

    model: Model
    http: GuardedHttp
    console: Console
    deadline: Deadline
    holder: str
    current_files: CurrentFiles = nothing_before


@dataclass(frozen=True)
class Outcome:
    """What goes into the bundle. `fallback` is the reason when code wrote the page instead of a model."""

    files: Mapping[str, bytes]
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fallback: str = ""


def generate(request: BuildRequest, workshop: Workshop) -> Bundle:
    """Return the files to publish. When no model answers, they are the plain page, and the record says why."""
    record = BuildRecord(
        build_id=request.build_id,
        task_key=request.task_key,
        round=request.task.round,
        received_at=request.received_at,
    )
    with record.phase("generate") as entry, workshop.console.phase("Write the files") as shown:
        outcome = make_files(request, workshop, record)
        entry.outcome = "degraded" if outcome.fallback else "done"
        record.generation = Generation(
            calls=workshop.model.calls,
            files=len(outcome.files),
            bytes=sum(len(body) for body in outcome.files.values()),
            notes=list(outcome.notes),
            fallback=outcome.fallback,
        )
        entry.verdict = shown.verdict = verdict(outcome, len(workshop.model.calls))
    return Bundle(files=outcome.files, removed=outcome.removed, record=record)


def make_files(request: BuildRequest, workshop: Workshop, record: BuildRecord) -> Outcome:
    """Let the model write; without an answer, fall back."""
    material = gather(request, workshop)
    for problem in material.attached.problems:
        record.add_failure("generate", problem)
        workshop.console.report(problem, degraded=True)
    try:
        return finish(material, write(material, workshop), workshop.holder)
    except UserError as error:
        record.add_failure("generate", error)
        workshop.console.report(error, degraded=True)
        return fall_back(material, error, workshop.holder)


def gather(request: BuildRequest, workshop: Workshop) -> Material:
    """Collect the attachments and, in later rounds, the current files. Raises RepositoryUnreadable."""
    attached = collect_attachments(request.task.attachments, workshop.http, workshop.deadline)
    workshop.console.line(f"{len(attached.files)} of {len(request.task.attachments)} attachments are here")
    if request.task.round == 1:
        return Material(request, attached)
    current = workshop.current_files(request.task.task, request.task_key) or {}
    workshop.console.line(f"{len(current)} files of the last round are here")
    return Material(request, attached, current)


def write(material: Material, workshop: Workshop) -> Draft:
    """Ask for the files, and once more for what cannot be published or is missing. Raises UserError."""
    deadline = workshop.deadline.for_phase(leave=SECONDS_FOR_PUBLISHING)
    deadline.check("the attachments and the current files were read")
    first = ask_first(material, workshop, deadline)
    draft = Draft().plus(first.reply).admitted(material.attached.files)
    problems = problems_with(first.reply, draft, material)
    if problems:
        workshop.console.line(f"{len(problems)} things to correct")
        workshop.console.foreign("\n".join(problems))
        draft = corrected(draft, first, problems, material, workshop, deadline)
    if "index.html" not in files_after(material.current, draft, material.attached.files):
        raise no_page(len(workshop.model.calls))
    return draft.without_faults(material.current)


def ask_first(material: Material, workshop: Workshop, deadline: Deadline) -> Written:
    """Ask with pictures and PDFs; without them when every model refuses the whole prompt because of one."""
    token = new_token()
    prompt = first_prompt(material, token)
    try:
        return ask_for_files(workshop.model, prompt, token, deadline)
    except ModelUnavailable as error:
        if not has_media(prompt) or "HTTP 400" not in error.what:
            raise
        workshop.console.line("Asking again without pictures and PDFs")
        return ask_for_files(workshop.model, without_media(prompt), token, deadline)


def corrected(
    draft: Draft, first: Written, problems: list[str], material: Material, workshop: Workshop, deadline: Deadline
) -> Draft:
    """Tell the model once what is wrong. When that brings nothing, what is there stays."""
    token = new_token()
    text = render("correct", problems=bullets(problems), token=token)
    try:
        deadline.check("the reply was corrected")
        second = ask_for_files(workshop.model, follow_up(first.prompt, text, purpose="correct"), token, deadline)
    except UserError as error:
        workshop.console.line(f"The correction did not come: {error.what}")
        return draft
    better = draft.plus(second.reply).admitted(material.attached.files)
    left = len(problems_with(second.reply, better, material))
    workshop.console.line("All is corrected" if left == 0 else f"{left} things are still not as they should be")
    return better


def finish(material: Material, draft: Draft, holder: str) -> Outcome:
    """Return what changes in the repository: the model's files, LICENSE, a complete README, and the attachments."""
    attached = material.attached.files
    everything = files_after(material.current, draft, attached)
    readme = everything.get("README.md", b"").decode(errors="replace")
    whole = complete_readme(readme, material.request.task.brief, {*everything, "README.md", "LICENSE"}, attached)
    ours = {"README.md": whole.encode(), "LICENSE": license_text(holder, material.request.received_at.year)}
    removed = tuple(sorted(path for path in draft.deleted if path in material.current and path not in ours | attached))
    notes = tuple(f"left out: {refusal}" for refusal in draft.refusals)
    return Outcome({**draft.files, **ours, **attached}, removed, notes)


def fall_back(material: Material, error: UserError, holder: str) -> Outcome:
    """Return the plain page in the first round; in a later one the page stays as it is, with a note in the README."""
    request, attached = material.request, material.attached.files
    reason = FALLBACK if isinstance(error, ModelUnavailable | OutOfTime) else "This page could not be written."
    notes = (f"{error.code}: {error.what}",)
    if "index.html" in material.current:
        kept = unchanged_page(request, reason, material.current.get("README.md"))
        return Outcome({**kept.files, **attached}, notes=notes, fallback=reason)
    year = request.received_at.year
    files = fallback_files(request.task.brief, attached, reason=reason, holder=holder, year=year)
    return Outcome(files, notes=notes, fallback=reason)


def verdict(outcome: Outcome, calls: int) -> str:
    """Return the phase in one line."""
    asked = "1 call" if calls == 1 else f"{calls} calls"
    return f"the plain page, after {asked}" if outcome.fallback else f"{len(outcome.files)} files, {asked}"


def no_page(calls: int) -> UnusableReply:
    """Return the error for replies without a page."""
    return UnusableReply(
        f"The model answered {calls} times, but wrote no index.html.",
        "it does not follow the reply format, or its answers were cut off.",
        "Put a stronger model first in the variable GEMINI_MODEL, then run the build again.",
    )
