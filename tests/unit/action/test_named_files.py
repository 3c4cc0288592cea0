"""Which files a brief names."""

import pytest

from action.named_files import named_files


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Create summary.json, data/output.csv and about.html.", ["summary.json", "data/output.csv", "about.html"]),
        ("Write `uid.txt` (exactly as attached) and 'pelican.svg'.", ["uid.txt", "pelican.svg"]),
        ("The file dilemma.json has two keys; dilemma.json is valid.", ["dilemma.json"]),
        ("Load it from https://cdn.example.org/lib/data.json please", []),
        ("Mail me at a@b.txt or visit www.example.html", []),
        ("Use highlight.js, Chart.js, d3.js and bootstrap.min.css from a CDN", []),
        ("Put index.html, README.md and LICENSE there", []),
        ("Everything in *.json and ${seed}.csv", []),
        ("Version 2.5 of node.js and e.g. this", []),
        ("my-file_v1.2.json", ["my-file_v1.2.json"]),
        ("a.json.", ["a.json"]),
        ("a.json5 is something else", []),
    ],
)
def test_names_are_found_and_addresses_libraries_and_patterns_are_not(text: str, names: list[str]) -> None:
    assert list(named_files([text])) == names


def test_known_files_are_left_out_whatever_their_case() -> None:
    assert named_files(["Read Data.csv and write out.csv"], ["data.CSV"]) == ("out.csv",)
