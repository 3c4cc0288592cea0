"""Find a browser for the tests, or install Debian's Chromium where that may be done without asking: as root.

python -m embedded.browser
"""

import os
import shutil
import subprocess
import sys

from action.browser.chrome import find_browser
from action.errors import NoBrowser

PACKAGES = ("chromium-headless-shell", "chromium")  # the first that this release has: the shell is smaller and faster
APT = "apt-get"


def main() -> int:
    """Say where the browser is. Exit code 1 when there is none and none could be installed."""
    try:
        find_browser(os.environ.get("CHROME"))
        return 0
    except NoBrowser as error:
        if os.geteuid() != 0 or not shutil.which(APT):
            print(f"{error}\nOn Debian and Ubuntu: sudo apt-get install chromium", file=sys.stderr)
            return 1
    print("Installing Chromium (needed once) ...")
    return 0 if run(APT, "update", "-qq") and install(chosen()) else 1


def chosen() -> str:
    """Return the package to install."""
    for package in PACKAGES[:-1]:
        if not subprocess.run(["apt-cache", "show", package], capture_output=True, check=False).returncode:
            return package
    return PACKAGES[-1]


def install(package: str) -> bool:
    """Whether a package could be installed."""
    return run(APT, "install", "-y", "-qq", "--no-install-recommends", package)


def run(*command: str) -> bool:
    """Whether a command succeeded; otherwise say what to do."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if not subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
        return True
    print(f"{' '.join(command)} failed. Cause: its message above. Next: install Chromium by hand.", file=sys.stderr)
    return False


if __name__ == "__main__":
    sys.exit(main())
