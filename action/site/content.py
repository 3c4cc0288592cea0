"""What a commit of the target repository consists of: the checked files and ours, or the plain page."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from action.contract import contract
from action.contract.changes import attachments_to_change
from action.errors import BundleInvalid, FilesRefused, SecretFound, UserError
from action.gates import file_policy, secret_scan
from action.gates.private_values import not_published, published
from action.github.git import BUILD_FILE, Trailers
from action.record import PAGES_WORKFLOW
from action.site import files as site
from action.site.bundle import Bundle
from action.site.workflows import own_workflows
from receiver.task import BuildRequest, Task

README = "README.md"
OURS = frozenset({PAGES_WORKFLOW, BUILD_FILE, contract.PATH})


@dataclass(frozen=True)
class Content:
    """What one commit changes. `reason` is set when the plain page stands in for the real one.

    `digest` is that of the bundle that the files are from; a plain page that is made here has none.
    """

    files: Mapping[str, bytes]
    removed: tuple[str, ...] = ()
    reason: str = ""
    digest: str = ""


def written_content(
    request: BuildRequest, bundle: Bundle, holder: str, private: Iterable[str], before: Iterable[bytes] = ()
) -> Content:
    """Return the bundle's files with the license. `before` are files that are public already. Raises SecretFound."""
    attached, given = attached_names(request), given_files(request, bundle)
    public = [*given.values(), *before]
    written = written_lines(bundle.files, request.task, given)
    check_for_secrets(written, not_published(private, request, public), published(request, public))
    is_there = "LICENSE" in attached or request.upload or (request.restore and "LICENSE" in bundle.files)
    ours = {} if is_there else {"LICENSE": site.license_text(holder, request.received_at.year)}
    reason = bundle.record.generation.fallback if bundle.record.generation else ""
    return Content({**bundle.files, **ours}, removed=bundle.removed, reason=reason, digest=bundle.digest)


def plain_page(
    request: BuildRequest,
    reason: str,
    holder: str,
    private: Iterable[str],
    attached: Mapping[str, bytes] | None = None,
) -> Content:
    """Return the page that code alone can make: the brief, the attachments, a license and an honest note."""
    attachments = inline_attachments(request) if attached is None else attached
    for brief in (request.task.brief, "The brief is not shown here, because it contains private values."):
        year = request.received_at.year
        files = site.fallback_files(brief, attachments, reason=reason, holder=holder, year=year)
        written = {path: body for path, body in files.items() if path not in attachments}
        if not secret_scan.scan(written, private, published(request)):
            break
    return Content({**files, **attachments}, reason=reason)


def unchanged_page(request: BuildRequest, reason: str, readme: bytes | None) -> Content:
    """Return what a later round adds when it has no files: what worked stays, with a note in the README."""
    before = (readme or b"").decode(errors="replace").rstrip()
    what = "Revision of round" if request.revision else "Round"
    before_it = "before it" if request.revision else "of the round before"
    note = f"## {what} {request.task.round}\n\n{reason} The page {before_it} is unchanged.\n"
    return Content({"README.md": f"{before}\n\n{note}".lstrip().encode(), **inline_attachments(request)}, reason=reason)


def with_ours(
    content: Content,
    branch: str,
    trailers: Trailers,
    trusted: frozenset[str],
    *,
    publishes_itself: bool = False,
    pages_url: str = "",
) -> dict[str, bytes]:
    """Return all files of the commit, past the file policy. Raises FilesRefused.

    A site with a workflow that publishes it does not get ours as well: the two would fight. A README that did not come
    with the task leads to the page.
    """
    deploying = {} if publishes_itself else {PAGES_WORKFLOW: site.pages_workflow(branch)}
    files = {**content.files, **deploying, BUILD_FILE: build_note(trailers, content)}
    if pages_url and README in files and README not in trusted:
        files[README] = site.with_link(files[README], pages_url)
    workflows = frozenset(own_workflows(content.files))  # they passed their own policy when the bundle was read
    if refusals := file_policy.check_files(files, trusted=OURS | trusted | workflows):
        raise FilesRefused(
            f"{refusals[0].path} cannot be published: {refusals[0].reason}.",
            "an attachment has a name or a size that a repository cannot hold.",
            "Correct the attachment, and send the task again with a new nonce.",
        )
    return files


def attached_names(request: BuildRequest) -> frozenset[str]:
    """Return the paths that the request itself brought."""
    return frozenset(item.name for item in request.task.attachments)


def inline_attachments(request: BuildRequest) -> dict[str, bytes]:
    """Return the attachments whose bytes are in the request."""
    return {item.name: item.inline_bytes() for item in request.task.attachments if item.is_inline}


def given_files(request: BuildRequest, bundle: Bundle) -> dict[str, bytes]:
    """Return the attachments as they came: those in the request, and those that the generating job says it fetched."""
    fetched = (bundle.fetched & attached_names(request)) - attachments_to_change(request.task)
    return {path: bundle.files[path] for path in fetched & bundle.files.keys()} | inline_attachments(request)


def written_lines(files: Mapping[str, bytes], task: Task, attached: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what was written: all files but attachments as they came, and new lines of attachments that changed.

    Lines that were there already are empty, so that the others keep their numbers.
    """
    written = {path: body for path, body in files.items() if attached.get(path) != body}
    for path in attachments_to_change(task) & written.keys():
        known = set(attached.get(path, b"").splitlines())
        written[path] = b"\n".join(b"" if line in known else line for line in files[path].splitlines())
    return written


def check_for_secrets(files: Mapping[str, bytes], private: Iterable[str], public: Iterable[bytes] = ()) -> None:
    """Raise SecretFound when a written file holds what looks like a secret, and nothing in `public` has it."""
    if findings := secret_scan.scan(files, private, public):
        raise SecretFound(
            f"The written files hold what looks like a secret: {'; '.join(map(str, findings[:3]))}.",
            "the model made up a key, or repeated a private value of the request.",
            "The plain page is published instead. Ask in the brief for a page without keys, and send it again.",
        )


def reason_for_people(error: UserError) -> str:
    """Return the sentence that the page shows; details are in the run's summary."""
    if isinstance(error, SecretFound):
        return "The written files held what looks like a secret, so none of them is published."
    if isinstance(error, BundleInvalid):
        return "The page could not be written in time."
    return "The written files could not be published."


def build_note(trailers: Trailers, content: Content) -> bytes:
    """Return what the repository itself says about the build: also whether its page is a plain one."""
    note: dict[str, object] = {
        "build_id": trailers.build_id,
        "task_key": trailers.task_key,
        "round": trailers.round,
        "bundle": content.digest,
    }
    if content.reason:
        note["degraded"] = True
    return (json.dumps(note, indent=2) + "\n").encode()
