"""Stands in for what GitHub's runner does at the end of a job: an output that holds a masked value is left out."""

import json
import os
import secrets
import time
from pathlib import Path

from embedded.actions.masks import Masks
from embedded.actions.standins.runner import fail, say

PATIENCE_S, PAUSE_S = 20, 0.005


def main() -> None:
    """Set what may be handed out as outputs of this step, and leave it for a later attempt of the run."""
    job, folder = os.environ["OUTPUT_JOB"], Path(os.environ["STANDIN_HANDED"])
    names = json.loads(os.environ["OUTPUT_NAMES"])
    masks = masks_of(folder / f"{job}.masks")
    given = {name: os.environ.get(f"OUTPUT_{place}", "") for place, name in enumerate(names)}
    admitted = {name: value for name, value in given.items() if masks.hide(value) == value}
    for name in (name for name in given if name not in admitted):
        say(f"::warning::Skip output '{name}' since it may contain secret.")
    (folder / f"{job}.outputs").write_text(json.dumps(admitted))
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        for name, value in admitted.items():
            mark = secrets.token_hex(16)
            file.write(f"{name}<<{mark}\n{value}\n{mark}\n")


def masks_of(file: Path) -> Masks:
    """Wait until whoever follows the log has seen this step begin, and so everything that is masked before it."""
    end = time.monotonic() + PATIENCE_S
    while not file.exists():
        if time.monotonic() > end:
            fail("Nobody says what is masked in this job.")
        time.sleep(PAUSE_S)
    return Masks(json.loads(file.read_text()))
