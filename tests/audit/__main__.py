"""python -m tests.audit: secrets in the whole history, known vulnerabilities in what is locked. `make audit` runs it.

Exit code 1: something was found. 2: nothing was found, but not everything could be looked at; it says what.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from tests.audit.dependencies import CouldNotLook, vulnerabilities
from tests.audit.history import KNOWN_ALARMS, HistoryIsNotHere, new_alarms

ROOT = Path(__file__).resolve().parents[2]
PIP_AUDIT = ROOT / ".venv" / "audit" / "bin" / "pip-audit"
LOCKS = [ROOT / "requirements" / f"{group}.txt" for group in ("dev", "fuzz", "audit")]


def main() -> int:
    """Look at both, and return the exit code."""
    looks: dict[str, Callable[[], list[str]]] = {
        "secrets in the history": lambda: list(map(str, new_alarms(ROOT, KNOWN_ALARMS.read_text()))),
        "known vulnerabilities": lambda: vulnerabilities(PIP_AUDIT, LOCKS),
    }
    codes = {result_of(what, look) for what, look in looks.items()}
    return 1 if 1 in codes else max(codes)


def result_of(what: str, look: Callable[[], list[str]]) -> int:
    """Look, say what was found, and return the exit code."""
    try:
        found = look()
    except (HistoryIsNotHere, CouldNotLook) as error:
        print(f"{what}: could not run: {error}. Likely cause: no network, or not all of the repository is here.")
        return 2
    print(f"{what}: {len(found) or 'none'}")
    for line in found:
        print(f"    {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
