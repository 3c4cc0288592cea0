"""Prepares the embedded GitHub: the owner, the two tokens, the runner repository with its secrets and variables."""

from dataclasses import dataclass

from embedded.github.core import GitHub
from embedded.github.repositories import create_repository
from embedded.github.store import Document
from embedded.github.times import timestamp
from embedded.github.tokens import token_key
from embedded.github.workflow_states import ACTIVE, DISABLED, set_state
from embedded.model.choice import ModelChoice
from embedded.system.addresses import LOCAL_HOSTS
from embedded.system.credentials import Credentials
from embedded.system.working_tree import WorkingTree

OWNER = "pagewright-owner"
RUNNER = f"{OWNER}/pagewright"
DASHBOARD_WORKFLOW = ".github/workflows/dashboard.yml"
RECEIVER_PERMISSIONS = {"contents": "write", "actions": "write"}  # dispatch, store envelopes; show and cancel runs
TARGET_PERMISSIONS = {
    "administration": "write",  # create repositories
    "contents": "write",
    "pages": "write",
    "workflows": "write",  # push pages.yml
    "actions": "read",  # see how its run is doing
}


@dataclass(frozen=True)
class Bootstrap:
    """Everything that a person would set up by hand on the real GitHub. Doing it again changes nothing."""

    github: GitHub
    credentials: Credentials
    secret: str
    model: ModelChoice
    working_tree: WorkingTree
    receiver_url: str
    with_dashboard: bool

    def prepare(self) -> None:
        """Bring the embedded GitHub into the state in which a task can be sent."""
        self.add_owner()
        self.add_token(self.credentials.receiver_token, RECEIVER_PERMISSIONS, [RUNNER])
        self.add_token(self.credentials.target_token, TARGET_PERMISSIONS, "all")
        repo = self.runner_repository()
        self.working_tree.push(self.github.git(repo), OWNER)
        self.configure()
        self.prepare_dashboard()

    def add_owner(self) -> None:
        """Add the person to whom the runner repository and the pages belong."""
        store = self.github.store
        if store.get("user", OWNER) is None:
            store.put("user", OWNER, {"login": OWNER, "id": store.next_id("user"), "type": "User"})

    def add_token(self, text: str, permissions: dict[str, str], repositories: str | list[str]) -> None:
        """Let a token in, with no more than these permissions."""
        document = {"login": OWNER, "kind": "pat", "permissions": permissions, "repositories": repositories}
        self.github.store.put("token", token_key(text), {**document, "run_id": None, "expires_at": None})

    def runner_repository(self) -> Document:
        """Return the runner repository, made when it is not there."""
        if found := self.github.repository(RUNNER):
            return found
        wanted = {"name": RUNNER.split("/")[1], "description": "Briefs go in, live pages come out"}
        return create_repository(self.github, OWNER, wanted)

    def configure(self) -> None:
        """Set the secrets and variables that the workflows read."""
        secrets = {
            "STUDENT_SECRET": self.secret,
            "GEMINI_API_KEY": self.model.key,
            "OPENAI_API_KEY": self.model.openai_key,
            "TARGET_TOKEN": self.credentials.target_token,
        }
        variables = {
            **self.model.variables,
            "TARGET_OWNER": OWNER,
            "ALLOWED_HOSTS": LOCAL_HOSTS,
            "SECONDS_BETWEEN_WRITES": "0",
            "DASHBOARD_REFRESH_S": "3",
            "RECEIVER_URL": self.receiver_url,
        }
        self.github.store.put("secret", RUNNER, {name: value for name, value in secrets.items() if value})
        self.github.store.put("variable", RUNNER, dict(variables))

    def prepare_dashboard(self) -> None:
        """Switch Pages on for the runner repository, and the workflow that fills it on or off."""
        store = self.github.store
        if store.get("pages", RUNNER) is None:
            store.put("pages", RUNNER, {"build_type": "workflow", "enabled_at": timestamp(), "live_sha": None})
        set_state(store, RUNNER, DASHBOARD_WORKFLOW, ACTIVE if self.with_dashboard else DISABLED)
