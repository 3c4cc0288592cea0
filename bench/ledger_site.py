"""A small site for each task of the ledger that is measured: three versions that differ in a few lines."""

LICENSE = (
    "MIT License\n\nCopyright (c) 2026 The owner\n\nPermission is hereby granted, free of charge, to any person …\n"
)
HEAD = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <link rel="stylesheet" href="style.css">
</head>
<body>
  <main>
    <h1>{title}</h1>
    <p id="about">Made for {key}.</p>
"""
TABLE = '    <table id="values"></table>\n'
SCROLLING = '    <div class="scroll" tabindex="0">\n      <table id="values"></table>\n    </div>\n'
END = """    <p>Total: <output id="total">0</output></p>
  </main>
  <script src="app.js"></script>
</body>
</html>
"""
STYLE = """:root { color-scheme: light dark; --accent: #2754c5; }
body { font: 1rem/1.6 system-ui, sans-serif; margin: 2rem auto; max-width: 48rem; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #ccc; padding: .4rem .6rem; text-align: left; }
"""
STICKY = "thead th { position: sticky; top: 0; background: Canvas; }\n"
SCROLL = ".scroll { overflow-x: auto; }\n"
SCRIPT = """// Reads the attachment, shows it as a table and adds it up.
const rows = text => text.trim().split("\\n").map(line => line.split(","));

async function show() {
  const answer = await fetch("data.csv");
  const [head, ...body] = rows(await answer.text());
  const table = document.querySelector("#values");
  const total = body.reduce((sum, row) => sum + Number(row.at(-1)), 0);
  for (const row of [head, ...body]) {
    const line = table.insertRow();
    for (const cell of row) line.insertCell().textContent = cell;
  }
  document.querySelector("#total").textContent = total.toFixed(2);
}
show();
"""


def site_files(name: str, key: str, place: int) -> dict[str, bytes]:
    """Return the files of a version: 0 is the first one, 2 the last one."""
    title = name.replace("-", " ").capitalize()
    page = HEAD.format(title=title, key=key) + (SCROLLING if place == 2 else TABLE) + END
    data = "day,value\n" + "".join(f"{day},{(int(key[:6], 16) >> day) % 97}\n" for day in range(14))
    texts = {
        "LICENSE": LICENSE,
        "README.md": f"# {title}\n\nOpen `index.html`.\n\n## Usage\n\nReplace `data.csv` by your own values.\n",
        "app.js": SCRIPT,
        "data.csv": data,
        "index.html": page,
        "style.css": STYLE + "".join([STICKY, SCROLL][:place]),
    }
    return {path: text.encode() for path, text in texts.items()}
