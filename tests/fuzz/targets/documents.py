"""READMEs, HTML, JSON with paths into it, and the names and contents that the gates look at."""

from typing import Any

from hypothesis import strategies as st

from action.contract.html import read
from action.contract.kinds_data import NothingThere, values_at
from action.contract.kinds_files import SECTIONS
from action.gates.file_policy import check_files, path_of
from action.gates.secret_scan import KNOWN, scan
from action.gates.text import headings
from action.site.files import complete_readme, sections_of, with_link
from receiver.task.file_names import collisions, stored_as, wrong_with_path
from tests.fuzz.running import Target
from tests.fuzz.shapes import JSON, NAME, text_of

README = text_of(
    "# ", "\n## Setup\n", "\n## License\n", "#", "```js\n", "\n```\n", "~~~~", "\n===\n", "\n---\n", "Usage", "MIT",
    "| a |",
    "https://a.github.io/b/",
)  # fmt: skip
HTML = text_of(
    "<a ", "<a href='", "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</script>", "<script src=x", "<style", "</",
    "<!",
    "<?", "&#", "&amp", ";", "=", "'", '"', ">", "<p id=a>", "<template>", "</template>", "<link rel=canonical href=",
    "<!doctype html", "<![if", "/>", "</script",
)  # fmt: skip
SECRET_LIKE = text_of(
    "token = '", "https://a:", "@", "AKIA", "eyJ", ".eyJ", "-----BEGIN ", "PRIVATE KEY-----", "sk-", "gh"
)
PRIVATE = ("Shared-7413-Word", " Sender-7413@mail.internal ")  # an address ends where a longer one would go on


def is_completed(readme: str) -> None:
    """A README has all sections afterwards, and completing it again changes nothing."""
    brief, paths = "A page.", ["index.html", "README.md"]
    whole = complete_readme(readme, brief, paths, [])
    lacking = set(SECTIONS) - sections_of(whole)
    assert not lacking or "```" in readme or "~~~" in readme, "a section is missing after completing"
    again = complete_readme(whole, brief, paths, [])
    assert again == whole or lacking, "completing twice adds twice"
    linked = with_link(whole.encode(errors="replace"), "https://owner.github.io/a-page/")
    assert with_link(linked, "https://owner.github.io/a-page/") == linked, "the link is added twice"
    headings(readme)


def is_parsed(html: str) -> None:
    """Any text is HTML, as for a browser."""
    found = read(html)
    assert all("\n" not in word for word in found.words), "a word has a line break"


def is_found_or_said(value: tuple[Any, str]) -> None:
    """A path leads to values, or to one of the two documented errors."""
    document, path = value
    try:
        values_at(document, path)
    except (NothingThere, ValueError):
        return


def leads_to_itself(document: Any) -> None:
    """The path that a walk takes is the path back."""
    for path, value in walk(document):
        assert values_at(document, path) == [value], "a path leads elsewhere"


def walk(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Return every value below, with a path to it; names with quotes have none."""
    below: list[tuple[str, Any]] = []
    if isinstance(value, list):
        below = [entry for index, item in enumerate(value) for entry in walk(item, f"{path}[{index}]")]
    elif isinstance(value, dict):
        named = {key: item for key, item in value.items() if key and not set(key) & set("\"'")}
        below = [entry for key, item in named.items() for entry in walk(item, f'{path}["{key}"]')]
    return [(path, value), *below]


def is_judged_once(paths: list[str]) -> None:
    """What the policy admits, it admits again, and nothing that leaves the folder is among it."""
    refused = {refusal.path for refusal in check_files(dict.fromkeys(paths, b""))}
    kept = [path for path in dict.fromkeys(paths) if path not in refused]
    assert check_files(dict.fromkeys(kept, b"")) == [], "an admitted file is refused the second time"
    assert not any(part in {"..", ".git", ""} for path in kept for part in path.split("/")), "a name leaves the folder"
    assert all(path_of(stored_as(path)) == path for path in paths), "a name comes back as another one"
    assert not collisions(kept) or not all(map(wrong_with_path, kept)), "admitted names collide"


def is_found_and_not_told(value: tuple[str, str]) -> None:
    """A private value is found wherever it stands, in a file's name as well, and no finding quotes it."""
    before, after = value
    for private in PRIVATE:
        text, known = f"{before}{private}{after}", private.strip()
        for files in ({"a.txt": text.encode(errors="replace")}, {text: b""}):
            found = scan(files, [known])
            assert KNOWN in {finding.rule for finding in found}, "a private value is not found"
            assert not any(known.casefold() in f"{finding}{finding.told}".casefold() for finding in found), (
                "a finding quotes a private value"
            )


TARGETS = [
    Target("readme", README, is_completed),
    Target("html", HTML, is_parsed),
    Target(
        "json path",
        st.tuples(JSON, text_of("$", ".", "[0]", "[*]", "['a']", "[", "]", "a", longest=300)),
        is_found_or_said,
    ),
    Target("path back", JSON, leads_to_itself),
    Target("names", st.lists(NAME, max_size=8), is_judged_once),
    Target("secrets", st.tuples(SECRET_LIKE, SECRET_LIKE), is_found_and_not_told),
]
