"""Writing the files: attachments and named pages, the model, the contract, repairs, and what is kept of all that."""

from collections.abc import Mapping

from action.console import Console, report_defect
from action.contract.compile import compile_contract, decided_checks, objections
from action.contract.contract import Contract
from action.contract.model_checks import parse_compiled
from action.deadline import SECONDS_OVER, at_most
from action.errors import (
    DailyBudgetSpent,
    ModelUnavailable,
    OutOfTime,
    SecretFound,
    UnusableReply,
    UserError,
    missing_project,
)
from action.gates.private_values import confidential, not_published, private_values, texts_of, without
from action.gates.secret_scan import without_secrets
from action.generate.attachments import addresses_in, collect_attachments, fetch_pages
from action.generate.bring import bring
from action.generate.candidate import read_draft
from action.generate.contract_memory import contract_file, contract_record, earlier_contract
from action.generate.inputs import CHECKS_FILE, Inputs, first_prompt, written_files
from action.generate.loop import SECONDS_FOR_LOOKING, Loop
from action.generate.repair import Author
from action.generate.restore import restore
from action.generate.tools import SECONDS_FOR_PUBLISHING, BudgetedModel, Outcome, Tools, require_daily_budget
from action.generate.trial import Attempt, Trial, second_opinion
from action.generate.whole_site import changed_files
from action.github.clone import require_room
from action.model.conversation import ask_for_files, ask_with_or_without_media
from action.model.reply import Reply
from action.record import BuildRecord, Generation
from action.site.content import check_for_secrets, plain_page, reason_for_people, unchanged_page
from receiver.task import BuildRequest

MOST_NOTES, LONGEST_NOTE = 20, 300  # of what is refused, in the log
SECONDS_FOR_FETCHING = 45.0  # attachments and named addresses together: slow hosts must not use up the build
HELD_BACK = "This revision would have broken what worked before, so the page of the last round stays."
NO_BUDGET = "Today's budget for language models is used up, so this page could not be written."
FALLBACK = "No language model answered in time, so this page could not be written."


def generate(request: BuildRequest, tools: Tools, record: BuildRecord) -> Outcome:
    """Return the files to publish. When no model answers, they are the plain page, and the record says why."""
    console, calls = tools.console, tools.model.calls
    with record.phase("generate", log=console.kept) as entry, console.group("Write the files") as shown:
        if commit := published_before(request, tools):
            outcome = Outcome({}, notes=(f"published before, as commit {commit}",))
        else:
            outcome = files_for(request, tools, record)
        entry.outcome = "degraded" if outcome.fallback else "done"
        record.generation = Generation(
            calls=calls,
            files=len(outcome.files),
            bytes=sum(len(body) for body in outcome.files.values()),
            notes=list(outcome.notes),
            fallback=outcome.fallback,
        )
        asked = "1 call" if len(calls) == 1 else f"{len(calls)} calls"
        files = f"{len(outcome.files)} files, {asked}"
        entry.verdict = shown.verdict = f"the plain page, after {asked}" if outcome.fallback else files
        if commit:
            entry.verdict = shown.verdict = f"no call: this build is published as commit {commit[:10]}"
    return outcome


def files_for(request: BuildRequest, tools: Tools, record: BuildRecord) -> Outcome:
    """Return what was brought, or what an earlier version had, or what a model writes. Raises UserError."""
    if request.upload:
        return bring(request, request.upload, tools, record)
    return (restore if request.restore else make_files)(request, tools, record)


def published_before(request: BuildRequest, tools: Tools) -> str | None:
    """Return the commit of a request that was sent again. When nobody can say, it is built as if it were new."""
    try:
        with at_most(SECONDS_FOR_FETCHING, "Looking for an earlier build of this request"):
            return tools.published(request.task.task, request.task_key, request.build_id)
    except UserError as error:
        tools.console.line(f"Whether this build is published already is not known: {error.what}")
        return None


def make_files(request: BuildRequest, tools: Tools, record: BuildRecord) -> Outcome:
    """Let the model write; without an answer, fall back."""
    if request.revision:
        history = tools.open_history(request.project)
        require_room(history, request.task.round, request.revision, tools.most_revisions)
    with at_most(tools.writing_ends.remaining() + SECONDS_OVER, "Collecting what is known"):
        inputs = gather(request, tools)
    for missing in inputs.attached.problems:
        record.add_failure("generate", missing)
        tools.console.report(missing, degraded=True)
    problem: UserError
    try:
        with at_most(tools.writing_ends.remaining() + SECONDS_OVER, "Writing the files"):
            require_daily_budget(tools)
            outcome = write(inputs, tools, record)
            check_for_secrets(written_files(outcome.files, inputs), inputs.private, inputs.published)
        return outcome
    except UserError as error:
        if request.revision:
            raise  # nobody waits for a commit that says that nothing changed
        if isinstance(error, SecretFound):
            record.contract = None  # it speaks of a page that nobody gets
        problem = error
        tools.console.report(error, degraded=True)
    except Exception:
        if request.revision:
            raise
        problem = report_defect("Writing the files", tools.console, degraded=True)
    record.add_failure("generate", problem)
    return fall_back(inputs, problem, tools.license_holder)


def gather(request: BuildRequest, tools: Tools) -> Inputs:
    """Collect attachments, what addresses say and, later, the current files. Raises RepositoryUnreadable."""
    task = request.task
    within = tools.writing_ends.for_step(at_most=SECONDS_FOR_FETCHING)
    attached = collect_attachments(task.attachments, tools.http, within)
    tools.console.line(f"{len(attached.files)} of {len(task.attachments)} attachments are here")
    texts = [task.brief, *(check.text for check in task.checks if check.text)]
    named_pages = tuple(fetch_pages(addresses_in(texts, confidential(request)), tools.http, within))
    if named_pages:
        tools.console.line(
            f"{sum(not page.problem for page in named_pages)} of {len(named_pages)} named addresses were fetched"
        )
    current = files_before(request, tools)
    public = (*texts_of(current), *attached.files.values())
    private = not_published(private_values(request, tools.secret), request, public)
    return Inputs(request, attached, current, named_pages, private)


def files_before(request: BuildRequest, tools: Tools) -> Mapping[str, bytes]:
    """Return the files that this build changes. Raises RepositoryMissing, RepositoryUnreadable."""
    if not request.has_a_page_before:
        return {}
    current = tools.current_files(request.task.task, request.task_key)
    if current is None and request.project:
        raise missing_project(request.project)
    tools.console.line(f"{len(current or {})} files of the page before are here")
    return current or {}


def write(inputs: Inputs, tools: Tools, record: BuildRecord) -> Outcome:
    """Ask for the files, try them, and ask for repairs while that helps. Raises UserError."""
    deadline = tools.deadline.for_step(leave=SECONDS_FOR_PUBLISHING + SECONDS_FOR_LOOKING)
    deadline.check("the attachments and the current files were read")
    model = BudgetedModel(tools.model, tools.budget)
    contract = compile_for(inputs, tools)
    first = ask_with_or_without_media(
        first_prompt(inputs, contract), lambda prompt: ask_for_files(model, prompt, deadline)
    )
    contract = with_english_checks(contract, first.reply, inputs.request.task.round, tools.console)
    draft, problems = read_draft(first.reply.without(CHECKS_FILE), inputs)
    trial = Trial(inputs, contract, tools)
    trial.look_back()
    most = max(1, tools.budget.candidates)
    loop = Loop(Author(model, trial), trial, model.spent, tools.console, deadline, most, trial.retire)
    best = loop.improve(trial(1, draft, problems))
    if not best.has_page:
        raise no_page(len(tools.model.calls))
    return keep(best, loop.attempts, trial, record)


def compile_for(inputs: Inputs, tools: Tools) -> Contract:
    """Return the contract of this build, with what the rounds before left."""
    try:
        earlier = earlier_contract(inputs)
    except ValueError:
        tools.console.line("The contract of the round before cannot be read; only what is known now is checked")
        earlier = None
    contract = compile_contract(
        inputs.request.task,
        attachments=inputs.attached.files,
        earlier=earlier,
        current=inputs.current,
        is_feedback=bool(inputs.request.revision),
    )
    contract = second_opinion(contract, tools)
    for number, objection in objections(inputs.request.task, contract).items():
        tools.console.foreign(f"Check {number} cannot be met: {objection}")
    return contract


def with_english_checks(contract: Contract, reply: Reply, round_number: int, console: Console) -> Contract:
    """Add what the model made of the checks that no rule could read, and say what of it was refused."""
    if not contract.uncompiled:
        return contract
    compiled = parse_compiled(reply.files.get(CHECKS_FILE, "[]"), contract.uncompiled, round_number=round_number)
    for note in compiled.refused[:MOST_NOTES]:
        console.foreign(f"What the model made of a check is not used: {note[:LONGEST_NOTE]}")
    return contract.plus(compiled.assertions, uncompiled=contract.uncompiled)


def keep(best: Attempt, attempts: list[Attempt], trial: Trial, record: BuildRecord) -> Outcome:
    """Return what changes in the repository. A candidate that is broken, or lost a given check, is never published."""
    inputs = trial.inputs
    private = confidential(inputs.request)
    checks = decided_checks(inputs.request.task, trial.contract, files_hint=tuple(inputs.current))
    record.contract = contract_record(attempts, best, trial.before, private, trial.contract.retired, checks)
    if best.breaks:
        record.contract.is_held_back = True
        sentences = without(private, "; ".join(result.assertion.sentence for result in best.breaks[:3]))
        kept = unchanged_page(inputs.request, HELD_BACK, inputs.current.get("README.md"))
        return Outcome(
            {**kept.files, **inputs.attached.files},
            notes=(f"held back: {sentences}",),
            fallback=HELD_BACK,
            fetched=frozenset(inputs.attached.files),
        )
    current = inputs.current
    files = changed_files(best.files, current)
    removed = tuple(sorted(path for path in best.draft.deleted if path in current and path not in best.files))
    left_out = tuple(
        f"left out: {without(private, without_secrets(str(refusal), inputs.private))}"
        for refusal in best.draft.refusals
    )
    ours = contract_file(trial.contract, (*private, *inputs.private))
    fetched = frozenset(inputs.attached.files)
    return Outcome(
        {**files, **inputs.fixed, **ours}, removed, (*left_out, *untried(best), *as_sent(inputs)), fetched=fetched
    )


def as_sent(inputs: Inputs) -> list[str]:
    """Say that a README which came with the task is as it came, whatever sections it has."""
    note = "README.md came with the task and stays as it is: no sections are demanded of it"
    return [note] if "README.md" in inputs.fixed else []


def untried(best: Attempt) -> list[str]:
    """Say how much could not be decided for want of a network. It is no failure, and no reason to ask again."""
    count = len(best.report.excused())
    return [f"{count} checks could not be decided: what the page needs could not be reached from here"] if count else []


def fall_back(inputs: Inputs, error: UserError, license_holder: str) -> Outcome:
    """Return the plain page in the first round; in a later one the page stays as it is, with a note in the README."""
    request, attached = inputs.request, inputs.attached.files
    reason = reason_for(error)
    if "index.html" in inputs.current:
        kept = unchanged_page(request, reason, inputs.current.get("README.md"))
        files = {**kept.files, **attached}
    else:
        files = dict(plain_page(request, reason, license_holder, inputs.private, attached).files)
    return Outcome(files, notes=(f"{error.code}: {error.what}",), fallback=reason, fetched=frozenset(attached))


def reason_for(error: UserError) -> str:
    """Return the sentence that the page shows."""
    if isinstance(error, SecretFound):
        return reason_for_people(error)
    if isinstance(error, DailyBudgetSpent):
        return NO_BUDGET
    return FALLBACK if isinstance(error, ModelUnavailable | OutOfTime) else "This page could not be written."


def no_page(calls: int) -> UnusableReply:
    """Return the error for replies without a page."""
    return UnusableReply(
        f"The model answered {calls} times, but wrote no index.html with anything on it.",
        "it does not follow the reply format, or its answers were cut off.",
        "Put a stronger model first in the variable GEMINI_MODEL, then run the build again.",
    )
