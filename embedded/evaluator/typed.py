"""What a person types to go on: the same Python, as it is called from the folder they are in."""

import shlex
import sys
from pathlib import Path


def typed(*words: object) -> str:
    """Return a command of the evaluator, ready to be copied."""
    python, here = Path(sys.executable), Path.cwd()
    shown = python.relative_to(here) if python.is_relative_to(here) else python
    return shlex.join([str(shown), "-m", "embedded", "evaluator", *map(str, words)])
