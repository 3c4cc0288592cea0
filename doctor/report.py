"""What was found, for people in lines and for programs as JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from doctor.findings import Finding, Result

SIGNS = {True: "✗", False: "!"}
WELL, FAULTS, TROUBLE = 0, 1, 2


def exit_code(results: Sequence[Result]) -> int:
    """Return 0 when no fault is known, 1 when one is, 2 when GitHub kept something from being looked at."""
    if any(result.state == "fault" for result in results):
        return FAULTS
    return TROUBLE if any(result.is_trouble for result in results) else WELL


def lines(repository: str, results: Sequence[Result]) -> Iterator[str]:
    """Yield what people read: each finding in four lines, then all in one."""
    for result in results:
        for finding in result.findings:
            yield from told(result.name, finding)
    skipped = [f"{result.name} ({result.reason})" for result in results if result.reason]
    looked_at = len(results) - len(skipped)
    faults = sum(finding.is_fault for result in results for finding in result.findings)
    if faults:
        yield f"{faults} {'fault' if faults == 1 else 'faults'} in the set-up of {repository}; mend from the top."
    elif any(result.is_trouble for result in results):
        yield f"Nothing can be said about {repository}: {skipped[0]}."
    else:
        yield f"All is well with {repository}: {looked_at} checks found no fault."
    if skipped and (faults or exit_code(results) == WELL):
        yield f"Not looked at: {'; '.join(skipped)}."


def told(name: str, finding: Finding) -> Iterator[str]:
    """Yield the lines of a finding."""
    yield f"{SIGNS[finding.is_fault]} {name}: {finding.what}"
    yield f"    breaks: {finding.breaks}"
    yield f"    mend:   {finding.mend}"
    if finding.where:
        yield f"            {finding.where}"


def as_json(repository: str, results: Sequence[Result]) -> str:
    """Return the same for programs."""
    checks = [
        {
            "check": result.name,
            "state": result.state,
            "reason": result.reason,
            "findings": [asdict(finding) for finding in result.findings],
        }
        for result in results
    ]
    return json.dumps({"repository": repository, "exit_code": exit_code(results), "checks": checks}, indent=2)
