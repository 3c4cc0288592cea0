"""The task of the demo in two rounds: a week of a coffee kiosk, with checks in English and in JavaScript."""

import base64
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "sample"
TYPES = {".csv": "text/csv", ".json": "application/json", ".svg": "image/svg+xml"}
TITLE = "Harbour Kiosk: one week of coffee"


def first_round() -> dict[str, Any]:
    """Return what the evaluation server asks for first."""
    return {
        "task": "harbour-kiosk",
        "round": 1,
        "brief": (
            f'Publish a page with the title "{TITLE}" that reads sales.csv in the browser. It shows the revenue of the '
            "week in #revenue (a plain number with two decimals), the cups sold in #cups and the day with the highest "
            "revenue in #best-day. Draw the revenue of each day as bars in an inline SVG with the id chart, with one "
            "colour for each drink, and list the seven days in a table with the id days. Show logo.svg. The last line "
            "of sales.csv is the till's own sum of the lines above it. Write the totals to summary.json too, with the "
            "keys revenue, cups and best_day."
        ),
        "checks": [
            'The element #revenue has the text "2754.00"',
            "revenue in summary.json is 2754",
            {"js": f'document.title === "{TITLE}"'},
            {"js": "document.querySelector('#best-day').textContent.trim() === 'Saturday'"},
            "js: document.querySelectorAll('#chart rect').length >= 28",
            "js: document.querySelectorAll('#days tbody tr').length === 7",
            "The repository has an MIT license",
        ],
        "attachments": [attached("sales.csv"), attached("logo.svg")],
    }


def second_round() -> dict[str, Any]:
    """Return the revision that is asked for once the first round is there."""
    choose = "select.value = 'Cold brew'; select.dispatchEvent(new Event('change', {bubbles: true}))"
    return {
        "task": "harbour-kiosk",
        "round": 2,
        "brief": (
            "Keep everything, and add the weather. weather.json has the temperature of each day: draw it as a line "
            "with the id temperature above the bars of the chart. Say in #insight how many cups of cold brew were "
            "sold on days with more than 25 degrees. Add a select with the id drink: first All drinks, then the drinks "
            "of sales.csv from A to Z. Numbers, chart and table follow the choice."
        ),
        "checks": [
            'The element #revenue has the text "2754.00"',
            "js: !!document.querySelector('#chart #temperature')",
            "js: document.querySelector('#insight').textContent.includes('154')",
            "js: [...document.querySelectorAll('#drink option')].map(each => each.textContent).join() === "
            "'All drinks,Cold brew,Espresso,Filter,Flat white'",
            {
                "js": f"(() => {{ const select = document.querySelector('#drink'); {choose}; "
                "return document.querySelector('#revenue').textContent === '814.80'; })()"
            },
        ],
        "attachments": [attached("weather.json")],
    }


def attached(name: str) -> dict[str, str]:
    """Return a file of the sample as senders put it into a request."""
    path = FOLDER / name
    content = base64.b64encode(path.read_bytes()).decode()
    return {"name": name, "url": f"data:{TYPES[path.suffix]};base64,{content}"}
