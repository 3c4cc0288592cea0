"""Kinds of assertions about workflows: what their files say, how their runs end, and what these bring to the page."""

import re
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import yaml
from pydantic import Field, model_validator

from action.contract.kind import FileName, Kind, OfFiles, Short
from action.contract.verdict import PASS, Candidate, Verdict, failed, unclear
from action.gates.workflow_yaml import LARGEST
from action.record import RunSeen

OVER = {"success", "failure", "cancelled", "timed_out", "startup_failure", "action_required", "skipped", "neutral"}
STEP_BEGINS, SETTINGS = "##[group]Run ", ("shell: ", "with:", "env:")
ENDED_EARLY = ("##[error]Process completed with exit code", "##[error]The operation was canceled")
BEFORE_A_PROGRAM = r"(?:^|[;&|(`]\s*|##\[group\]Run\s+|(?<![\w-])(?:-m|run|uvx|npx|exec|time)\s+|/)"


class Workflow(OfFiles):
    """A file in .github/workflows has these things: a trigger, a used action, a command, a step's name."""

    kind: Literal["workflow"] = "workflow"
    examples = ('"trigger": "push", "uses": "actions/x", "runs": "command", "step": "Name of a step"',)
    file: FileName | None = None  # None: any workflow file except our own pages.yml
    trigger: Short | None = None
    uses: Short | None = None
    runs: Short | None = None
    step: Short | None = None

    def describe(self) -> str:
        wishes = [f"runs on {self.trigger}"] if self.trigger else []
        wishes += [f"has a step that uses {self.uses}"] if self.uses else []
        wishes += [f"has a step that runs {self.runs!r}"] if self.runs else []
        wishes += [f"has a step named {self.step!r}"] if self.step else []
        return f"{self.file or 'a workflow file'} {' and '.join(wishes) or 'is a workflow'}"

    def verdict(self, candidate: Candidate) -> Verdict:
        """A workflow file with everything that is wanted of it."""
        names = [self.file] if self.file else list(candidate.workflow_files)
        if not names:
            return failed("there is no workflow file of the site's own in .github/workflows")
        problems = [problem for name in names if (problem := self.problem(name, candidate))]
        return PASS if len(problems) < len(names) else failed("; ".join(problems))

    def problem(self, name: str, candidate: Candidate) -> str | None:
        """Say what one workflow file lacks."""
        text = candidate.text(name)
        if text is None:
            return f"{name} does not exist"
        if len(text) > LARGEST:
            return f"{name} is longer than a workflow file may be"
        try:
            document = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            return f"{name} is not YAML: {' '.join(str(error).split())}"
        if not isinstance(document, dict) or not isinstance(document.get("jobs"), dict):
            return f"{name} has no jobs"
        lacking = [
            f"{what} {wanted!r}"
            for what, wanted, found in (
                ("the trigger", self.trigger, triggers(document)),
                ("a step that uses", self.uses, step_values(document, "uses")),
                ("a step that runs", self.runs, step_values(document, "run")),
                ("a step named", self.step, step_values(document, "name")),
            )
            if wanted and not any(holds(what, wanted, value) for value in found)
        ]
        return f"{name} has not {', '.join(lacking)}" if lacking else None


def holds(what: str, wanted: str, value: str) -> bool:
    """Triggers are compared as a whole, everything else by what it contains."""
    return wanted == value if what == "the trigger" else wanted.casefold() in value.casefold()


def triggers(document: dict[object, object]) -> list[str]:
    """Return the events; YAML 1.1 reads the key `on` as true."""
    on = document.get("on", document.get(True))
    return [event for event in (on if isinstance(on, dict | list) else [on]) if isinstance(event, str)]


def step_values(document: dict[object, object], key: str) -> list[str]:
    """Return one property of all steps of all jobs."""
    jobs = document["jobs"]
    listed = [job.get("steps") for job in jobs.values() if isinstance(job, dict)] if isinstance(jobs, dict) else []
    steps = [step for steps in listed if isinstance(steps, list) for step in steps if isinstance(step, dict)]
    return [value for step in steps if isinstance(value := step.get(key), str)]


class AfterPublishing(Kind):
    """A kind that nothing is known about before the push: it is about what GitHub does with the commit."""

    def before_push(self, candidate: Candidate) -> Verdict:
        """Say what can be said before the push: without a workflow, nothing will come."""
        if not candidate.workflow_files:
            return failed("there is no workflow file of the site's own in .github/workflows")
        return unclear("known only after the push, when the workflow has run")


class OfRuns(AfterPublishing):
    """A kind that the run of a workflow decides."""

    file: FileName | None = None  # None: every workflow except our own pages.yml

    def after_push(self, runs: Sequence[RunSeen]) -> Verdict:
        """Return the verdict on the runs for the published commit."""
        about = [run for run in runs if self.file in {None, run.workflow}]
        return self.seen_in(about) if about else failed("no run of such a workflow began for this commit")

    @abstractmethod
    def seen_in(self, runs: Sequence[RunSeen]) -> Verdict:
        """Return the verdict on the runs that this is about."""


class RunSucceeds(OfRuns):
    """The run of a workflow for the published commit ends without a failure."""

    kind: Literal["run_succeeds"] = "run_succeeds"
    examples = ("",)

    def describe(self) -> str:
        return f"the run of {self.file or 'each workflow'} succeeds"

    def seen_in(self, runs: Sequence[RunSeen]) -> Verdict:
        """Every one of them."""
        bad = [run for run in runs if run.conclusion != "success"]
        running = [run for run in bad if run.conclusion not in OVER]
        if running and len(running) == len(bad):
            return unclear(f"{running[0].workflow} was not over in time")
        return failed("; ".join(f"{run.workflow} ended with {run.conclusion}" for run in bad)) if bad else PASS


class RunLogContains(OfRuns):
    """The log of such a run has a text (case does not count), a step with this name ran, or this program ran."""

    kind: Literal["run_log_contains"] = "run_log_contains"
    examples = ('"text": "part of the run\'s log", "step": "step that ran", "ran": "program that ran"',)
    text: Short | None = None
    step: Short | None = None
    ran: Annotated[str, Field(pattern=r"^[\w@./-]{1,60}$")] | None = None

    @model_validator(mode="after")
    def wants_something(self) -> "RunLogContains":
        """A wish for nothing would always come true."""
        if not (self.text or self.step or self.ran):
            raise ValueError("needs a text, a step or a program")
        return self

    def describe(self) -> str:
        wishes = [f"contains {self.text!r}"] if self.text else []
        wishes += [f"shows that the step {self.step!r} ran"] if self.step else []
        wishes += [f"shows that {self.ran} ran"] if self.ran else []
        return f"the log of the run{' of ' + self.file if self.file else ''} {' and '.join(wishes)}"

    def seen_in(self, runs: Sequence[RunSeen]) -> Verdict:
        """Return whether the log of one of the runs shows what is wanted."""
        if any(self.shows(run) for run in runs):
            return PASS
        if any(run.log is None or run.lost or run.conclusion not in OVER for run in runs):
            return unclear("the log, or the one of a job, was not there in time")
        what = self.text or self.step or self.ran
        ran = ", ".join(step for run in runs for step in run.steps)[:400]
        return failed(f"no log shows {what!r}", f"the steps that ran: {ran or 'none'}")

    def shows(self, run: RunSeen) -> bool:
        """Whether one run shows everything that is wanted."""
        log = run.log or ""
        printed = "\n".join(line for _, lines in steps_in(log) for line in lines)
        if self.text and self.text.casefold() not in printed.casefold():
            return False
        if self.step and not any(self.step.casefold() in step.casefold() for step in run.steps):
            return False
        return not self.ran or program_ran(self.ran, log)


def program_ran(name: str, log: str) -> bool:
    """Whether a step ran a program. That it is installed, or stands in a script that ended early, is no proof."""
    quoted = re.escape(name)
    if re.search(rf"\b{quoted}: (?:command )?not found|No module named '?{quoted}\b", log, re.IGNORECASE):
        return False
    shown = "\n".join("\n".join([*commands_that_ran(script, printed), *printed]) for script, printed in steps_in(log))
    return bool(re.search(rf"{BEFORE_A_PROGRAM}{quoted}(?![\w-])", shown, re.IGNORECASE | re.MULTILINE))


def commands_that_ran(script: list[str], printed: list[str]) -> list[str]:
    """Return the lines of a script that were reached for certain: all but alternatives, or only its beginning."""
    if any(line.startswith(ENDED_EARLY) for line in printed):
        return [re.split("[;&|]", line)[0] for line in script[:1]]
    return [line.partition("||")[0] for line in script]


def steps_in(log: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the script of each step and what it printed.

    GitHub writes a step's script, settings and environment into a group before the step runs, which proves nothing.
    """
    script, printed, group = list[str](), list[str](), list[str]()
    for line in log.splitlines():
        if line.startswith(STEP_BEGINS):
            printed += group  # one that has no end
            group = [line]
        elif not group:
            printed.append(line)
        elif line != "##[endgroup]":
            group.append(line)
        elif place := next((place for place, each in enumerate(group) if each.startswith(SETTINGS)), 0):
            yield script, printed
            script, printed, group = group[1:place], [], []
        else:  # of a program that names a group of its own so
            printed += group
            group = []
    yield script, printed + group


class PageServesFile(AfterPublishing):
    """The page serves a file of this name, whether it is committed or made by a run."""

    kind: Literal["page_serves_file"] = "page_serves_file"
    words = "the page serves {self.file}"
    examples = ('"file": "made by the workflow\'s run, on the page"',)
    file: FileName

    def before_push(self, candidate: Candidate) -> Verdict:
        """A file that is committed will be served."""
        if self.file in candidate.files:
            return PASS
        verdict = super().before_push(candidate)
        is_lost = verdict.state == "fail"
        return failed(f"{self.file} is not committed, and {verdict.actual}") if is_lost else verdict
