"""Task templates: YAML with variables, from which a seed draws one concrete task. Reading the file is the caller's."""

from receiver.task.template.asked import AskedRound, SeededTask
from receiver.task.template.template import Template, TemplateIsWrong, load_template, seed_for

__all__ = ["AskedRound", "SeededTask", "Template", "TemplateIsWrong", "load_template", "seed_for"]
