"""The two tokens: whether GitHub accepts them, until when, and each permission by trying what needs it.

GitHub tells nobody what a fine-grained token may do. So each permission is tried with a request that GitHub must refuse
for what it holds: a 403 says that the permission is missing, a 422, 409 or 404 that it is there. Nothing changes.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

from action.gates.http import REDIRECTS
from action.github.target_api import CLASSIC_SCOPES, DISPATCH, PUBLISHING, AcceptedToken, not_accepted
from doctor.context import Context
from doctor.findings import CannotLook, Finding
from doctor.github import GitHub, Reply

BOTH_TOKENS = "docs/own.md, step 2"
NO_SUCH_FILE = "0" * 40  # no file has this id, so nothing can be written over it


@dataclass(frozen=True)
class Probe:
    """One permission, what breaks without it, and the request that shows it. `granted` answer those who may."""

    permission: str
    breaks: str
    method: str
    path: str
    body: dict[str, Any] | None = None
    granted: frozenset[int] = frozenset({422})
    needs: str = ""  # another permission, without which this one cannot be told

    def refusal(self, github: GitHub) -> Reply | None:
        """Return GitHub's refusal, None for a token that has the permission. Raises GitHubUnavailable."""
        reply = github.send(self.method, self.path, self.body)
        return None if reply.status in self.granted | REDIRECTS else reply  # where it moved to, nobody was asked


def setup_token(context: Context) -> Iterator[Finding]:
    """Look at what the settings are read with. It is for people only, so its end is no fault."""
    yield from accepted(context, context.github(context.settings.setup_token), "setup token", "Make a new one.")


def dispatch_token(context: Context) -> Iterator[Finding]:
    """Look at what the receiver starts builds with."""
    own, which = context.settings, DISPATCH
    github, mend = (
        context.github(own.dispatch_token),
        f"Make a new one ({BOTH_TOKENS}); it is the receiver's GITHUB_TOKEN.",
    )
    if own.dispatch_token == own.target_token:
        yield Finding(
            "The dispatch token and the publishing token are the same.",
            "the receiver, which is reachable from everywhere, holds a token that can do far more than start builds.",
            f"Make two ({BOTH_TOKENS}).",
            context.web_of_tokens,
            is_fault=False,
        )
    login = yield from accepted(context, github, which, mend, frozenset({"repo"}))
    if login is None:
        return
    workflow = context.path("/actions/workflows/build.yml/dispatches")
    probes = (
        Probe("Contents: write", "the receiver answers 503 to every task.", "POST", context.path("/dispatches"), {}),
        Probe("Actions: write", "no run can be cancelled (DELETE /jobs).", "POST", workflow, {}, frozenset({422, 404})),
    )
    yield from refused(context, github, which, probes, own.repository, mend)


def publishing_token(context: Context) -> Iterator[Finding]:
    """Look at what the builds publish with."""
    github, owner = context.github(context.settings.target_token), context.target_owner
    mend = f"Make a new one ({BOTH_TOKENS}) and set it as the secret TARGET_TOKEN: make setup."
    login = yield from accepted(context, github, PUBLISHING, mend, CLASSIC_SCOPES)
    if login is None:
        return
    if github.get(f"/users/{owner}").status == 404:
        yield Finding(
            f"There is no account {owner}.",
            "no repository can be made for a page.",
            "Correct the variable TARGET_OWNER, here, in the runner repository and at the receiver.",
            context.web("/settings/variables/actions"),
        )
        return
    if not context.is_organization(owner) and login and login.lower() != owner.lower():
        yield Finding(
            f"The publishing token belongs to {login}, and target repositories to {owner}, who is another user.",
            "no repository can be made for a page: nobody can make one for somebody else.",
            "Make the token as that user, or correct the variable TARGET_OWNER.",
            context.web("/settings/variables/actions"),
        )
        return
    yield from may_publish(context, github, owner, mend)


def may_publish(context: Context, github: GitHub, owner: str, mend: str) -> Iterator[Finding]:
    """Try to make a repository, and what is done in one."""
    create = Probe(
        "Administration: write",
        "no repository can be made, so nothing is published.",
        "POST",
        f"/orgs/{owner}/repos" if context.is_organization(owner) else "/user/repos",
        {},
    )
    refusal = create.refusal(github)
    place, workflow = place_for_probes(context, github, owner)
    if place is None:
        if refusal:
            yield lacking(context, PUBLISHING, create, refusal, owner, mend)
        raise CannotLook(f"{owner} has no repository yet in which the other permissions could be tried")
    inside = probes_in(place, workflow)
    if refusal and not inside[0].refusal(github):  # it may administer that one, so it is not for all
        yield Finding(
            f"The publishing token may not make repositories for {owner}. GitHub says: {refusal.said}",
            "nothing is published: the repositories of new tasks do not exist when the token is made.",
            "Give it access to 'All repositories'; in an organisation, members must be allowed to create repositories.",
            context.web_of_tokens,
        )
        inside = inside[1:]
    yield from refused(context, github, PUBLISHING, inside, place, mend)


def place_for_probes(context: Context, github: GitHub, owner: str) -> tuple[str | None, str]:
    """Return a repository of the owner, and a workflow file that it has: the runner repository, or a page's."""
    if owner.lower() == context.settings.runner_owner.lower():
        return context.settings.repository, "build.yml"
    listed = github.get(f"/users/{owner}/repos?per_page=1&sort=pushed").body
    found = str(listed[0]["full_name"]) if isinstance(listed, list) and listed else None
    return found, "pages.yml"


def probes_in(place: str, workflow: str) -> tuple[Probe, ...]:
    """Return what the publishing token must be able to do in a repository."""
    path = f"/repos/{place}"
    file = f"{path}/contents/.github/workflows/{workflow}"
    unchanged = {"message": "A probe", "content": "", "sha": NO_SUCH_FILE}
    refs, cancel, runs = f"{path}/git/refs", f"{path}/pages/deployments/0/cancel", f"{path}/actions/runs?per_page=1"
    no_branch, no_site, no_file = frozenset({422, 409}), frozenset({404, 400, 422}), frozenset({409, 422})
    pushed = "no commit that holds pages.yml can be pushed."
    watched = "builds cannot watch the deployment of their page."
    return (
        Probe("Administration: write", "no repository can be made.", "PUT", f"{path}/topics", {}),
        Probe("Contents: write", "no commit can be pushed.", "POST", refs, {}, no_branch),
        Probe("Pages: write", "no page goes live.", "POST", cancel, None, no_site),
        Probe("Workflows: write", pushed, "PUT", file, unchanged, no_file, "Contents: write"),
        Probe("Actions: read", watched, "GET", runs, None, frozenset({200})),
    )


def accepted(
    context: Context, github: GitHub, which: str, mend: str, scopes: frozenset[str] = frozenset()
) -> Generator[Finding, None, str | None]:
    """Look at a token by itself; return whose it is, "" when GitHub does not say, None when it is not accepted."""
    reply = github.get("/user")
    if reply.status == 401:
        error = not_accepted(which, mend)
        yield Finding(error.what, f"nothing works with it: {error.cause}", mend, context.web_of_tokens)
        return None
    token = AcceptedToken.of(reply.headers, context.now())
    if warning := token.warning(context.now(), which, mend):
        yield Finding(warning.what, "from then on nothing works with it.", mend, context.web_of_tokens)
    if missing := token.missing_scopes(scopes):
        yield Finding(
            f"The {which} is a classic one without the scope {' and '.join(missing)}.",
            "what needs that scope is refused, often as if it were not there.",
            mend,
            context.web_of_tokens,
        )
    return str(reply.body.get("login") or "") if isinstance(reply.body, dict) else ""


def refused(
    context: Context, github: GitHub, which: str, probes: tuple[Probe, ...], place: str, mend: str
) -> Iterator[Finding]:
    """Try each permission. When all that write are refused, that is one fault and not five."""
    found = {probe.permission: (probe, refusal) for probe in probes if (refusal := probe.refusal(github))}
    writing = {probe.permission for probe in probes if probe.method != "GET"}
    if not writing <= set(found):
        yield from (
            lacking(context, which, probe, refusal, place, mend)
            for probe, refusal in found.values()
            if probe.needs not in found
        )
        return
    owner = place.partition("/")[0]
    what = f"The {which} may change nothing in {place}. GitHub says: {found[probes[0].permission][1].said}"
    if context.is_organization(owner):
        approve = f"/organizations/{owner}/settings/personal-access-token-requests"
        yield Finding(
            what,
            "nothing works with it.",
            f"{owner} is an organisation: one of its owners may have to approve the token first. {mend}",
            f"{context.settings.server_url}{approve}",
        )
        return
    yield Finding(
        what,
        "nothing works with it: it was made for other repositories, or without any permission.",
        mend,
        context.web_of_tokens,
    )


def lacking(context: Context, which: str, probe: Probe, refusal: Reply, place: str, mend: str) -> Finding:
    """Return what a refusal means, in GitHub's words."""
    if sso := refusal.headers.get("x-github-sso", ""):
        where = sso.partition("url=")[2] or context.web_of_tokens
        mend = "Authorise the token for single sign-on: 'Configure SSO' beside it in the list of tokens."
    else:
        where = context.web_of_tokens
    return Finding(
        f"The {which} lacks the permission {probe.permission} on {place}. GitHub says: {refusal.said}",
        probe.breaks,
        mend,
        where,
    )
