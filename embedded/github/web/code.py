"""Pages about code: repositories, directories, files, commits."""

from flask import Blueprint, Response

from embedded.github.access import caller, github
from embedded.github.bare_git import EMPTY_TREE, BareGit, Entry
from embedded.github.core import full_name
from embedded.github.errors import NotFound, found
from embedded.github.store import Document
from embedded.github.tokens import may_see
from embedded.github.web.parts import markdown, page, readable, visible_repository

READMES = ("readme.md", "readme", "readme.txt")


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes."""
    blueprint.add_url_rule("/", "home", home)
    blueprint.add_url_rule("/<owner>", "owner", home)
    blueprint.add_url_rule("/<owner>/<name>", "repository", show_repository)
    blueprint.add_url_rule("/<owner>/<name>/tree/<path:place>", "tree", show_tree)
    blueprint.add_url_rule("/<owner>/<name>/blob/<path:place>", "blob", show_file)
    blueprint.add_url_rule("/<owner>/<name>/raw/<path:place>", "raw", send_raw)
    blueprint.add_url_rule("/<owner>/<name>/commits", "commits", show_commits)
    blueprint.add_url_rule("/<owner>/<name>/commit/<sha>", "commit", show_commit)


def home(owner: str | None = None) -> Response:
    """List the repositories, the newest first."""
    who = caller()
    repos = [repo for repo in github().store.find("repo") if may_see(github().store, who, repo)]
    if owner is not None:
        repos = [repo for repo in repos if repo["owner"].lower() == owner.lower()]
        if not repos and github().store.get("user", owner) is None:
            raise NotFound
    return page("home", repos=repos[::-1], owner=owner)


def show_repository(owner: str, name: str) -> Response:
    """Show the files, the last commits and the README."""
    repo = visible_repository(owner, name)
    git = github().git(repo)
    sha = git.resolve(f"refs/heads/{repo['default_branch']}")
    entries = git.tree(sha) if sha else []
    return page(
        "repository",
        repo=repo,
        ref=repo["default_branch"],
        path="",
        entries=sorted(entries, key=directories_first),
        commits=git.history(sha, limit=5) if sha else [],
        count=git.count(sha) if sha else 0,
        readme=readme_of(git, entries),
        pages=github().store.get("pages", full_name(repo)),
        runs=github().store.find("run", repo=full_name(repo))[-5:][::-1],
    )


def directories_first(entry: Entry) -> tuple[bool, str]:
    """Sort directories before files."""
    return entry.kind != "tree", entry.path.lower()


def readme_of(git: BareGit, entries: list[Entry]) -> str | None:
    """Return the README of a directory as HTML."""
    for entry in entries:
        if entry.kind == "blob" and entry.path.rpartition("/")[2].lower() in READMES:
            text = readable(git.blob(entry.sha))
            return None if text is None else markdown(text)
    return None


def find_place(repo: Document, place: str) -> tuple[str, str, str]:
    """Split "ref/path", where the ref can have slashes too, into the ref, its commit and the path. Raises NotFound."""
    git, parts = github().git(repo), place.strip("/").split("/")
    for length in range(1, len(parts) + 1):
        ref = "/".join(parts[:length])
        sha = git.resolve(ref)
        if sha:
            return ref, sha, "/".join(parts[length:])
    raise NotFound


def show_tree(owner: str, name: str, place: str) -> Response:
    """Show a directory."""
    repo = visible_repository(owner, name)
    ref, sha, path = find_place(repo, place)
    git = github().git(repo)
    entries = git.tree(sha, path=f"{path}/" if path else "")
    if not entries:
        raise NotFound
    shown = sorted(entries, key=directories_first)
    return page("tree", repo=repo, ref=ref, path=path, entries=shown, readme=readme_of(git, entries))


def find_file(repo: Document, place: str) -> tuple[str, Entry]:
    """Return the ref and the file. Raises NotFound."""
    ref, sha, path = find_place(repo, place)
    for entry in github().git(repo).tree(sha, path=path) if path else []:
        if entry.kind == "blob":
            return ref, entry
    raise NotFound


def show_file(owner: str, name: str, place: str) -> Response:
    """Show a file with its lines."""
    repo = visible_repository(owner, name)
    ref, entry = find_file(repo, place)
    text = readable(github().git(repo).blob(entry.sha))
    rendered = markdown(text) if text is not None and entry.path.lower().endswith(".md") else None
    return page("file", repo=repo, ref=ref, entry=entry, text=text, rendered=rendered)


def send_raw(owner: str, name: str, place: str) -> Response:
    """Send the bytes of a file so that no browser runs them."""
    repo = visible_repository(owner, name)
    content = github().git(repo).blob(find_file(repo, place)[1].sha)
    response = Response(content, mimetype="application/octet-stream" if b"\0" in content else "text/plain")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def show_commits(owner: str, name: str) -> Response:
    """List the last hundred commits of the default branch."""
    repo = visible_repository(owner, name)
    git = github().git(repo)
    sha = git.resolve(f"refs/heads/{repo['default_branch']}")
    return page("commits", repo=repo, commits=git.history(sha, limit=100) if sha else [])


def show_commit(owner: str, name: str, sha: str) -> Response:
    """Show what a commit changed."""
    repo = visible_repository(owner, name)
    git = github().git(repo)
    commit = git.commit(found(git.resolve(sha)))
    patch = git.patch(commit.parents[0] if commit.parents else EMPTY_TREE, commit.sha)
    lines = patch.splitlines() if len(patch) < 512 * 1024 else ["This commit is too large to be shown."]
    return page("commit", repo=repo, commit=commit, lines=lines, changes=git.changed_paths_of(commit))
