"""Puts files in their places: written as they are, or taken over from the ledger without copying where possible."""

import os
import shutil
from pathlib import Path

from dashboard.settings import CannotRender

MARK = Path("api/stats.json")  # the last file that is written: a folder with it is a finished dashboard


def write(path: Path, body: bytes) -> None:
    """Write a file; its folder is made when it is missing."""
    try:
        file = path.open("xb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("xb")
    with file:
        file.write(body)


def take_over(source: str, target: str) -> None:
    """Let a file appear in another place: as a second name of the same file, or as a copy on another disk."""
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        return
    except OSError:
        shutil.copyfile(source, target)


def draft_beside(out: Path) -> Path:
    """Return an empty folder in which the pages are made. Raises CannotRender rather than lose anybody's files."""
    if out.exists() and not (out.is_dir() and ((out / MARK).is_file() or not any(out.iterdir()))):
        raise CannotRender(
            f"{out} is not empty, and it is not a dashboard.",
            "the arguments are in another order, or the folder belongs to something else.",
            "Give a folder that does not exist yet: python -m dashboard LEDGER OUT.",
        )
    draft = out.with_name(f".{out.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    return draft


def put_in_place(draft: Path, out: Path) -> None:
    """Let the finished pages take the place of the ones before."""
    before = out.with_name(f".{out.name}.before")
    shutil.rmtree(before, ignore_errors=True)
    if out.exists():
        out.rename(before)
    draft.rename(out)
    shutil.rmtree(before, ignore_errors=True)
