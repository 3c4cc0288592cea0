"""Which files a command may see: the programs of the machine and what these need, and no home of anybody."""

import shutil
from collections.abc import Iterator
from pathlib import Path

SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/proc", "/sys"),
    *("/opt/hostedtoolcache", "/nix/store", "/snap"),
    *("/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager"),  # where /etc/resolv.conf leads
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts")
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - Python's multiprocessing needs it; leftovers.py empties it
INTERPRETERS = ("python3", "node")
PARTS = ("bin", "lib", "lib64", "libexec", "include")


def readable(search_path: str, hidden: tuple[Path, ...]) -> list[Path]:
    """Return what may be read and run: the system's folders, those of PATH, and where its interpreters really are.

    A folder in PATH that holds one of the `hidden` ones is left out.
    """
    programs = [Path(entry) for entry in search_path.split(":") if entry.startswith("/")]
    found = [*programs, *homes_of_interpreters(search_path)]
    return [*map(Path, SYSTEM), *(path for path in found if not holds(path, hidden))]


def writable() -> list[Path]:
    """Return what may be written besides the workplace."""
    return [Path(SHARED_MEMORY), *map(Path, DEVICES)]


def homes_of_interpreters(search_path: str) -> Iterator[Path]:
    """Yield the folders that an interpreter loads its own parts from, wherever it was installed."""
    for name in INTERPRETERS:
        if program := shutil.which(name, path=search_path):
            prefix = Path(program).resolve().parent.parent
            yield from (prefix / part for part in PARTS)


def holds(path: Path, hidden: tuple[Path, ...]) -> bool:
    """Whether one of the hidden folders is this one, or lies in it."""
    real = path.resolve()
    return any(real == other.resolve() or real in other.resolve().parents for other in hidden)
