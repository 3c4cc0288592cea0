"""Writes the HTML: the overview with everything in it, and the two pages that scripts fill from the JSON."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard import format as words
from dashboard.files import write
from dashboard.format import HEIGHT, WIDTH, bars, trend
from dashboard.settings import Config
from dashboard.state import STATES
from dashboard.stats_document import Stats
from dashboard.task_document import TaskSummary

HERE = Path(__file__).parent
NEWEST = 20
# Scripts that a page needs, so that the browser fetches them together instead of one after the other.
BASIC = ("dom", "words", "load")
SHARED = (*BASIC, "github", "running")
SCRIPTS = {
    "index": ("overview", *SHARED),
    "tasks": ("tasks", *BASIC),
    "task": (
        *("task", *SHARED, "timeline", "contract", "code", "files", "highlight", "languages"),
        *("compare", "diff", "restore", "builds", "results", "commands"),
    ),
}
TITLES = {"index": "Overview", "tasks": "Tasks", "task": "Task"}


def write_pages(out: Path, stats: Stats, newest: list[TaskSummary], config: Config) -> None:
    """Write the pages with their style and scripts."""
    assets = write_assets(out)
    environment = make_environment()
    shared = {"assets": assets, "config": config, "stats": stats, "policy": content_security_policy(config)}
    for page, scripts in SCRIPTS.items():
        values = {**shared, **(overview(stats, newest) if page == "index" else {})}
        text = environment.get_template(f"{page}.html").render(page=page, title=TITLES[page], scripts=scripts, **values)
        write(out / f"{page}.html", text.encode())


def write_assets(out: Path) -> str:
    """Copy style and scripts to a folder with a name of its own, so that caches never mix two generations of them."""
    files = {path.name: path.read_bytes() for path in sorted((HERE / "static").iterdir()) if path.is_file()}
    digest = hashlib.sha256()
    for name, body in files.items():
        digest.update(name.encode() + b"\0" + body + b"\0")
    folder = f"assets/{digest.hexdigest()[:12]}"
    for name, body in files.items():
        write(out / folder / name, body)
    return folder


def content_security_policy(config: Config) -> str:
    """Return what the pages may load: their own files, and answers of GitHub's API. No text becomes markup."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob:",
            f"connect-src 'self' {config.api_origin}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def make_environment() -> Environment:
    """Return Jinja with every text escaped, and the filters of the templates."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "percent": words.percent,
        "duration": words.duration,
        "money": words.money,
        "number": words.number,
        "moment": words.moment,
        "machine_time": words.machine_time,
    }
    environment.filters.update(filters)
    environment.globals["states"] = STATES
    return environment


def overview(stats: Stats, newest: list[TaskSummary]) -> dict[str, Any]:
    """Return what the overview shows besides the sums."""
    days = stats.days
    return {
        "newest": newest,
        "width": WIDTH,
        "height": HEIGHT,
        "bars": bars(days),
        "rates": trend(days, lambda day: day.mean_pass_rate, words.percent),
        "times": trend(days, lambda day: day.mean_seconds_to_callback, words.duration),
    }
