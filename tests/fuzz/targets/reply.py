"""What a model writes: file blocks with broken marks, fences, bare pages, and edits of files that are there."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from action.gates.file_policy import check_files
from action.generate.attachments import Attached
from action.generate.candidate import Draft
from action.generate.edits import EditsDoNotFit, apply_changes
from action.generate.inputs import Inputs
from action.generate.whole_site import whole_site
from action.model.lenient_reply import read_reply
from action.model.reply import Edit, Reply, parse
from receiver.task import BuildRequest, Task
from tests.fuzz.running import Target
from tests.fuzz.shapes import NAME, text_of

TOKEN = "0a1b2c3d"
TASK = Task.model_validate({"email": "a@b.example", "task": "t", "nonce": "n-1", "brief": "A page.",
                            "evaluation_url": "https://b.example/notify"})  # fmt: skip
INPUTS = Inputs(
    BuildRequest(build_id="0" * 20, task_key="1" * 20, received_at=datetime(2026, 11, 20, tzinfo=UTC), task=TASK),
    Attached({}),
)
REPLY = text_of(
    f"<<<FILE {TOKEN} ", f"<<<EDIT {TOKEN} ", f"<<<REPLACE {TOKEN}>>>\n", f"\n<<<END {TOKEN}>>>\n",
    f"<<<DELETE {TOKEN} ",
    f"<<<DONE {TOKEN}>>>", ">>>\n", ">>", "<<<FILE ", "<<<", "TOKEN ", "\n```html\n", "\n```\n", "~~~",
    "**index.html**\n",
    "<!doctype html>", "</html>", "// ... rest of the code", "`",
    '{"files": [', '{"path": "', '", "content": "', '"}', '{"a.js": "', "\\", "\\u00e", "<file path='a.js'>", "</file>",
    "&lt;", "===FILE: a.js===\n", "===END===\n",
)  # fmt: skip
LINE = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="<`~"), max_size=30)
CONTENT = st.lists(LINE, max_size=5).map(lambda lines: "\n".join(["first", *lines]) + "\n")
PATH = st.sampled_from(["index.html", "a/b.js", "data.csv", "with space.txt", "é.md"])
FILES = st.dictionaries(PATH, CONTENT, min_size=1, max_size=3)
BIG = text_of("<p>", "</p>", "  ", "\r\n", "line", longest=200_000)
EDIT = st.tuples(st.just("index.html") | NAME, BIG, text_of("<p>"))


def is_read(text: str) -> None:
    """Any text is a reply, perhaps an empty one; what the policy admits of it is what may be published."""
    reply = read_reply(text, TOKEN)
    assert reply.cut_off is None or reply.cut_off not in parse(text, TOKEN).files, "a file is whole and cut off at once"
    draft = whole_site(INPUTS, Draft().plus(reply), {}, "someone").draft
    assert check_files(draft.files) == [], "a file is admitted against the policy"
    assert not set(draft.files) & draft.deleted, "a file is written and deleted at once"


def is_read_as_written(files: dict[str, str]) -> None:
    """A careful model is never misread; blank lines at the end do not count."""
    text = "".join(f"<<<FILE {TOKEN} {path}>>>\n{body}<<<END {TOKEN}>>>\n" for path, body in files.items())
    reply = read_reply(f"{text}<<<DONE {TOKEN}>>>\n", TOKEN)
    found = {path: body.rstrip("\n") for path, body in reply.files.items()}
    assert found == {path: body.rstrip("\n") for path, body in files.items()}, "a file is not read as it was written"
    assert reply.done, "the end of a whole reply is not seen"
    assert reply.cut_off is None, "a whole file counts as cut off"


def fits_or_says_why(value: tuple[str, list[tuple[str, str, str]]]) -> None:
    """Edits apply all or not at all; whoever wrote a misfit is told about it in few words."""
    page, edits = value
    files = {"index.html": page.encode(errors="replace")}
    before = dict(files)
    try:
        after = apply_changes(files, Reply(edits=tuple(Edit(*edit) for edit in edits)))
    except EditsDoNotFit as error:
        after, said = before, error.misfits
    else:
        said = ()
        assert after.keys() == files.keys(), "an edit makes or removes a file"
    assert said or all(edit[1] for edit in edits), "an edit without a text to search for is applied"
    assert files == before, "the files of before were changed"


TARGETS = [
    Target("reply", REPLY, is_read),
    Target("careful reply", FILES, is_read_as_written),
    Target("edits", st.tuples(BIG, st.lists(EDIT, min_size=1, max_size=3)), fits_or_says_why),
]
