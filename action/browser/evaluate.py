"""Expressions in a page: evaluated as the caller wrote them, with the value or exception as evidence."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.async_api import CDPSession, Error

from action.browser.page_events import first_line, well_formed
from action.contract.visit import Answer, Question

STEP_MS = 1_500  # how long one evaluation, or one promise, may take
LONGEST_VALUE = 400
NOT_IN_TIME = f"the promise was not settled within {STEP_MS} ms"
CALL = "function() { return this() }"
FALSY = {"undefined", "false", "0", "-0", "0n", "NaN", '""', "null"}


@dataclass(frozen=True)
class Value:
    """What an expression gave: whether it counts as true, and how it reads."""

    truthy: bool
    text: str
    exactly_true: bool = False

    def satisfies(self, question: Question) -> bool:
        """Whether a question is answered with yes."""
        return self.exactly_true if question.strict else self.truthy


class Asker:
    """Asks one page. Raises playwright's Error only when the page or the browser is gone."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session

    async def ask(self, question: Question) -> tuple[bool, str]:
        """Ask once."""
        value = await self.value_of(question.expression)
        return value.satisfies(question), value.text

    async def ask_all(self, questions: Sequence[Question]) -> dict[str, str]:
        """Ask each question once; return those that are not true yet, with their values."""
        answers = await asyncio.gather(*(self.ask(question) for question in questions))
        return {question.key: actual for question, (holds, actual) in zip(questions, answers, strict=True) if not holds}

    async def answer_no(self, question: Question, actual: str) -> Answer:
        """Return the answer no, with what the page shows in the places that the question is about."""
        values = await asyncio.gather(*(self.value_of(look) for look in question.look))
        evidence = tuple(value.text for value in values if not value.text.startswith("throws"))
        return Answer(holds=False, actual=actual, evidence=evidence)

    async def value_of(self, expression: str) -> Value:
        """Evaluate an expression, a function, a promise, or statements with return or await."""
        for source in as_programs(expression):
            given = {"expression": source, "timeout": STEP_MS, "userGesture": True, "silent": True}
            result = await self._send("Runtime.evaluate", given)
            if not is_syntax_error(result):
                break
        return await self._settled(result)

    async def _settled(self, result: dict[str, Any]) -> Value:
        """Call a function, wait for a promise, and read the value."""
        try:
            async with asyncio.timeout(STEP_MS / 1000):  # a timer in the page would look like one of its own
                for _ in range(3):
                    step = next_step(result.get("result", {}))
                    if "exceptionDetails" in result or step is None:
                        break
                    result = await self._send(*step)
        except TimeoutError:
            return Value(False, f"throws {NOT_IN_TIME}")
        return read(result)

    async def _send(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        try:
            return dict(await self._session.send(method, parameters))
        except Error as error:
            if "closed" in error.message or "crash" in error.message:
                raise
            return {"exceptionDetails": {"text": error.message.splitlines()[0]}}  # the page navigated meanwhile


def next_step(found: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return what makes a value of a function or of a promise; None when it is a value already."""
    if found.get("type") == "function":
        called = {"functionDeclaration": CALL, "objectId": found["objectId"], "awaitPromise": True, "silent": True}
        return "Runtime.callFunctionOn", called
    if found.get("subtype") == "promise":
        return "Runtime.awaitPromise", {"promiseObjectId": found["objectId"]}
    return None


def as_programs(expression: str) -> Iterator[str]:
    """Yield the readings of an expression: as it is, as an expression, as the body of a function."""
    yield expression
    bare = expression.strip().rstrip(";")
    yield f"(async () => ({bare}\n))()"
    yield f"(async () => {{ {expression}\n }})()"
    yield expression  # its own syntax error is the best evidence


def is_syntax_error(result: dict[str, Any]) -> bool:
    """Whether a program could not even be read."""
    exception = result.get("exceptionDetails", {}).get("exception", {})
    return bool(exception.get("className") == "SyntaxError")


def read(result: dict[str, Any]) -> Value:
    """Turn the protocol's answer into a value."""
    details = result.get("exceptionDetails")
    if details:
        thrown = details.get("exception", {})
        description = thrown.get("description") or thrown.get("value") or details.get("text", "an exception")
        return Value(False, f"throws {first_line(str(description))[:LONGEST_VALUE]}")
    found = result.get("result", {})
    text = well_formed(described(found))
    is_empty = found.get("subtype") != "null" and found.get("type") == "string" and not found.get("value")
    truthy = not is_empty and (found.get("type") in {"string", "object", "function", "symbol"} or text not in FALSY)
    truthy = truthy and found.get("subtype") != "null"
    return Value(truthy, text[:LONGEST_VALUE], exactly_true=found.get("value") is True)


def described(found: dict[str, Any]) -> str:
    """Return a remote object as a person would write it."""
    if found.get("type") == "boolean":
        return "true" if found.get("value") else "false"
    if found.get("type") == "string":
        return str(found.get("value", ""))
    if found.get("subtype") == "null":
        return "null"
    return str(found.get("description") or found.get("unserializableValue") or found.get("value", "undefined"))
