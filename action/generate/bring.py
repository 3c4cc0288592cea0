"""Publishes files that somebody brought, as they are: the gates decide, the contract is run on them and told."""

from collections.abc import Mapping
from dataclasses import dataclass

from action.contract.compile import base_assertions
from action.contract.contract import PATH, Contract, labelled
from action.errors import CannotBring, RepositoryMissing
from action.gates import file_policy, secret_scan
from action.gates.private_values import not_published, private_values, texts_of
from action.generate.candidate import Draft
from action.generate.contract_memory import contract_record
from action.generate.restore import look
from action.generate.tools import Outcome, Tools
from action.generate.trial import Attempt
from action.record import BuildRecord
from action.site.files import is_listing, license_text, listing
from receiver.task import BuildRequest
from receiver.task.file_names import fold, wrong_with_path
from receiver.task.upload import Upload, refusals_of

INDEX = "index.html"
OF_THE_AUTHOR = frozenset({"license_is_mit", "readme_sections"})
LICENSES = frozenset({"license", "license.md", "license.txt", "copying"})


@dataclass(frozen=True)
class Before:
    """The project as it is: nothing for one that is still to be made."""

    commit: str = ""
    files: Mapping[str, bytes] | None = None


def bring(request: BuildRequest, upload: Upload, tools: Tools, record: BuildRecord) -> Outcome:
    """Return what the upload changes. Raises CannotBring, RepositoryUnreadable."""
    brought, before = contents_of(upload), project_before(request, tools)
    require_base(upload, before.commit)
    current = dict(before.files or {})
    removed = removed_by(upload, brought, current)
    made = made_for({path: body for path, body in current.items() if path not in removed} | brought, request, tools)
    require_publishable(brought, made, request, tools, current)
    after = {path: body for path, body in current.items() if path not in removed} | brought | made
    tools.console.line(f"{len(brought)} files come from {upload.by}, and {len(removed)} go away")
    attempt = Attempt(1, Draft(), after, look(after, contract_of(after, request, tools), request, current, tools))
    record.contract = contract_record([attempt], attempt, None, ())
    return Outcome({**brought, **made}, removed, (f"files brought by {upload.by}", *upload.notes))


def contents_of(upload: Upload) -> dict[str, bytes]:
    """Return the files that pass the rules about names and sizes. Raises CannotBring."""
    try:
        brought = upload.contents()
    except ValueError as error:
        raise cannot(str(error)) from None
    refusals = refusals_of({path: len(body) for path, body in brought.items()}, upload.remove)
    refusals = refusals or file_policy.check_files(brought)
    if refusals:
        raise cannot(str(refusals[0]))
    return brought


def project_before(request: BuildRequest, tools: Tools) -> Before:
    """Return the project's newest files; nothing when its repository is not there, or not ours.

    Whether it may be made, or written to, is decided where that is done. Raises RepositoryUnreadable.
    """
    try:
        history = tools.open_history(request.project)
    except RepositoryMissing:
        return Before()
    if history.note().get("task_key") != request.task_key:
        return Before()
    tip = history.tip()
    return Before(tip, history.files(tip))


def require_base(upload: Upload, tip: str) -> None:
    """Raise CannotBring when the files were made for another commit."""
    if upload.base and upload.base != tip:
        raise CannotBring(
            f"The files were made for commit {upload.base[:10]}, and the project is at {tip[:10] or 'none'} now.",
            "somebody changed it in the meantime.",
            "Look at the newest version, put both together, and bring the files with its commit as base.",
        )


def removed_by(upload: Upload, brought: Mapping[str, bytes], current: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return what goes away of the current files. Ours, the license and workflows stay when everything is replaced."""
    wanted = set(upload.remove)
    if upload.replace:
        wanted |= {path for path in current if not wrong_with_path(path) and fold(path) not in LICENSES}
    return tuple(sorted((wanted & current.keys()) - brought.keys()))


def made_for(files: Mapping[str, bytes], request: BuildRequest, tools: Tools) -> dict[str, bytes]:
    """Return what code adds: a license where there is none, and a listing where there is no page."""
    made: dict[str, bytes] = {}
    is_ours = not (request.upload and request.upload.is_foreign)
    if is_ours and not any(fold(path) in LICENSES for path in files):
        made["LICENSE"] = license_text(tools.license_holder, request.received_at.year)
    if is_listing(files.get(INDEX)):
        made[INDEX] = listing(request.project, {*files, *made})
    return made


def require_publishable(
    brought: Mapping[str, bytes],
    made: Mapping[str, bytes],
    request: BuildRequest,
    tools: Tools,
    current: Mapping[str, bytes],
) -> None:
    """Raise CannotBring for what looks like a secret. What is public already may stay."""
    private = not_published(private_values(request, tools.secret), request, texts_of(current))
    if findings := secret_scan.scan({**brought, **made}, private, texts_of(current)):
        raise cannot(f"a file holds what looks like a secret: {'; '.join(map(str, findings[:3]))}")


def contract_of(files: Mapping[str, bytes], request: BuildRequest, tools: Tools) -> Contract:
    """Return what the project's own contract demands, and what holds for every page.

    What is in README.md and LICENSE is the business of whoever brings them.
    """
    of_page = [each for each in base_assertions(request.task, {}) if each.kind not in OF_THE_AUTHOR]
    base = labelled(of_page, "base", request.task.round)
    try:
        return Contract.from_storage(files.get(PATH, b"{}")).plus(base)
    except ValueError:
        tools.console.line("The contract of the project cannot be read, so only the base of all pages is run")
        return Contract().plus(base)


def cannot(reason: str) -> CannotBring:
    """Return the error of files that are not published."""
    return CannotBring(
        f"The files that were brought are not published: {reason}.",
        "they break a rule that holds for every published file.",
        "Correct that file, and bring the files again.",
    )
