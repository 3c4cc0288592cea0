"""Whether a workflow may run: people can disable one, and its file stays as it is."""

from embedded.github.store import Store

ACTIVE, DISABLED = "active", "disabled_manually"


def state_of(store: Store, repo: str, path: str) -> str:
    """Return the state of the workflow at `path` in "owner/name"."""
    found = store.get("workflow_state", key_of(repo, path))
    return str(found["state"]) if found else ACTIVE


def set_state(store: Store, repo: str, path: str, state: str) -> None:
    """Enable or disable a workflow; it need not be there yet."""
    store.put("workflow_state", key_of(repo, path), {"repo": repo, "path": path, "state": state})


def key_of(repo: str, path: str) -> str:
    """Return where the state is kept."""
    return f"{repo.lower()} {path}"
