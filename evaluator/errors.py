"""What an instructor can put right: shown as it is, without a traceback."""


class EvaluatorError(Exception):
    """A message that says what happened, why perhaps, and what to do next."""


class FolderIsWrong(EvaluatorError):
    """The folder of a class is missing, in use, or cannot be written to."""


class SettingsAreWrong(EvaluatorError):
    """evaluator.toml cannot be used."""


class StudentsAreWrong(EvaluatorError):
    """The list of students cannot be used."""


class TasksAreWrong(EvaluatorError):
    """A task template is missing or cannot be used."""


class CannotServe(EvaluatorError):
    """The port for callbacks cannot be had."""


class CannotCheck(EvaluatorError):
    """No submission can be checked: there is no browser, for example."""
