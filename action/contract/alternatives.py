"""What can take the place of each other: formats, currencies, units, stores, libraries, their hosts, themes.

Each has a name, the words that people use for it, and perhaps a pattern for the signs of it in a check.
"""

import re

# Formats of files: the words are their endings as well.
FORMATS: dict[str, tuple[str, ...]] = {
    **{each: (each,) for each in ("json", "csv", "tsv", "xml", "toml", "geojson", "pdf", "ics", "svg", "png", "webp")},
    "yaml": ("yaml", "yml"),
    "excel": ("xlsx", "xlsm", "xls"),
    "vcard": ("vcf",),
    "markdown": ("md", "markdown"),
    "plain text": ("txt",),
    "jpeg": ("jpg", "jpeg"),
}
PICTURES = frozenset({"svg", "png", "jpeg", "webp"})
UNITS: tuple[dict[str, tuple[str, ...]], ...] = (
    {
        "dollar": ("dollar", "dollars", "usd", "us dollars"),
        "euro": ("euro", "euros", "eur"),
        "pound": ("gbp", "british pounds", "pounds sterling"),
        "rupee": ("rupee", "rupees", "inr"),
        "yen": ("yen", "jpy"),
        "franc": ("chf", "swiss francs"),
    },
    {"celsius": ("celsius",), "fahrenheit": ("fahrenheit",), "kelvin": ("kelvin",)},
    {"kilometre": ("kilometres", "kilometers", "km"), "mile": ("miles",)},
    {"kilogram": ("kilograms", "kg"), "pound of weight": ("lbs",)},
)
TOOLS: tuple[dict[str, tuple[str, ...]], ...] = (
    {
        "cookie": ("cookie", "cookies"),
        "localstorage": ("localstorage", "local storage"),
        "sessionstorage": ("sessionstorage", "session storage"),
        "indexeddb": ("indexeddb",),
    },
    {each: (each,) for each in ("bootstrap", "tailwind", "bulma", "materialize", "pico.css")},
    {
        "chart.js": ("chart.js", "chartjs"),
        "d3": ("d3", "d3.js"),
        "plotly": ("plotly", "plotly.js"),
        "echarts": ("echarts",),
        "highcharts": ("highcharts",),
    },
    {each: (each, f"{each}.js") for each in ("react", "vue", "svelte", "jquery", "alpine")},
    {each: (each, f"{each}.js") for each in ("marked", "showdown", "markdown-it")},
    {each: (each, f"{each}.js") for each in ("highlight", "prism")},
    {each: (each, f"{each}.js") for each in ("leaflet", "openlayers", "mapbox")},
    {"jsdelivr": ("jsdelivr",), "unpkg": ("unpkg",), "cdnjs": ("cdnjs",), "esm.sh": ("esm.sh",)},
    {"cdn": ("cdn", "cdns", "external libraries", "third-party libraries", "external scripts")},
    {"dark theme": ("dark mode",), "light theme": ("light mode",)},
)
# Words that are something else as well count only where they are written like a name.
NAMES = frozenset({"react", "marked", "highlight", "prism", "alpine", "leaflet", "svelte", "vue", "showdown"})
SIGNS = {
    "dollar": r"\$\s?\d|[\"'`]\$\s?[\"'`]|\\\$|^\$(?![\w(])",
    "euro": "€",
    "pound": "£",
    "rupee": "₹",
    "yen": "¥",
    "celsius": "°\\s?C",
    "fahrenheit": "°\\s?F",
    "chart.js": r"src[*^$]?=\W*chart",
    "cdn": r"jsdelivr|unpkg|cdnjs|https?://",
    "dark theme": r"(?<![A-Za-z])dark|backgroundColor",
    "light theme": r"(?<![A-Za-z])light|backgroundColor",
}
FAMILIES = (*UNITS, *TOOLS)
ALTERNATIVES = FORMATS | {name: words for family in FAMILIES for name, words in family.items()}
NAME_OF = {word: name for name, words in ALTERNATIVES.items() for word in (*words, name)}


def spoken(name: str) -> re.Pattern[str]:
    """Return the pattern of all that speaks of one of them in a check."""
    words = [rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])" for word in (name, *ALTERNATIVES[name])]
    patterns = [*words, SIGNS[name]] if name in SIGNS else words
    return re.compile("|".join(patterns), re.IGNORECASE)


def rivals(name: str) -> frozenset[str]:
    """Return what one of them can take the place of."""
    families = [frozenset(FORMATS) - PICTURES, PICTURES, *map(frozenset, FAMILIES)]
    return frozenset(other for family in families if name in family for other in family if other != name)
