"""Git objects as the API shows them."""

import base64
from typing import Any
from urllib.parse import quote

from embedded.github.bare_git import BareGit, Commit, Entry, Person
from embedded.github.core import GitHub
from embedded.github.shapes.repositories import api_address, web_address
from embedded.github.shapes.users import node_id, simple_user
from embedded.github.store import Document

UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
LARGEST_IN_JSON = 1024 * 1024
CHANGES = {"A": "added", "M": "modified", "D": "removed", "T": "changed"}
CONTENT_KINDS = {"tree": "dir", "commit": "submodule"}


def person(who: Person) -> dict[str, str]:
    """Return an author or committer."""
    return {"name": who.name, "email": who.email, "date": who.date}


def short_commit(commit: Commit) -> dict[str, Any]:
    """Return a commit as runs and push events show it."""
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": commit.committer.date,
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def parents(core: GitHub, repo: Document, commit: Commit, route: str) -> list[dict[str, str]]:
    """Return the parents of a commit; `route` is commits or git/commits."""
    api, web = api_address(core, repo), web_address(core, repo)
    return [{"sha": sha, "url": f"{api}/{route}/{sha}", "html_url": f"{web}/commit/{sha}"} for sha in commit.parents]


def git_commit(core: GitHub, repo: Document, commit: Commit) -> dict[str, Any]:
    """Return a commit as the Git Data API shows it."""
    api, web = api_address(core, repo), web_address(core, repo)
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "url": f"{api}/git/commits/{commit.sha}",
        "html_url": f"{web}/commit/{commit.sha}",
        "author": person(commit.author),
        "committer": person(commit.committer),
        "tree": {"sha": commit.tree, "url": f"{api}/git/trees/{commit.tree}"},
        "message": commit.message,
        "parents": parents(core, repo, commit, "git/commits"),
        "verification": UNSIGNED,
    }


def listed_commit(core: GitHub, repo: Document, commit: Commit) -> dict[str, Any]:
    """Return a commit as it stands in a list."""
    url, whole = f"{api_address(core, repo)}/commits/{commit.sha}", git_commit(core, repo, commit)
    shared = ("url", "author", "committer", "message", "tree", "verification")
    return {
        **{name: whole[name] for name in ("sha", "node_id", "html_url")},
        "url": url,
        "comments_url": f"{url}/comments",
        "commit": {**{name: whole[name] for name in shared}, "comment_count": 0},
        "author": known_user(core, commit.author),
        "committer": known_user(core, commit.committer),
        "parents": parents(core, repo, commit, "commits"),
    }


def known_user(core: GitHub, who: Person) -> dict[str, Any] | None:
    """Return the account that a person's name belongs to, if one does."""
    return simple_user(core, who.name) if core.store.get("user", who.name) else None


def full_commit(core: GitHub, repo: Document, git: BareGit, commit: Commit) -> dict[str, Any]:
    """Return a commit with the files it changed."""
    changed = git.changed_paths_of(commit)
    files = [changed_file(core, repo, git, commit, letter, path) for letter, path in changed[:300]]
    stats = {"additions": 0, "deletions": 0, "total": 0}
    return {**listed_commit(core, repo, commit), "stats": stats, "files": files}


def changed_file(core: GitHub, repo: Document, git: BareGit, commit: Commit, letter: str, path: str) -> dict[str, Any]:
    """Return one file of a commit; line counts are left at zero."""
    found = git.tree(commit.sha, path=path)
    urls = content_addresses(core, repo, path, commit.sha)
    return {
        "sha": found[0].sha if found else None,
        "filename": path,
        "status": CHANGES[letter],
        "additions": 0,
        "deletions": 0,
        "changes": 0,
        "blob_url": urls["html_url"],
        "raw_url": urls["download_url"],
        "contents_url": urls["url"],
    }


def git_ref(core: GitHub, repo: Document, ref: str, sha: str, kind: str = "commit") -> dict[str, Any]:
    """Return a ref."""
    api = api_address(core, repo)
    route = "tags" if kind == "tag" else f"{kind}s"
    return {
        "ref": ref,
        "node_id": node_id("Ref", f"{repo['id']}:{ref}"),
        "url": f"{api}/git/{ref}",
        "object": {"type": kind, "sha": sha, "url": f"{api}/git/{route}/{sha}"},
    }


def git_tree(core: GitHub, repo: Document, sha: str, entries: list[Entry]) -> dict[str, Any]:
    """Return a tree."""
    api = api_address(core, repo)
    return {
        "sha": sha,
        "url": f"{api}/git/trees/{sha}",
        "tree": [tree_entry(api, entry) for entry in entries],
        "truncated": False,
    }


def tree_entry(api: str, entry: Entry) -> dict[str, Any]:
    """Return one line of a tree."""
    shape: dict[str, Any] = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
    if entry.size is not None:
        shape["size"] = entry.size
    return shape if entry.kind == "commit" else {**shape, "url": f"{api}/git/{entry.kind}s/{entry.sha}"}


def content_addresses(core: GitHub, repo: Document, path: str, ref: str) -> dict[str, str]:
    """Return where a file is found, in the API and on the web."""
    web, quoted = web_address(core, repo), quote(path)
    return {
        "url": f"{api_address(core, repo)}/contents/{quoted}?ref={quote(ref, safe='')}",
        "html_url": f"{web}/blob/{quote(ref)}/{quoted}",
        "download_url": f"{web}/raw/{quote(ref)}/{quoted}",
    }


def listed_content(core: GitHub, repo: Document, entry: Entry, ref: str) -> dict[str, Any]:
    """Return a file or directory as it stands in a directory."""
    urls: dict[str, str | None] = {**content_addresses(core, repo, entry.path, ref)}
    kind = "symlink" if entry.mode == "120000" else CONTENT_KINDS.get(entry.kind, "file")
    if kind in {"dir", "submodule"}:
        urls["download_url"] = None
        urls["html_url"] = str(urls["html_url"]).replace("/blob/", "/tree/", 1)
    git_url = f"{api_address(core, repo)}/git/{'trees' if kind == 'dir' else 'blobs'}/{entry.sha}"
    return {
        "name": entry.path.rpartition("/")[2],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        **urls,
        "git_url": git_url,
        "type": kind,
        "_links": {"self": urls["url"], "git": git_url, "html": urls["html_url"]},
    }


def full_content(core: GitHub, repo: Document, git: BareGit, entry: Entry, ref: str) -> dict[str, Any]:
    """Return a file with its content. Above 1 MB GitHub leaves the content out of its JSON."""
    listed = {**listed_content(core, repo, entry, ref), "type": "file"}
    if (entry.size or 0) > LARGEST_IN_JSON:
        return {**listed, "content": "", "encoding": "none"}
    return {**listed, "content": base64.encodebytes(git.blob(entry.sha)).decode(), "encoding": "base64"}


def symlink_content(core: GitHub, repo: Document, git: BareGit, entry: Entry, ref: str) -> dict[str, Any]:
    """Return a link that leads to no file of the repository."""
    target = git.blob(entry.sha).decode(errors="replace")
    return {**listed_content(core, repo, entry, ref), "target": target}
