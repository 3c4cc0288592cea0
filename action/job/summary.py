"""The job summaries: the verdict with its links, what failed and what to do, the contract, the costs, the results.

Each job of a build writes its own: the one that publishes has the whole story, the other two are short.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

from action.errors import UserError
from action.job import summary_contract
from action.job.markdown import cell, code
from action.record import BuildRecord, ContractRecord, Failure, ModelCall, PhaseRecord

TEMPLATES = Path(__file__).parents[2] / "templates"
LARGEST = 900_000  # bytes; GitHub drops a summary above 1 MiB as a whole


def render(record: BuildRecord) -> str:
    """Return the summary of the job that publishes, as Markdown. All text that is not ours is escaped."""
    return filled(
        "summary",
        verdict=verdict(record),
        links=links(record),
        short=in_short(record),
        failures=failures(record.failures),
        contract=summary_contract.section(record.contract, record.checks or ()),
        calls=calls_table(record.generation.calls if record.generation else []),
        results=results(record),
        timeline=timeline_table(record),
        build_id=record.build_id,
        round=str(record.round),
        attempt=str(record.run.attempt if record.run else 1),
    )


def render_files(record: BuildRecord) -> str:
    """Return the summary of the job that writes the files. The whole story follows in the one of the next job."""
    return filled(
        "summary-files",
        verdict=verdict(record),
        short=in_short(record),
        failures=failures(record.failures),
        attempts=attempts(record.contract),
    )


def render_live(record: BuildRecord) -> str:
    """Return the summary of the job that looks at the live page."""
    live = record.live
    return filled(
        "summary-live",
        verdict=live_verdict(record),
        links=links(record),
        short=f"{live.headline} · {live.compared} compared with before · {live.seconds:.1f} s" if live else "",
        failures=failures([item for item in record.failures if item.phase == "check"]),
        differences=summary_contract.live_differences(live) if live else "",
    )


def filled(template: str, **parts: str) -> str:
    """Return a template with its parts, in a size that GitHub shows."""
    text = Template((TEMPLATES / f"{template}.md").read_text(encoding="utf-8")).substitute(parts)
    return text.encode()[:LARGEST].decode(errors="ignore")


def verdict(record: BuildRecord) -> str:
    """Return the one line that says how it ended."""
    publication, short = record.publication, shortcoming(record)
    if publication is None:
        return files_verdict(record, short)
    is_live = record.deployment is not None and record.deployment.is_live
    if is_live and (record.is_delivered or not record.wants_callback):
        sign = "⚠" if short or record.failures else "✓"
        rest = ", and the callback was accepted" if record.wants_callback else "; nobody waits for a callback"
        return f"{sign} Live{rest}{short}"
    if not record.wants_callback:
        return f"⚠ The page is published, but not confirmed to be live{short}"
    if record.is_delivered:
        return f"⚠ The callback was accepted, but the page is not confirmed to be live{short}"
    return f"✗ The callback was not accepted; the page is published{short}"


def files_verdict(record: BuildRecord, short: str) -> str:
    """Return the one line about files that are not published, or not yet."""
    ended = record.phases[-1].outcome if record.phases else "failed"
    if record.generation is None or ended == "failed":
        return "✗ Nothing was published"
    dry = "; a dry run publishes nothing" if record.dry_run else ""
    return f"{'⚠' if short else '✓'} The files are written{dry}{short}"


def shortcoming(record: BuildRecord) -> str:
    """Say what the page is not, in brackets, or nothing."""
    if record.contract and record.contract.is_held_back:
        return " (held back: the page of the round before stays)"
    if (record.publication and record.publication.is_fallback) or (record.generation and record.generation.fallback):
        return " (plain page)"
    failing = summary_contract.failing_gates(record.contract)
    return f" ({counted(failing, 'required check')} failing)" if failing else ""


def live_verdict(record: BuildRecord) -> str:
    """Return the one line about the live page."""
    live, phase = record.live, next((phase for phase in record.phases[::-1] if phase.name == "check"), None)
    if live is None:
        return f"⚠ The live page was not checked: {cell(phase.verdict)}" if phase else "⚠ The live page was not checked"
    if live.worse:
        return f"⚠ {len(live.worse)} of {live.compared} assertions held before publishing and fail on the live page"
    return "✓ The live page does what its files did"


def in_short(record: BuildRecord) -> str:
    """Return the numbers that matter on one line."""
    parts, contract, generation = [], record.contract, record.generation
    if contract and contract.assertions:
        parts.append(summary_contract.holding(contract.assertions))
        parts.append(counted(len(contract.attempts), "attempt"))
    if generation and generation.calls:
        seconds, read, written = token_totals(generation.calls)
        parts.append(f"{counted(len(generation.calls), 'call')}, {seconds:.0f} s, {read + written:,} tokens")
    if record.is_delivered:
        waited = (record.callbacks[-1].at - record.received_at).total_seconds()
        parts.append(f"callback {waited:.0f} s after the request")
    return " · ".join(parts)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def attempts(contract: ContractRecord | None) -> str:
    """Return one line for each attempt."""
    found = contract.attempts if contract else []
    lines = [f"- attempt {a.number}{' (kept)' if a.is_kept else ''}: {cell(a.headline)}" for a in found]
    return "\n".join(lines) + "\n" if lines else ""


def links(record: BuildRecord) -> str:
    """Return the addresses that people want to open."""
    publication, found = record.publication, []
    if publication:
        short = publication.commit_sha[:10]
        found += [f"[page]({publication.pages_url})", f"[repository]({publication.repo_url})"]
        found += [f"[commit {short}]({publication.repo_url}/commit/{publication.commit_sha})"]
    if record.deployment and record.deployment.run_url:
        found.append(f"[deployment]({record.deployment.run_url})")
    if record.run:
        found.append(f"[run]({record.run.url})")
    return " · ".join(found)


def failures(found: Sequence[Failure]) -> str:
    """Return each failure in its three parts, in the words of the annotation."""
    return "".join(failure(item.phase, item) for item in found[:MOST_ROWS])


def failure(phase: str, item: Failure | UserError) -> str:
    """Return one failure as a quotation."""
    return (
        f"> **{cell(item.code)}** ({cell(phase)}): {cell(item.what)}\n>\n"
        f"> Likely cause: {cell(item.cause)}\n>\n> Next step: {cell(item.next_step)}\n\n"
    )


def results(record: BuildRecord) -> str:
    """Return what the steps found, as a list."""
    lines = [*generation_lines(record), *publication_lines(record), *page_lines(record), *callback_lines(record)]
    return "### Results\n\n" + "\n".join(f"- {line}" for line in lines[:MOST_ROWS]) + "\n" if lines else ""


def generation_lines(record: BuildRecord) -> Iterable[str]:
    """Describe the model's part."""
    if generation := record.generation:
        yield f"{generation.files} files, {generation.bytes:,} bytes"
        yield from (cell(note) for note in generation.notes)


def publication_lines(record: BuildRecord) -> Iterable[str]:
    """Describe the repository's part."""
    if publication := record.publication:
        if publication.was_published_before:
            yield "the commit of this build was there already, so nothing was pushed again"
        else:
            where = "a new repository" if publication.is_new_repository else "the repository of this task"
            yield f"one commit with {publication.files} files, {publication.bytes:,} bytes, in {where}"
        if publication.superseded_by:
            yield f"a later commit, {publication.superseded_by[:10]}, is what the page shows now"
        yield from (cell(note) for note in publication.notes)


def page_lines(record: BuildRecord) -> Iterable[str]:
    """Describe the page's part."""
    if deployment := record.deployment:
        yield f"deployment: {cell(deployment.detail)} after {deployment.seconds:.0f} s"
    for run in record.runs:
        where = f", [its run]({run.url})" if run.url else ""
        yield f"workflow `{code(run.workflow)}`: {cell(run.conclusion)}{where}"
    if parity := record.parity:
        yield f"live parity: {parity.identical} of {parity.compared} files are served as committed"
        yield from (f"`{code(path)}`: {cell(problem)}" for path, problem in parity.different.items())
        yield from (f"`{code(path)}`: left out by the site's own workflow" for path in parity.not_published)


def callback_lines(record: BuildRecord) -> Iterable[str]:
    """Describe each attempt to deliver the callback."""
    for number, attempt in enumerate(record.callbacks, start=1):
        seconds = (attempt.at - record.received_at).total_seconds()
        said = f"; it said: {cell(attempt.said)}" if attempt.said else ""
        yield f"callback, attempt {number}, {seconds:.0f} s after the request: {cell(attempt.detail)}{said}"


MOST_ROWS = 50
BAR_WIDTH = 24


def calls_table(found: Sequence[ModelCall]) -> str:
    """Return the calls as a table with their sum, or nothing."""
    if not found:
        return ""
    head = "| call | model | purpose | outcome | took | tokens in | tokens out |\n|---:|---|---|---|---:|---:|---:|\n"
    rows = [
        f"| {number} | {cell(call.model)} | {cell(call.purpose)} | {cell(call.outcome)} | {call.seconds:.1f}&nbsp;s "
        f"| {tokens(call.input_tokens)} | {tokens(call.output_tokens)} |"
        for number, call in enumerate(found[:MOST_ROWS], start=1)
    ]
    if len(found) > 1:
        seconds, read, written = token_totals(found)
        rows.append(f"| | **all** | | | **{seconds:.1f}&nbsp;s** | **{read:,}** | **{written:,}** |")
    return "### Calls to the model\n\n" + head + "\n".join(rows) + "\n"


def token_totals(found: Sequence[ModelCall]) -> tuple[float, int, int]:
    """Return the seconds, the tokens in and the tokens out of all calls."""
    read, written = (sum(call.input_tokens or 0 for call in found), sum(call.output_tokens or 0 for call in found))
    return sum(call.seconds for call in found), read, written


def tokens(count: int | None) -> str:
    """Return a number of tokens; a call that failed has none."""
    return "" if count is None else f"{count:,}"


def timeline_table(record: BuildRecord) -> str:
    """Return one row for each step, with a bar that shows when it ran."""
    starts = [(phase.started_at - record.received_at).total_seconds() for phase in record.phases]
    end = max((start + phase.seconds for start, phase in zip(starts, record.phases, strict=True)), default=0.0)
    rows = [row(phase, start, max(end, 1.0)) for start, phase in zip(starts, record.phases, strict=True)]
    return "\n".join(rows[:MOST_ROWS])


def row(phase: PhaseRecord, start: float, end: float) -> str:
    """Return one row of the timeline."""
    before = min(BAR_WIDTH - 1, max(0, int(start / end * BAR_WIDTH)))
    length = max(1, min(BAR_WIDTH - before, round(phase.seconds / end * BAR_WIDTH)))
    bar = "·" * before + "█" * length + "·" * (BAR_WIDTH - before - length)
    return f"| {cell(phase.name)} | {start:.1f}&nbsp;s | {phase.seconds:.1f}&nbsp;s | `{bar}` | {cell(phase.verdict)} |"
