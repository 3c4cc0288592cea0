"""Where findings lie: one file each, named by target and content, so that `make test` tries every one of them again."""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("found")


def keep(target: str, value: Any, folder: Path = FOLDER) -> Path:
    """Write an input down; return the file."""
    text = repr(value) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()[:10]
    path = folder / f"{target.replace(' ', '-')}-{digest}.txt"
    folder.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def kept(target: str, folder: Path = FOLDER) -> Iterator[Path]:
    """Yield the files of a target."""
    yield from sorted(folder.glob(f"{target.replace(' ', '-')}-{'[0-9a-f]' * 10}.txt"))


def value_in(path: Path) -> Any:
    """Return the input that a file holds."""
    return ast.literal_eval(path.read_text())
