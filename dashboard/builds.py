"""What became of the builds of a task, each seen over all attempts at it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from action.record import (
    AssertionRecord,
    BuildRecord,
    CallbackAttempt,
    ContractRecord,
    Deployment,
    ModelCall,
    Publication,
)
from dashboard.given import Asked, as_seen, asked_by, failing, results, score_of
from dashboard.ledger import BuildFolder
from dashboard.settings import Price, price_of
from dashboard.state import STATES, SUCCESSES, Facts, judge
from dashboard.task_document import Build, CheckResult, Score, Screenshots, Status

PER_MILLION = 1_000_000
RED = frozenset({"failure", "timed_out", "cancelled", "startup_failure", "action_required"})
Found = TypeVar("Found")


@dataclass(frozen=True)
class Before:
    """What a build takes over: a revision has no sender of its own, so the round that it belongs to still counts.

    The same holds for files that somebody brought.
    """

    asked: Asked | None = None
    is_reported: bool = True
    has_page: bool = False


def builds_of(folders: Iterable[BuildFolder], key: str, prices: Mapping[str, Price]) -> list[Build]:
    """Return the builds of a task, oldest first."""
    found: list[Build] = []
    before = Before()
    for folder in sorted(folders, key=lambda each: (without_repeats(each.records)[-1].received_at, each.build_id)):
        now = taken_over(folder.records, before)
        found.append(build_of(folder, key, prices, now))
        before = Before(now.asked, now.is_reported, before.has_page or found[-1].status != "failed")
    return found


def without_repeats(records: list[BuildRecord]) -> list[BuildRecord]:
    """Return the attempts that did more than call back again for a version that a later one had replaced by then."""
    return [record for record in records if not (record.publication and record.publication.superseded_by)] or records


def taken_over(records: list[BuildRecord], before: Before) -> Before:
    """Return what counts for a build: a round has checks and a callback of its own."""
    newest = records[-1]
    if newest.revision or newest.brought:
        return before
    is_reported = not newest.wants_callback or accepted_callback(records) is not None
    return Before(asked_by(records, latest_contract(records)), is_reported, before.has_page)


def build_of(folder: BuildFolder, key: str, prices: Mapping[str, Price], before: Before) -> Build:
    """Return the build. A later attempt may have done a part only, so each fact is the newest one that there is."""
    records = without_repeats(folder.records)
    newest = records[-1]
    publication, deployment = latest_publication(records), latest_deployment(records)
    contract = latest_contract(records)
    status = status_of(publication, deployment, contract)
    seen, checks, score = given_of(records, contract, status, before.asked)
    state, headline = judge(
        Facts(
            page=status,
            score=score,
            earlier_failing=failing(seen, lambda each: is_of_earlier(each, before.asked)),
            base_failing=failing(seen, lambda each: each.origin == "base" and each.kind != "advice"),
            is_verified=is_verified(records),
            is_reported=before.is_reported,
            has_failed_run=has_failed_run(newest, is_reported=before.is_reported),
            has_page_before=before.has_page,
        )
    )
    accepted = accepted_callback(folder.records)
    calls = [call for record in folder.records if record.generation for call in record.generation.calls]
    return Build(
        build_id=folder.build_id,
        round=newest.round,
        revision=newest.revision,
        restored=newest.restored,
        brought=newest.brought,
        status=status,
        state=state,
        headline=headline,
        tone=STATES[state][1],
        is_success=state in SUCCESSES,
        checks=checks,
        is_delivered=accepted is not None,
        received_at=newest.received_at,
        ended_at=max(
            (moment for record in folder.records for moment in moments_of(record)), default=newest.received_at
        ),
        seconds_to_callback=seconds_to(accepted, folder.records),
        commit_sha=publication.commit_sha if publication else "",
        cost=cost_of(calls, prices, newest.received_at.date()),
        input_tokens=sum(call.input_tokens or 0 for call in calls),
        output_tokens=sum(call.output_tokens or 0 for call in calls),
        screenshots=Screenshots(
            **{name.partition(".")[0]: screenshot_path(key, folder.build_id, name) for name in folder.screenshots}
        ),
        records=folder.records,
        **score.model_dump(),
    )


def given_of(
    records: list[BuildRecord], contract: ContractRecord | None, status: Status, asked: Asked | None
) -> tuple[dict[str, AssertionRecord], list[CheckResult], Score]:
    """Return the assertions as the page shows them, and how the given checks did.

    Of a page that is not the candidate that was tried, as a held back one, nothing is known.
    """
    is_of_page = status in {"live", "not_live"}
    seen = as_seen(contract, newest_of(record.live for record in records)) if is_of_page else {}
    if asked is not None:
        checks = results(asked, seen)
        return seen, checks, score_of((each.state for each in checks), "checks")
    given = [each.id for each in contract.assertions if each.origin == "given"] if contract else []
    return seen, [], score_of((seen[id].state if id in seen else "unclear" for id in given), "assertions")


def is_of_earlier(assertion: AssertionRecord, asked: Asked | None) -> bool:
    """Whether an assertion was given, and not by the checks that are counted."""
    now = {id for ids in asked.deciding.values() for id in ids} if asked else set()
    return asked is not None and assertion.origin == "given" and assertion.id not in now


def is_verified(records: list[BuildRecord]) -> bool:
    """Whether the newest comparison found the page to be the commit, if there was one."""
    parity = newest_of(record.parity for record in records)
    return parity is None or (parity.marker_is_current and parity.identical == parity.compared)


def has_failed_run(newest: BuildRecord, *, is_reported: bool) -> bool:
    """Whether the newest attempt is red, or a workflow of the site is; a refused callback is said by itself.

    The check of the live page comes afterwards and fails no run; what it found counts with the checks.
    """
    said_otherwise = {"check"} if is_reported else {"check", "notify"}
    has_failed = any(phase.outcome == "failed" and phase.name not in said_otherwise for phase in newest.phases)
    return has_failed or any(run.conclusion in RED for run in newest.runs)


def newest_of(parts: Iterable[Found | None]) -> Found | None:
    """Return the last part that is there."""
    return next((part for part in reversed(list(parts)) if part is not None), None)


def screenshot_path(key: str, build_id: str, name: str) -> str:
    """Return where a picture is on the dashboard."""
    return f"api/screenshots/{key}/{build_id}/{name}"


def latest_publication(records: list[BuildRecord]) -> Publication | None:
    """Return the newest publication."""
    return newest_of(record.publication for record in records)


def latest_deployment(records: list[BuildRecord]) -> Deployment | None:
    """Return the newest deployment."""
    return newest_of(record.deployment for record in records)


def latest_contract(records: list[BuildRecord]) -> ContractRecord | None:
    """Return the newest contract that ran."""
    return newest_of(record.contract for record in records)


def accepted_callback(records: list[BuildRecord]) -> CallbackAttempt | None:
    """Return the first callback that was accepted."""
    return next((attempt for record in records for attempt in record.callbacks if attempt.delivered), None)


def seconds_to(accepted: CallbackAttempt | None, records: list[BuildRecord]) -> float | None:
    """Return how long after its own request a callback was accepted: a task can be sent again much later."""
    received = next((record.received_at for record in records if accepted in record.callbacks), None)
    return round((accepted.at - received).total_seconds(), 3) if accepted and received else None


def status_of(
    publication: Publication | None, deployment: Deployment | None, contract: ContractRecord | None
) -> Status:
    """Return what became of the page."""
    if publication is None:
        return "failed"
    if deployment is None or not deployment.is_live:
        return "not_live"
    if publication.is_fallback:
        return "fallback"
    return "held_back" if contract and contract.is_held_back else "live"


def is_answer(call: ModelCall) -> bool:
    """Whether a model answered: then the outcome is the one word that says how the answer ended."""
    return call.outcome.isupper() and " " not in call.outcome


def cost_of(calls: Iterable[ModelCall], prices: Mapping[str, Price], day: date) -> float | None:
    """Return US dollars, at the prices that are given or else the list prices of that day.

    None when a model answered whose price is not known, or that did not say what it used.
    """
    total = 0.0
    for call in calls:
        if not (call.input_tokens or call.output_tokens):
            if is_answer(call) and call.output_tokens is None:
                return None  # its server did not say what was used
            continue  # refused or unreachable: nothing was used
        if (price := price_of(call.model, prices, day)) is None:
            return None
        total += (call.input_tokens or 0) * price.input + (call.output_tokens or 0) * price.output
    return round(total / PER_MILLION, 6)


def moments_of(record: BuildRecord) -> Iterable[Any]:
    """Yield the times that a record names."""
    yield record.received_at
    yield from (phase.started_at for phase in record.phases)
    yield from (attempt.at for attempt in record.callbacks)
