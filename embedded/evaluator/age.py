"""When a repository was created: as the server's API says, otherwise as its first commit claims."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import requests

TIMEOUT = (10, 20)


@dataclass(frozen=True)
class Ages:
    """`token` is optional: without it GitHub answers 60 questions an hour. It goes to the API and nowhere else."""

    session: requests.Session
    api_url: str
    token: str = field(default="", repr=False)

    def created_at(self, full_name: str) -> float | None:
        """Return when the server made a repository, None when it does not say."""
        headers = {"Accept": "application/vnd.github+json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            answer = self.session.get(f"{self.api_url}/repos/{full_name}", headers=headers, timeout=TIMEOUT)
            if answer.status_code != 200:
                return None
            return datetime.fromisoformat(str(answer.json()["created_at"])).timestamp()
        except (requests.RequestException, ValueError, KeyError, TypeError):
            return None


def shown(seconds: float) -> str:
    """Return a time as people read it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
