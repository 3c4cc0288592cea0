"""The task templates that a class uses, and which of them a student gets."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from action.generate.task_template import SeededTask, Template, TemplateIsWrong, load_template
from evaluator.errors import TasksAreWrong
from receiver.task import Task

FOLDER = Path(__file__).parents[1] / "templates" / "tasks"
A_REQUEST = {"email": "a@b.example", "task": "trial", "nonce": "trial", "evaluation_url": "https://b.example/"}


class TaskBook:
    """`names` are the templates to draw from, all of the folder when there are none. Raises TasksAreWrong."""

    def __init__(self, folder: Path, names: Sequence[str], seed: str) -> None:
        paths = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
        self._seed = seed
        self._paths = paths
        self._templates: dict[str, Template] = {}
        self._names = tuple(names) or tuple(paths)
        self.require(self._names)
        if not self._names:
            raise TasksAreWrong(
                f"There is no task template (*.yaml) in {folder}. Put one there, or leave out task_folder."
            )

    def require(self, names: Sequence[str]) -> None:
        """Raise TasksAreWrong unless there is a usable template of each name."""
        unknown = sorted({name for name in names if name and name not in self._paths})
        if unknown:
            raise TasksAreWrong(
                f"There is no task template {', '.join(unknown)}; its name is perhaps misspelt. "
                f"Known are {', '.join(self._paths)}."
            )
        for name in filter(None, names):
            self._template(name)

    def draw(self, email: str, wanted: str = "") -> SeededTask:
        """Return the task of a student, always the same one: of the template that is wanted, or that the seed says."""
        name = wanted or self._names[number_of(self._seed, "template", email) % len(self._names)]
        return self._template(name).seeded("\0".join((self._seed, email)))

    def rounds_of(self, name: str) -> int:
        """Return how many rounds a template has, 0 when it is gone."""
        return len(self._template(name).rounds) if name in self._paths else 0

    def _template(self, name: str) -> Template:
        if name not in self._templates:
            try:
                template = load_template(self._paths[name].read_text(encoding="utf-8"), name)
                for asked in template.seeded("a trial").rounds:
                    Task.from_sender({**A_REQUEST, **asked.as_sent()})
            except (TemplateIsWrong, OSError, UnicodeDecodeError, ValidationError) as error:
                raise TasksAreWrong(f"The task template {name} cannot be sent: {error}") from None
            self._templates[name] = template
        return self._templates[name]


def number_of(*words: str) -> int:
    """Return a number that the words choose."""
    return int.from_bytes(hashlib.sha256("\0".join(words).encode()).digest()[:8])
