"""The phase that writes the files: attachments, context, the model, the contract, repairs, and a bundle."""

from collections.abc import Mapping

from action.console import Console, report_defect
from action.contract.compile import compile_contract, decided_checks
from action.contract.contract import Contract
from action.contract.model_checks import parse_compiled
from action.deadline import SECONDS_OVER, at_most
from action.errors import SecretFound, UnusableReply, UserError, missing_project
from action.gates.private_values import confidential, not_published, private_values, texts_of, without
from action.gates.secret_scan import without_secrets
from action.generate.attachments import collect_attachments
from action.generate.attempt import Attempt, Telling
from action.generate.candidate import converted_files, read_draft
from action.generate.contract_memory import contract_file, contract_record, earlier_contract
from action.generate.inputs import CHECKS_FILE, Material, first_prompt, written_files
from action.generate.loop import SECONDS_FOR_LOOKING, BudgetedModel, Loop
from action.generate.named_pages import addresses_in, fetch_facts
from action.generate.repair import ModelAuthor
from action.generate.restore import restore
from action.generate.tools import HELD_BACK, Outcome, Workshop, fall_back, verdict
from action.generate.trial import Proof
from action.generate.whole_site import changed_files
from action.github.clone import require_room
from action.github.naming import repository_names
from action.model.conversation import ask_for_files, ask_with_or_without_media
from action.model.prompts import new_token
from action.model.reply import Reply
from action.record import BuildRecord, Generation
from action.site.bundle import Bundle
from action.site.content import check_for_secrets, unchanged_page
from receiver.task import BuildRequest

SECONDS_FOR_PUBLISHING = 240.0  # publishing starts with at least this much left
SECONDS_FOR_FETCHING = 45.0  # attachments and named addresses together: slow hosts must not use up the build


def generate(request: BuildRequest, workshop: Workshop) -> Bundle:
    """Return the files to publish. When no model answers, they are the plain page, and the record says why."""
    record = BuildRecord(
        build_id=request.build_id,
        task_key=request.task_key,
        round=request.task.round,
        received_at=request.received_at,
    )
    console = workshop.console
    with record.phase("generate", log=console.kept) as entry, console.phase("Write the files") as shown:
        make = restore if request.restore else make_files
        outcome = make(request, workshop, record)
        entry.outcome = "degraded" if outcome.fallback else "done"
        record.generation = Generation(
            calls=workshop.model.calls,
            files=len(outcome.files),
            bytes=sum(len(body) for body in outcome.files.values()),
            notes=list(outcome.notes),
            fallback=outcome.fallback,
        )
        entry.verdict = shown.verdict = verdict(outcome, len(workshop.model.calls))
    return Bundle(files=outcome.files, removed=outcome.removed, record=record, fetched=outcome.fetched)


def make_files(request: BuildRequest, workshop: Workshop, record: BuildRecord) -> Outcome:
    """Let the model write; without an answer, fall back."""
    if request.revision:
        history = workshop.open_history(request.project)
        require_room(history, request.task.round, request.revision, workshop.most_revisions)
    end = workshop.deadline.for_phase(leave=SECONDS_FOR_PUBLISHING)
    with at_most(end.remaining() + SECONDS_OVER, "Collecting what is known"):
        material = gather(request, workshop)
    for missing in material.attached.problems:
        record.add_failure("generate", missing)
        workshop.console.report(missing, degraded=True)
    problem: UserError
    try:
        with at_most(end.remaining() + SECONDS_OVER, "Writing the files"):
            outcome = write(material, workshop, record)
            check_for_secrets(written_files(outcome.files, material), material.private, material.published)
        return outcome
    except UserError as error:
        if request.revision:
            raise  # nobody waits for a commit that says that nothing changed
        if isinstance(error, SecretFound):
            record.contract = None  # it speaks of a page that nobody gets
        problem = error
        workshop.console.report(error, degraded=True)
    except Exception:
        if request.revision:
            raise
        problem = report_defect("Writing the files", workshop.console, degraded=True)
    record.add_failure("generate", problem)
    return fall_back(material, problem, workshop.holder)


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
    current = files_before(request, workshop)
    public = (*texts_of(current), *attached.files.values())
    private = not_published(private_values(request, workshop.secret), request, public)
    return Material(request, attached, current, facts, private)


def files_before(request: BuildRequest, workshop: Workshop) -> Mapping[str, bytes]:
    """Return the files that this build changes. Raises RepositoryMissing, RepositoryUnreadable."""
    if not request.has_a_page_before:
        return {}
    current = workshop.current_files(request.task.task, request.task_key)
    if current is None and request.project:
        raise missing_project(request.project)
    workshop.console.line(f"{len(current or {})} files of the page before are here")
    return current or {}


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
    draft, problems = read_draft(reply, material)
    proof = proof_for(material, contract, workshop)
    proof.look_back()
    author, most = ModelAuthor(model, material, contract), max(1, workshop.budget.candidates)
    loop = Loop(author, proof, model.spent, workshop.console, deadline, most)
    best = loop.improve(proof(1, draft, problems))
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
        current=material.current,
        is_feedback=bool(material.request.revision),
    )


def with_english_checks(contract: Contract, reply: Reply, round_number: int) -> Contract:
    """Add what the model made of the checks that no rule could read."""
    if not contract.uncompiled:
        return contract
    compiled = parse_compiled(reply.files.get(CHECKS_FILE, "[]"), contract.uncompiled, round_number=round_number)
    return contract.plus(compiled.assertions, uncompiled=contract.uncompiled)


def proof_for(material: Material, contract: Contract, workshop: Workshop) -> Proof:
    """Return what proves the candidates of this build."""
    request = material.request
    name = request.project or next(iter(repository_names(request.task.task, request.task_key)))
    return Proof(
        material=material,
        contract=contract,
        holder=workshop.holder,
        site_path=f"/{name}/",
        open_site=workshop.open_site,
        console=workshop.console,
        candidates=workshop.budget.candidates,
        deadline=workshop.deadline.for_phase(leave=SECONDS_FOR_PUBLISHING),
        made=converted_files(contract, material.fixed),
        telling=Telling(workshop.model.calls, max(1, min(workshop.budget.calls, workshop.budget.candidates))),
    )


def keep(best: Attempt, attempts: list[Attempt], proof: Proof, record: BuildRecord) -> Outcome:
    """Return what changes in the repository. A candidate that is broken, or lost a given check, is never published."""
    material = proof.material
    private = confidential(material.request)
    checks = decided_checks(material.request.task, proof.contract, files_hint=tuple(material.current))
    record.contract = contract_record(attempts, best, proof.before, private, proof.contract.retired, checks)
    if best.breaks:
        record.contract.is_held_back = True
        sentences = without(private, "; ".join(result.assertion.sentence for result in best.breaks[:3]))
        kept = unchanged_page(material.request, HELD_BACK, material.current.get("README.md"))
        return Outcome(
            {**kept.files, **material.attached.files},
            notes=(f"held back: {sentences}",),
            fallback=HELD_BACK,
            fetched=frozenset(material.attached.files),
        )
    current = material.current
    files = changed_files(best.files, current)
    removed = tuple(sorted(path for path in best.draft.deleted if path in current and path not in best.files))
    left_out = tuple(
        f"left out: {without(private, without_secrets(str(refusal), material.private))}"
        for refusal in best.draft.refusals
    )
    ours = contract_file(proof.contract, (*private, *material.private))
    fetched = frozenset(material.attached.files)
    return Outcome({**files, **material.fixed, **ours}, removed, left_out, fetched=fetched)


def no_page(calls: int) -> UnusableReply:
    """Return the error for replies without a page."""
    return UnusableReply(
        f"The model answered {calls} times, but wrote no index.html with anything on it.",
        "it does not follow the reply format, or its answers were cut off.",
        "Put a stronger model first in the variable GEMINI_MODEL, then run the build again.",
    )
