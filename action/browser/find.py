"""Where the browser is: the one that is configured, otherwise an installed headless shell, Chrome or Chromium."""

import shutil
from pathlib import Path

from action.errors import NoBrowser

# A headless shell is the same engine without windows and menus: it starts sooner and needs less.
NAMES = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "chrome",
)
PLACES = (
    "/opt/google/chrome/chrome",
    "/usr/lib/chromium/chromium",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find_browser(configured: str | None = None, search_path: str | None = None) -> Path:
    """Return the executable. `configured` (a path or a name) wins; `search_path` is PATH. Raises NoBrowser."""
    if configured:
        found = shutil.which(configured, path=search_path)
        if found:
            return Path(found)
        raise NoBrowser(
            f"The browser {configured} cannot be run.",
            "CHROME names a file that does not exist or is not executable.",
            "Set CHROME to the path of Chrome or Chromium, or leave it empty to let one be found.",
        )
    for candidate in (*NAMES, *PLACES):
        if found := shutil.which(candidate, path=search_path):
            return Path(found)
    raise NoBrowser(
        "No Chrome or Chromium was found.",
        "the runner's image does not contain one (GitHub's ubuntu images do).",
        "Install one ('apt-get install chromium'), or set CHROME to the path of one.",
    )
