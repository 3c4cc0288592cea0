"""A task with executable checks, the page that passes them, and how a model writes answers about it."""

from collections.abc import Mapping

CSV = b"region,sales\r\nNorth,1000\r\nSouth,234.5\r\n"
PROGRAM = """<script>
document.addEventListener("DOMContentLoaded", async () => {
  const lines = (await (await fetch("sales.csv")).text()).trim().split(/\\r?\\n/).slice(1);
  const total = lines.reduce((sum, line) => sum + Number(line.split(",")[1]), 0);
  document.querySelector("#total-sales").textContent = total.toFixed(2);
});
</script>
"""
LIBRARY = '<script src="https://cdn.jsdelivr.net/npm/lodash@4.17.21/lodash.min.js"></script>\n'
HEADING = '<h1 id="sales-heading">Sales</h1>\n'
PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>Sales 2026</title>
{PROGRAM}{LIBRARY}</head>
<body>
{HEADING}<p>Total: <b id="total-sales">0</b></p>
</body>
</html>
"""
README = "# Sales\n\nShows the total.\n"
GOOD = {"summary.json": '{"total": 1234.5}\n', "index.html": PAGE, "README.md": README}
FORMATTED = "  document.querySelector(\"#total-sales\").textContent = total.toLocaleString('en-US');\n"
PLAIN = '  document.querySelector("#total-sales").textContent = total.toFixed(2);\n'
CHECKS = [
    'js: document.title === "Sales 2026"',
    'js: document.querySelector("#sales-heading").textContent.trim() === "Sales"',
    'js: Math.abs(parseFloat(document.querySelector("#total-sales").textContent) - 1234.5) < 0.01',
    'js: document.querySelector("script").textContent.includes("fetch(")',
    "summary.json has the key total",
]


def files(answer: Mapping[str, str]) -> str:
    return "".join(f"<<<FILE TOKEN {path}>>>\n{body}<<<END TOKEN>>>\n" for path, body in answer.items()) + DONE


DONE = "<<<DONE TOKEN>>>"


def edit(path: str, search: str, replace: str) -> str:
    return (
        f"The cause is clear.\n<<<EDIT TOKEN {path}>>>\n{search}<<<REPLACE TOKEN>>>\n{replace}<<<END TOKEN>>>\n{DONE}"
    )
