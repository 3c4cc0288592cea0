"""Landlock: a process gives up, for itself and all that it starts, every file but those below certain folders.

It needs no rights, and holds for root's successor as well as for an ordinary user who could otherwise read everything
of the user who runs the job. https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from action.execution.kernel import PR_SET_NO_NEW_PRIVS, prctl, syscall

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
