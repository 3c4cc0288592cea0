"""Which model the builds use: a file on this machine, the server that the environment names, or the stand-in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

NAME = "pagewright-stand-in"
CALLS_WITHOUT_QUOTA = "8"  # of a build; a model on this machine has no daily quota, so time is what ends it
GOOGLE = "https://generativelanguage.googleapis.com"


@dataclass(frozen=True)
class ModelChoice:
    """`url` is where the model is; None means the stand-in. `variables` are those that the runner repository gets."""

    url: str | None
    key: str = field(repr=False)
    variables: dict[str, str]

    @classmethod
    def from_environ(
        cls, environ: Mapping[str, str], *, own_url: str, own_key: str, model_file: Path | None = None
    ) -> "ModelChoice":
        """Take the model file, else what the environment says (empty means unset), else the stand-in."""
        if model_file:
            variables = {"GOOGLE_GEMINI_BASE_URL": own_url, "GEMINI_MODEL": model_file.stem}
            return cls(own_url, own_key, {**variables, "MAX_MODEL_CALLS": CALLS_WITHOUT_QUOTA})
        base, key, names = (
            environ.get(name, "").strip() for name in ("GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY", "GEMINI_MODEL")
        )
        if not base and not key:
            return cls(None, own_key, {"GOOGLE_GEMINI_BASE_URL": own_url, "GEMINI_MODEL": names or NAME})
        variables = {"GOOGLE_GEMINI_BASE_URL": base.rstrip("/"), "GEMINI_MODEL": names}
        return cls(
            base.rstrip("/") or GOOGLE, key or "no-key-needed", {name: text for name, text in variables.items() if text}
        )
