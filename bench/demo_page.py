"""python -m bench.demo_page FILE: the README's picture of a produced page, made from the demo's second round."""

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import ViewportSize

from bench.screenshots import webp
from bench.static_server import headless, served
from embedded.demo.prepared import prepared_files
from embedded.demo.sample_task import FOLDER

WINDOW = ViewportSize(width=1280, height=860)


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Take the picture."""
    with tempfile.TemporaryDirectory() as folder, headless(environ) as browser:
        lay_out(Path(folder))
        with served(Path(folder)) as address:
            page = browser.new_page(viewport=WINDOW)
            page.goto(address, wait_until="networkidle")
            Path(arguments[0]).write_bytes(webp(page))
    return 0


def lay_out(folder: Path) -> None:
    """Put the files of the second round into a folder, as its commit has them."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    for name in ("round-1", "round-2"):
        for path, text in prepared_files(name).items():
            (folder / path).write_text(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
