"""`python -m action <step>`: run one step, and end with one exit code for each kind of problem."""

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from action.console import Console, report_defect
from action.deadline import SECONDS_FOR_NOTIFY, SECONDS_FROM_RECEIPT, at_most, limit_memory
from action.environment import STEPS
from action.errors import UserError

# How many seconds a step may take, whatever it does: a little less than its job, so that the log says where it hung.
# The steps of a build have all but the callback's minute; within that, their deadlines are what ends them.
SECONDS = {
    "check": 200.0,
    **dict.fromkeys(("feedback", "open_log", "revise", "dispatch", "tokens"), 240.0),
    **dict.fromkeys(("execute", "make_task"), 480.0),
    **dict.fromkeys(("collect", "deploy_dashboard", "reconcile", "write_data"), 840.0),
    "evaluate": 1_680.0,
}
SECRETS = (
    "STUDENT_SECRET",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "OPENAI_API_KEY",
    "GITHUB_TOKEN",
    "TARGET_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
)


def main(arguments: list[str], environ: Mapping[str, str], console: Console) -> int:
    """Run the step that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m action", description=__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("file", nargs="?", default="", help="of the step explain: a request, or a check on each line")
    given = parser.parse_args(arguments)
    step: str = given.step
    environ = {**environ, "FILE": given.file} if given.file else environ
    console.keep_out(*(environ[name] for name in SECRETS if environ.get(name)))
    try:
        with at_most(seconds_for(step, environ), f"The step {step}"):
            # Imported when its turn comes: each job has only its own steps' packages installed, and gc is off by now.
            importlib.import_module(f"action.steps.{step}").run(environ, console)
    except UserError as error:
        console.report(error)
        if not has_record(environ):
            from action.job.job import summarize_failure

            summarize_failure(summary_path(environ), step, error)
        return error.exit_code
    except Exception:  # noqa: BLE001 - the last stop: a defect is shown with its place, without values and environment
        return report_defect(f"The step {step}", console).exit_code
    return 0


def seconds_for(step: str, environ: Mapping[str, str]) -> float:
    """Return how long a step may take. A wrong variable is reported by the step itself."""
    try:
        whole = float(environ.get("CALLBACK_WITHIN_S") or SECONDS_FROM_RECEIPT)
    except ValueError:
        whole = SECONDS_FROM_RECEIPT
    return SECONDS.get(step, max(whole, SECONDS_FROM_RECEIPT) - SECONDS_FOR_NOTIFY)


def has_record(environ: Mapping[str, str]) -> bool:
    """Whether this job has a record, so that the last step writes the summary."""
    return Path(environ.get("RUNNER_TEMP") or ".", "pagewright", "record.json").exists()


def summary_path(environ: Mapping[str, str]) -> Path | None:
    """Return where the job summary goes."""
    path = environ.get("GITHUB_STEP_SUMMARY")
    return Path(path) if path else None


def take_environment() -> dict[str, str]:
    """Return the environment, and leave it without secrets: the browser and git are started from here."""
    environ = dict(os.environ)
    for name in SECRETS:
        os.environ.pop(name, None)
    return environ


if __name__ == "__main__":
    limit_memory()
    gc.disable()  # a step is over in seconds, and looking for garbage during its imports takes a tenth of that
    sys.exit(main(sys.argv[1:], take_environment(), Console()))
