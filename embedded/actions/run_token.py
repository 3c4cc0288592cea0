"""The GITHUB_TOKEN of a run: it can do what the jobs in progress may do, and nothing once the run has ended."""

from collections.abc import Iterable

from embedded.github.store import Document, Store
from embedded.github.tokens import ACTIONS_BOT, create_token, token_key


def issue(store: Store, run: Document) -> str:
    """Make the token of one attempt; only its digest is stored."""
    return create_token(store, ACTIONS_BOT, {}, repositories=[run["repo"]], run_id=run["id"])


def revoke(store: Store, token: str) -> None:
    """Make the token unknown."""
    store.delete("token", token_key(token))


def revoke_those_of_apps(store: Store, masked: Iterable[str]) -> None:
    """Make the tokens unknown that a run's steps got for an App, as the action that makes them does at the end."""
    for text in masked:
        if (token := store.get("token", token_key(text))) and token["kind"] == "app":
            revoke(store, text)


def may_ask_for_identity(store: Store, run_id: int) -> bool:
    """Whether a job in progress has id-token: write."""
    jobs = store.find("job", run_id=run_id, status="in_progress")
    return any(job["permissions"].get("id-token") == "write" for job in jobs)
