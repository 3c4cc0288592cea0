"""Creating, changing and deleting repositories, with GitHub's rules for names and descriptions."""

import re
import shutil
import unicodedata
from typing import Any

from embedded.github.bare_git import Person
from embedded.github.core import GitHub, full_name
from embedded.github.deployments import unpublish
from embedded.github.errors import Invalid
from embedded.github.renames import rename
from embedded.github.shapes.users import account
from embedded.github.store import Document
from embedded.github.times import timestamp

LONGEST_NAME = 100
LONGEST_DESCRIPTION = 350
DEFAULT_BRANCH = "main"
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")
OF_REPOSITORY = ("pages", "secret", "variable", "actions_permissions")


def create_repository(core: GitHub, owner: str, wanted: dict[str, Any]) -> Document:
    """Make a repository from the fields of a request. Raises Invalid."""
    name = clean_name(wanted.get("name"))
    document = {
        "id": core.store.next_id("repo"),
        "owner": owner,
        "name": name,
        "description": clean_description(wanted.get("description")),
        "private": bool(wanted.get("private", False)),
        "default_branch": DEFAULT_BRANCH,
        "created_at": timestamp(),
        "pushed_at": None,
        "homepage": clean_homepage(wanted.get("homepage")),
    }
    with core.creation_lock:
        if core.repository(f"{owner}/{name}"):
            message = "name already exists on this account"
            raise Invalid.field("Repository", "name", message, summary="Repository creation failed.")
        core.git(document).create(DEFAULT_BRANCH)
        if wanted.get("auto_init"):
            write_first_commit(core, document)
        core.store.put("repo", full_name(document).lower(), document)
    return document


def clean_name(name: object) -> str:
    """Return the name as GitHub would store it. Raises Invalid."""
    if not isinstance(name, str) or not name.strip():
        raise Invalid.missing("name")
    clean = NOT_IN_NAMES.sub("-", name.strip())
    if len(clean) > LONGEST_NAME:
        raise Invalid.field("Repository", "name", f"name is too long (maximum is {LONGEST_NAME} characters)")
    if clean in {".", ".."} or clean.lower().endswith((".git", ".wiki")):
        raise Invalid.field("Repository", "name", "name is a reserved word")
    return clean


def clean_description(description: object) -> str | None:
    """Return the description. Raises Invalid for what GitHub refuses."""
    if description is None or description == "":
        return None
    if not isinstance(description, str):
        raise Invalid.field("Repository", "description", "description must be a string")
    if any(unicodedata.category(character) == "Cc" for character in description):
        raise Invalid.field("Repository", "description", "description control characters are not allowed")
    if len(description) > LONGEST_DESCRIPTION:
        limit = f"description cannot be more than {LONGEST_DESCRIPTION} characters"
        raise Invalid.field("Repository", "description", limit)
    return description


def clean_homepage(homepage: object) -> str | None:
    """Return the homepage. Raises Invalid for what is no text."""
    if homepage is None or homepage == "":
        return None
    if not isinstance(homepage, str):
        raise Invalid.field("Repository", "homepage", "homepage must be a string")
    return homepage


def commit_person(core: GitHub, login: str) -> Person:
    """Return an account as the author of a commit made now."""
    user = account(core, login)
    return Person(login, f"{user['id']}+{login}@users.noreply.github.com", timestamp())


def write_first_commit(core: GitHub, repo: Document) -> None:
    """Do what auto_init does: one commit with a README."""
    git = core.git(repo)
    text = f"# {repo['name']}\n" + (f"{repo['description']}\n" if repo["description"] else "")
    tree = git.write_tree(None, [("100644", "README.md", git.write_blob(text.encode()))])
    author = commit_person(core, repo["owner"])
    git.update_ref(f"refs/heads/{DEFAULT_BRANCH}", git.write_commit(tree, [], "Initial commit", author, author))
    repo["pushed_at"] = timestamp()


def change_repository(core: GitHub, repo: Document, wanted: dict[str, Any]) -> Document:
    """Apply the fields of a PATCH that this GitHub knows. Raises Invalid."""
    changes: dict[str, Any] = {}
    if "description" in wanted:
        changes["description"] = clean_description(wanted["description"])
    if "homepage" in wanted:
        changes["homepage"] = clean_homepage(wanted["homepage"])
    for name in ("private", "archived"):
        if name in wanted:
            changes[name] = bool(wanted[name])
    if "default_branch" in wanted:
        changes["default_branch"] = existing_branch(core, repo, wanted["default_branch"])
    with core.store.change("repo", full_name(repo).lower()) as document:
        document.update(changes, updated_at=timestamp())
    if document["private"]:  # on the free plan, Pages is for public repositories
        core.store.delete("pages", full_name(repo))
        unpublish(core.store.data / "pages" / repo["owner"] / repo["name"])
    name = clean_name(wanted.get("name", repo["name"]))
    return document if name == repo["name"] else rename(core, document, name)


def existing_branch(core: GitHub, repo: Document, branch: object) -> str:
    """Make a branch the default one and return its name. Raises Invalid when it is missing."""
    git = core.git(repo)
    if not isinstance(branch, str) or f"refs/heads/{branch}" not in git.refs("refs/heads"):
        summary = f"The branch {branch} was not found. Please push that ref first or create it via the Git Data API."
        raise Invalid(summary)
    git.set_head(branch)
    return branch


def delete_repository(core: GitHub, repo: Document) -> None:
    """Remove a repository, its settings and its page. Its runs stay in the store, unreachable."""
    core.store.delete("repo", full_name(repo).lower())
    for kind in OF_REPOSITORY:
        core.store.delete(kind, full_name(repo))
    shutil.rmtree(core.repository_path(repo), ignore_errors=True)
    unpublish(core.store.data / "pages" / repo["owner"] / repo["name"])
