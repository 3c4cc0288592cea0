"""`python -m action execute`: run a command in a project and leave result.json. It holds no secret and no token.

What is to be kept of its files, or of another repository's, is left for a second job, with a digest.
"""

import hashlib
import re
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from action.console import Console
from action.errors import UnreadableRequest, UserError
from action.execution.clone import Cloner, Foreign
from action.execution.run import CommandRunner, Ended
from action.execution.workplace import Workplace, changed_since, digests, files_in, other_user, workplace
from action.job.job import Job, append_summary
from action.job.markdown import cell, code
from action.job.settings import AllowedHosts, Settings
from action.job.summary import filled
from receiver.task import Execution, ExecutionResult, Truncated, project_name
from receiver.task.execution import MOST_OUTPUT
from receiver.task.file_names import wrong_with_path
from receiver.task.upload import LARGEST_KEPT, MOST_NOTES, Upload, refusals_of, without_refused

RESULT = "result.json"
KEPT = "upload.json"
NOTHING_READABLE = "Nothing is kept: the files cannot be read as the command left them."
LONGEST_SHOWN = 20_000  # characters of each stream
BY_HAND = {"project": "project", "command": "command", "ref": "ref", "timeout-s": "timeout_s"}  # inputs and fields


class ExecuteSettings(Settings):
    """No secret and no token. The folders of the job and of its user are what a command does not see."""

    search_path: str = Field("/usr/local/bin:/usr/bin:/bin", validation_alias="PATH")
    home: Path | None = Field(None, validation_alias="HOME")
    workspace: Path | None = Field(None, validation_alias="GITHUB_WORKSPACE")
    allowed_hosts: AllowedHosts = frozenset()

    @property
    def hidden(self) -> tuple[Path, ...]:
        """The folders that a command does not see."""
        return tuple(path for path in (self.home, self.runner.runner_temp, self.workspace) if path)


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Whatever the command does, the run is green when it could be run."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that the command is ended as well
    settings = ExecuteSettings.from_environ(environ)
    runner = settings.runner
    job = Job(runner, console)
    event = job.event()
    execution = read_execution(event, owner=runner.target_owner, runner=runner.repository, run_id=runner.run_id)
    about = {"command": execution.command, "at": datetime.now(UTC), "run_url": runner.run.url}
    place = workplace(Path(tempfile.gettempdir()), other_user())
    clone = Cloner(runner.server_url, environ).clone
    run_command = CommandRunner(settings.search_path, settings.hidden, MOST_OUTPUT).run

    def leave(upload: Upload) -> None:
        job.output(digest=write_kept(runner.temp / "kept", upload))

    try:
        if execution.keep and execution.keep.git:
            foreign = Foreign(runner.temp / "foreign.git", environ, settings.allowed_hosts)
            result = take_over(execution, execution.keep.git, foreign, leave, console)
        else:
            result = execute(execution, place, clone, run_command, console, leave)
    except UserError as error:  # the caller reads why
        write_result(runner.temp / RESULT, not_run(execution, error).model_copy(update=about))
        raise
    write_result(runner.temp / RESULT, result.model_copy(update=about))
    append_summary(runner.summary, lambda: render(execution, result), console)


def execute(
    execution: Execution,
    place: AbstractContextManager[Workplace],
    clone: Callable[[str, str | None, Workplace], str],
    run_command: Callable[[str, Workplace, float, str], Ended],
    console: Console,
    leave: Callable[[Upload], None] | None = None,
) -> ExecutionResult:
    """Clone, run, `leave` what is to be kept, and return how it ended. Raises UserError.

    A command that fails is a result like any other.
    """
    with place as folder:
        with console.group(f"Clone {execution.project}") as shown:
            commit = clone(execution.project, execution.ref, folder)
            shown.verdict = f"commit {commit}"
        before = digests(files_in(folder)) if execution.keep else {}
        with console.group("Run the command") as shown:
            console.foreign(f"$ {execution.command}")
            ended = run_command(execution.command, folder, execution.timeout_s, execution.working_dir)
            result = result_of(execution, commit, ended)
            console.foreign("\n".join(text for text in (result.stdout, result.stderr) if text))
            shown.verdict = how_it_ended(result)
        if execution.keep and leave:
            result = keep(execution, result, lambda: changed_since(before, files_in(folder)), leave)
            console.line(result.kept)
    return result


def keep(
    execution: Execution,
    result: ExecutionResult,
    look: Callable[[], tuple[dict[str, bytes], tuple[str, ...]]],
    leave: Callable[[Upload], None],
) -> ExecutionResult:
    """Leave what a command changed, and say so in its result. What cannot be kept costs the result nothing."""
    try:
        changed, gone = look()
    except (OSError, UserError) as error:
        return result.model_copy(update={"kept": error.what if isinstance(error, UserError) else NOTHING_READABLE})
    gone = tuple(path for path in gone if not wrong_with_path(path))
    upload = Upload.of(changed, f"command {execution.job_id}", remove=gone, base=result.commit)
    return left(execution, result, upload, leave)


def take_over(
    execution: Execution,
    url: str,
    foreign: Foreign,
    leave: Callable[[Upload], None],
    console: Console,
) -> ExecutionResult:
    """Leave the files of a foreign repository in place of those of a command. Raises CannotExecute."""
    with console.group("Fetch the repository") as shown:
        commit, files, others = foreign.files(url)
        shown.verdict = f"{len(files)} files of commit {commit}"
    said = f"{counted(len(files))} of {url} at commit {commit}\n"
    result = ExecutionResult(job_id=execution.job_id, project=execution.project, stdout=said, return_code=0)
    notes = (f"left out: {others} links and modules",) if others else ()
    upload = Upload.of(files, url, replace=True, is_foreign=True, notes=notes)
    return left(execution, result, upload, leave)


def left(
    execution: Execution, result: ExecutionResult, upload: Upload, leave: Callable[[Upload], None]
) -> ExecutionResult:
    """Leave as much of an upload as can be published, and return the result that says what became of it."""
    files, notes = without_refused(upload.contents())
    notes = (*upload.notes, *notes)
    words = "; ".join(notes)
    refusals = refusals_of({path: len(body) for path, body in files.items()}, upload.remove, LARGEST_KEPT)
    if refusals or not (files or upload.remove):
        why = str(refusals[0]) if refusals else f"no file has changed that can be published. {words}".strip()
        return result.model_copy(update={"kept": f"Nothing is kept: {why}"})
    about = upload.model_dump(exclude={"files", "by", "notes"})
    leave(Upload.of(files, upload.by, notes=notes[:MOST_NOTES], **about))
    said = f"Kept: {counted(len(files))}, {len(upload.remove)} removed; build {execution.build_id} publishes that."
    return result.model_copy(update={"kept": f"{said} {words}".strip(), "build_id": execution.build_id})


def counted(files: int) -> str:
    """Return a number of files in words."""
    return "1 file" if files == 1 else f"{files} files"


def write_kept(folder: Path, upload: Upload) -> str:
    """Write what is kept for the next job, and return its digest."""
    folder.mkdir(parents=True, exist_ok=True)
    body = b"".join(upload.as_json())
    (folder / KEPT).write_bytes(body)
    return hashlib.sha256(body).hexdigest()


def write_result(path: Path, result: ExecutionResult) -> None:
    """Leave the result for the step that uploads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8", errors="replace")


def read_execution(event: dict[str, Any], *, owner: str, runner: str, run_id: int) -> Execution:
    """Return the command of a repository_dispatch, or of a run that was started by hand. Raises UnreadableRequest.

    The receiver has checked all this already; but others may start runs as well.
    """
    try:
        execution = Execution.model_validate(fields_of(event, run_id, owner))
        return execution.model_copy(update={"project": project_name(execution.project, owner, runner)})
    except ValidationError as error:
        names = dict.fromkeys(str(part) for entry in error.errors() for part in entry["loc"][:1])
        raise unreadable(f"look at {', '.join(names)}") from None
    except ValueError as error:
        raise unreadable(f"project {error}") from None


def fields_of(event: dict[str, Any], run_id: int, owner: str) -> Any:
    """Return the fields of an execution; one that was started by hand gets the run's number as its id."""
    if "client_payload" in event:
        return event["client_payload"]
    inputs = event.get("inputs") or {}
    given = {field: inputs[name] for name, field in BY_HAND.items() if inputs.get(name)}
    if "/" not in str(given.get("project", "/")):
        given["project"] = f"{owner}/{given['project']}"
    return {**given, "job_id": f"{run_id:020d}"}


def unreadable(reason: str) -> UnreadableRequest:
    """Return the error for an event without a command that can be run."""
    return UnreadableRequest(
        f"The event that started this run carries no command that can be run: {reason}.",
        "it was started by hand with a typing error, or by a receiver of another version.",
        "Send the command to the receiver (POST /execute), or correct the inputs.",
    )


def result_of(execution: Execution, commit: str, ended: Ended) -> ExecutionResult:
    """Return the result that is uploaded."""
    stdout, stderr = ended.stdout, ended.stderr
    return ExecutionResult(
        job_id=execution.job_id,
        project=execution.project,
        commit=commit,
        stdout=stdout.text(),
        stderr=stderr.text(),
        return_code=ended.return_code,
        duration_s=round(ended.seconds, 3),
        truncated=Truncated(stdout=stdout.is_truncated, stderr=stderr.is_truncated),
        timed_out=ended.timed_out,
        isolation=ended.isolation,
    )


def not_run(execution: Execution, error: UserError) -> ExecutionResult:
    """Return the result of a command that was not run."""
    return ExecutionResult(job_id=execution.job_id, project=execution.project, error=str(error)[:2000])


def how_it_ended(result: ExecutionResult) -> str:
    """Return the one line about the end."""
    if result.timed_out:
        return "ended from outside, because its time was over"
    return f"ended by itself with code {result.return_code}"


def render(execution: Execution, result: ExecutionResult) -> str:
    """Return the summary as Markdown. All text that is not ours is only text."""
    streams = {"Standard output": result.stdout, "Standard error": result.stderr}
    return filled(
        "summary-execution",
        verdict=verdict(result),
        project=cell(execution.project),
        commit=result.commit,
        command=code(execution.command),
        seconds=f"{result.duration_s:.1f}",
        streams="\n\n".join(f"**{name}**\n\n{fenced(text)}" for name, text in streams.items() if text),
    )


def verdict(result: ExecutionResult) -> str:
    """Return the one line that says how it ended."""
    if result.timed_out:
        return "✗ The command was ended because its time was over"
    sign = "✓" if result.return_code == 0 else "✗"
    return f"{sign} The command ended with code {result.return_code}"


def fenced(text: str) -> str:
    """Return the end of a text in a fence that nothing in the text can close."""
    shown = text[-LONGEST_SHOWN:]
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown.rstrip()}\n{fence}"
