"""`python -m action verify`: compare the page with the commit."""

from collections.abc import Mapping

from action.config import VerifyConfig
from action.console import Console
from action.gates.guarded_http import GuardedHttp
from action.git import Git
from action.job import SECONDS_FOR_NOTIFY, Job, time_for
from action.phases.verify import Verifier, differs
from action.record import Publication

LONGEST_WAIT = 90.0


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the phase. Raises PageDiffers; the callback is sent in any case."""
    config = VerifyConfig.from_environ(environ)
    job = Job(config.runner, console)
    record = job.record()
    publication = record.publication
    if publication is None:
        return
    with job.phase(record, "verify", "Compare the page with the commit") as shown:
        if publication.superseded_by:
            shown.verdict = "not compared: a later commit is what the page shows"
            return
        deadline = time_for(record.received_at, leave=SECONDS_FOR_NOTIFY / 2, at_most=LONGEST_WAIT, when_late=60)
        verifier = Verifier(GuardedHttp(config.allowed_hosts), deadline)
        parity = record.parity = verifier.verify(publication, committed(config, publication, environ))
        for path, problem in parity.different.items():
            console.line(f"{path}: {problem}")
        if not parity.is_complete:
            raise differs(parity, publication)
        shown.verdict = f"{parity.identical} of {parity.compared} files are served as committed"


def committed(config: VerifyConfig, publication: Publication, environ: Mapping[str, str]) -> dict[str, str]:
    """Return git's ids of the files in the commit, from the clone that publish made."""
    clone = Git(config.runner.clone, publication.repo_url, publication.branch, "", environ)
    return clone.files(publication.commit_sha)
