"""The pictures of a site's live page: their names, and which of them are kept."""

from pathlib import Path

from action.contract.visit import Screenshots

DESKTOP, MOBILE = "desktop.webp", "mobile.webp"
LARGEST_PICTURE = 3_000_000  # bytes; a page that fills a screen with noise is left without a picture


def keep_pictures(screenshots: Screenshots | None, folder: Path) -> list[str]:
    """Write the pictures into a folder and return their names; an unusable one is left out."""
    kept = []
    for name in (DESKTOP, MOBILE):
        (folder / name).unlink(missing_ok=True)
    for name, body in named(screenshots).items():
        if is_webp(body) and len(body) <= LARGEST_PICTURE:
            (folder / name).write_bytes(body)
            kept.append(name)
    return kept


def named(screenshots: Screenshots | None) -> dict[str, bytes]:
    """Return the pictures by name."""
    return {DESKTOP: screenshots.desktop, MOBILE: screenshots.mobile} if screenshots else {}


def is_webp(body: bytes) -> bool:
    """Whether bytes begin as a WebP picture does."""
    return body[:4] == b"RIFF" and body[8:12] == b"WEBP"
