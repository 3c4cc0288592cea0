"""Defects of this program: shown with their place, and turned into errors that the work around them survives."""

import traceback

from action.console import Console
from action.errors import Defect


def report_defect(doing: str, console: Console, *, degraded: bool = False) -> Defect:
    """Report the exception that is being handled, and return it as an error. `doing` is what stopped."""
    console.foreign(traceback.format_exc())
    error = Defect(
        f"{doing} stopped because of a defect in Pagewright.",
        "the last line of the traceback in the log.",
        "Report it with that traceback; 'Re-run failed jobs' may get past it.",
    )
    console.report(error, degraded=degraded)
    return error
