"""Whether a workflow may run: people can disable one, and its file stays as it is."""

from embedded.github.store import Store

ACTIVE, DISABLED = "active", "disabled_manually"  # GitHub itself: "disabled_inactivity", "disabled_fork"


def state_of(store: Store, repo: str, path: str) -> str:
    """Return the state of the workflow at `path` in "owner/name"."""
    found = store.get("workflow_state", key_of(repo, path))
    return str(found["state"]) if found else ACTIVE


def may_run(store: Store, repo: str, path: str) -> bool:
    """Whether events start the workflow at `path`: its own state, and that of Actions in the repository."""
    permissions = store.get("actions_permissions", repo) or {}
    return permissions.get("enabled", True) and state_of(store, repo, path) == ACTIVE


def set_state(store: Store, repo: str, path: str, state: str) -> None:
    """Enable or disable a workflow; it need not be there yet."""
    store.put("workflow_state", key_of(repo, path), {"repo": repo, "path": path, "state": state})


def key_of(repo: str, path: str) -> str:
    """Return where the state is kept."""
    return f"{repo.lower()} {path}"
