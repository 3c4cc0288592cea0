"""Whether a caller knows the shared secret."""

import hmac
from typing import Literal

from flask import Request, request

from receiver.context import this_receiver
from receiver.errors import WRONG_SECRET, Problem

Right = Literal["send", "read", "talk", "run", "upload", "start", "owner"]


def require_secret(given: object, secret: str) -> None:
    """Compare the secret of a task in constant time. Raises Problem (401)."""
    if not knows_secret(given, secret):
        raise Problem(WRONG_SECRET, what="The field secret of the task")


def knows_secret(given: object, secret: str) -> bool:
    """Whether the field secret of a task holds the secret."""
    return isinstance(given, str) and same(given.encode("utf-8", "surrogatepass"), secret)


def has_key(request: Request, secret: str) -> bool:
    """Whether the request carries the secret in X-API-KEY. Raises Problem (401) when it carries a wrong one."""
    key = request.headers.get("X-API-KEY")
    if key is None:
        return False
    if not same(key.encode("latin-1", "replace"), secret):  # WSGI hands header bytes over as latin-1
        raise Problem(WRONG_SECRET, what="The header X-API-KEY")
    return True


def require(right: Right) -> None:
    """Let only who may do this pass. Raises Problem (401)."""
    if not has_key(request, this_receiver().config.secret):
        raise Problem(WRONG_SECRET, what="The header X-API-KEY is missing, or it")


def same(given: bytes, secret: str) -> bool:
    """Compare without telling by the time where the first difference is."""
    return hmac.compare_digest(given, secret.encode())
