"""A wrong secret is refused before the application begins, in the words that the application has for it."""

import json
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

import pytest

from receiver.errors import WRONG_SECRET, Problem
from receiver.gate import Gate
from receiver.strangers import SMALL, Strangers

SECRET = "made up for this test"


class Behind:
    """An application that remembers what it was asked."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.bodies.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [b"taken"]


def ask(behind: Behind, body: bytes, *, method: str = "POST", path: str = "/ready", length: str | None = None) -> Any:
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": BytesIO(body)}
    environ |= {"CONTENT_LENGTH": str(len(body)) if length is None else length}
    answered: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _error: Any = None, /) -> Any:
        answered.extend((status, headers))

    body = b"".join(Strangers(behind, Gate(SECRET), ("/ready", "/"))(environ, start))
    return [*answered, body]


def task(secret: object) -> bytes:
    return json.dumps({"secret": secret, "brief": "A page."}).encode()


@pytest.mark.parametrize("path", ["/ready", "/ready/", "/"])
@pytest.mark.parametrize("secret", ["wrong", "", None, 5, [SECRET]])
def test_a_wrong_secret_never_reaches_the_application(path: str, secret: object) -> None:
    behind = Behind()
    ask(behind, task(secret), path=path)
    assert behind.bodies == []


def test_the_refusal_is_the_one_that_the_application_has() -> None:
    status, headers, body = ask(Behind(), task("wrong"))
    expected = Problem(WRONG_SECRET, what="The field secret of the task").response()
    assert (status, dict(headers), body) == (expected.status, dict(expected.headers), expected.get_data())


@pytest.mark.parametrize(
    ("body", "options"),
    [
        (task(SECRET), {}),
        (b"no JSON", {}),
        (b'{"secret": "a", "secret": "b"}', {}),
        (b"", {}),
        (task("x" * SMALL), {}),
        (task("wrong"), {"length": ""}),  # chunked
        (task("wrong"), {"length": "-1"}),
        (task("wrong"), {"path": "/feedback"}),
        (task("wrong"), {"method": "GET"}),
    ],
)
def test_everything_else_reaches_the_application_whole(body: bytes, options: dict[str, str]) -> None:
    behind = Behind()
    ask(behind, body, **options)
    assert behind.bodies == [body]


def test_a_refusal_is_logged_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        ask(Behind(), task("wrong"))
    assert [record.getMessage() for record in caplog.records] == ["POST /ready 401 0 ms error=wrong-secret"]
