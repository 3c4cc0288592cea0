"""The job summary: the verdict with its links, what failed and what to do, the results, and where the time went."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

from action.errors import UserError
from action.record import BuildRecord, Failure, PhaseRecord

TEMPLATE = Path(__file__).parents[1] / "templates" / "summary.md"
LARGEST = 900_000  # bytes; GitHub drops a summary above 1 MiB as a whole
MOST_ROWS = 50
LONGEST_CELL = 500
BAR_WIDTH = 24


def render(record: BuildRecord) -> str:
    """Return the summary as Markdown. All text that is not ours is escaped."""
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        verdict=verdict(record),
        links=links(record),
        failures=failures(record.failures),
        results=results(record),
        timeline=timeline(record),
        build_id=record.build_id,
        round=record.round,
        attempt=record.run.attempt if record.run else 1,
    )
    return text.encode()[:LARGEST].decode(errors="ignore")


def verdict(record: BuildRecord) -> str:
    """Return the one line that says how it ended."""
    publication = record.publication
    if publication is None:
        ended = record.phases[-1].outcome if record.phases else "failed"
        wrote = record.generation is not None and ended != "failed"
        return "✅ The files are written" if wrote else "❌ Nothing was published"
    page = "the plain page" if publication.is_fallback else "the page"
    if record.is_delivered and record.deployment and record.deployment.is_live:
        sign = "⚠️" if publication.is_fallback or record.failures else "✅"
        return f"{sign} Live, and the callback was accepted" + (" (plain page)" if publication.is_fallback else "")
    if record.is_delivered:
        return f"⚠️ The callback was accepted, but {page} is not confirmed to be live"
    return f"❌ The callback was not accepted; {page} is published"


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
    """Return what the phases found, as a list."""
    lines = [*generation_lines(record), *publication_lines(record), *page_lines(record), *callback_lines(record)]
    return "### Results\n\n" + "\n".join(f"- {line}" for line in lines[:MOST_ROWS]) + "\n" if lines else ""


def generation_lines(record: BuildRecord) -> Iterable[str]:
    """Describe the model's part."""
    if generation := record.generation:
        yield f"{generation.files} files, {generation.bytes:,} bytes"
        for call in generation.calls:
            tokens = f"{call.input_tokens or 0:,} tokens in, {call.output_tokens or 0:,} out"
            yield f"{cell(call.model)} ({cell(call.purpose)}): {cell(call.outcome)}, {call.seconds:.1f} s, {tokens}"
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
    if parity := record.parity:
        yield f"live parity: {parity.identical} of {parity.compared} files are served as committed"
        yield from (f"`{code(path)}`: {cell(problem)}" for path, problem in parity.different.items())


def callback_lines(record: BuildRecord) -> Iterable[str]:
    """Describe each attempt to deliver the callback."""
    for number, attempt in enumerate(record.callbacks, start=1):
        seconds = (attempt.at - record.received_at).total_seconds()
        yield f"callback, attempt {number}, {seconds:.0f} s after the request: {cell(attempt.detail)}"


def timeline(record: BuildRecord) -> str:
    """Return one row for each phase, with a bar that shows when it ran."""
    starts = [(phase.started_at - record.received_at).total_seconds() for phase in record.phases]
    end = max((start + phase.seconds for start, phase in zip(starts, record.phases, strict=True)), default=0.0)
    rows = [row(phase, start, max(end, 1.0)) for start, phase in zip(starts, record.phases, strict=True)]
    return "\n".join(rows[:MOST_ROWS])


def row(phase: PhaseRecord, start: float, end: float) -> str:
    """Return one row of the timeline."""
    before = min(BAR_WIDTH - 1, max(0, int(start / end * BAR_WIDTH)))
    length = max(1, min(BAR_WIDTH - before, round(phase.seconds / end * BAR_WIDTH)))
    bar = "·" * before + "█" * length + "·" * (BAR_WIDTH - before - length)
    return f"| {cell(phase.name)} | {start:.1f} s | {phase.seconds:.1f} s | `{bar}` | {cell(phase.verdict)} |"


def cell(text: str) -> str:
    """Return text on one line that is only text: no table, fence, link, mention or HTML can begin in it."""
    line = " ".join(text.split())
    line = line if len(line) <= LONGEST_CELL else line[: LONGEST_CELL - 1] + "…"
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "@&#8203;")
    return re.sub(r"([\\`*_\[\]|#~$!])", r"\\\1", line)


def code(text: str) -> str:
    """Return text that can stand between backticks in a table."""
    return " ".join(text.split()).replace("`", "'").replace("|", "¦")[:LONGEST_CELL]
