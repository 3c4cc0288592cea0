"""Find a browser for the tests, or install Debian's Chromium where that may be done without asking: as root.

python -m embedded.browser
"""

import os
import shutil
import subprocess
import sys

from action.browser.find import NoBrowser, find_browser

INSTALL = (
    ["apt-get", "update", "-qq"],
    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
)


def main() -> int:
    """Say where the browser is. Exit code 1 when there is none and none could be installed."""
    try:
        find_browser(os.environ.get("CHROME"))
        return 0
    except NoBrowser as error:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            print(f"{error}\nOn Debian and Ubuntu: sudo apt-get install chromium", file=sys.stderr)
            return 1
    print("Installing Chromium (needed once) ...")
    for command in INSTALL:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
            print(
                f"{' '.join(command)} failed. Cause: its message above. Next: install Chromium by hand.",
                file=sys.stderr,
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
