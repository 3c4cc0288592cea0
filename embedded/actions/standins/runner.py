"""What every stand-in needs from the runner: inputs, outputs and the log."""

import json
import os
import sys
from pathlib import Path
from typing import NoReturn


def inputs() -> dict[str, str]:
    """Return the action's inputs as texts."""
    return {
        name: "" if value is None else str(value).strip() for name, value in json.loads(os.environ["INPUTS"]).items()
    }


def is_true(value: str) -> bool:
    """Whether an input says yes."""
    return value.lower() == "true"


def output(name: str, value: object) -> None:
    """Set an output."""
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.write(f"{name}={value}\n")


def say(text: str) -> None:
    """Write to the log."""
    print(text, flush=True)


def fail(message: str) -> NoReturn:
    """End the step with an annotation."""
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    say(f"::error::{escaped}")
    sys.exit(1)
