"""A digest of the program: results are taken over only from the same code and the same model."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
BOXES = ("receiver", "action", "templates", ".github", "requirements")
LEFT_OUT = {"__pycache__"}


def program_digest(model: str, root: Path = ROOT) -> str:
    """Return a digest of the model's name and of every file that takes part in a build."""
    state = hashlib.sha256(model.encode())
    for path in sorted(path for box in BOXES for path in (root / box).rglob("*") if path.is_file()):
        if not LEFT_OUT & set(path.parts):
            state.update(f"{path.relative_to(root)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return state.hexdigest()


def model_name(environ: Mapping[str, str], file: Path | None = None) -> str:
    """Return what the model is called that writes the pages."""
    if file:
        return file.stem
    named = environ.get("GEMINI_MODEL", "").strip()
    return named or ("Gemini's default" if environ.get("GEMINI_API_KEY", "").strip() else "the built-in stand-in")
