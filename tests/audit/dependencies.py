"""Known vulnerabilities of the locked dependencies, as PyPI lists them; pip-audit asks."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class CouldNotLook(Exception):
    """Nobody could be asked, or not about everything: that nothing was found says nothing."""


def vulnerabilities(pip_audit: Path, locks: Sequence[Path]) -> list[str]:
    """Return one line for each known vulnerability of what `locks` hold. Raises CouldNotLook."""
    files = [argument for lock in locks for argument in ("-r", str(lock))]
    command = [str(pip_audit), "--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    try:
        done = subprocess.run([*command, *files], capture_output=True, text=True, check=False, timeout=600)
        dependencies = json.loads(done.stdout)["dependencies"]
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        raise CouldNotLook(f"pip-audit did not answer ({type(error).__name__})") from None
    return found_in(dependencies)


def found_in(dependencies: list[dict[str, Any]]) -> list[str]:
    """Return one line for each vulnerability. pip-audit passes over what it could not ask about; we do not."""
    skipped = [each["name"] for each in dependencies if "vulns" not in each]
    found = [
        f"{each['name']} {each['version']}: {vulnerability['id']}, mended in {', '.join(vulnerability['fix_versions'])}"
        for each in dependencies
        for vulnerability in each.get("vulns", [])
    ]
    if skipped and not found:
        raise CouldNotLook(
            f"PyPI said nothing about {len(skipped)} of {len(dependencies)} packages ({skipped[0]}, ...)"
        )
    return found
