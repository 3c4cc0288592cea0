"""`python -m action verify`: compare the page with the commit."""

from collections.abc import Mapping

from action.config import VerifyConfig
from action.console import Console
from action.contract.after_push import with_generated
from action.contract.assertion import PageServesFile
from action.contract.candidate import Candidate
from action.contract.run_verdicts import served_verdict
from action.contract.settle import contract_at, settle
from action.gates.guarded_http import GuardedHttp
from action.git import Git
from action.job import SECONDS_FOR_NOTIFY, Job, time_for
from action.phases.verify import Verifier, differs
from action.record import BuildRecord, Publication

LONGEST_WAIT = 90.0


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises PageDiffers; the callback is sent in any case."""
    config = VerifyConfig.from_environ(environ)
    job = Job(config.runner, console)
    record = job.record()
    publication = record.publication
    if publication is None:
        return
    leave = SECONDS_FOR_NOTIFY / 2
    deadline = time_for(config.runner, record.received_at, leave=leave, at_most=LONGEST_WAIT, when_late=60)
    with job.phase(record, "verify", "Compare the page with the commit", deadline) as shown:
        if publication.superseded_by:
            shown.verdict = "not compared: a later commit is what the page shows"
            return
        verifier = Verifier(GuardedHttp(config.allowed_hosts), deadline)
        clone = Git(config.runner.clone, publication.repo_url, publication.branch, "", environ)
        parity = record.parity = verifier.verify(publication, clone.files(publication.commit_sha))
        settle_served(verifier, clone, record, publication)
        for path, problem in parity.different.items():
            console.line(f"{path}: {problem}")
        if not parity.is_complete:
            raise differs(parity, publication)
        shown.verdict = f"{parity.identical} of {parity.compared} files are served as committed"


def settle_served(verifier: Verifier, clone: Git, record: BuildRecord, publication: Publication) -> None:
    """Hold what the page serves, and no commit holds, against the contract."""
    commit = publication.commit_sha
    contract = contract_at(clone, commit)
    wanted = {a.file for a in contract.assertions if isinstance(a, PageServesFile)} if contract else set()
    if contract is None or not wanted:
        return
    served = verifier.fetch(publication, wanted)
    candidate = with_generated(contract, Candidate(dict.fromkeys(clone.files(commit), b"")))
    settle(record.contract, contract, lambda assertion: served_verdict(assertion, candidate, served))
