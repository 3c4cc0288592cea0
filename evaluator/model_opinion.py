"""What no program can decide, asked of a model: the README, the code, and checks in English. It only ever advises."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from action.contract.model_checks import entries_of
from action.deadline import Deadline
from action.errors import UserError
from action.model.interface import Answer, Model
from action.model.prompts import Prompt, Turn, fenced, new_token, one_line, render
from evaluator.criteria import Wish
from evaluator.marks import Mark, unchecked, unclear

README = Wish("model", "The README says what the project does, how to set it up and use it, and how its code works")
CODE = Wish("model", "The code is clear: good names, no dead code, no needless repetition, errors are handled")
NO_KEY = "neither GEMINI_API_KEY nor OPENAI_API_KEY is set for a model of GEMINI_MODEL, so no model was asked"
CODE_FILES = (".html", ".htm", ".css", ".js", ".mjs", ".ts", ".py")
DATA_FILES = (".json", ".yml", ".yaml", ".csv", ".txt", ".md", ".svg", "readme")
LARGEST_FILE, LARGEST_TOTAL = 12_000, 60_000  # characters
SECONDS = 180.0
STATES = {"pass", "fail", "unclear"}
UNREADABLE = "the model's verdict could not be read"


@dataclass(frozen=True)
class Critic:
    """Asks a model once for each submission, because free quotas are small."""

    model: Model
    seconds: float = SECONDS

    def marks(self, undecidable: Sequence[Wish], files: Mapping[str, bytes]) -> list[Mark]:
        """Return a mark for README, code and each check; unclear is what the model did not say clearly."""
        wishes = [README, CODE, *undecidable]
        try:
            deadline = Deadline(datetime.now(UTC), self.seconds)
            answer = self.model.ask(question(wishes, files), deadline=deadline)
        except UserError as error:
            return [unclear("model", wish.check, error.what) for wish in wishes]
        return marks_in(answer, wishes)


def without_model(undecidable: Sequence[Wish]) -> list[Mark]:
    """Return the marks where there is no model."""
    return [unchecked("model", wish.check, NO_KEY) for wish in (README, CODE, *undecidable)]


def question(wishes: Sequence[Wish], files: Mapping[str, bytes]) -> Prompt:
    """Return what the model is asked. The student's files go between marks that nobody can have known."""
    fence = new_token()
    listed = "\n".join(f"{number}. {one_line(wish.check)}" for number, wish in enumerate(wishes, start=1))
    shown = "\n".join(fenced(fence, name, text) for name, text in readable(files))
    text = render("grade", items=listed, files=shown or "(there are no files)", fence=fence)
    return Prompt(
        system="You grade a student's project. You answer with JSON only.",
        turns=(Turn("user", (text,)),),
        purpose="grade",
    )


def readable(files: Mapping[str, bytes]) -> Iterable[tuple[str, str]]:
    """Yield names and texts of the files that people write, README first, as far as they fit."""
    left = LARGEST_TOTAL
    for name in sorted(files, key=lambda name: (not name.lower().startswith("readme"), name)):
        if not name.lower().endswith((*CODE_FILES, *DATA_FILES)) or name.startswith(".pagewright/"):
            continue
        text = files[name].decode(errors="replace")
        cut = text[: min(LARGEST_FILE, left)]
        left -= len(cut)
        if cut.strip():
            yield name, cut if len(cut) == len(text) else f"{cut}\n(cut off here: {len(text)} characters)"


def marks_in(answer: Answer, wishes: Sequence[Wish]) -> list[Mark]:
    """Read the verdicts of an answer; each that is missing or unknown is unclear."""
    entries, _ = entries_of(answer.text)
    found = {entry.get("item"): entry for entry in entries if isinstance(entry, dict)}
    return [mark_in(found.get(number), wish, answer.model) for number, wish in enumerate(wishes, start=1)]


def mark_in(entry: Any, wish: Wish, model: str) -> Mark:
    """Read one verdict."""
    verdict = str((entry or {}).get("verdict", "")).strip().lower()
    reason = str((entry or {}).get("reason", "")).strip()
    if verdict not in STATES:
        return unclear("model", wish.check, UNREADABLE)
    return Mark("model", wish.check, verdict, reason, f"judged by the model {model}")  # type: ignore[arg-type]
