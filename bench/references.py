"""Solutions of the sample tasks: they prove that every check can be satisfied, and are what `make bench` evaluates."""

from pathlib import Path

from action.contract.verdict import Candidate
from action.generate.edits import apply_changes
from action.generate.task_template import SeededTask
from action.model.reply import parse

FOLDER = Path(__file__).parent / "references"
CHANGES = "changes.txt"  # what a round changes in files of the round before, as a model would write it
README = b"# A page\n\n## Summary\n\n## Setup\n\n## Usage\n\n## Code explanation\n\n## License\n"
LICENSE = Path(__file__).parents[1] / "LICENSE"


def reference_files(task: SeededTask, until: int) -> dict[str, bytes]:
    """Return the files of a solution: those of the later round lie over those of the earlier one, or change them."""
    files: dict[str, bytes] = {}
    for folder in (FOLDER / task.id / folder_of(task, number) for number in range(1, until + 1)):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            text = path.read_text(encoding="utf-8")
            for name, value in task.values.items():
                text = text.replace(f"${{{name}}}", str(value))
            name = path.relative_to(folder).as_posix()
            files = apply_changes(files, parse(text, "TOKEN")) if name == CHANGES else {**files, name: text.encode()}
    return files


def folder_of(task: SeededTask, number: int) -> str:
    """Return the name of a round's folder: 2, or 2-3 for the third variant of round 2."""
    variant = task.variants[number - 1]
    return str(number) if variant == 1 else f"{number}-{variant}"


def reference_candidate(task: SeededTask, until: int) -> Candidate:
    """Return what would be committed: the solution, the attachments, a README and the license."""
    attached = task.attachments_until(until)
    files = {"LICENSE": LICENSE.read_bytes(), "README.md": README, **reference_files(task, until), **attached}
    return Candidate(files, attached, f"/{task.id}/")
