"""The list of the published pages, newest first: what the server of the pages shows at its root."""

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
BEGINNING = 100_000  # bytes of an index.html in which its title is looked for


@dataclass(frozen=True)
class Site:
    """`path` is "owner/name", `title` is what its index.html says, `at` when it was published."""

    path: str
    title: str
    at: str


def published_sites(root: Path) -> list[Site]:
    """Return the sites below `root`, which has <owner>/<name> directories."""
    found = [site for site in root.glob("[!.]*/[!.]*") if site.is_dir()]
    newest = sorted(found, key=lambda site: (-site.resolve().stat().st_mtime, site.name))
    return [
        Site(f"{site.parent.name}/{site.name}", title_of(site / "index.html"), published_at(site)) for site in newest
    ]


def title_of(page: Path) -> str:
    """Return the title of a page, empty when it has none."""
    try:
        with page.open("rb") as file:
            found = TITLE.search(file.read(BEGINNING))
    except OSError:
        return ""
    return " ".join(html.unescape(found[1].decode(errors="replace")).split()) if found else ""


def published_at(site: Path) -> str:
    """Return when a site was published, to the second."""
    return f"{datetime.fromtimestamp(site.resolve().stat().st_mtime, UTC):%Y-%m-%d %H:%M:%S}"
