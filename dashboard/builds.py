"""What became of a build, seen over all attempts at it."""

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.config import Price
from dashboard.ledger import BuildFolder
from dashboard.records import CallbackAttempt, Contract, Deployment, ModelCall, Publication, Record
from dashboard.task_document import Build, Screenshots, Status

PER_MILLION = 1_000_000


def build_of(folder: BuildFolder, key: str, prices: Mapping[str, Price]) -> Build:
    """Return the build. A later attempt may have done a part only, so each fact is the newest one that there is."""
    records, newest = folder.records, folder.records[-1]
    publication, deployment = latest_publication(records), latest_deployment(records)
    contract = latest_contract(records)
    status = status_of(publication, deployment, contract)
    accepted = accepted_callback(records)
    calls = [call for record in records if record.generation for call in record.generation.calls]
    return Build(
        build_id=folder.build_id,
        round=newest.round,
        revision=newest.revision,
        restored=newest.restored,
        status=status,
        is_success=status == "live" and (accepted is not None or not newest.wants_callback),
        is_delivered=accepted is not None,
        received_at=newest.received_at,
        ended_at=max((moment for record in records for moment in moments_of(record)), default=newest.received_at),
        seconds_to_callback=accepted and round((accepted.at - newest.received_at).total_seconds(), 3),
        commit_sha=publication.commit_sha if publication else "",
        cost=cost_of(calls, prices),
        input_tokens=sum(call.input_tokens or 0 for call in calls),
        output_tokens=sum(call.output_tokens or 0 for call in calls),
        screenshots=Screenshots(
            **{name.partition(".")[0]: screenshot_path(key, folder.build_id, name) for name in folder.screenshots}
        ),
        records=records,
        **score_of(contract),
    )


def screenshot_path(key: str, build_id: str, name: str) -> str:
    """Return where a picture is on the dashboard."""
    return f"api/screenshots/{key}/{build_id}/{name}"


def latest_publication(records: list[Record]) -> Publication | None:
    """Return the newest publication."""
    return next((record.publication for record in reversed(records) if record.publication), None)


def latest_deployment(records: list[Record]) -> Deployment | None:
    """Return the newest deployment."""
    return next((record.deployment for record in reversed(records) if record.deployment), None)


def latest_contract(records: list[Record]) -> Contract | None:
    """Return the newest contract that ran."""
    return next((record.contract for record in reversed(records) if record.contract), None)


def accepted_callback(records: list[Record]) -> CallbackAttempt | None:
    """Return the first callback that was accepted."""
    return next((attempt for record in records for attempt in record.callbacks if attempt.delivered), None)


def status_of(publication: Publication | None, deployment: Deployment | None, contract: Contract | None) -> Status:
    """Return what became of the page."""
    if publication is None:
        return "failed"
    if deployment is None or not deployment.is_live:
        return "not_live"
    if publication.is_fallback:
        return "fallback"
    return "held_back" if contract and contract.is_held_back else "live"


def score_of(contract: Contract | None) -> dict[str, Any]:
    """Return how many of the given assertions hold in the candidate that is kept."""
    states = [each.state for each in contract.assertions if each.origin == "given"] if contract else []
    passed = states.count("pass")
    return {"passed": passed, "given": len(states), "pass_rate": round(passed / len(states), 4) if states else None}


def cost_of(calls: Iterable[ModelCall], prices: Mapping[str, Price]) -> float | None:
    """Return US dollars; None when a model answered whose price is not known."""
    total = 0.0
    for call in calls:
        if not (call.input_tokens or call.output_tokens):
            continue  # refused or unreachable: nothing was used
        if (price := prices.get(call.model)) is None:
            return None
        total += (call.input_tokens or 0) * price.input + (call.output_tokens or 0) * price.output
    return round(total / PER_MILLION, 6)


def moments_of(record: Record) -> Iterable[Any]:
    """Yield the times that a record names."""
    yield record.received_at
    yield from (phase.started_at for phase in record.phases)
    yield from (attempt.at for attempt in record.callbacks)
