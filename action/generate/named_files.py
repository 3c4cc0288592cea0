"""Which files a brief names: a guess that reminds the model of them, never a reason to refuse its work."""

import re
from collections.abc import Iterable

from action.gates.text import readable

ENDINGS = (
    "html|htm|css|js|mjs|json|jsonl|geojson|webmanifest|csv|tsv|svg|xml|rss|yaml|yml|toml|ini|md|txt|ics|vtt|py|sh|sql"
)
# The names of libraries end like files; an address, a host name or a pattern is no file of the repository.
LIBRARY = re.compile(
    r"^(?:highlight|chart|d3|three|vue|react|next|node|express|p5|marked|papaparse|leaflet|moment|day|alpine|anime"
    r"|socket\.io|handlebars|mustache|backbone|ember|angular|jquery|bootstrap|popper|tone|matter|phaser|plotly|mermaid"
    r"|katex|prism|showdown|sql|pdf|tesseract|brain|ml5|tf|fuse|lodash|underscore)(?:\.min|\.bundle)?\.(?:js|css)$",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|www\.)[^\s<>\"']+|\S+@\S+", re.IGNORECASE)
NAME = re.compile(rf"(?<![\w/.@#$*{{}}-])((?:[\w-]+/)*[\w-][\w.-]*\.(?:{ENDINGS}))(?![\w/*-]|\.\w)", re.IGNORECASE)
OURS = {"license", "readme.md", "index.html", "pages.yml"}


def named_files(texts: Iterable[str], known: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the paths that `texts` name, in their order, without `known` ones and those that are always there."""
    left_out = {name.lower() for name in known} | OURS
    found: dict[str, None] = {}
    for text in texts:
        for name in NAME.findall(ADDRESS.sub(" ", readable(text))):
            if name.lower() not in left_out and not LIBRARY.match(name):
                found.setdefault(name)
    return tuple(found)
