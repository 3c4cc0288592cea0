"""Which model the builds use: a file on this machine, the server that the environment names, or the stand-in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from action.model.fallback import is_openai
from action.model.interface import OPENAI_URL

NAME = "pagewright-stand-in"
CALLS_WITHOUT_QUOTA = "8"  # of a build; a model on this machine has no daily quota, so time is what ends it
GOOGLE = "https://generativelanguage.googleapis.com"


@dataclass(frozen=True)
class ModelChoice:
    """`url` is where the model is; None means the stand-in. `variables` are those that the runner repository gets."""

    url: str | None
    key: str = field(repr=False)
    variables: dict[str, str]
    openai_key: str = field(default="", repr=False)

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
        openai_url, openai_key = (environ.get(name, "").strip() for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"))
        if not base and not key and any(is_openai(name.strip()) for name in names.split(",")):
            variables = {"GEMINI_MODEL": names, **({"OPENAI_BASE_URL": openai_url} if openai_url else {})}
            return cls(openai_url or OPENAI_URL, "", variables, openai_key)
        if not base and not key:
            return cls(None, own_key, {"GOOGLE_GEMINI_BASE_URL": own_url, "GEMINI_MODEL": names or NAME})
        known = {"GOOGLE_GEMINI_BASE_URL": base.rstrip("/"), "GEMINI_MODEL": names, "OPENAI_BASE_URL": openai_url}
        variables = {name: text for name, text in known.items() if text}
        return cls(base.rstrip("/") or GOOGLE, key or "no-key-needed", variables, openai_key)
