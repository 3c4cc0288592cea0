"""A look at every endpoint before a task is sent: does anything answer there? Neither task nor secret is sent."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Literal

from action.gates.http import Fetched, GuardedHttpError, TooLarge
from evaluator.db import Store
from evaluator.page import HttpDoor
from evaluator.queue import no_answer, phrase

State = Literal["good", "doubtful", "unreachable"]
LARGEST_ANSWER = 100_000
SAVE = """
    INSERT OR REPLACE INTO endpoint_checks (student, endpoint, checked_at, state, said)
    SELECT id, endpoint, ?, ?, ? FROM students WHERE endpoint = ?
"""


@dataclass(frozen=True)
class Seen:
    """What a look at an endpoint showed."""

    endpoint: str
    state: State
    said: str


@dataclass(frozen=True)
class Endpoints:
    """Looks at the endpoints of a class, each one once however many students name it."""

    store: Store
    http: HttpDoor
    now: Callable[[], float]
    at_once: int
    seconds: float

    def owners(self) -> dict[str, list[str]]:
        """Return the endpoints with the emails of those who named them."""
        found = defaultdict[str, list[str]](list)
        for row in self.store.rows("SELECT DISTINCT endpoint, email FROM students ORDER BY email"):
            found[row["endpoint"]].append(row["email"])
        return dict(found)

    def look(self) -> Iterator[Seen]:
        """Look at all, record each and yield it as soon as it is known."""
        owners = self.owners()
        with ThreadPoolExecutor(self.at_once, thread_name_prefix="look") as pool:
            try:
                for done in as_completed([pool.submit(self.seen, *each) for each in owners.items()]):
                    seen = done.result()
                    with self.store.change() as connection:
                        connection.execute(SAVE, (self.now(), seen.state, seen.said, seen.endpoint))
                    yield seen
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def seen(self, endpoint: str, emails: list[str]) -> Seen:
        """Return what a GET says. Most programs answer it with 405, which is fine: something is there."""
        try:
            answer = self.http.get(endpoint, limit_bytes=LARGEST_ANSWER, timeout_s=self.seconds)
        except TooLarge:
            answer = Fetched(200, {}, b"", endpoint)
        except GuardedHttpError as error:
            return Seen(endpoint, "unreachable", no_answer(error))
        found = doubts(answer, endpoint, emails)
        said = f"it answers {answer.status} {phrase(answer.status)}"
        return Seen(endpoint, "doubtful" if found else "good", "; ".join([said, *found]))


def doubts(answer: Fetched, endpoint: str, emails: list[str]) -> list[str]:
    """Return what may be wrong with an endpoint that answers."""
    found = []
    if answer.status in {404, 410}:
        found.append("the path is perhaps wrong (a few programs say so to a GET, and take the task nevertheless)")
    if answer.status >= 500:
        found.append("the program behind it is perhaps down")
    if answer.status == 200 and "html" in answer.headers.get("content-type", ""):
        found.append("that is a web page; the address of the program is perhaps another one")
    if endpoint.startswith("http:"):
        found.append("without TLS everybody on the way can read the secret")
    if len(emails) > 1:
        found.append(f"{len(emails)} students name it: {', '.join(emails[:3])}{' ...' if len(emails) > 3 else ''}")
    return found
