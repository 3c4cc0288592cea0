"""Logs, annotations and summaries of jobs, masked, in the shape that GitHub gives them."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from embedded.actions.masks import Masks

MOST_ANNOTATIONS = 10  # of one level in one step
LONGEST_MESSAGE = 4096
LARGEST_SUMMARY = 1024 * 1024  # bytes, of one step
PRINTED = {"group": "##[group]", "endgroup": "##[endgroup]", "error": "##[error]", "warning": "##[warning]"}
PRINTED |= {"notice": "##[notice]", "debug": "##[debug]"}
SHELLS = {None: "/usr/bin/bash -e {0}", "bash": "/usr/bin/bash --noprofile --norc -e -o pipefail {0}"}


def unescape(text: str) -> str:
    """Undo the escapes of workflow commands."""
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


class JobLog:
    """The log file of one job, the summary of its run, and its annotations. Everything passes through the masks."""

    def __init__(self, file: Path, summary: Path, masks: Masks) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.annotations: list[dict[str, str]] = []
        self._file: TextIO = file.open("a", encoding="utf-8")
        self._summary = summary
        self._masks = masks
        self._counted: Counter[tuple[str, str]] = Counter()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def remove(self) -> None:
        """Leave no file."""
        Path(self._file.name).unlink(missing_ok=True)

    def write(self, text: str) -> None:
        """Write lines, each with its time."""
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
        for line in self._masks.hide(text).rstrip("\n").split("\n"):
            self._file.write(f"{moment} {line.rstrip(chr(13))}\n")
        self._file.flush()

    def begin_step(self, title: str, step: dict[str, Any]) -> None:
        """Write the folded head of a step, as actions/runner does: the whole script in bright cyan, or the inputs."""
        script = str(step.get("run") or "").replace("\r\n", "\n").rstrip("\n")
        self.write(f"##[group]Run {script.strip().partition(chr(10))[0] or step.get('uses') or title}")
        for line in script.split("\n") if script else []:
            self.write(f"\x1b[36;1m{line}\x1b[0m")
        if script:
            self.write(f"shell: {SHELLS.get(step.get('shell'), step.get('shell'))}")
        for heading in ("with", "env"):
            if isinstance(values := step.get(heading), dict):
                self.write("\n".join([f"{heading}:", *(f"  {name}: {value}" for name, value in values.items())]))
        self.write("##[endgroup]")

    def command(self, name: str, argument: str, properties: dict[str, str], step: str) -> None:
        """Write a workflow command as the runner shows it; error, warning and notice become annotations too."""
        self.write(PRINTED.get(name, f"##[{name}]") + argument)
        if name in ("error", "warning", "notice"):
            self.annotate(name, properties.get("title", ""), argument, step)

    def annotate(self, level: str, title: str, message: str, step: str = "") -> None:
        """Keep an annotation, within GitHub's limits."""
        self._counted[step, level] += 1
        if self._counted[step, level] <= MOST_ANNOTATIONS:
            hidden = {"title": self._masks.hide(title), "message": self._masks.hide(message)[:LONGEST_MESSAGE]}
            self.annotations.append({"level": level, **hidden})

    def summarize(self, markdown: str, step: str) -> None:
        """Append to the run's summary, unless the step wrote more than GitHub takes."""
        size = len(markdown.encode())
        if size > LARGEST_SUMMARY:
            problem = (
                f"$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got {size // 1024}k."
            )
            self.command("error", problem, {}, step)
            return
        with self._summary.open("a", encoding="utf-8") as file:
            file.write(self._masks.hide(markdown).rstrip("\n") + "\n\n")


def exit_message(text: str) -> str | None:
    """Return GitHub's sentence for the way a process ended, as act reports it."""
    code = re.fullmatch(r"exit status (\d+)", text.strip())
    return f"Process completed with exit code {code[1]}." if code else None
