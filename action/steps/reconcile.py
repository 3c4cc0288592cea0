"""`python -m action reconcile`: run again what did not end well, and tidy up."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import requests
from pydantic import Field

from action.console import Console
from action.errors import (
    BudgetSpent,
    BundleInvalid,
    DailyBudgetSpent,
    FilesRefused,
    ModelBlocked,
    ModelKeyRefused,
    ModelRegionRefused,
    ModelUnavailable,
    OutOfTime,
    SecretFound,
    StepHung,
    UnusableReply,
    UserError,
)
from action.gates.http import GuardedHttp
from action.github.api import NotThere, RunnerApi
from action.github.git import Git
from action.github.live_pages import LivePages
from action.github.runner_runs import WRITE_JOB, BuildRun, BuildRuns, StoredRequests
from action.job.job import append_summary
from action.job.markdown import cell
from action.job.settings import AllowedHosts, Flag, GithubToken, Settings
from action.job.summary import MOST_ROWS, filled
from action.ledger.insert import attempt_of
from action.ledger.layout import BRANCH
from action.ledger.tree import Tree
from action.ledger.versions import TargetHistory
from action.record import BuildRecord

KEPT_REQUESTS = timedelta(days=30)  # a run cannot be started again after that
LOOKS_BACK = timedelta(days=3)
SETTLING = timedelta(minutes=10)  # a run that ended just now may be known to nobody yet
A_NEW_SITE = timedelta(minutes=30)  # may take its time to appear
AGAIN_AFTER_PLAIN = (SETTLING, timedelta(hours=12))  # at once, then when a day's quota may be new
MAY_COME_BACK = frozenset(
    kind.code
    for kind in (BundleInvalid, DailyBudgetSpent, ModelKeyRefused, ModelRegionRefused, ModelUnavailable, OutOfTime)
)  # what kept the files from being published
ENDS_THE_SAME = frozenset(
    kind.code for kind in (BudgetSpent, FilesRefused, ModelBlocked, SecretFound, StepHung, UnusableReply)
)
MOST_SENT_AGAIN = 2
STUCK = timedelta(hours=5)  # longer than the jobs of a build together, even with CALLBACK_WITHIN_S
CAN_RUN_AGAIN = timedelta(days=30)  # afterwards GitHub refuses
MOST_ATTEMPTS = 3
MOST_STARTED = 20  # at once: each takes places in the pool of jobs that the next requests need
MOST_TASKS = 200
MOST_COMMANDS = 20  # that are looked at, and run again
MOST_WRONG = 5  # pages that are gone for reasons of their own; when it is more than half, the reason is another one
LOOKS_AT_ONCE = 8


class ReconcileSettings(Settings):
    """The run's own token. `with_cancelled`: builds that people ended are run again as well."""

    github_token: GithubToken
    with_cancelled: Flag = Field(False, validation_alias="PAGEWRIGHT_CANCELLED")
    allowed_hosts: AllowedHosts = frozenset()


def run(environ: Mapping[str, str], console: Console) -> None:
    """Run the step. Raises UserError."""
    settings, now = ReconcileSettings.from_environ(environ), datetime.now(UTC)
    runner = settings.runner
    with requests.Session() as session, console.group("Compare what was asked with what is") as shown:
        api = RunnerApi(session, api_url=runner.api_url, repository=runner.repository, token=settings.github_token)
        url = f"{runner.server_url}/{runner.repository}.git"
        ledger = Git(runner.temp / "ledger.git", url, BRANCH, settings.github_token, environ, depth=1)
        ledger.fetch()
        tree = Tree.at_tip(ledger)
        stored = StoredRequests(api)
        reconciler = Reconciler(
            runs=BuildRuns(api),
            stored=stored,
            tree=tree,
            wrong_with=LivePages(GuardedHttp(settings.allowed_hosts)).wrong_with,
            tip_of=TargetHistory(runner.server_url, runner.temp / "targets", environ).tip,
            console=console,
            now=now,
            with_cancelled=settings.with_cancelled,
        )
        decisions = [*reconciler.reconcile(), *commands_again(BuildRuns(api, "execute"), tree, now, console)]
        removed = tidy_up(stored, tree, now, console)
        shown.verdict = verdict(decisions, removed)
    append_summary(runner.summary, lambda: render(decisions, removed), console)


@dataclass(frozen=True)
class Decision:
    """What was done about a build or command, or why nothing was. `start` is what does it; without it, it is left."""

    what: str
    build_id: str
    url: str
    start: Callable[[], object] | None = None


@dataclass(frozen=True)
class Reconciler:
    """`wrong_with` looks at a page, `tip_of` at a target repository. `with_cancelled`: also what people ended."""

    runs: BuildRuns
    stored: StoredRequests
    tree: Tree
    wrong_with: Callable[[str, str], str]
    tip_of: Callable[[str], str]
    console: Console
    now: datetime
    with_cancelled: bool = False

    def reconcile(self) -> list[Decision]:
        """Do what has to be done; return it, and what was left. Raises UserError when the runs cannot be listed."""
        done: list[Decision] = []
        recent = self.runs.since(self.now - LOOKS_BACK)
        newest = {run.build_id: run for run in sorted(recent, key=lambda run: run.id)}
        for decision in self._decisions(newest, done):
            started = sum(1 for each in done if each.start)
            if decision.start and started >= MOST_STARTED:
                decision = replace(decision, what=f"left for the next time: {decision.what}", start=None)
            done.append(self._carried_out(decision))
        return done

    def _decisions(self, newest: dict[str, BuildRun], done: Sequence[Decision]) -> Iterator[Decision]:
        for run in newest.values():
            if decision := self._for_run(run, self.tree.records(self.tree.builds.get(run.build_id, []))):
                yield decision
        yield from self._vanished(newest)
        busy = {run.build_id for run in newest.values() if run.status != "completed"}
        busy |= {decision.build_id for decision in done if decision.start}
        pages = [record for record in self._published() if record.build_id not in busy]
        wrong = [(record, problem) for record, problem in zip(pages, self._look_at(pages), strict=True) if problem]
        if len(wrong) > max(MOST_WRONG, len(pages) // 2):
            self.console.warning(f"{len(wrong)} of {len(pages)} pages are gone: that is an incident, so they are left.")
            return
        yield from (decision for record, problem in wrong if (decision := self._for_page(record, problem)))

    def _vanished(self, runs: Mapping[str, BuildRun]) -> Iterator[Decision]:
        """Decide about stored requests that GitHub took, and of which it knows no run."""
        try:
            waiting = self.stored.waiting({*runs, *self.tree.builds})
        except UserError as error:
            self.console.report(error, degraded=True)
            return
        for request in waiting:
            if not SETTLING < self.now - request.since < LOOKS_BACK:
                continue
            what, build_id = "no run of it is known", request.payload.build_id
            if request.again >= MOST_SENT_AGAIN:
                yield Decision(f"left: {what}, although it was dispatched {request.again} times more", build_id, "")
                continue
            yield Decision(f"dispatched again, because {what}", build_id, "", partial(self.stored.send_again, request))

    def _look_at(self, records: Sequence[BuildRecord]) -> list[str]:
        """Return what is wrong with each page."""
        with ThreadPoolExecutor(LOOKS_AT_ONCE) as pool:
            return list(pool.map(self._problem_of, records))

    def _problem_of(self, record: BuildRecord) -> str:
        """Look at a page; in the first days also whether it is of its newest commit, if that is still the build's."""
        publication = record.publication
        if publication is None or not publication.pages_url:
            return ""
        is_newest = self._is_recent(record) and self.tip_of(publication.repository) == publication.commit_sha
        return self.wrong_with(publication.pages_url, publication.commit_sha if is_newest else "")

    def _is_recent(self, record: BuildRecord) -> bool:
        return A_NEW_SITE < self.now - record.received_at < LOOKS_BACK

    def _carried_out(self, decision: Decision) -> Decision:
        """Do it. A refusal by GitHub is noted, and no reason to leave the other builds alone."""
        if decision.start:
            try:
                decision.start()
            except (NotThere, UserError) as error:
                reason = error.what if isinstance(error, UserError) else "its run or job is gone"
                decision = replace(decision, what=f"could not be run again ({decision.what}): {reason}", start=None)
        self.console.line(f"build {decision.build_id}: {decision.what}")
        return decision

    def _for_run(self, run: BuildRun, records: Sequence[BuildRecord]) -> Decision | None:
        """Decide about a build by its newest run and its records; None when all is well, or not over."""
        if run.status != "completed":
            return self._for_stuck(run)
        if any(is_done(record) for record in records):
            return self._for_plain(run, max(records, key=attempt_of))
        if run.conclusion == "success" and not records:
            return None
        return self._for_failed(run, records)

    def _for_failed(self, run: BuildRun, records: Sequence[BuildRecord]) -> Decision | None:
        """Decide about a build that ended and reached nobody."""

        def left(why: str) -> Decision:
            return Decision(f"left: {why}", run.build_id, run.url)

        if run.attempt >= MOST_ATTEMPTS:
            return left(f"it was tried {run.attempt} times; {self._refusal(run) or 'look at its last run'}")
        if self.now - run.updated_at < SETTLING:
            return None
        if (state := self.tree.states.get(run.task_key, "open")) != "open":
            return left(f"its task is {state}")
        if run.conclusion == "cancelled" and not self.with_cancelled and not self._had_no_more_time(run):
            return left("somebody cancelled it; start this by hand with 'cancelled' to run it again")
        if run.conclusion == "success":
            what, start = "published again, because its callback was not delivered", self.runs.publish_again
            return Decision(what, run.build_id, run.url, partial(start, run))
        if run.conclusion == "cancelled":
            return Decision(
                "run again after it was cancelled", run.build_id, run.url, partial(self.runs.run_again, run)
            )
        if self._has_no_budget(run, {failure.code for record in records for failure in record.failures}):
            return left("today's budget is spent; tomorrow it is run again")
        after = self._refusal(run) or run.conclusion
        if reasons := why_nothing_was_written(records):  # to run its failed jobs again would publish a plain page
            what, start = f"written and published again after {after} ({reasons})", self.runs.run_again
        else:
            what, start = f"its failed jobs were run again after {after}", self.runs.run_failed_again
        return Decision(what, run.build_id, run.url, partial(start, run))

    def _for_plain(self, run: BuildRun, record: BuildRecord) -> Decision | None:
        """Decide about a build that was called back: a plain page gives way when what stood in the way may be over."""
        publication, codes = record.publication, {failure.code for failure in record.failures}
        reasons = ", ".join(sorted(codes & MAY_COME_BACK))
        if publication is None or not publication.is_fallback or not reasons or codes & ENDS_THE_SAME:
            return None
        why = f"a plain page stands in for its files ({reasons})"
        if run.attempt >= MOST_ATTEMPTS:
            return Decision(f"left: it was tried {run.attempt} times; {why}", run.build_id, run.url)
        is_soon = self.now - run.updated_at < AGAIN_AFTER_PLAIN[run.attempt - 1]
        if is_soon or self._has_no_budget(run, codes) or self.tip_of(publication.repository) != publication.commit_sha:
            return None
        return Decision(
            f"started again, because {why}", run.build_id, run.url, partial(self._write_or_take, run, codes)
        )

    def _has_no_budget(self, run: BuildRun, codes: Container[str]) -> bool:
        """Whether a build ended because the budget of a day was spent that is not over yet."""
        return DailyBudgetSpent.code in codes and run.updated_at.date() == self.now.date()

    def _write_or_take(self, run: BuildRun, codes: Container[str]) -> None:
        """Publish what was written and did not arrive; else write it anew."""
        jobs = {job.name: job.conclusion for job in self.runs.jobs(run)} if BundleInvalid.code in codes else {}
        (self.runs.publish_again if jobs.get(WRITE_JOB) == "success" else self.runs.run_again)(run)

    def _for_stuck(self, run: BuildRun) -> Decision | None:
        if run.status != "in_progress" or self.now - run.started_at < STUCK:
            return None
        what = "cancelled, because it does not end; the next time, it is run again"
        return Decision(what, run.build_id, run.url, partial(self.runs.cancel, run))

    def _refusal(self, run: BuildRun) -> str:
        """Say that GitHub started no job. It starts this one, so that may be over."""
        said = self.runs.refusal(run)
        return f'GitHub had started none of its jobs: "{said}"' if said else ""

    def _had_no_more_time(self, run: BuildRun) -> bool:
        try:
            return any(job.had_no_more_time for job in self.runs.jobs(run))
        except (NotThere, UserError):
            return False

    def _for_page(self, record: BuildRecord, problem: str) -> Decision | None:
        """Decide about a page with which something is wrong."""
        publication, run = record.publication, record.run
        if publication is None or run is None:
            return None

        def left(why: str) -> Decision:
            return Decision(f"its page {publication.pages_url} {problem}; left: {why}", record.build_id, run.url)

        if not self.tip_of(publication.repository):
            return left("so is its repository")
        seen = self.runs.one(run.run_id)
        if seen is None or self.now - seen.created_at > CAN_RUN_AGAIN:
            return left("its run is too old to be run again; send a new round")
        if seen.attempt >= MOST_ATTEMPTS or seen.status != "completed":
            return left(f"its run is {seen.status}, in attempt {seen.attempt}")
        what = f"published again, because its page {publication.pages_url} {problem}"
        return Decision(what, record.build_id, run.url, partial(self.runs.publish_again, seen))

    def _published(self) -> Iterator[BuildRecord]:
        """Yield the last build of each of the newest tasks whose page was live, or should be by now."""
        states = self.tree.states
        is_open = [key for key in self.tree.newest_tasks() if states.get(key, "open") == "open"]
        for task_key in is_open[:MOST_TASKS]:
            records = self.tree.records(self.tree.paths_of(task_key, "builds/"))
            live = [each for each in records if was_live(each) or (each.publication and self._is_recent(each))]
            if live:
                yield max(live, key=lambda record: (record.received_at, attempt_of(record)))


def commands_again(runs: BuildRuns, tree: Tree, now: datetime, console: Console) -> list[Decision]:
    """Run again the commands that ended without a result, twice at most; not those that somebody cancelled."""
    done: list[Decision] = []
    try:
        ended = [run for run in runs.since(now - LOOKS_BACK) if run.status == "completed" and is_odd(run, now, tree)]
        for run in ended[:MOST_COMMANDS]:
            is_cancelled = run.conclusion == "cancelled"
            if runs.has_left(run, f"result-{run.build_id}"):
                continue
            if is_cancelled and not any(job.had_no_more_time for job in runs.jobs(run)):
                continue
            start = partial(runs.run_again if is_cancelled else runs.run_failed_again, run)
            start()
            done.append(Decision(f"command run again after {run.conclusion}", run.build_id, run.url, start))
            console.line(f"command {run.build_id}: {done[-1].what}")
    except (NotThere, UserError) as error:
        console.warning(f"Commands that ended without a result are left for the next time: {error}")
    return done


def is_odd(run: BuildRun, now: datetime, tree: Tree) -> bool:
    """Whether a command that ended may have no result, and may be run again."""
    is_settled = now - run.updated_at >= SETTLING
    return (
        run.conclusion != "success" and is_settled and run.attempt < MOST_ATTEMPTS and run.build_id not in tree.commands
    )


def why_nothing_was_written(records: Sequence[BuildRecord]) -> str:
    """Return why a plain page stands in for the files of the last attempt, when that may be over; "" otherwise."""
    if not records:
        return ""
    last = max(records, key=attempt_of)
    is_plain = any(phase.name == "generate" and phase.outcome == "degraded" for phase in last.phases)
    codes = {failure.code for failure in last.failures if failure.phase == "generate"}
    return ", ".join(sorted(codes)) if is_plain and codes <= MAY_COME_BACK else ""


def is_done(record: BuildRecord) -> bool:
    """Whether a build reached whoever asked for it."""
    return record.is_delivered or (not record.wants_callback and (was_live(record) or record.dry_run))


def was_live(record: BuildRecord) -> bool:
    """Whether the page was confirmed to be live."""
    return bool(record.publication and record.deployment and record.deployment.is_live)


def outdated(tree: Tree, ids: Iterable[str], before: datetime) -> list[str]:
    """Return those builds and messages that were received before a moment, as far as the ledger knows them."""
    times = {each: [record.received_at for record in tree.records(tree.builds.get(each, []))] for each in ids}
    times |= {each: [message.at] for each in times if (message := tree.message(each))}
    return sorted(each for each, found in times.items() if found and max(found) < before)


def tidy_up(stored: StoredRequests, tree: Tree, now: datetime, console: Console) -> int:
    """Remove envelopes that no run can need any more; return how many. What fails is tried again the next time."""
    try:
        return stored.remove(outdated(tree, stored.tips(), now - KEPT_REQUESTS))
    except UserError as error:
        console.report(error, degraded=True)
        return 0


def verdict(decisions: Sequence[Decision], removed: int) -> str:
    """Return the one line that says what was done."""
    started = sum(1 for decision in decisions if decision.start)
    parts = (
        [f"{started} builds and commands were started again", f"{len(decisions) - started} left"]
        if decisions
        else ["All is well"]
    )
    if removed:
        parts.append(f"{removed} old envelopes removed")
    return ", ".join(parts)


def render(decisions: Sequence[Decision], removed: int) -> str:
    """Return the summary as Markdown. All text that is not ours is escaped."""
    sign = "⚠" if decisions else "✓"
    return filled("summary-reconcile", verdict=f"{sign} {verdict(decisions, removed)}", decisions=table(decisions))


def table(decisions: Sequence[Decision]) -> str:
    """Return a row for each build."""
    if not decisions:
        return ""
    rows = [f"| {link(decision)} | {cell(decision.what)} |" for decision in decisions[:MOST_ROWS]]
    more = [f"\n{len(decisions) - MOST_ROWS} more are in the log."] if len(decisions) > MOST_ROWS else []
    return "\n".join(["| build | what was done |", "|---|---|", *rows, *more])


def link(decision: Decision) -> str:
    """Return a build's id, with its run behind it when there is one."""
    return f"[{decision.build_id}]({decision.url})" if decision.url else decision.build_id
