"""Repositories and branches as the API shows them."""

from typing import Any

from embedded.github.core import GitHub, full_name
from embedded.github.shapes.users import node_id, simple_user
from embedded.github.store import Document

ADDRESSES = {
    "archive": "{archive_format}{/ref}",
    "assignees": "assignees{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}",
    "collaborators": "collaborators{/collaborator}",
    "comments": "comments{/number}",
    "commits": "commits{/sha}",
    "compare": "compare/{base}...{head}",
    "contents": "contents/{+path}",
    "contributors": "contributors",
    "deployments": "deployments",
    "downloads": "downloads",
    "events": "events",
    "forks": "forks",
    "git_commits": "git/commits{/sha}",
    "git_refs": "git/refs{/sha}",
    "git_tags": "git/tags{/sha}",
    "hooks": "hooks",
    "issue_comment": "issues/comments{/number}",
    "issue_events": "issues/events{/number}",
    "issues": "issues{/number}",
    "keys": "keys{/key_id}",
    "labels": "labels{/name}",
    "languages": "languages",
    "merges": "merges",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}",
    "releases": "releases{/id}",
    "stargazers": "stargazers",
    "statuses": "statuses/{sha}",
    "subscribers": "subscribers",
    "subscription": "subscription",
    "tags": "tags",
    "teams": "teams",
    "trees": "git/trees{/sha}",
}
COUNTS = (
    "forks",
    "forks_count",
    "stargazers_count",
    "watchers",
    "watchers_count",
    "open_issues",
    "open_issues_count",
    "size",
    "subscribers_count",
    "network_count",
)
FEATURES = {
    "has_issues": True,
    "has_projects": False,
    "has_wiki": False,
    "has_discussions": False,
    "has_downloads": True,
    "archived": False,
    "disabled": False,
    "is_template": False,
    "allow_forking": True,
    "web_commit_signoff_required": False,
}


def api_address(core: GitHub, repo: Document) -> str:
    """Return the address of a repository in the API."""
    return f"{core.api_url}/repos/{full_name(repo)}"


def web_address(core: GitHub, repo: Document) -> str:
    """Return the address of a repository's web page."""
    return f"{core.web_url}/{full_name(repo)}"


def minimal_repository(core: GitHub, repo: Document) -> dict[str, Any]:
    """Return the short form of a repository, as it stands in other replies."""
    url = api_address(core, repo)
    return {
        "id": repo["id"],
        "node_id": node_id("Repository", repo["id"]),
        "name": repo["name"],
        "full_name": full_name(repo),
        "private": repo["private"],
        "owner": simple_user(core, repo["owner"]),
        "html_url": web_address(core, repo),
        "description": repo.get("description"),
        "fork": False,
        "url": url,
        **{f"{name}_url": f"{url}/{suffix}" for name, suffix in ADDRESSES.items()},
    }


def full_repository(core: GitHub, repo: Document, permissions: dict[str, bool] | None = None) -> dict[str, Any]:
    """Return the long form of a repository; `permissions` are those of the caller."""
    web = web_address(core, repo)
    shape = {
        **minimal_repository(core, repo),
        "clone_url": f"{web}.git",
        "git_url": f"{web}.git",
        "ssh_url": f"{web}.git",  # there is no ssh here; clients want an address that works
        "svn_url": web,
        "mirror_url": None,
        "homepage": repo.get("homepage"),
        "language": None,
        "license": None,
        "topics": repo.get("topics", []),
        "visibility": "private" if repo["private"] else "public",
        "default_branch": repo["default_branch"],
        "created_at": repo["created_at"],
        "updated_at": repo.get("updated_at") or repo["created_at"],
        "pushed_at": repo.get("pushed_at") or repo["created_at"],
        **dict.fromkeys(COUNTS, 0),
        **FEATURES,
        "archived": repo.get("archived", False),
        "has_pages": core.store.get("pages", full_name(repo)) is not None,
    }
    return shape if permissions is None else {**shape, "permissions": permissions}


def short_branch(core: GitHub, repo: Document, name: str, sha: str) -> dict[str, Any]:
    """Return a branch as it stands in a list."""
    commit = {"sha": sha, "url": f"{api_address(core, repo)}/commits/{sha}"}
    return {"name": name, "commit": commit, "protected": False}
