"""Shapes that inputs of several targets share: text with long runs, broken JSON, names of files."""

import json
from typing import Any

from hypothesis import strategies as st

LONGEST = 60_000  # characters of one text; attackers and failing models need no more
RUNS = (1, 2, 3, 40, 500, 5_000, 40_000)
NASTY = "\0\r\n\t \\\"'`<>[]{}()/|~#*_-=:;,.&%$!?@\u00a0\u2028\u202e\ufeff\ud800\u00e9\u0301\u212a\U0001f600"
SIGN = st.sampled_from(NASTY) | st.characters(exclude_categories=["Cs"])
WORD = st.sampled_from(["a", "page", "index.html", "x1", "the", "0", "é", "data.csv", "README.md", "\ud800"])


def text_of(*pieces: str, longest: int = LONGEST) -> st.SearchStrategy[str]:
    """Return texts made of `pieces` (the words of a format) and of anything, each of them once or very often."""
    piece = st.sampled_from(pieces or (" ",)) | st.sampled_from([" ", "\n", "\t", "\\a"]) | SIGN | WORD
    group = st.lists(piece, min_size=1, max_size=3).map("".join)
    run = st.builds(lambda text, times: text * min(times, longest // len(text)), group, st.sampled_from(RUNS))
    return st.lists(piece | group | run, max_size=12).map(lambda parts: "".join(parts)[:longest])


NAMES = [
    "index.html",
    "README.md",
    "readme.md",
    "LICENSE",
    "license/x",
    "data.csv",
    "a:b.txt",
    "CON",
    ".git/x",
    "../x",
    ".github/workflows/x.yml",
    "a/b/c.js",
    "a",
    "A",
    "a/",
    "/a",
    "a//b",
    "a.",
    "cname",
    "git~1",
    "é",
    "é",
    "pagewright-commit.txt/x.txt",
    ".nojekyll",
    ".GIT/config",
    "a\\b",
]
NAME = st.sampled_from([*NAMES, " a", "a ", ""]) | st.lists(SIGN | WORD, max_size=5).map("".join)
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, 1, 1.0, "1", "", 10**30, -1])
    | st.text(SIGN, max_size=20)
)
JSON = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(SIGN, max_size=5) | WORD, inner, max_size=4),
    max_leaves=10,
)


def half_valid(valid: dict[str, Any], fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return `valid` with one or two of its fields changed, perhaps one missing, and perhaps one that nobody knows.

    With more faults than that, the first one would hide the others.
    """
    names = st.sets(st.sampled_from(sorted(fields)), max_size=2)
    changes = names.flatmap(lambda some: st.fixed_dictionaries({name: fields[name] | JSON for name in sorted(some)}))
    missing = st.just(set[str]()) | st.sets(st.sampled_from(sorted(valid)), max_size=1)
    more = st.just(dict[str, Any]()) | st.dictionaries(WORD, JSON, max_size=1)
    return st.builds(
        lambda change, gone, unknown: {
            name: value for name, value in {**unknown, **valid, **change}.items() if name not in gone
        },
        changes,
        missing,
        more,
    )


def as_json(value: Any) -> str:
    """Return JSON that any reader accepts; half of a surrogate pair becomes an escape."""
    return json.dumps(value)
