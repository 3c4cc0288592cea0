"""LICENSE, README, pages.yml and the fallback page."""

import html
import re

import pytest
import yaml

from action.contract.assertion import ReadmeSections
from action.contract.kinds_files import SECTIONS
from action.contract.verdict import PASS, Candidate
from action.site.files import (
    complete_readme,
    fallback_files,
    license_text,
    pages_workflow,
    quoted,
    sections_of,
    title_of,
    with_link,
)

BRIEF = "# Build a *page*.\n\n<script>alert(1)</script> | $5 & ``` ## Setup"


def headings(readme: str) -> list[str]:
    return re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", readme, flags=re.S), flags=re.M)


def test_the_license_is_mit_with_year_and_holder() -> None:
    text = license_text("Some\nOne $x", 2026).decode()
    assert text.startswith("MIT License\n\nCopyright (c) 2026 Some One $x\n")
    assert "WITHOUT WARRANTY OF ANY KIND" in text


def test_the_workflow_is_valid_and_deploys_the_branch_with_little_power() -> None:
    workflow = yaml.safe_load(pages_workflow("trunk/x"))
    assert workflow[True] == {"push": {"branches": ["trunk/x"]}, "workflow_dispatch": None}
    assert workflow["permissions"] == {}
    job = workflow["jobs"]["deploy"]
    assert job["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    assert job["environment"]["name"] == "github-pages"
    assert all(re.search(r"@[0-9a-f]{40}$", step["uses"]) for step in job["steps"] if "uses" in step)


def test_the_workflow_stamps_the_page_and_names_the_artifact_by_attempt() -> None:
    text = pages_workflow("main").decode()
    assert "printf '%s' \"$GITHUB_SHA\" > pagewright-commit.txt" in text
    assert text.count("github-pages-${{ github.run_attempt }}") == 2


@pytest.mark.parametrize("branch", ['a"b', "a b", "", "-x", "a\nb", "*"])
def test_a_branch_that_yaml_or_a_filter_would_misread_is_refused(branch: str) -> None:
    with pytest.raises(ValueError, match="branch"):
        pages_workflow(branch)


def test_a_missing_readme_is_written_from_the_template() -> None:
    readme = complete_readme("", BRIEF, ["index.html", "data.csv", "README.md"], ["data.csv"])
    assert sections_of(readme) == set(SECTIONS)
    assert "| `data.csv` | came with the task, unchanged |" in readme
    assert "<script>" not in readme


def test_a_complete_readme_stays_as_it_is() -> None:
    readme = (
        "# T\n\n## Overview\na\n\n## Installation\nb\n\n## How to use\nc\n\n## How it works\nd\n\n## License\nMIT\n"
    )
    assert complete_readme(readme, BRIEF, [], []) == readme


def test_missing_sections_are_added_in_order_after_what_is_there() -> None:
    readme = complete_readme("# T\n\n## Usage\n\nOpen it.\n", "Build it.", ["index.html"], [])
    assert headings(readme) == ["T", "Usage", "Summary", "Setup", "Code explanation", "License"]
    assert readme.startswith("# T\n\n## Usage\n\nOpen it.\n")


def test_a_license_section_without_its_name_gets_it() -> None:
    readme = "# T\n\n## Summary\na\n## Setup\nb\n## Usage\nc\n## Code\nd\n## License\nSee the file.\n"
    assert complete_readme(readme, BRIEF, [], []).endswith("The license is MIT, see [LICENSE](LICENSE).\n")


@pytest.mark.parametrize(
    ("readme", "has"),
    [
        ("## Setup\nrun\n", True),
        ("# Set-up & more #\nrun", True),
        ("## 🚀 Getting Started\nrun", True),
        ("## Setup\n### Step 1\nrun", True),
        ("## Setup\n\n## Usage\nrun", False),
        ("Setup: run", False),
        ("```\n## Setup\nrun\n```\n", False),
        ("## Setups\nrun", False),
    ],
)
def test_a_section_is_a_heading_with_something_below_it(readme: str, has: bool) -> None:
    assert ("Setup" in sections_of(readme)) is has


def test_the_fallback_is_complete_honest_and_escaped() -> None:
    attached = {"data & more.csv": b"a,b\n", "pic.png": b"\x89PNG"}
    files = fallback_files(BRIEF, attached, reason="No model <answered>.", holder="me", year=2026)
    page = files["index.html"].decode()
    assert set(files) == {"index.html", "README.md", "LICENSE", *attached}
    assert files["pic.png"] == b"\x89PNG"
    assert "<script>" not in page
    assert html.escape(BRIEF.strip()) in page
    assert "No model &lt;answered&gt;." in page
    assert '<a href="data%20%26%20more.csv">data &amp; more.csv</a>' in page
    assert sections_of(files["README.md"].decode()) == set(SECTIONS)


def test_an_attached_page_wins_over_the_fallback() -> None:
    files = fallback_files("x", {"index.html": b"mine"}, reason="r", holder="me", year=2026)
    assert files["index.html"] == b"mine"


def test_a_quoted_brief_cannot_become_headings_or_fences() -> None:
    assert all(line.startswith(">") for line in quoted("# a\n\n```\n## b").splitlines())


@pytest.mark.parametrize(
    ("brief", "title"),
    [
        ("Build a page. Then more.", "Build a page."),
        ("## Heading\nText", "Heading Text"),
        ("", "Task"),
        ("word " * 40, " ".join(["word"] * 15) + " …"),
    ],
)
def test_the_title_is_the_beginning_of_the_brief(brief: str, title: str) -> None:
    assert title_of(brief) == title


PAGE = "https://owner.github.io/site/"
LINE = "**Live page:** [owner.github.io/site](https://owner.github.io/site/)"


@pytest.mark.parametrize(
    ("readme", "expected"),
    [
        ("# T\n\nWords.\n", f"# T\n\n{LINE}\n\nWords.\n"),
        ("# T", f"# T\n\n{LINE}\n"),
        ("\n# T\n## Usage\nOpen.\n", f"\n# T\n\n{LINE}\n\n## Usage\nOpen.\n"),
        ("<h1>T</h1>\n", f"{LINE}\n\n<h1>T</h1>\n"),
        ("```\n# no heading\n```\n", f"{LINE}\n\n```\n# no heading\n```\n"),
        ("See https://owner.github.io/site-2/\n", f"{LINE}\n\nSee https://owner.github.io/site-2/\n"),
    ],
)
def test_a_readme_gets_a_link_to_its_page_near_the_top(readme: str, expected: str) -> None:
    once = with_link(readme.encode(), PAGE)
    assert once.decode() == expected
    assert with_link(once, PAGE) == once


@pytest.mark.parametrize("link", [PAGE, "[here](https://Owner.github.io/site)", "owner.github.io/site/index.html"])
def test_a_link_that_is_there_is_enough(link: str) -> None:
    readme = f"# T\n\n{link}\n".encode()
    assert with_link(readme, PAGE) == readme


def test_a_readme_that_is_no_text_is_left_alone() -> None:
    assert with_link(b"\xff\xfe", PAGE) == b"\xff\xfe"


@pytest.mark.parametrize(
    "heading", ["Quick start", "Installation", "How it works", "Use it", "Prerequisites", "Licence", "Set-up", "Files"]
)
def test_a_heading_that_counts_for_the_check_counts_for_what_is_filled_in(heading: str) -> None:
    readme = f"# A\n\n## {heading}\n\nWords.\n"
    filled_in = {name for name in SECTIONS if f"## {name}" not in complete_readme(readme, "b", [], [])}
    checked = {
        name
        for name in SECTIONS
        if ReadmeSections(sections=(name,)).verdict(Candidate({"README.md": readme.encode()})) == PASS
    }
    assert filled_in == checked
    assert len(checked) == 1
