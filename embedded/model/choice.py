"""Which model the builds use: the built-in stand-in, or the server and key that the environment names."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NAME = "pagewright-stand-in"
GOOGLE = "https://generativelanguage.googleapis.com"


@dataclass(frozen=True)
class ModelChoice:
    """`url` is where the model is; None means the stand-in. `variables` are those that the runner repository gets."""

    url: str | None
    key: str = field(repr=False)
    variables: dict[str, str]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], *, stand_in_url: str, stand_in_key: str) -> "ModelChoice":
        """Take what the environment says; empty means unset."""
        base, key, names = (
            environ.get(name, "").strip() for name in ("GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY", "GEMINI_MODEL")
        )
        if not base and not key:
            return cls(None, stand_in_key, {"GOOGLE_GEMINI_BASE_URL": stand_in_url, "GEMINI_MODEL": names or NAME})
        variables = {"GOOGLE_GEMINI_BASE_URL": base.rstrip("/"), "GEMINI_MODEL": names}
        return cls(
            base.rstrip("/") or GOOGLE, key or "no-key", {name: text for name, text in variables.items() if text}
        )
