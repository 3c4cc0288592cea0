"""What a check is, what it finds, and how all of them are gone through."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from action.errors import UserError

if TYPE_CHECKING:
    from doctor.context import Context

State = Literal["well", "note", "fault", "skipped"]


@dataclass(frozen=True)
class Finding:
    """What is wrong, what breaks because of it, and where to mend it. A note is no fault: it is good to know."""

    what: str
    breaks: str
    mend: str
    where: str = ""
    is_fault: bool = True


class CannotLook(Exception):
    """A check cannot be made with what is known here; the message completes "not looked at: "."""


@dataclass(frozen=True)
class Check:
    """`look` yields what it finds, nothing when all is well. `needs` names the settings without which it cannot."""

    name: str
    look: Callable[["Context"], Iterable[Finding]]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """How one check ended. `reason` says why it was skipped; `is_trouble`, that nothing here can help that."""

    name: str
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    is_trouble: bool = False

    @property
    def state(self) -> State:
        """The gravest thing about it."""
        if any(finding.is_fault for finding in self.findings):
            return "fault"
        return "skipped" if self.reason else "note" if self.findings else "well"


def examine(context: "Context", checks: Sequence[Check]) -> Iterator[Result]:
    """Make each check. What goes wrong with one is no reason to leave the others."""
    for check in checks:
        missing = [name for name in check.needs if not context.has(name)]
        if missing:
            yield Result(check.name, reason=f"{' and '.join(missing)} not set here")
            continue
        found: list[Finding] = []
        try:
            for finding in check.look(context):
                found.append(finding)
        except CannotLook as reason:
            yield Result(check.name, tuple(found), str(reason))
        except UserError as error:
            yield Result(check.name, tuple(found), error.what, is_trouble=True)
        else:
            yield Result(check.name, tuple(found))
