"""`python -m action explain FILE`: say for each check of a request what it is read as, and what will be tried.

FILE holds a request, or on each line `{"check": ...}`; "-" is the standard input. No network, model or browser is used.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from action.console import Console
from action.contract.explain import explain, requests_in
from action.errors import UnreadableChecks

LARGEST_FILE = 20_000_000  # bytes


def run(environ: Mapping[str, str], console: Console) -> None:
    """Print a line of JSON for each check. Raises UnreadableChecks."""
    del console  # it writes for people; this is for programs
    name = environ.get("FILE", "")
    try:
        for request in requests_in(read(name)):
            for explained in explain(request):
                sys.stdout.write(explained.model_dump_json() + "\n")
    except (OSError, ValueError) as error:
        raise UnreadableChecks(
            f"The checks in {name or 'no file'} cannot be read: {error}",
            "it is not the name of a file, or the file is neither a request nor a line of JSON for each check.",
            'Name a file with a request as it is sent, or with lines such as {"check": "Page title is \\"Sales\\""}.',
        ) from None


def read(name: str) -> str:
    """Return the text of a file. Raises OSError, ValueError."""
    with Path("/dev/stdin" if name == "-" else name).open("rb") as source:
        content = source.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ValueError(f"it has more than {LARGEST_FILE:,} bytes")
    return content.decode("utf-8-sig")
