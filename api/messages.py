"""The workflow that keeps feedback; what a message and its build have left."""

import json
import re
from typing import Any

from pydantic import ValidationError

from api.artifacts import ArtifactExpired, file_in
from api.message_replies import KeptMessage, MessageRun
from api.workflow import Workflow
from receiver.errors import GitHubRefused
from receiver.models import Build, BuildOutcome, Verdict
from receiver.task.run_title import id_in_title

MESSAGE = "message.json"
LARGEST_MESSAGE = 200_000  # bytes, as in the ledger
RECORD = "record.json"
LARGEST_RECORD = 5_000_000  # bytes, as in the ledger


class FeedbackWorkflow(Workflow[MessageRun]):
    """feedback.yml in a runner repository."""

    event = "record-feedback"
    file = "feedback.yml"

    @staticmethod
    def as_run(run: dict[str, Any]) -> MessageRun | None:
        """Read a run of the run list."""
        message_id = id_in_title("feedback", run)
        if message_id is None:
            return None
        return MessageRun(
            message_id=message_id,
            run_id=run["id"],
            status=run["status"],
            conclusion=run.get("conclusion"),
            run_url=run["html_url"],
        )

    def kept(self, message_id: str, run_id: int) -> KeptMessage | None:
        """Return the message that a run has kept, None while there is none. Raises ArtifactExpired."""
        zipped = self._artifacts.named(run_id, f"message-{message_id}", "show the message")
        try:
            message = KeptMessage.model_validate_json(file_in(zipped or b"", MESSAGE, LARGEST_MESSAGE) or b"")
        except ValidationError:
            return None
        return message if message.id == message_id else None

    def outcome(self, build: Build) -> BuildOutcome | None:
        """Return what the record of a build's run says about its page, None without one. Raises ArtifactExpired."""
        names = re.compile(rf"record-{build.build_id}-\d+")  # without the pictures of the live check
        zipped = self._artifacts.matching(build.run_id, lambda name: bool(names.fullmatch(name)), "show the record")
        content = file_in(zipped or b"", RECORD, LARGEST_RECORD)
        return as_outcome(content) if content else None

    def outcome_if_known(self, build: Build) -> BuildOutcome | None:
        """Return it as far as GitHub hands it out: how a build is doing is known without it."""
        try:
            return self.outcome(build)
        except (ArtifactExpired, GitHubRefused):
            return None


def as_outcome(record: bytes) -> BuildOutcome | None:
    """Read of a record what it says about the page; what is no record says nothing."""
    try:
        found = json.loads(record)
        published, failures = found.get("publication") or {}, found.get("failures") or []
        commit, repository = published.get("commit_sha") or None, published.get("repo_url")
        return BuildOutcome(
            repository=published.get("repository") or None,
            commit=commit,
            commit_url=f"{repository}/commit/{commit}" if commit and repository else None,
            page=published.get("pages_url"),
            is_live=(found.get("deployment") or {}).get("is_live"),
            verdict=verdict_of(found.get("contract")),
            reason=failures[0].get("what") if failures else None,
            dry_run=found.get("dry_run") is True,
        )
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return None


def verdict_of(contract: Any) -> Verdict | None:
    """Read of a record what became of the contract; None without one. Raises what as_outcome expects."""
    if not contract or not contract["attempts"]:
        return None
    kept = [attempt for attempt in contract["attempts"] if attempt["is_kept"]] or contract["attempts"]
    given = [each["state"] for each in contract["assertions"] if each["origin"] == "given"]
    counts = {"passed": given.count("pass"), "failed": given.count("fail"), "undecided": given.count("unclear")}
    return Verdict(headline=kept[-1]["headline"], **counts)
