"""Names of attachments that git, GitHub or somebody's file system would refuse or confuse, seen before work begins."""

import re
import unicodedata
from collections.abc import Iterable

MOST_ATTACHMENTS = 150  # a page has at most 200 files, and the model writes some of them
WRITTEN_ANYWAY = ("README.md", "LICENSE", "index.html")  # an attachment may be one of them, or be called nearly so
LONGEST_STORED = 255  # bytes of one part, with three for each sign that an artifact has in no name
OURS = {".github", ".pagewright"}
RESERVED = frozenset({"cname", "pagewright-commit.txt"})  # they belong to Pages and to us, also as folders
# What Windows and macOS take for .git, and git therefore never commits: GIT~1, ".git. ", .git::$INDEX_ALLOCATION
SEEN_AS_GIT = re.compile(r"(\.git|git~\d+)[ .]*(:.*)?")
# Attributes change the bytes of all files at checkout, modules bring other repositories. Windows' short names of them:
# git, path.c, is_ntfs_dotgit...
STEERING = re.compile(r"(\.git(attributes|modules)|git(att|mod)~\d|gi7(d29|eba)~\d)[ .]*(:.*)?")


def folded(name: str) -> str:
    """Return the form in which two names that a file system may confuse are equal (as action's file policy does)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", name).casefold())


def refuse_reserved_parts(name: str) -> None:
    """Raise ValueError when `name` lies where only git, GitHub or Pagewright write."""
    parts = name.split("/")
    if parts[0].lower() in OURS:
        raise ValueError(f"must not be under {parts[0]}/; rename the folder")
    if folded(parts[0]) in RESERVED:
        raise ValueError(f"{short(parts[0])} steers where or how the page is published; rename it")
    for part in parts:
        if SEEN_AS_GIT.fullmatch(folded(part)):
            raise ValueError(
                f"{short(part)} stands for git's own folder on some systems; rename it, for example to git"
            )
        if STEERING.fullmatch(folded(part)):
            raise ValueError(f"{short(part)} tells git what to do with other files; rename it")
        if len(part.encode()) + 2 * sum(map(part.count, '%":<>|*?')) > LONGEST_STORED:
            raise ValueError(f'{short(part)} has too many of the signs % " : < > | * ?; rename it')


def refuse_clashes(names: Iterable[str]) -> None:
    """Raise ValueError when not all of these different names can be committed together."""
    names = list(names)
    if len(names) > MOST_ATTACHMENTS:
        raise ValueError(
            f"there are {len(names)} attachments and at most {MOST_ATTACHMENTS} are committed;"
            " leave some out, or put them together in one file"
        )
    files: dict[str, str] = {}
    for name in names:
        other = files.setdefault(folded(name), name)
        if other != name:
            raise ValueError(f"{short(name)} and {short(other)} are one name on some systems; rename the first of them")
    for name in names:
        refuse_file_as_folder(name, {folded(ours): ours for ours in WRITTEN_ANYWAY} | files)


def refuse_file_as_folder(name: str, files: dict[str, str]) -> None:
    """Raise ValueError when a folder of `name` is one of `files` (by folded name)."""
    parts = name.split("/")
    for depth in range(1, len(parts)):
        if other := files.get(folded("/".join(parts[:depth]))):
            raise ValueError(f"{short(name)} needs a folder where the file {short(other)} is; rename the folder")


def short(name: str) -> str:
    """Return a name that leaves room for the reason around it."""
    return name if len(name) <= 80 else f"{name[:38]}...{name[-38:]}"
