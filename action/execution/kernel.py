"""Calls of the Linux kernel that Python has no names for."""

import ctypes
import os

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
