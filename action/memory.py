"""How much memory one process of a job may take: past it, Python raises MemoryError, and the plain page is published.

The limit is on data (RLIMIT_DATA), not on address space: Chromium, which inherits it, reserves terabytes of addresses
that it never uses.
"""

import resource
from contextlib import suppress

LARGEST = 4 * 1024**3  # bytes; GitHub's runners have 16 GB, and a build takes 0.2


def limit_memory(largest: int = LARGEST) -> None:
    """Limit this process and each one that it starts. Systems that know no such limit go without."""
    with suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = largest if hard == resource.RLIM_INFINITY else min(largest, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
