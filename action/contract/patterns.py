"""Pieces of English that rules are made of: file names, quoted texts, ids, numbers, lists."""

import re

EXTENSIONS = (
    "html|htm|css|js|mjs|ts|json|jsonl|csv|tsv|txt|md|svg|xml|rss|yml|yaml|toml|ini|ics|vtt|py|ipynb|rb|sh|sql|pdf|png|"
    "jpg|jpeg|webp|gif|ico|xlsx|xlsm|docx|zip|wasm|geojson|webmanifest|log|uid"
)
BARE_NAMES = {"license": "LICENSE", "readme": "README.md", "makefile": "Makefile", "dockerfile": "Dockerfile"}
# Libraries and products that look like file names.
LIBRARY = re.compile(
    r"(?:alpine|angular|anime|axios|backbone|bootstrap|brain|chart|d3|day|ember|express|fuse|handlebars|highlight|htmx"
    r"|jquery|katex|leaflet|lodash|marked|matter|math|mermaid|ml5|moment|mustache|next|node|nuxt|p5|papaparse|pdf"
    r"|phaser|plotly|popper|prism|react|showdown|socket\.io|sql|svelte|tensorflow|tesseract|tf|three|tone|underscore"
    r"|vue)\.js|(?:bootstrap|tailwind)\.css",
    re.IGNORECASE,
)
NAME = rf"(?:[\w-]+/|\.github/)*[\w][\w.-]*\.(?:{EXTENSIONS})"
FILES = re.compile(rf"(?<![\w/.@#-])({NAME})(?![\w-]|\.\w|/)", re.IGNORECASE)
ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>\"'`)\]}]+|\bdata:[^\s<>\"'`)]+", re.IGNORECASE)
# At most 1,000 characters: without a limit, many opening marks that nothing closes take the square of their number.
QUOTED = (
    r"(?:\"(?P<{0}>[^\"]{{1,1000}})\"|“(?P<{0}2>[^”]{{1,1000}})”|`(?P<{0}3>[^`]{{1,1000}})`"
    r"|'(?P<{0}4>[^']{{1,1000}})'(?!\w))"
)
IDENTIFIER = re.compile(r"(?<![\w/&#?=.-])#(?P<id>[A-Za-z][\w-]*)|\bid\s*=\s*[\"'“`]?#?(?P<id2>[A-Za-z][\w:-]*)")
COLOUR = re.compile(r"^(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$")
QUERY = re.compile(r"(?<![\w/])(\?[A-Za-z_][\w-]*=[^\s,;\"'`)]*)")
LEAST = r"at least|minimum(?: of)?|min\.?|(?:no|not) (?:fewer|less|shorter) than|≥|>=|or more|or longer"
MOST = r"at most|maximum(?: of)?|max\.?|(?:no|not) (?:more|longer) than|up to|≤|<=|or less|or fewer|or shorter"
ABOVE, BELOW = r"more than|longer than|over|above|>", r"fewer than|less than|shorter than|under|below|<"
BOUND = rf"(?:{LEAST}|{MOST}|{ABOVE}|{BELOW}|exactly|only)"  # beside an amount
AMOUNT = r"\d[\d,]{0,11}"
RANGE = re.compile(
    rf"(?:between\s+)?(?P<low>{AMOUNT})\s*(?:-|–|—|to|and)\s*(?P<high>{AMOUNT})\s*-?\s*words?"
    rf"|(?P<bound>{BOUND})\s*(?P<amount>{AMOUNT})\s*words?"
    rf"|(?P<least>{AMOUNT})(?P<after>\+\s*words?|\s*words? {BOUND})",
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
    is_named_like_one = lower.endswith((".min.js", ".min.css")) or (lower.endswith(".js") and name[0].isupper())
    return is_named_like_one or LIBRARY.fullmatch(name) is not None


def ids_in(text: str) -> list[str]:
    """Return the ids of elements in a text ("#total", id="total"), without colours."""
    found = (match["id"] or match["id2"] for match in IDENTIFIER.finditer(without_addresses(text)))
    return list(dict.fromkeys(name for name in found if not COLOUR.match(name)))


def words_range(match: re.Match[str]) -> tuple[int, int | None]:
    """Return least and most of a RANGE, both included."""
    if match["low"]:
        return whole(match["low"]), whole(match["high"])
    low, high = bounds(match["bound"] or match["after"], whole(match["amount"] or match["least"]))
    return low or 0, high


def whole(digits: str) -> int:
    """Return a number that may have commas."""
    return int(digits.replace(",", ""))


def bounds(words: str, amount: int) -> tuple[int | None, int | None]:
    """Return least and most, both included, of an amount with a BOUND (without one: at least)."""
    if re.search(MOST, words, re.IGNORECASE):
        return None, amount
    if re.search(LEAST, words, re.IGNORECASE):
        return amount, None
    if re.search(BELOW, words, re.IGNORECASE):
        return None, max(0, amount - 1)
    if re.search(ABOVE, words, re.IGNORECASE):
        return amount + 1, None
    return amount, amount if re.search("exactly|only", words, re.IGNORECASE) else None


def group(match: re.Match[str], name: str) -> str:
    """Return a QUOTED group, whichever quotation marks it had."""
    return next((match[n] for n in (name, f"{name}2", f"{name}3", f"{name}4") if match.groupdict().get(n)), "")


def listed(text: str) -> list[str]:
    """Split "a, b and c" into its parts, without quotation marks."""
    parts = re.split(r",\s*(?:and\s+)?|(?<!\s)\s+and\s+|;|&|\n[-*]?", text)
    return [clean for part in parts if (clean := part.strip().strip(" `'\"“”:*").rstrip("."))]
