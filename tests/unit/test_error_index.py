"""docs/errors.md has every error that the code has, in the words of the code."""

import re

from action import errors
from action.errors import UserError
from tests.unit.error_index import COMPUTED, PAGE, kinds, page, problems

CODES = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, UserError)}


def test_the_index_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run: make errors"


def test_every_error_of_the_action_is_in_it() -> None:
    assert CODES - {UserError.code} <= {kind.code for kind in kinds()}


def test_every_error_of_the_receiver_has_a_code() -> None:
    codes = [row[0] for row in problems()]
    assert len(codes) > 20
    assert COMPUTED not in codes
    assert all(re.fullmatch(r"[a-z-]+", code) for code in codes)
    assert {"wrong-secret", "github-refused", "no-such-project", "no-such-ref"} <= set(codes)
