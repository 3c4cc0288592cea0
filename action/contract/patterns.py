"""Pieces of English that rules are made of: file names, quoted texts, ids, numbers, lists."""

import re

EXTENSIONS = (
    "html|htm|css|js|mjs|ts|json|csv|tsv|txt|md|svg|xml|yml|yaml|toml|ini|py|ipynb|rb|sh|sql|pdf|png|jpg|jpeg|webp|gif|"
    "ico|xlsx|xlsm|docx|zip|wasm|geojson|webmanifest|log|uid"
)
BARE_NAMES = {"license": "LICENSE", "readme": "README.md", "makefile": "Makefile", "dockerfile": "Dockerfile"}
# Libraries and products that look like file names.
NOT_FILES = {
    "alpine.js",
    "anime.js",
    "angular.js",
    "axios.js",
    "backbone.js",
    "bootstrap.css",
    "bootstrap.js",
    "chart.js",
    "d3.js",
    "ember.js",
    "express.js",
    "highlight.js",
    "htmx.js",
    "jquery.js",
    "katex.js",
    "leaflet.js",
    "marked.js",
    "math.js",
    "mermaid.js",
    "moment.js",
    "next.js",
    "node.js",
    "nuxt.js",
    "p5.js",
    "papaparse.js",
    "pdf.js",
    "phaser.js",
    "plotly.js",
    "prism.js",
    "react.js",
    "sql.js",
    "svelte.js",
    "tailwind.css",
    "tensorflow.js",
    "tesseract.js",
    "three.js",
    "vue.js",
}
NAME = rf"(?:[\w-]+/|\.github/)*[\w][\w.-]*\.(?:{EXTENSIONS})"
FILES = re.compile(rf"(?<![\w/.@#-])({NAME})(?![\w-]|\.\w|/)", re.IGNORECASE)
ADDRESS = re.compile(r"\bhttps?://[^\s<>\"'`)\]}]+|\bdata:[^\s<>\"'`)]+", re.IGNORECASE)
# At most 1,000 characters: without a limit, many opening marks that nothing closes take the square of their number.
QUOTED = (
    r"(?:\"(?P<{0}>[^\"]{{1,1000}})\"|“(?P<{0}2>[^”]{{1,1000}})”|`(?P<{0}3>[^`]{{1,1000}})`"
    r"|'(?P<{0}4>[^']{{1,1000}})'(?!\w))"
)
IDENTIFIER = re.compile(r"(?<![\w/&#?=.-])#(?P<id>[A-Za-z][\w-]*)|\bid\s*=\s*[\"'“`]?#?(?P<id2>[A-Za-z][\w:-]*)")
COLOUR = re.compile(r"^(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$")
QUERY = re.compile(r"(?<![\w/])(\?[A-Za-z_][\w-]*=[^\s,;\"'`)]*)")
RANGE = re.compile(
    r"(?:between\s+)?(?P<low>\d[\d,]{0,11})\s*(?:-|–|—|to|and)\s*(?P<high>\d[\d,]{0,11})\s*-?\s*words?"
    r"|(?:at least|minimum(?: of)?|min\.?|no fewer than|≥|>=)\s*(?P<least>\d[\d,]{0,11})\s*words?"
    r"|(?:at most|maximum(?: of)?|max\.?|no more than|up to|under|≤|<=)\s*(?P<most>\d[\d,]{0,11})\s*words?"
    r"|exactly\s+(?P<exact>\d[\d,]{0,11})\s*words?",
    re.IGNORECASE,
)
TAGS = "table select form button input canvas textarea ul ol div span section nav main footer header p video dialog pre"
HEADINGS = "h1 h2 h3 h4 h5 h6"


def file_name(text: str) -> str:
    """Return a file's name as it is in the repository: "README" means README.md."""
    clean = text.strip("`'\"“” ").rstrip(".")
    return BARE_NAMES.get(clean.lower(), clean)


def without_addresses(text: str) -> str:
    """Return a text whose web addresses are gone: what looks like a file name in them is none."""
    return ADDRESS.sub(" ", text)


def files_in(text: str) -> list[str]:
    """Return the file names in a text, in their order, without libraries that look like files."""
    found = (match[1].rstrip(".") for match in FILES.finditer(without_addresses(text)))
    return list(dict.fromkeys(name for name in found if not is_library(name)))


def is_library(name: str) -> bool:
    """Whether a name is that of a library rather than a file ("Chart.js", "highlight.js")."""
    lower = name.lower()
    return (
        lower in NOT_FILES or lower.endswith((".min.js", ".min.css")) or (lower.endswith(".js") and name[0].isupper())
    )


def ids_in(text: str) -> list[str]:
    """Return the ids of elements in a text ("#total", id="total"), without colours."""
    found = (match["id"] or match["id2"] for match in IDENTIFIER.finditer(without_addresses(text)))
    return list(dict.fromkeys(name for name in found if not COLOUR.match(name)))


def words_range(match: re.Match[str]) -> tuple[int, int | None]:
    """Return least and most of a RANGE."""
    value = {name: int(text.replace(",", "")) for name, text in match.groupdict().items() if text}
    if "exact" in value:
        return value["exact"], value["exact"]
    return value.get("low", value.get("least", 0)), value.get("high", value.get("most"))


def group(match: re.Match[str], name: str) -> str:
    """Return a QUOTED group, whichever quotation marks it had."""
    return next((match[n] for n in (name, f"{name}2", f"{name}3", f"{name}4") if match.groupdict().get(n)), "")


def listed(text: str) -> list[str]:
    """Split "a, b and c" into its parts, without quotation marks."""
    parts = re.split(r",\s*(?:and\s+)?|(?<!\s)\s+and\s+|;|&|\n[-*]?", text)
    return [clean for part in parts if (clean := part.strip().strip(" `'\"“”:*").rstrip("."))]
