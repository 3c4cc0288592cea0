"""A GitHub App in place of the dispatch token: tokens for one repository, with two permissions, renewed in time."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from github import Auth
from github.Requester import Requester

PERMISSIONS = {"contents": "write", "actions": "write"}  # dispatch, keep large requests; show, start and cancel runs
MARGIN = timedelta(minutes=5)  # a token lives for an hour; so long before its end, the next one is made

Open = Callable[[Auth.Auth], AbstractContextManager[Requester]]


@dataclass
class AppToken:
    """The token of an App's installation on `repository` ("owner/name"), which may write nothing elsewhere.

    PyGithub's own tokens of an installation are for all its repositories. Two threads that find no token both make
    one: that is harmless, and none waits for the other.
    """

    app_id: str
    key: str = field(repr=False)
    repository: str
    _last: tuple[str, datetime] | None = field(default=None, repr=False)

    def current(self, open_session: Open) -> str:
        """Return a token that is good for a while. Raises what GitHub's refusals raise."""
        if (last := self._last) is None or last[1] - MARGIN < datetime.now(UTC):
            self._last = last = self._new(open_session)
        return last[0]

    def forget(self) -> None:
        """Make a new one next time: GitHub does not know this one any more."""
        self._last = None

    def _new(self, open_session: Open) -> tuple[str, datetime]:
        with open_session(Auth.AppAuth(self.app_id, self.key)) as session:
            _, installation = session.requestJsonAndCheck("GET", f"/repos/{self.repository}/installation")
            url = f"/app/installations/{installation['id']}/access_tokens"
            wanted = {"repositories": [self.repository.partition("/")[2]], "permissions": PERMISSIONS}
            _, made = session.requestJsonAndCheck("POST", url, input=wanted)
        return made["token"], datetime.fromisoformat(made["expires_at"])
