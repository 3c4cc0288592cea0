"""The refusals of GitHub's API, with the words that its clients know."""

from typing import Any, TypeVar

Thing = TypeVar("Thing")
DOCUMENTATION = "https://docs.github.com/rest"


class ApiError(Exception):
    """A refusal that leaves as JSON: an HTTP status, a message and, for invalid input, a list of errors."""

    def __init__(self, status: int, message: str, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.errors = errors

    def as_json(self) -> dict[str, Any]:
        """Return the body of the reply."""
        body: dict[str, Any] = {"message": str(self), "documentation_url": DOCUMENTATION, "status": str(self.status)}
        return body if self.errors is None else {**body, "errors": self.errors}


class NotFound(ApiError):
    """It does not exist, or the caller may not know that it does."""

    def __init__(self) -> None:
        super().__init__(404, "Not Found")


class BadCredentials(ApiError):
    """The token is unknown or has expired."""

    def __init__(self) -> None:
        super().__init__(401, "Bad credentials")


class RequiresAuthentication(ApiError):
    """Nobody in particular may not do this."""

    def __init__(self) -> None:
        super().__init__(401, "Requires authentication")


class NotAccessible(ApiError):
    """The token is good, but it lacks a permission."""

    def __init__(self, by: str) -> None:
        super().__init__(403, f"Resource not accessible by {by}")


class Conflict(ApiError):
    """The request does not fit the present state."""

    def __init__(self, message: str) -> None:
        super().__init__(409, message)


class EmptyRepository(Conflict):
    """Git Data does not work before the first commit."""

    def __init__(self) -> None:
        super().__init__("Git Repository is empty.")


class Invalid(ApiError):
    """The request was understood and cannot be done."""

    def __init__(self, message: str = "Validation Failed", errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(422, message, errors)

    @classmethod
    def field(cls, resource: str, field: str, message: str, *, summary: str = "Validation Failed") -> "Invalid":
        """Return the refusal of one field."""
        return cls(summary, [{"resource": resource, "code": "custom", "field": field, "message": message}])

    @classmethod
    def missing(cls, *names: str) -> "Invalid":
        """Return the refusal of a request that lacks parameters."""
        verb = "wasn't" if len(names) == 1 else "weren't"
        return cls(f"Invalid request.\n\n{', '.join(f'{chr(34)}{name}{chr(34)}' for name in names)} {verb} supplied.")


def found(value: Thing | None, problem: ApiError | None = None) -> Thing:
    """Return what was looked for. Raises the problem, otherwise NotFound, when it is not there."""
    if value is None:
        raise problem or NotFound()
    return value
