"""The process that checks: it reads ids of requests, one a line, and answers each with a line when its marks are saved.

Files of strangers are parsed here and not in the process that sends and takes callbacks, so that whatever they bring
about ends with this process. An error that is a defect ends it, too; its traceback goes to the log.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from action.deadline import limit_memory
from action.errors import UserError
from evaluator.course import Classroom
from evaluator.db import Folder
from evaluator.errors import EvaluatorError
from evaluator.settings import read_settings


def main(arguments: list[str], environ: Mapping[str, str], requests: TextIO, answers: TextIO) -> None:
    """Check until the requests end, as they do when the other process is gone."""
    folder = Folder(Path(arguments[0]))
    try:
        classroom = Classroom(folder, read_settings(folder.settings), environ)
        for answer in checked(classroom, requests):
            print(json.dumps(answer), file=answers, flush=True)
    except (EvaluatorError, UserError) as error:  # it concerns every submission
        print(json.dumps({"stop": str(error)}), file=answers, flush=True)


def checked(classroom: Classroom, requests: TextIO) -> Iterator[dict[str, int]]:
    """Check what is asked for and yield the answers."""
    checker = classroom.checker()
    for line in requests:
        checker.check(int(line))
        yield {"checked": int(line)}


if __name__ == "__main__":
    limit_memory()
    speaks = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    main(sys.argv[1:], os.environ, sys.stdin, speaks)
