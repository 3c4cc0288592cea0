"""The sample tasks: the templates of `templates/tasks`, with the run's seed put in.

Where a round has variants, the first one counts, so that runs with different seeds can be compared.
"""

from pathlib import Path

from action.generate.task_template import SeededTask, TemplateIsWrong, load_template

FOLDER = Path(__file__).parents[1] / "templates" / "tasks"


def load_tasks(seed: str, names: list[str] | None = None, folder: Path = FOLDER) -> list[SeededTask]:
    """Return the tasks with these names, all of them without names. Raises TemplateIsWrong."""
    known = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise TemplateIsWrong(
            f"There is no task template {', '.join(unknown)}: the name is perhaps misspelt. "
            f"Known are {', '.join(known)}."
        )
    return [load_task(known[name], seed) for name in names or known]


def load_task(path: Path, seed: str) -> SeededTask:
    """Read one file and put the seed in. Raises TemplateIsWrong."""
    template = load_template(path.read_text(encoding="utf-8"), path.stem)
    return template.seeded(seed, [1] * len(template.rounds))


def load_variants(seed: str, folder: Path = FOLDER) -> list[SeededTask]:
    """Return every template once for each variant that one of its rounds has."""
    templates = [load_template(path.read_text(encoding="utf-8"), path.stem) for path in sorted(folder.glob("*.yaml"))]
    return [
        template.seeded(seed, [min(variant, len(choices)) for choices in template.choices()])
        for template in templates
        for variant in range(1, max(map(len, template.choices())) + 1)
    ]
