"""Which repository a project id means. Projects are repositories of one owner; no other repository can be named."""

import re

BUILD_NOTE = ".pagewright/build.json"  # what every published repository holds, and no other does
PROJECT = r"^[A-Za-z0-9_-]{1,100}/[A-Za-z0-9._-]{1,100}$"  # owner/name
NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
NOT_NAMES = {".", ".."}


def project_name(project_id: str, owner: str, runner: str) -> str:
    """Return "owner/name" for a name, or for an owner's name and a name. Raises ValueError with a sentence.

    `runner` is the runner repository ("owner/name"): it is no project, whatever files it has.
    """
    given, slash, name = project_id.rpartition("/")
    if slash and given.lower() != owner.lower():
        raise ValueError(f"projects are repositories of {owner}; give the repository's name, or {owner}/name")
    if not NAME.fullmatch(name) or name in NOT_NAMES or name.lower().endswith(".git"):
        raise ValueError("must be the name of a repository (letters, digits, dots, hyphens and underscores)")
    if f"{owner}/{name}".lower() == runner.lower():
        raise ValueError("is the repository that runs Pagewright, and no project")
    return f"{owner}/{name}"
