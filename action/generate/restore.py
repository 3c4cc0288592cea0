"""Brings an earlier version back: its files as they were, and its own contract run on them once more."""

from collections.abc import Mapping, Sequence

from action.contract.contract import PATH, Contract, Report
from action.deadline import SECONDS_OVER, at_most
from action.errors import CannotRestore, StepHung
from action.gates import file_policy, secret_scan
from action.gates.private_values import not_published, private_values, published, texts_of
from action.generate.attachments import Attached
from action.generate.candidate import Draft
from action.generate.contract_memory import contract_record
from action.generate.inputs import Inputs
from action.generate.tools import Outcome, Tools
from action.generate.trial import Attempt, Trial
from action.github.clone import files_to_restore
from action.record import BuildRecord
from action.site.bundle import WRITTEN_ANYWAY
from action.site.workflows import own_workflows, refused_as_they_are
from receiver.task import BuildRequest

ANOTHER = "Restore another version, or change the page with a revision."


def restore(request: BuildRequest, tools: Tools, record: BuildRecord) -> Outcome:
    """Return the files of the wanted version. Raises CannotRestore, RepositoryMissing, RepositoryUnreadable."""
    history = tools.open_history(request.project)
    version, current = files_to_restore(history, request.restore), history.files(history.tip())
    files = {path: body for path, body in version.items() if path not in WRITTEN_ANYWAY}
    require_publishable(files, request, tools.secret, texts_of(current))
    tools.console.line(f"{len(files)} files of commit {request.restore[:10]} come back")
    attempt = Attempt(1, Draft(), version, look(version, contract_of(version, tools), request, current, tools))
    record.contract = contract_record([attempt], attempt, None, ())
    removed = tuple(sorted(current.keys() - version.keys() - WRITTEN_ANYWAY))
    return Outcome(files, removed, (f"the files of commit {request.restore} came back",))


def contract_of(version: Mapping[str, bytes], tools: Tools) -> Contract | None:
    """Return the version's own contract, if it can be read."""
    try:
        return Contract.from_storage(version.get(PATH, b"{}"))
    except ValueError:
        tools.console.line("The contract of that version cannot be read, so it is not run")
        return None


def look(
    version: Mapping[str, bytes],
    contract: Contract | None,
    request: BuildRequest,
    current: Mapping[str, bytes],
    tools: Tools,
) -> Report:
    """Run a contract on all files. What it says is recorded, and decides nothing: somebody asked for these files."""
    if contract is None or not tools.budget.candidates:
        return Report()
    inputs, doing = Inputs(request, Attached(), current), "Run the contract of that version"
    try:
        seconds = tools.writing_ends.remaining() + SECONDS_OVER
        with tools.console.group(doing) as shown, at_most(seconds, doing):
            report = Trial(inputs, contract, tools).evaluate(version).report
            shown.verdict = report.headline()
            return report
    except StepHung as error:
        tools.console.report(error, degraded=True)
        return Report()


def require_publishable(
    files: Mapping[str, bytes], request: BuildRequest, secret: str, public: Sequence[bytes]
) -> None:
    """Raise CannotRestore when the gates of today do not let these files pass. What is `public` today may come back."""
    if "index.html" not in files:
        raise refused(request, "it holds no index.html, so nothing would open", "it is older than the first page.")
    workflows = frozenset(own_workflows(files))
    refusals = refused_as_they_are({path: files[path] for path in workflows})
    refusals += file_policy.check_files(files, trusted=workflows | {PATH})
    if refusals:
        why = "somebody pushed it past Pagewright, or the rules are stricter today."
        raise refused(request, f"{refusals[0].path}: {refusals[0].reason}", why)
    private = not_published(private_values(request, secret), request, public)
    if findings := secret_scan.scan(files, private, published(request, public)):
        raise refused(request, f"a file holds what looks like a secret: {findings[0]}", "somebody committed a key.")


def refused(request: BuildRequest, reason: str, cause: str) -> CannotRestore:
    """Return the error of a version that may not be published again."""
    return CannotRestore(f"The version of commit {request.restore[:10]} is not restored: {reason}.", cause, ANOTHER)
