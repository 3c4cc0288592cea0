"""Verdicts that only a run after the push can bring, and how they settle what was unclear in the record."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from action.contract.after_push import is_generated
from action.contract.assertion import AfterPublishing, Assertion, PageServesFile, RunLogContains
from action.contract.contract import PATH, Contract
from action.contract.evaluate import STATIC
from action.contract.verdict import PASS, Candidate, Verdict, failed, unclear
from action.record import ContractRecord, RunSeen

OVER = {"success", "failure", "cancelled", "timed_out", "startup_failure", "action_required", "skipped", "neutral"}
BEFORE_A_PROGRAM = r"(?:^|[;&|(`]\s*|##\[group\]Run\s+|(?<![\w-])(?:-m|run|uvx|npx|exec|time)\s+|/)"


def run_verdict(assertion: Assertion, runs: Sequence[RunSeen]) -> Verdict | None:
    """Return the verdict on an assertion about runs; None for one about anything else."""
    if not isinstance(assertion, AfterPublishing) or isinstance(assertion, PageServesFile):
        return None
    file = getattr(assertion, "file", None)
    about = [run for run in runs if file in {None, run.workflow}]
    if not about:
        return failed("no run of such a workflow began for this commit")
    if isinstance(assertion, RunLogContains):
        return log_verdict(assertion, about)
    bad = [run for run in about if run.conclusion != "success"]
    running = [run for run in bad if run.conclusion not in OVER]
    if running and len(running) == len(bad):
        return unclear(f"{running[0].workflow} was not over in time")
    return failed("; ".join(f"{run.workflow} ended with {run.conclusion}" for run in bad)) if bad else PASS


def log_verdict(assertion: RunLogContains, runs: Sequence[RunSeen]) -> Verdict:
    """Return whether the log of one of the runs shows what is wanted."""
    if any(shows(assertion, run) for run in runs):
        return PASS
    if any(run.log is None or run.conclusion not in OVER for run in runs):
        return unclear("the log was not there in time")
    what = assertion.text or assertion.step or assertion.ran
    ran = ", ".join(step for run in runs for step in run.steps)[:400]
    return failed(f"no log shows {what!r}", f"the steps that ran: {ran or 'none'}")


def shows(assertion: RunLogContains, run: RunSeen) -> bool:
    """Whether one run shows everything that is wanted."""
    log = run.log or ""
    if assertion.text and assertion.text.casefold() not in log.casefold():
        return False
    if assertion.step and not any(assertion.step.casefold() in step.casefold() for step in run.steps):
        return False
    return not assertion.ran or program_ran(assertion.ran, log)


def program_ran(name: str, log: str) -> bool:
    """Whether a log has a command line or the output of a program. That it is installed is not enough."""
    quoted = re.escape(name)
    if re.search(rf"\b{quoted}: (?:command )?not found|No module named '?{quoted}\b", log, re.IGNORECASE):
        return False
    return bool(re.search(rf"{BEFORE_A_PROGRAM}{quoted}(?![\w-])", log, re.IGNORECASE | re.MULTILINE))


def served_verdict(assertion: Assertion, candidate: Candidate, served: Mapping[str, bytes]) -> Verdict | None:
    """Return the verdict on a file that the page serves or should; None for an assertion about anything else.

    `candidate` is the commit, its `generated` files are those that the page was asked for.
    """
    if isinstance(assertion, PageServesFile):
        return PASS if assertion.file in served else failed(f"the page does not serve {assertion.file}")
    if isinstance(assertion, AfterPublishing) or assertion.kind not in STATIC or not is_generated(assertion, candidate):
        return None
    whole = Candidate({**candidate.files, **served}, candidate.attachments, candidate.site_path)
    return STATIC[assertion.kind](assertion, whole)


LONGEST_FOUND = 300


class GitDoor(Protocol):
    """Reads files of a commit."""

    def read(self, commit: str, path: str) -> bytes | None: ...


def contract_at(git: GitDoor, commit: str) -> Contract | None:
    """Return the contract that a commit holds, None when it has none that can be read."""
    stored = git.read(commit, PATH)
    try:
        return Contract.from_storage(stored) if stored else None
    except ValueError:
        return None


def settle(
    record: ContractRecord | None, contract: Contract, verdict_on: Callable[[Assertion], Verdict | None]
) -> Mapping[str, Verdict]:
    """Put the verdicts into the record and return them by id; what `verdict_on` says nothing about stays."""
    found = {a.id: verdict for a in contract.assertions if (verdict := verdict_on(a)) is not None}
    for entry in record.assertions if record else []:
        if verdict := found.get(entry.id):
            entry.state = verdict.state
            entry.found = (verdict.actual or verdict.detail)[:LONGEST_FOUND]
    return found
