"""The ways to build that are compared. A mode is nothing but variables of the runner repository, all named here."""

from dataclasses import dataclass, field

MODEL_CALLS = "MAX_MODEL_CALLS"  # how often a build may ask the model
CALLBACK_WITHIN = "CALLBACK_WITHIN_S"  # the same for all modes
BROWSER_RUNS = "MAX_CANDIDATES"  # how many candidates may be run against the contract; "0" executes nothing


@dataclass(frozen=True)
class Mode:
    """`variables` are set for the builds of this mode; those that another mode sets are removed."""

    name: str
    variables: dict[str, str] = field(default_factory=dict)


LOOP = Mode("loop")
SINGLE_SHOT = Mode("single-shot", {MODEL_CALLS: "1", BROWSER_RUNS: "0"})
BASELINES = {SINGLE_SHOT.name: SINGLE_SHOT}
OWN_VARIABLES = frozenset(name for mode in (LOOP, SINGLE_SHOT) for name in mode.variables)
