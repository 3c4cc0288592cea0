import csv
import json
from xml.etree import ElementTree

import pytest
import yaml

from embedded.model.named_files import KINDS, named_files, placeholder

BRIEF = """Write nine files: index.html, `facts.json`, "about.md", data/table.csv, pic.svg, notes.txt and style.css.
Also feed.xml and config.yaml. Load https://cdn.example.org/lib/x.js and highlight.js; see docs at example.org/a.html.
Not files: version 1.2.3, e.g. this, user@example.md, #main.js and .github/workflows/ci.yml."""


def test_the_brief_s_own_names_are_found_in_order() -> None:
    assert list(named_files(BRIEF)) == [
        *("index.html", "facts.json", "about.md", "data/table.csv", "pic.svg", "notes.txt", "style.css"),
        *("feed.xml", "config.yaml"),
    ]


def test_a_name_comes_with_the_sentence_that_names_it() -> None:
    assert named_files("First words. Put the columns into columns.json. Last words.") == {
        "columns.json": "Put the columns into columns.json."
    }


AWKWARD = 'He said "<&>" \\ and: */ it\'s #1, really — yes'


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_placeholder_that_says_what_it_is(kind: str) -> None:
    content = placeholder(f"folder/name{kind}", AWKWARD)
    assert "stand-in" in content
    assert content.endswith("\n")


def test_placeholders_are_valid_whatever_the_brief_says() -> None:
    assert json.loads(placeholder("a.json", AWKWARD))["asked"] == AWKWARD
    assert yaml.safe_load(placeholder("a.yaml", AWKWARD))["asked"] == AWKWARD
    assert [len(row) for row in csv.reader(placeholder("a.csv", AWKWARD).splitlines())] == [3, 3]
    for name in ("a.svg", "a.xml"):
        assert AWKWARD in "".join(ElementTree.fromstring(placeholder(name, AWKWARD)).itertext())  # noqa: S314 - ours
    assert placeholder("a.css", AWKWARD).count("*/") == 1
