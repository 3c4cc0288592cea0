"""The token of an App is made once, kept while it is good for a while, and made again in time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from github import Auth
from github.Requester import Requester

from receiver.app_token import MARGIN, AppToken
from tests.app_key import key_pair


class Granting:
    """A GitHub that makes tokens which live for `minutes`, and remembers what it was asked."""

    def __init__(self, minutes: int) -> None:
        self.minutes, self.asked = minutes, list[tuple[str, str, Any]]()

    @contextmanager
    def session(self, auth: Auth.Auth) -> Iterator[Requester]:
        assert isinstance(auth, Auth.AppAuth)
        yield cast(Requester, self)

    def requestJsonAndCheck(self, verb: str, url: str, input: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        self.asked.append((verb, url, input))
        until = datetime.now(UTC) + timedelta(minutes=self.minutes)
        return {}, {"id": 7, "token": f"token {len(self.asked)}", "expires_at": f"{until:%Y-%m-%dT%H:%M:%SZ}"}


@pytest.mark.parametrize(("minutes", "tokens"), [(60, 1), (MARGIN.seconds // 60 - 1, 3)])
def test_a_token_is_kept_until_shortly_before_its_end(minutes: int, tokens: int) -> None:
    github, app = Granting(minutes), AppToken("1", key_pair()[0], "owner/runner")
    assert len({app.current(github.session) for _ in range(3)}) == tokens
    assert github.asked[:2] == [
        ("GET", "/repos/owner/runner/installation", None),
        (
            "POST",
            "/app/installations/7/access_tokens",
            {"repositories": ["runner"], "permissions": {"contents": "write", "actions": "write"}},
        ),
    ]


def test_a_token_that_github_does_not_know_any_more_is_forgotten() -> None:
    github, app = Granting(60), AppToken("1", key_pair()[0], "owner/runner")
    first = app.current(github.session)
    app.forget()
    assert app.current(github.session) != first


def test_no_text_form_shows_key_or_token() -> None:
    github, app = Granting(60), AppToken("1", key_pair()[0], "owner/runner")
    token = app.current(github.session)
    assert token not in repr(app)
    assert "PRIVATE KEY" not in repr(app)
