"""The phase that writes the files: attachments, context, the model, the contract, repairs, and a bundle."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from action.attached import collect_attachments
from action.bundle import Bundle
from action.candidate_files import first_draft, problems_with
from action.console import Console
from action.content import check_for_secrets, plain_page, reason_for_people, unchanged_page
from action.contract.compile import compile_contract
from action.contract.contract import Contract
from action.contract.model_checks import parse_compiled
from action.conversions import converted_files
from action.deadline import Deadline
from action.errors import ModelUnavailable, OutOfTime, SecretFound, UnusableReply, UserError
from action.facts import addresses_in, fetch_facts
from action.gates.guarded_http import GuardedHttp
from action.loop.attempt import Attempt
from action.loop.budget import Budget, BudgetedModel
from action.loop.improve import Loop
from action.loop.keeping import contract_file, contract_record, earlier_contract, without
from action.loop.proof import OpenSite, Proof, no_browser
from action.loop.repairing import ModelRepairer
from action.loop.telling import Telling
from action.material import CHECKS_FILE, Material, first_prompt, written_files
from action.model.conversation import ask_for_files
from action.model.door import Model
from action.model.media import ask_with_or_without_media
from action.model.prompts import new_token
from action.model.reply import Reply
from action.naming import repository_names
from action.private_values import confidential, private_values
from action.record import BuildRecord, Generation
from receiver.task import BuildRequest

SECONDS_FOR_PUBLISHING = 240.0  # publishing starts with at least this much left
SECONDS_FOR_FETCHING = 45.0  # attachments and named addresses together: slow hosts must not use up the build
SECONDS_FOR_LOOKING = 30.0  # the last answer is looked at, too
DEFAULT_BUDGET = Budget()
ALWAYS = {"README.md", "LICENSE"}
HELD_BACK = "This revision would have broken what worked before, so the page of the last round stays."
FALLBACK = "No language model answered in time, so this page could not be written."

CurrentFiles = Callable[[str, str], Mapping[str, bytes] | None]
"""Takes task and task key; returns the files of the task's repository, or None when there is none."""


def nothing_before(task: str, task_key: str) -> None:
    """There is no earlier round."""


@dataclass(frozen=True)
class Workshop:
    """The doors that generating needs. `holder` is who the license names, `open_site` shows a candidate.

    `secret` is the sender's, which no file may hold."""

    model: Model
    http: GuardedHttp
    console: Console
    deadline: Deadline
    holder: str
    current_files: CurrentFiles = nothing_before
    open_site: OpenSite = no_browser
    budget: Budget = DEFAULT_BUDGET
    secret: str = field(default="", repr=False)


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
        outcome = write(material, workshop, record)
        check_for_secrets(written_files(outcome.files, material), material.private)
        return outcome
    except UserError as error:
        if isinstance(error, SecretFound):
            record.contract = None  # it speaks of a page that nobody gets
        record.add_failure("generate", error)
        workshop.console.report(error, degraded=True)
        return fall_back(material, error, workshop.holder)


def gather(request: BuildRequest, workshop: Workshop) -> Material:
    """Collect attachments, what addresses say and, later, the current files. Raises RepositoryUnreadable."""
    task = request.task
    within = workshop.deadline.for_phase(leave=SECONDS_FOR_PUBLISHING, at_most=SECONDS_FOR_FETCHING)
    attached = collect_attachments(task.attachments, workshop.http, within)
    workshop.console.line(f"{len(attached.files)} of {len(task.attachments)} attachments are here")
    texts = [task.brief, *(check.text for check in task.checks if check.text)]
    facts = tuple(fetch_facts(addresses_in(texts, confidential(request)), workshop.http, within))
    if facts:
        workshop.console.line(f"{sum(not fact.problem for fact in facts)} of {len(facts)} named addresses were fetched")
    current = (workshop.current_files(task.task, request.task_key) or {}) if task.round > 1 else {}
    if task.round > 1:
        workshop.console.line(f"{len(current)} files of the last round are here")
    private = private_values(request, workshop.secret)
    return Material(request, attached, current, facts, private)


def write(material: Material, workshop: Workshop, record: BuildRecord) -> Outcome:
    """Ask for the files, prove them, and ask for repairs while that helps. Raises UserError."""
    deadline = workshop.deadline.for_phase(leave=SECONDS_FOR_PUBLISHING + SECONDS_FOR_LOOKING)
    deadline.check("the attachments and the current files were read")
    model = BudgetedModel(workshop.model, workshop.budget)
    contract = compile_for(material, workshop.console)
    token = new_token()
    first = ask_with_or_without_media(
        first_prompt(material, contract, token), lambda prompt: ask_for_files(model, prompt, token, deadline)
    )
    contract = with_english_checks(contract, first.reply, material.request.task.round)
    reply = first.reply.without(CHECKS_FILE)
    draft, misfits = first_draft(reply, material)
    draft = draft.admitted(material.attached.files, workflows=material.asks_for_workflow)
    problems = (*problems_with(reply, draft, material), *misfits)
    proof = proof_for(material, contract, workshop)
    proof.look_back()
    repairer, most = ModelRepairer(model, material, contract), max(1, workshop.budget.candidates)
    loop = Loop(repairer, proof, model.spent, workshop.console, deadline, most)
    best = loop.improve(proof(1, draft.without_faults(material.current), problems))
    if not best.has_page:
        raise no_page(len(workshop.model.calls))
    return keep(best, loop.attempts, proof, record)


def compile_for(material: Material, console: Console) -> Contract:
    """Return the contract of this build, with what the rounds before left."""
    try:
        earlier = earlier_contract(material)
    except ValueError:
        console.line("The contract of the round before cannot be read; only what is known now is checked")
        earlier = None
    return compile_contract(
        material.request.task,
        attachments=material.attached.files,
        earlier=earlier,
        files_hint=tuple(material.current),
    )


def with_english_checks(contract: Contract, reply: Reply, round_number: int) -> Contract:
    """Add what the model made of the checks that no rule could read."""
    if not contract.uncompiled:
        return contract
    compiled = parse_compiled(reply.files.get(CHECKS_FILE, "[]"), contract.uncompiled, round_number=round_number)
    return contract.plus(compiled.assertions, uncompiled=contract.uncompiled)


def proof_for(material: Material, contract: Contract, workshop: Workshop) -> Proof:
    """Return what proves the candidates of this build."""
    name = next(iter(repository_names(material.request.task.task, material.request.task_key)))
    return Proof(
        material=material,
        contract=contract,
        holder=workshop.holder,
        site_path=f"/{name}/",
        open_site=workshop.open_site,
        console=workshop.console,
        candidates=workshop.budget.candidates,
        deadline=workshop.deadline.for_phase(leave=SECONDS_FOR_PUBLISHING),
        made=converted_files(contract, material.attached.files),
        telling=Telling(workshop.model.calls, max(1, min(workshop.budget.calls, workshop.budget.candidates))),
    )


def keep(best: Attempt, attempts: list[Attempt], proof: Proof, record: BuildRecord) -> Outcome:
    """Return what changes in the repository. A candidate that breaks what worked is never published."""
    material = proof.material
    private = confidential(material.request)
    record.contract = contract_record(attempts, best, proof.before, private)
    if best.lost:
        record.contract.is_held_back = True
        sentences = without(private, "; ".join(result.assertion.sentence for result in best.lost[:3]))
        kept = unchanged_page(material.request, HELD_BACK, material.current.get("README.md"))
        return Outcome(
            {**kept.files, **material.attached.files}, notes=(f"held back: {sentences}",), fallback=HELD_BACK
        )
    current = material.current
    files = {path: body for path, body in best.files.items() if current.get(path) != body or path in ALWAYS}
    removed = tuple(sorted(path for path in best.draft.deleted if path in current and path not in best.files))
    left_out = tuple(f"left out: {refusal}" for refusal in best.draft.refusals)
    ours = contract_file(proof.contract, (*private, *material.private))
    return Outcome({**files, **material.attached.files, **ours}, removed, left_out)


def fall_back(material: Material, error: UserError, holder: str) -> Outcome:
    """Return the plain page in the first round; in a later one the page stays as it is, with a note in the README."""
    request, attached = material.request, material.attached.files
    reason = reason_for(error)
    notes = (f"{error.code}: {error.what}",)
    if "index.html" in material.current:
        kept = unchanged_page(request, reason, material.current.get("README.md"))
        return Outcome({**kept.files, **attached}, notes=notes, fallback=reason)
    page = plain_page(request, reason, holder, material.private, attached)
    return Outcome(page.files, notes=notes, fallback=reason)


def reason_for(error: UserError) -> str:
    """Return the sentence that the page shows."""
    if isinstance(error, SecretFound):
        return reason_for_people(error)
    return FALLBACK if isinstance(error, ModelUnavailable | OutOfTime) else "This page could not be written."


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
