"""How long the browser waits for a page, in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """`visit` is for everything about one visit.

    A page is at rest when it loads nothing and did not change for `quiet`; one with timers that will soon run, only
    after `patient`.
    """

    visit: float = 25.0
    load: float = 6.0
    response: float = 5.0
    settle: float = 3.0
    quiet: float = 0.5
    patient: float = 2.5
