"""Collect: what runs left becomes entries of the ledger, in one commit, whoever else pushes at the same time."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from action.console import Console
from action.errors import CannotPush, LedgerNotWritten, TokenInsufficient
from action.git_replies import TipMoved
from action.ledger.gathering import Gathered
from action.ledger.history import HistoryUnreadable, Kept
from action.ledger.layout import BRANCH, fixed_files
from action.ledger.placing import place, place_version
from action.ledger.shelf import Shelf
from action.ledger.unpacking import FoundRecord

MOST_TASKS = 200  # whose repositories are looked at when nothing of them was collected
MOST_TRIES = 8
RUNNING = "Pagewright-Running"


class LedgerDoor(Protocol):
    """The branch of the ledger."""

    def fetch(self) -> None: ...

    def tip(self) -> str | None: ...

    def files(self, commit: str) -> dict[str, str]: ...

    def read_many(self, blobs: Sequence[str]) -> list[bytes]: ...

    def trailer(self, commit: str, name: str) -> str: ...

    def commit(self, message: str, files: Mapping[str, bytes], removed: Iterable[str] = ()) -> str: ...

    def push(self, commit: str) -> str: ...


class HistoryDoor(Protocol):
    """The commits of target repositories."""

    def new_versions(self, task_key: str, project: str, known: Collection[str]) -> Iterator[Kept]: ...


Gather = Callable[[Shelf], Gathered]


@dataclass(frozen=True)
class Wish:
    """How much is looked at. `anyway`: a commit even without changes."""

    newest_tasks: bool = False
    anyway: bool = False


@dataclass
class Collected:
    """What came of it. `commit` is the tip of the ledger; `is_new` says that this collection made it."""

    commit: str = ""
    is_new: bool = False
    records: int = 0
    messages: int = 0
    versions: int = 0
    tasks: int = 0
    skipped: dict[int, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Collector:
    """`gather` downloads what the ledger lacks; `running` are the ids of the builds that have not ended.

    Without time, the commits of further tasks are left for another collection.
    """

    ledger: LedgerDoor
    gather: Gather
    history: HistoryDoor
    console: Console
    running: tuple[str, ...] = ()
    has_time: Callable[[], bool] = lambda: True

    def collect(self, wish: Wish) -> Collected:
        """Bring the ledger up to date. Raises UserError."""
        gathered: Gathered | None = None
        for _ in range(MOST_TRIES):
            with writing():
                self.ledger.fetch()
            shelf = self._shelf()
            if gathered is None:
                gathered = self.gather(shelf)
            done = self._place(shelf, gathered, wish)
            try:
                return self._commit(shelf, done, wish)
            except TipMoved:
                self.console.line("Someone else wrote to the ledger meanwhile; once more, on top of that.")
        raise not_written("others write to it all the time")

    def _shelf(self) -> Shelf:
        tip = self.ledger.tip()
        return Shelf(self.ledger.files(tip) if tip else {}, self.ledger.read_many)

    def _place(self, shelf: Shelf, gathered: Gathered, wish: Wish) -> Collected:
        """Put everything where it belongs. Doing it again, on another tip, is harmless."""
        done = Collected(skipped=gathered.bad, problems=list(gathered.problems))
        for path, body in fixed_files().items():
            shelf.put(path, body)
        touched = list(dict.fromkeys(place(shelf, found) for found in gathered.found))
        done.records = sum(isinstance(found, FoundRecord) for found in gathered.found)
        done.messages, done.tasks = len(gathered.found) - done.records, len(touched)
        if gathered.bad or gathered.good:
            shelf.note_skipped(gathered.bad, gathered.good)
        others = shelf.newest_tasks()[:MOST_TASKS] if wish.newest_tasks else []
        tasks = list(dict.fromkeys([*touched, *others]))
        for number, task_key in enumerate(tasks):
            if not self.has_time():
                done.problems.append(f"The commits of {len(tasks) - number} tasks were not looked at: the time was up.")
                break
            done.versions += self._add_versions(shelf, task_key, done)
        return done

    def _add_versions(self, shelf: Shelf, task_key: str, done: Collected) -> int:
        known, count = shelf.versions_of(task_key), 0
        for project in shelf.projects_of(task_key):
            try:
                for version, contents in self.history.new_versions(task_key, project, known):
                    place_version(shelf, version, contents)
                    count += 1
            except HistoryUnreadable as error:
                done.problems.append(f"The commits of {project} could not be read: {error}")
        return count

    def _commit(self, shelf: Shelf, done: Collected, wish: Wish) -> Collected:
        """Commit and push, when there is something to say. Raises TipMoved, UserError."""
        tip, running = self.ledger.tip(), " ".join(self.running)
        before = self.ledger.trailer(tip, RUNNING) if tip else ""
        done.commit = tip or ""
        if shelf.changes or shelf.removed or running != before or wish.anyway:
            done.commit = self.ledger.commit(message_of(done, running), shelf.changes, shelf.removed)
            with writing():
                self.ledger.push(done.commit)
            done.is_new = True
        return done


@contextmanager
def writing() -> Iterator[None]:
    """Say what a refusal by git means for this branch, to which nobody but the run itself writes."""
    try:
        yield
    except (CannotPush, TokenInsufficient) as error:
        raise not_written(error.what) from None


def not_written(reason: str) -> LedgerNotWritten:
    """Return the error of a branch that cannot be read or written."""
    return LedgerNotWritten(
        f"The branch {BRANCH} could not be brought up to date: {reason}",
        "the job lacks 'contents: write', a rule protects the branch, or GitHub has an incident.",
        "Let github-actions write to the branch, then run this again; nothing is lost, the artifacts stay for 90 days.",
    )


def message_of(done: Collected, running: str) -> str:
    """Return the commit's message. It says which builds run, so that a later collection sees when that changes."""
    trailer = f"\n{RUNNING}: {running}\n" if running else ""
    return f"Collect {in_words(done)}\n{trailer}"


def in_words(done: Collected) -> str:
    """Return what was collected."""
    parts = {"record": done.records, "message": done.messages, "version": done.versions}
    named = [f"{number} {noun}{'' if number == 1 else 's'}" for noun, number in parts.items() if number]
    return ", ".join(named) or "nothing new"
