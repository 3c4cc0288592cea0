"""Builds and judges every round in every mode, task by task, and leaves out what an earlier run has finished."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from action.generate.task_template import SeededTask, digest
from action.record import BuildRecord
from bench.builder import Builder, BuildFailed, Built, Judge, Order
from bench.modes import Mode
from bench.results import CheckResult, Improvement, RoundResult, RunFolder

Resume = Literal["same", "any", "no"]
Report = Callable[[Order, RoundResult, bool], None]
"""Told about each finished round, and whether it was finished before this run."""


@dataclass(frozen=True)
class Plan:
    """What to run. `code` stands for the program and the model: results of another one are not taken over."""

    tasks: Sequence[SeededTask]
    modes: Sequence[Mode]
    rounds: int
    code: str
    resume: Resume

    def orders(self) -> Iterator[Order]:
        """Yield the builds in an order in which the modes share the noise: they alternate within each round."""
        for task in self.tasks:
            for number in range(1, self.rounds + 1):
                for mode in self.modes:
                    yield Order(task, number, mode)

    def fingerprint(self, order: Order) -> str:
        """Return a digest of everything that the result of an order depends on, luck aside."""
        variables = sorted(order.mode.variables.items())
        return digest(self.code, order.task.fingerprint(order.round), repr(variables)).hex()[:16]

    def is_reusable(self, order: Order, result: RoundResult) -> bool:
        """Whether a result of an earlier run stands for this order."""
        if self.resume == "no" or result.failure:
            return False
        return self.resume == "any" or result.fingerprint == self.fingerprint(order)


@dataclass(frozen=True)
class Runner:
    """Goes through a plan."""

    plan: Plan
    builder: Builder
    judge: Judge
    folder: RunFolder
    clock: Callable[[], float] = time.monotonic

    def run(self, report: Report) -> list[RoundResult]:
        """Return the results of all orders; each is on disk before it is reported."""
        results, rebuilt = [], set[tuple[str, str]]()
        for order in self.plan.orders():
            known = self.folder.load(order.task.id, order.round, order.mode.name)
            site = (order.task.id, order.mode.name)
            # A later round stands on the earlier one: when that was built anew, so is this one.
            is_known = known is not None and self.plan.is_reusable(order, known) and site not in rebuilt
            if is_known and known is not None:
                result = known
            else:
                rebuilt.add(site)
                result = self.finish(order)
            results.append(result)
            report(order, result, is_known)
        return results

    def finish(self, order: Order) -> RoundResult:
        """Build and judge one round, and keep the result."""
        began = self.clock()
        try:
            built = self.builder.build(order)
        except BuildFailed as error:
            result = self.failed(order, str(error), self.clock() - began)
        else:
            result = self.judged(order, built)
        self.folder.save(result)
        return result

    def judged(self, order: Order, built: Built) -> RoundResult:
        """Return the result of a round that has a page."""
        checks = self.judge.judge(order, built)
        return RoundResult(
            task=order.task.id,
            round=order.round,
            mode=order.mode.name,
            fingerprint=self.plan.fingerprint(order),
            checks=[check for check in checks if check.round == order.round],
            kept=[check for check in checks if check.round < order.round],
            calls=built.record.generation.calls if built.record and built.record.generation else [],
            improvement=improvement_of(built.record),
            seconds=round(built.seconds, 1),
            degraded=bool(built.record and built.record.publication and built.record.publication.is_fallback),
            repo_url=built.repo_url,
            commit_sha=built.commit_sha,
            pages_url=built.pages_url,
        )

    def failed(self, order: Order, failure: str, seconds: float) -> RoundResult:
        """Return the result of a round without a page: none of its checks passed."""
        return RoundResult(
            task=order.task.id,
            round=order.round,
            mode=order.mode.name,
            fingerprint=self.plan.fingerprint(order),
            checks=[CheckResult(round=order.round, check=str(each), state="fail") for each in order.asked.given()],
            seconds=round(seconds, 1),
            failure=failure,
        )


def improvement_of(record: BuildRecord | None) -> Improvement | None:
    """Return what the record says about the first attempt and the kept one; nothing when none was tried."""
    contract = record.contract if record else None
    if contract is None or not contract.attempts:
        return None
    kept = [attempt.is_kept for attempt in contract.attempts].index(True)
    given = [assertion.states for assertion in contract.assertions if assertion.origin == "given"]
    if not any(states[0] != "unclear" for states in given):
        return None
    return Improvement(
        assertions=len(given),
        first=sum(states[0] == "pass" for states in given),
        kept=sum(states[kept] == "pass" for states in given),
        attempts=len(contract.attempts),
    )
