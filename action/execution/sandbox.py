"""The fence around a command: which files it may see, given up through Landlock for itself and all that it starts."""

import ctypes
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from action.execution.workplace import Workplace

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

library = ctypes.CDLL(None, use_errno=True)
library.syscall.restype = ctypes.c_long


def prctl(option: int, value: int) -> None:
    """Change a property of this process. Raises OSError."""
    if library.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        raise failure()


def syscall(number: int, *arguments: object) -> int:
    """Make a call by its number. Raises OSError."""
    result = int(library.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        raise failure()
    return result


def failure() -> OSError:
    """Return the error of the last call."""
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on all architectures
ASK_VERSION = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
FIRST_RIGHTS = (1 << 13) - 1
LATER_RIGHTS = {2: REFER, 3: TRUNCATE, 5: IOCTL_DEVICE}  # by the version that brought them
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
READ = EXECUTE | READ_FILE | READ_DIR
ALL = FIRST_RIGHTS | REFER | TRUNCATE | IOCTL_DEVICE
ABSTRACT_SOCKETS, SIGNALS = 1 << 0, 1 << 1
SCOPED_SINCE = 6


class Attributes(ctypes.Structure):
    """What a set of rules is about."""

    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class Rule(ctypes.Structure):
    """What is allowed below an open folder, or with an open file."""

    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("descriptor", ctypes.c_int32)]


def version() -> int:
    """Return the version of Landlock that the kernel has; 0 for none."""
    try:
        return syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(ASK_VERSION))
    except OSError:
        return 0


def rights(known: int) -> int:
    """Return the rights that a version of Landlock knows."""
    return FIRST_RIGHTS | sum(right for since, right in LATER_RIGHTS.items() if since <= known)


def new_ruleset(known: int) -> int:
    """Return the descriptor of an empty set of rules, which denies all files, and signals to others if it can."""
    scoped = ABSTRACT_SOCKETS | SIGNALS if known >= SCOPED_SINCE else 0
    attributes = Attributes(rights(known), 0, scoped)
    size = ctypes.sizeof(attributes) if known >= SCOPED_SINCE else ctypes.sizeof(ctypes.c_uint64)
    return syscall(CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0))


def allow(ruleset: int, paths: Iterable[Path], wanted: int, known: int) -> None:
    """Add rules for those of the paths that exist."""
    for path in paths:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
            rule = Rule(wanted & rights(known) & (ALL if is_folder else OF_FILES), descriptor)
            syscall(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
        finally:
            os.close(descriptor)


def restrict(ruleset: int) -> None:
    """Give everything else up, for ever. No program can give new rights from here on."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    syscall(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))


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


@dataclass(frozen=True)
class Fence:
    """An open set of rules, and the version of Landlock that will hold them."""

    ruleset: int
    version: int

    def close_behind(self) -> None:
        """Let this process, and all that it starts, stay inside for ever."""
        restrict(self.ruleset)

    @property
    def keeps_signals_in(self) -> bool:
        """Whether no signal can be sent to processes outside."""
        return self.version >= SCOPED_SINCE


@contextmanager
def fence_around(place: Workplace, search_path: str, hidden: tuple[Path, ...]) -> Iterator[Fence | None]:
    """Make the rules: programs may be read, the workplace may be written. None where the kernel has no Landlock."""
    known = version()
    if not known:
        yield None
        return
    ruleset = new_ruleset(known)
    try:
        allow(ruleset, readable(search_path, hidden), READ, known)
        allow(ruleset, [*writable(), place.root], ALL, known)
        yield Fence(ruleset, known)
    finally:
        os.close(ruleset)
