"""What a repair is told: failures with what was found instead, the console, hints, and servers nobody named."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from action.contract.contract import Report, Result, Retired
from action.contract.hints import Trap, hints_in
from action.contract.verdict import clipped
from action.contract.visit import FailedRequest, Visit

MOST_FAILURES = 25
NOT_TRIED = """\
## Not tried, because the network of this test does not reach what the page needs

Nothing is to be done about these: write no fallback, no copy of a library and no invented values for them."""
LONGEST_FILE = 60_000
LONGEST_LINE = 300
PLACE = re.compile(r" \((?P<path>[^\s()]+):(?P<line>\d+):\d+\)$")  # as action.browser.page_events says it


def repair_values(
    report: Report, files: Mapping[str, bytes], token: str, format_: str, misfits: Iterable[object] = ()
) -> dict[str, str]:
    """Return the variables of templates/prompts/repair.md. `format_` is one of action.generate.candidate."""
    failures = report.failures()
    traps = hints_in([result.assertion for result in failures])
    fit = "\n".join(str(misfit) for misfit in misfits)
    return {
        "headline": report.headline(),
        "failures": failure_lines(report),
        "untried": untried_lines(report),
        "notes": "\n".join(f"- {with_source(note, files)}" for note in report.notes) or "nothing",
        "traps": trap_lines(traps),
        "misfits": f"Your last blocks were not applied, because not all of them fit:\n{fit}\n" if fit else "",
        "files": "\n".join(shown(name, content, token) for name, content in sorted(files.items())),
        "format": format_.format(token=token),
        "token": token,
    }


def failure_lines(report: Report) -> str:
    """Return the failures with their evidence, those that gate first, then what holds with a warning."""
    failures = [*report.failures(), *report.warned()][:MOST_FAILURES]
    return "\n".join(failure_line(result) for result in failures) or "nothing"


def untried_lines(report: Report) -> str:
    """Return what no change of the files can mend, with its heading; nothing where the network kept nothing back."""
    lines = "\n".join(f"- {result.assertion.sentence}" for result in report.excused()[:MOST_FAILURES])
    return f"{NOT_TRIED}\n\n{lines}\n\n" if lines else ""


def failure_line(result: Result) -> str:
    """Return one failure with its evidence. Required ones say so."""
    level = "required" if result.gates else "wished for"
    level += ", and it holds, but who asks once does not see it" if result.verdict.is_warned else ""
    lines = [f"- ({level}) {result.assertion.sentence}"]
    lines += [f"  found: {result.verdict.actual}"] if result.verdict.actual else []
    lines += [f"  evidence: {result.verdict.detail}"] if result.verdict.detail else []
    return "\n".join(lines)


def retired_lines(retired: Iterable[Retired]) -> str:
    """Return what is not wanted any more and why, as a list for a prompt."""
    lines = [f"- {it.assertion.sentence} (now: {clipped(it.words, LONGEST_LINE)})" for it in retired]
    return "\n".join(lines[:MOST_FAILURES])


def with_source(note: str, files: Mapping[str, bytes]) -> str:
    """Return a note; of an exception whose place is known, with the line of the file."""
    place = PLACE.search(note)
    lines = files.get(place["path"], b"").decode(errors="replace").splitlines() if place else []
    if place is None or not 1 <= int(place["line"]) <= len(lines):
        return note
    return f"{note}\n  line {place['line']}: {clipped(lines[int(place['line']) - 1].strip(), LONGEST_LINE)}"


def trap_lines(traps: list[Trap]) -> str:
    """Return the traps as a list for a prompt."""
    return "\n".join(f"- {trap.words}" for trap in traps) or "- nothing special"


def shown(name: str, content: bytes, token: str) -> str:
    """Return a file between markers; of one that is long or no text only its size."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or "\0" in text or len(text) > LONGEST_FILE:
        return f"({name}: {len(content)} bytes, not shown)"
    return f"<<<FILE {token} {name}>>>\n{text}{'' if text.endswith(chr(10)) else chr(10)}<<<END {token}>>>"


DATA = {"fetch", "xhr"}  # libraries come from servers that nobody needs to name
RESERVED = re.compile(r"(?:^|\.)(?:example|example\.(?:com|net|org)|invalid|test)$")  # RFC 2606: nobody is there
SHORTEST_WORD = 4  # "api" and "com" are in many names


def blamed(visit: Visit, asked: str) -> Visit:
    """Return a visit in which what nobody named counts as the page's own mistake. `asked` is all that was asked for."""

    def judge(request: FailedRequest) -> FailedRequest:
        reason = f"{request.reason}, and neither brief nor checks name this server"
        return replace(request, blame="site", reason=reason) if is_invented(request, asked) else request

    return visit.with_requests(judge)


def is_invented(request: FailedRequest, asked: str) -> bool:
    """Whether a request for data failed and nothing in `asked` (in lower case) hints at its server."""
    if request.blame != "unreachable" or request.resource not in DATA:
        return False
    host = (urlsplit(request.url).hostname or "").lower()
    if not host or host in asked:
        return False
    words = [word for word in re.split(r"[.-]", host) if len(word) >= SHORTEST_WORD]
    return bool(RESERVED.search(host)) or not any(word in asked for word in words)
