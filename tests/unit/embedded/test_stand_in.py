from html.parser import HTMLParser
from string import Template

from action.generate.inputs import reply_form
from action.generate.prompt_parts import PromptParts
from action.model.prompts import FOLDER, bullets, fenced, new_token, render
from action.model.reply import Reply, parse
from embedded.model.reading import read_prompt
from embedded.model.stand_in import write_reply

BRIEF = 'Make a page with the title "Sales <b>" that uses data (1).csv, and write facts.json and notes/about.md.'
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)


def filled(name: str, **values: object) -> str:
    """Fill in a real template; variables that do not matter here get a word of no meaning."""
    wanted = Template((FOLDER / f"{name}.md").read_text()).get_identifiers()
    return render(name, **(dict.fromkeys(wanted, "None.") | {key: values[key] for key in values if key in wanted}))


def prompt_for(
    brief: str, attachments: dict[str, bytes], current: dict[str, bytes] | None = None, number: int = 1
) -> tuple[str, str]:
    """Return a prompt as the generating phase writes it, and the token of its reply."""
    fence, token = new_token(), new_token()
    context = PromptParts(fence)
    task = filled(
        "task",
        round=number,
        fence=fence,
        brief=brief,
        checks=fenced(fence, "checks", bullets(["js: document.title === 'x'", "Looks good"])),
        attachments=context.attachments(attachments),
    )
    revision = filled("revision", files=context.current_files(current)) if current else ""
    return "\n".join(
        [
            filled("rules"),
            task,
            revision,
            filled("reply", token=token, form=reply_form(["facts.json"], token), named="x"),
        ]
    ), token


def reply_to(
    brief: str, attachments: dict[str, bytes], current: dict[str, bytes] | None = None, number: int = 1
) -> Reply:
    prompt, token = prompt_for(brief, attachments, current, number)
    return parse(write_reply(prompt), token)


class Titles(HTMLParser):
    """Collects the text of the title, and the names in data-attachment."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.title, self.attachments, self._inside = "", list[str](), False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "title"
        self.attachments += [value or "" for name, value in attrs if name == "data-attachment"]

    def handle_data(self, data: str) -> None:
        self.title += data if self._inside else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


def test_a_prompt_is_read_as_it_was_written() -> None:
    prompt, token = prompt_for(
        BRIEF, {"data (1).csv": b"a,b\n1,2\n", "logo.png": PICTURE}, {"index.html": b"<p>x</p>\n"}, 2
    )
    reading = read_prompt(prompt)
    assert reading is not None
    assert (reading.token, reading.brief, reading.round) == (token, BRIEF, 2)
    assert reading.checks == ("js: document.title === 'x'", "Looks good")
    assert reading.attachments == ("data (1).csv", "logo.png")
    assert reading.current_files == {"index.html": "<p>x</p>\n"}


def test_the_reply_holds_every_named_file_and_a_page_that_says_who_wrote_it() -> None:
    reply = reply_to(BRIEF, {"data (1).csv": b"a,b\n1,2\n", "logo.png": PICTURE})
    assert sorted(reply.files) == ["README.md", "facts.json", "index.html", "notes/about.md"]
    assert (reply.done, reply.cut_off, reply.faults()) == (True, None, [])
    page = Titles(reply.files["index.html"])
    assert (page.title, page.attachments) == ("Sales <b>", ["data (1).csv", "logo.png"])
    assert "no language model was used" in reply.files["index.html"]
    for section in ("Summary", "Setup", "Usage", "Code explanation", "License"):
        assert f"\n## {section}\n" in reply.files["README.md"]


def test_a_later_round_keeps_the_page_and_adds_a_section() -> None:
    first = reply_to(BRIEF, {})
    current = {name: text.encode() for name, text in first.files.items()}
    second = reply_to("Now add more.json.", {}, current, 2)
    assert sorted(second.files) == ["README.md", "index.html", "more.json"]
    before, _, after = first.files["index.html"].rpartition("</main>")
    assert second.files["index.html"].startswith(before)
    assert second.files["index.html"].endswith("</main>" + after)
    assert "Revision 2" in second.files["index.html"]
    assert "Now add more.json." in second.files["README.md"]


def test_a_page_too_long_for_the_prompt_is_left_alone() -> None:
    reply = reply_to("Change it.", {}, {"index.html": b"x" * 500_000}, 2)
    assert sorted(reply.files) == ["README.md", "revision-2.html"]


def test_an_attachment_is_never_written() -> None:
    reply = reply_to("Show index.html and facts.json.", {"index.html": b"<p>mine</p>", "facts.json": b"{}"})
    assert sorted(reply.files) == ["README.md"]


def test_a_prompt_of_somebody_else_gets_an_honest_answer() -> None:
    assert "no task" in write_reply("Tell me a joke.")
