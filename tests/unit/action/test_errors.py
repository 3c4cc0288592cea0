"""Errors: one class, one code, one exit code for each kind, and three parts in each message."""

from action import errors
from action.errors import UserError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, UserError)]


def test_codes_and_exit_codes_are_unique() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)
    assert len({kind.exit_code for kind in KINDS}) == len(KINDS)


def test_exit_codes_are_neither_those_of_python_nor_of_the_shell() -> None:
    assert all(2 <= kind.exit_code < 126 for kind in KINDS)


def test_a_message_says_what_happened_why_and_what_to_do() -> None:
    error = errors.CannotPush("It broke.", "a storm.", "Wait.")
    assert str(error) == "It broke. Likely cause: a storm. Next step: Wait."
