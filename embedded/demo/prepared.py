"""Plays the answers that people prepared for the sample task; everything else is left to the stand-in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from action.generate.edits import apply_changes
from action.model.reply import parse
from embedded.demo.sample_task import first_round, second_round
from embedded.model.reading import Reading, read_prompt
from embedded.model.stand_in import in_blocks
from embedded.model.writer import Piece, Turn, Writer, joined

FOLDER = Path(__file__).parent / "prepared"
LABEL = "Prepared for the demo: no model wrote this page."


@dataclass(frozen=True)
class PreparedAnswers:
    """A `Writer` for the demo alone. It knows the sample task by its briefs, word for word.

    The first answer counts a line too many, as models do; the repair, in the form that the prompt asks for, mends it.
    """

    otherwise: Writer
    description = (
        "This is no language model. For the demo's own task it plays answers that people prepared; for every other "
        "task it is the built-in stand-in, which quotes the brief and writes placeholders."
    )

    def write(self, turns: list[Turn]) -> Iterator[Piece]:
        """Yield the prepared answer, or what the stand-in says."""
        reading = read_prompt(joined(turns))
        reply = prepared_reply(reading) if reading else None
        if reply is None:
            yield from self.otherwise.write(turns)
        else:
            yield Piece(reply, "STOP")


def prepared_reply(reading: Reading) -> str | None:
    """Return the answer to a question about the sample task, None for every other."""
    rounds = {first_round()["brief"]: "round-1", second_round()["brief"]: "round-2"}
    name = rounds.get(reading.brief)
    if name is None:
        return None
    repair = FOLDER / f"{name}-repair.txt"
    if reading.is_repair and repair.exists():
        return repair.read_text().replace("TOKEN", reading.token)
    return in_blocks(reading.token, prepared_files(name), introduction=LABEL)


def prepared_files(name: str) -> dict[str, str]:
    """Return the files of an answer, the README last. The second one was written down as changes to the first."""
    files = {path.name: path.read_bytes() for path in (FOLDER / "round-1").iterdir()}
    written = set(files)
    for changes in ("round-1-repair", "round-2") if name == "round-2" else ():
        reply = parse((FOLDER / f"{changes}.txt").read_text(), "TOKEN")
        files, written = apply_changes(files, reply), {edit.path for edit in reply.edits}
    return {path: files[path].decode() for path in sorted(written, key=lambda path: (path == "README.md", path))}
