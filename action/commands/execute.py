"""`python -m action execute`: run a command in a project and leave result.json. It holds no secret and no token."""

import signal
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from action.config_execute import ExecuteConfig
from action.console import Console
from action.execution.clone import Cloner
from action.execution.run import CommandRunner
from action.execution.user import other_user
from action.execution.workplace import workplace
from action.job import Job
from action.phases.execute import Executor, kept_for_the_caller, read_execution
from action.summary_execution import render
from receiver.task import ExecutionResult
from receiver.task.execution import MOST_OUTPUT

RESULT = "result.json"


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Whatever the command does, the run is green when it could be run."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that the command is ended as well
    config = ExecuteConfig.from_environ(environ)
    runner = config.runner
    event = Job(runner, console).event()
    execution = read_execution(event, owner=config.target_owner, runner=runner.repository, run_id=runner.run_id)
    keep = partial(write_result, runner.temp / RESULT)
    executor = Executor(
        workplace=lambda: workplace(Path(tempfile.gettempdir()), other_user()),
        clone=Cloner(runner.server_url, environ).clone,
        run=CommandRunner(config.search_path, config.hidden, MOST_OUTPUT).run,
        console=console,
    )
    with kept_for_the_caller(execution, keep):
        result = executor.execute(execution)
    keep(result)
    if runner.summary:
        with suppress(OSError), runner.summary.open("a", encoding="utf-8", errors="replace") as file:
            file.write(render(execution, result) + "\n")


def write_result(path: Path, result: ExecutionResult) -> None:
    """Leave the result for the step that uploads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8", errors="replace")
