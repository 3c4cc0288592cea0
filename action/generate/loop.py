"""The loop: from the best attempt so far to a better one, until it is good, or time or budget are used up."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from action.console import Console, report_defect
from action.contract.contract import Retired
from action.deadline import Deadline, at_most
from action.errors import UserError
from action.generate.candidate import Draft
from action.generate.repair import Author, Proposal
from action.generate.trial import Attempt

LONGEST_REASON = 300
SECONDS_FOR_LOOKING = 30.0  # after the deadline: the last answer is looked at, too
LEAST_SECONDS = 20.0  # less is not enough for an answer and a look at it


@dataclass
class Loop:
    """`trial` turns a draft into an attempt; `spent` says what of the budget is used up; `retire` takes a demand back.

    A model that repaired in vain tends to repeat itself. So it starts over, until that brings something better, which
    is repaired in its turn. Weaker models gain more from new beginnings than from repairs (arXiv:2306.09896).
    """

    author: Author
    trial: Callable[[int, Draft, tuple[str, ...]], Attempt]
    spent: Callable[[], str]
    console: Console
    deadline: Deadline
    most_attempts: int = 8
    retire: Callable[[Collection[Retired]], None] = lambda _: None
    attempts: list[Attempt] = field(default_factory=list)

    def improve(self, first: Attempt) -> Attempt:
        """Return the best attempt."""
        best, is_stuck = first, False
        misfits: tuple[str, ...] = ()
        self.attempts.append(first)
        while not (reason := self._reason_to_stop(best)):
            starts_over = is_stuck and not misfits
            try:
                with at_most(self.deadline.remaining() + SECONDS_FOR_LOOKING, "The repair"):
                    proposal = self._ask(best, misfits, starts_over=starts_over)
                    if proposal.nothing:
                        reason = "the model finds nothing to change"
                        self.console.foreign(proposal.nothing[:LONGEST_REASON])
                        break
                    misfits = proposal.misfits
                    best = self._without(best, proposal.replaced)
                    if proposal.draft is None:
                        self._tell(misfits)
                        continue
                    attempt = self.trial(len(self.attempts) + 1, proposal.draft, proposal.problems)
            except UserError as error:
                reason = error.what
                break
            except Exception:  # noqa: BLE001 - whatever it is, the attempts so far are there and can be published
                reason = report_defect("The repair", self.console, degraded=True).what
                break
            self.attempts.append(attempt)
            is_better = attempt.is_better_than(best)
            is_stuck = not is_better
            best = attempt if is_better else best
        self.console.line(f"Attempt {best.number} is kept: {reason}")
        return best

    def _ask(self, best: Attempt, misfits: tuple[str, ...], *, starts_over: bool) -> Proposal:
        if starts_over:
            self.console.line("That was no better, so the model starts over")
            return self.author.start_over(best, self.deadline)
        return self.author.repair(best, misfits, self.deadline)

    def _without(self, best: Attempt, replaced: Collection[Retired]) -> Attempt:
        """Take back what words of this round end. All attempts are compared by what is still demanded."""
        if not replaced:
            return best
        ids = {it.assertion.id for it in replaced}
        self.retire(replaced)
        self.attempts[:] = [attempt.without(ids) for attempt in self.attempts]
        for it in replaced:
            self.console.foreign(f"Not demanded any more: {it.assertion.sentence} Now: {it.words}"[:LONGEST_REASON])
        return best.without(ids)

    def _tell(self, misfits: tuple[str, ...]) -> None:
        """Say why an answer changes nothing. Its words are the model's."""
        if not misfits:
            return
        self.console.line(f"The changes do not fit ({len(misfits)} reasons), so whole files are asked for")
        for misfit in misfits:
            self.console.foreign(misfit.splitlines()[0][:LONGEST_REASON])

    def _reason_to_stop(self, best: Attempt) -> str:
        """Return why the loop ends here, or nothing. What is only wished for gets one more try."""
        tried = len(self.attempts)
        if best.is_good and (best.report.is_perfect or tried > 1):
            return "what is left, only the network here kept from working" if best.report.excused() else "it is good"
        if tried >= self.most_attempts:
            return f"all {tried} candidates of this build are used"
        if self.deadline.remaining() < LEAST_SECONDS:
            return "the rest of the time belongs to publishing"
        return self.spent()
