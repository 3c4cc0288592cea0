"""`python -m action verify`: compare the page with the commit."""

import secrets
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from urllib.parse import quote

from action.console import Console
from action.contract.assertion import PageServesFile
from action.contract.contract import Contract
from action.contract.run_verdicts import contract_at, served_verdict, settle, with_generated
from action.contract.verdict import Candidate
from action.deadline import SECONDS_FOR_NOTIFY, Deadline
from action.errors import PageDiffers
from action.gates.http import AddressRefused, GuardedHttp, GuardedHttpError
from action.github.git import Git, blob_id
from action.job.job import Job, time_for
from action.job.settings import AllowedHosts, Settings
from action.record import MARKER, PAGES_WORKFLOW, BuildRecord, Parity, Publication

Blobs = Mapping[str, Collection[str]]  # the git ids by path, any of which is right
LONGEST_WAIT = 90.0
PAUSES = (0.5, 1.0, 2.0, 3.0)
LAST_PAUSE = 5.0
LARGEST_FILE = 100_000_000
LARGEST_GENERATED = 5_000_000
NOT_SERVED = "not served: the server answered 404"
SECONDS_FOR_A_FILE = 20.0


class VerifySettings(Settings):
    """No secret at all."""

    allowed_hosts: AllowedHosts = frozenset()


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises PageDiffers; the callback is sent in any case."""
    settings = VerifySettings.from_environ(environ)
    runner = settings.runner
    job = Job(runner, console)
    record = job.record()
    publication = record.publication
    if publication is None:
        return
    leave = SECONDS_FOR_NOTIFY / 2
    deadline = time_for(runner, record.received_at, leave=leave, at_most=LONGEST_WAIT, when_late=60)
    with job.step(record, "verify", "Compare the page with the commit", deadline) as shown:
        if publication.superseded_by:
            shown.verdict = "not compared: a later commit is what the page shows"
            return
        verifier = Verifier(GuardedHttp(settings.allowed_hosts), deadline)
        clone = Git(runner.clone, publication.repo_url, publication.branch, "", environ)
        committed = clone.files(publication.commit_sha)
        tries = record.deployment.commits if record.deployment else []
        parity = record.parity = verifier.verify(publication, committed, tries)
        if contract := contract_at(clone, publication.commit_sha):
            settle_served(verifier, contract, committed, record, publication)
        for path, problem in parity.different.items():
            console.line(f"{path}: {problem}")
        if not parity.is_complete:
            raise differs(parity, publication)
        shown.verdict = f"{parity.identical} of {parity.compared} files are served as committed"


@dataclass(frozen=True)
class Verifier:
    """Compares what is served with what is committed, for as long as that can help."""

    http: GuardedHttp
    deadline: Deadline
    sleep: Callable[[float], None] = time.sleep

    def verify(self, publication: Publication, committed: Mapping[str, str], tries: Iterable[str] = ()) -> Parity:
        """Compare until everything is the same or the time is up. `committed`: git ids by path.

        `tries` are this build's commits, which hold the same files: `publication` names the one that is served.
        """
        expected = {path: (blob,) for path, blob in committed.items() if is_served(path)}
        if publication.deploying_workflow != PAGES_WORKFLOW:
            return self.verify_own(publication, expected)
        marks = {blob_id(commit.encode()): commit for commit in (*tries, publication.commit_sha)}
        wanted = {MARKER: tuple(marks), **expected}
        problems = self.wait(publication.pages_url, wanted, chain(PAUSES, repeat(LAST_PAUSE)))
        stale_marker = problems.pop(MARKER, None)
        if stale_marker is None and len(marks) > 1:
            shown = (self.body_of(publication.pages_url, MARKER) or b"").strip()
            publication.commit_sha = marks.get(blob_id(shown), publication.commit_sha)
        return Parity(
            compared=len(expected),
            identical=len(expected) - len(problems),
            different=problems,
            marker_is_current=stale_marker is None,
        )

    def verify_own(self, publication: Publication, expected: Blobs) -> Parity:
        """Compare a page that the site's own workflow deployed: it bears no mark, and need not serve every file."""
        problems = self.wait(publication.pages_url, expected, PAUSES)
        absent = {path for path, problem in problems.items() if problem == NOT_SERVED and path != "index.html"}
        different = {path: problem for path, problem in problems.items() if path not in absent}
        compared = len(expected) - len(absent)
        return Parity(
            compared=compared,
            identical=compared - len(different),
            different=different,
            not_published=sorted(absent),
            marker_is_current=True,
        )

    def wait(self, pages_url: str, expected: Blobs, pauses: Iterable[float]) -> dict[str, str]:
        """Look until everything is the same, nothing can help, or the pauses or the time are used up."""
        problems: dict[str, str] = {}
        waiting = dict(expected)
        for pause in pauses:
            problems = self.look(pages_url, waiting)
            waiting = {path: waiting[path] for path in problems}
            if not waiting or self.deadline.remaining() <= pause or is_hopeless(problems):
                break
            self.sleep(pause)
        return problems

    def fetch(self, publication: Publication, paths: Collection[str]) -> dict[str, bytes]:
        """Return those of `paths` that the page serves. Made by a run, they can be a moment late."""
        served: dict[str, bytes] = {}
        for pause in PAUSES:
            for path in [path for path in paths if path not in served]:
                body = self.body_of(publication.pages_url, path)
                served |= {path: body} if body is not None else {}
            if len(served) == len(paths) or self.deadline.remaining() <= pause:
                break
            self.sleep(pause)
        return served

    def body_of(self, pages_url: str, path: str) -> bytes | None:
        """Return one served file, None when it is not there."""
        try:
            answer = self.http.get(
                address_of(pages_url, path), limit_bytes=LARGEST_GENERATED, timeout_s=SECONDS_FOR_A_FILE
            )
        except GuardedHttpError:
            return None
        return answer.body if answer.status == 200 else None

    def look(self, pages_url: str, expected: Blobs) -> dict[str, str]:
        """Return what is wrong now, by path. While the marker is not current, nothing else is worth a request."""
        problems = {}
        for path, blobs in expected.items():
            if MARKER in problems:
                problems[path] = "not looked at: the page is not the one of this commit"
            elif problem := self.problem_with(pages_url, path, blobs):
                problems[path] = problem
        return problems

    def problem_with(self, pages_url: str, path: str, blobs: Collection[str]) -> str | None:
        """Return why the served file is not the committed one, or None. An early 404 would stay in a cache."""
        url = address_of(pages_url, path)
        try:
            answer = self.http.get(url, limit_bytes=LARGEST_FILE, timeout_s=SECONDS_FOR_A_FILE)
        except AddressRefused as error:
            return f"refused: {error}"
        except GuardedHttpError as error:
            return f"not served: {error}"
        if answer.status != 200:
            return f"not served: the server answered {answer.status}"
        body = answer.body.strip() if path == MARKER else answer.body
        return None if blob_id(body) in blobs else "serves other bytes than the commit has"


def settle_served(
    verifier: Verifier, contract: Contract, committed: Iterable[str], record: BuildRecord, publication: Publication
) -> None:
    """Hold what the page serves, and no commit holds, against the contract."""
    if wanted := {a.file for a in contract.assertions if isinstance(a, PageServesFile)}:
        served = verifier.fetch(publication, wanted)
        candidate = with_generated(contract, Candidate(dict.fromkeys(committed, b"")))
        settle(record.contract, contract, lambda assertion: served_verdict(assertion, candidate, served))


def address_of(pages_url: str, path: str) -> str:
    """Return the address of a file, past every cache."""
    return f"{pages_url.rstrip('/')}/{quote(path)}?pagewright={secrets.token_hex(8)}"


def is_served(path: str) -> bool:
    """Whether Pages serves a file: names with a leading dot stay behind."""
    return not any(part.startswith(".") for part in path.split("/"))


def is_hopeless(problems: Mapping[str, str]) -> bool:
    """Whether waiting cannot help: the page's host may not be reached from here."""
    return any(problem.startswith("refused") for problem in problems.values())


def differs(parity: Parity, publication: Publication) -> PageDiffers:
    """Return the error of a page that is not its commit."""
    examples = "; ".join(f"{path}: {problem}" for path, problem in list(parity.different.items())[:3])
    marker = "" if parity.marker_is_current else f"{MARKER} does not name the commit yet. "
    return PageDiffers(
        f"{parity.identical} of {parity.compared} files are served as committed. {marker}{examples}".strip(),
        "a cache still serves the last deployment, or the deployment left something out.",
        f"Open {publication.pages_url} in a few minutes; an empty commit to the repository deploys again.",
    )
