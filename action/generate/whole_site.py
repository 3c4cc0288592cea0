"""All files as they would be committed: the model's, what code makes, LICENSE, a whole README, and attachments.

The site is judged as a whole, by the rules that the publishing job has as well. What they do not admit costs a file and
not the site, and is told to the model in words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from action.contract.contract import PATH as CONTRACT
from action.gates import file_policy, secret_scan
from action.generate.candidate import Draft, files_after
from action.generate.inputs import Inputs
from action.site.bundle import WRITTEN_ANYWAY, refused_deletions, refused_files
from action.site.files import complete_readme, is_blank, license_text
from action.site.workflows import Reviewed, review_all
from receiver.task.file_names import MOST_FILES, Refusal, collisions, fold, wrong_with_path

INDEX = "index.html"
ALWAYS_THERE = ("README.md", "LICENSE")
ALSO_COMMITTED = frozenset({*ALWAYS_THERE, *WRITTEN_ANYWAY, CONTRACT})  # besides what is in the draft
SPACE_FOR_OURS = 1_000_000  # bytes
MOST_NAMES = 20  # of files that are left out; the others are only counted


@dataclass(frozen=True)
class WholeSite:
    """`draft` is what of the model's is in `files`, with what was refused of it."""

    files: dict[str, bytes]
    draft: Draft

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the site, in words for the model."""
        return (*map(str, self.draft.refusals), *wrong_with_page(self.files))


def whole_site(inputs: Inputs, draft: Draft, made: Mapping[str, bytes], license_holder: str) -> WholeSite:
    """Return every file after this build. `made` are the files that code makes; fixed attachments win over all."""
    draft, refusals = with_possible_names(with_index(draft, inputs), inputs, made)
    made = without(made, refusals)
    files = put_together(inputs, draft, made, license_holder)
    refused = refused_files(changed_files(files, inputs.current), inputs.request)
    refusals += [refusal for refusal in refused if refusal.path in {*draft.files, *made}]
    made = without(made, refusals)
    fitting = those_that_fit(without(draft.files, refusals), made, inputs)
    refusals += left_out(without(draft.files, refusals).keys() - fitting.keys())
    draft = Draft(fitting, draft.deleted, tuple(refusals))
    return WholeSite(put_together(inputs, draft, made, license_holder), draft)


def put_together(inputs: Inputs, draft: Draft, made: Mapping[str, bytes], license_holder: str) -> dict[str, bytes]:
    """Return all files of the site, with our README and LICENSE unless they came with the task."""
    fixed = inputs.fixed
    everything = {**files_after({**inputs.current, **inputs.changing}, draft, fixed), **made, **fixed}
    readme = everything.get("README.md", b"").decode(errors="replace")
    paths = {path for path in everything if not path.startswith(".")} | set(ALWAYS_THERE)
    whole = complete_readme(readme, inputs.request.task.brief, paths, fixed)
    ours = {"README.md": whole.encode(), "LICENSE": license_text(license_holder, inputs.request.received_at.year)}
    return {**everything, **ours, **fixed}


def changed_files(files: Mapping[str, bytes], current: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return what goes into the commit: what is new or different, and what is there in every build."""
    return {path: body for path, body in files.items() if current.get(path) != body or path in ALWAYS_THERE}


def with_index(draft: Draft, inputs: Inputs) -> Draft:
    """Return a draft that opens: Pages serves index.html, and never index.htm."""
    pages = [body for path, body in draft.files.items() if fold(path) == "index.htm"]
    if not pages or INDEX in {*draft.files, *inputs.current, *inputs.attached.files}:
        return draft
    return replace(draft, files={**draft.files, INDEX: pages[0]})


def with_possible_names(draft: Draft, inputs: Inputs, made: Mapping[str, bytes]) -> tuple[Draft, list[Refusal]]:
    """Return a draft whose files can be beside all others, and what is refused of it and of the `made` files.

    A file under the name of an attachment that stays as it is, is left out silently: the attachment wins anyway.
    """
    own = {path: body for path, body in draft.files.items() if path not in inputs.fixed}
    telling = telling_names(own, inputs)
    own = {path: body for path, body in own.items() if path not in telling}
    reviewed = review_all(own) if inputs.asks_for_workflow else Reviewed({})
    own = without(own, reviewed.refusals)
    refusals = [*reviewed.refusals, *refused_names(own.keys() - reviewed.files.keys(), inputs), *telling.values()]
    undeletable = refused_deletions(sorted(draft.deleted), inputs.request)
    deleted = draft.deleted - {refusal.path for refusal in undeletable}
    own = without(own, refusals) | reviewed.files
    there = [path for path in inputs.current if path not in deleted]
    found = collisions([*ALWAYS_THERE, INDEX, *inputs.fixed, *made, *there, *own], frozenset(inputs.fixed))
    found = [refusal for refusal in found if refusal.path in {*own, *made} - set(there)]
    refusals += found
    refusals += [Refusal(refusal.path, f"is not deleted: {refusal.reason}") for refusal in undeletable]
    return Draft(without(own, found), deleted), refusals


def telling_names(paths: Iterable[str], inputs: Inputs) -> dict[str, Refusal]:
    """Return the paths that hold a secret. What is said of them names them without it."""
    found = secret_scan.telling_names(paths, inputs.private, inputs.published)
    return {
        path: Refusal(first.path, f"its name {first.does}; choose another name ({first.kind})")
        for path, (first, *_) in found.items()
    }


def refused_names(paths: Iterable[str], inputs: Inputs) -> list[Refusal]:
    """Return paths that nobody may write, and those of the contract and of attachments that are not here.

    The page, README.md and LICENSE are written in every build, so they are never invented data.
    """
    attached = {attachment.name for attachment in inputs.request.task.attachments}
    missing = {fold(name): name for name in attached - inputs.attached.files.keys() - {INDEX, *ALWAYS_THERE}}
    refusals = []
    for path in sorted(paths):
        if path == CONTRACT:
            refusals.append(Refusal(path, "is written by Pagewright itself"))
        elif name := missing.get(fold(path)):
            refusals.append(Refusal(path, invented(name)))
        elif path not in attached and (reason := wrong_with_path(path)):
            refusals.append(Refusal(path, reason))
    return refusals


def invented(name: str) -> str:
    """Say why nobody may write a file in an attachment's place."""
    return (
        f"the attachment {name} could not be fetched, and invented data must not take its place;"
        " leave this file out, and let the page say that it is not available"
    )


def those_that_fit(own: Mapping[str, bytes], made: Mapping[str, bytes], inputs: Inputs) -> dict[str, bytes]:
    """Return as many files as one commit may have, those that matter most first: the page, then what is asked for."""
    others = {**made, **inputs.fixed}
    room = MOST_FILES - len({*others, *ALSO_COMMITTED})
    space = file_policy.LARGEST_TOTAL - SPACE_FOR_OURS - sum(map(len, others.values()))
    fitting = set()
    for path in sorted(own, key=lambda path: rank(path, inputs)):
        is_counted = path not in {*others, *ALSO_COMMITTED} and inputs.current.get(path) != own[path]
        if (room > 0 or not is_counted) and (space >= len(own[path]) or path == INDEX):
            room, space = room - is_counted, space - len(own[path])
            fitting.add(path)
    return {path: body for path, body in own.items() if path in fitting}


def rank(path: str, inputs: Inputs) -> int:
    """Return how soon a file has a place; of equals the first one of the reply has it."""
    if path in {INDEX, *ALWAYS_THERE}:
        return 0
    return 1 if path in {*inputs.named, *inputs.current} or path.lower() in inputs.asked else 2


def left_out(paths: Iterable[str]) -> list[Refusal]:
    """Say which files had no place, by name as far as a question has room for that."""
    names = sorted(paths)
    if not names:
        return []
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    limit = f"at most {MOST_FILES} files and {file_policy.LARGEST_TOTAL:,} bytes are published"
    listed = ", ".join(names[:MOST_NAMES]) + more
    return [Refusal("(all files)", f"{limit}, ours included, so these are left out: {listed}; put several in one file")]


def wrong_with_page(files: Mapping[str, bytes]) -> list[str]:
    """Return why a site does not open, in words for the model."""
    if INDEX not in files:
        elsewhere = next((path for path in files if fold(path).rsplit("/", 1)[-1] == INDEX), "")
        hint = f" ({elsewhere} does not count: it must be at the root)" if elsewhere else ""
        return [f"{INDEX}: is missing; nothing opens without it{hint}"]
    if is_blank(files[INDEX]):
        return [f"{INDEX}: is blank: nothing in it can be seen or run; write the whole page"]
    return []


def without(files: Mapping[str, bytes], refusals: Iterable[Refusal]) -> dict[str, bytes]:
    """Return files that are not refused."""
    refused = {refusal.path for refusal in refusals}
    return {path: body for path, body in files.items() if path not in refused}
