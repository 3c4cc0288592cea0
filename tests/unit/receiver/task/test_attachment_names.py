"""Names of attachments that could never be committed are refused at once, with what to rename."""

from typing import Any

import pytest
from pydantic import ValidationError

from receiver.task import Task


def named(*names: str) -> list[str]:
    """Return the names of a task's attachments; each has a content of its own."""
    body: dict[str, Any] = {
        "email": "student@example.com",
        "task": "t-1",
        "nonce": "n-1",
        "brief": "A page.",
        "evaluation_url": "https://example.com/notify",
        "attachments": [{"name": name, "url": f"data:,{number}"} for number, name in enumerate(names)],
    }
    return [attachment.name for attachment in Task.from_sender(body).attachments]


@pytest.mark.parametrize(
    "name",
    [
        ".git/config",
        "data/.git/config",
        "data/.GIT",
        "GIT~1",
        "a/git~2/b",
        ".git./config",
        "a/.git. ./b",
        ".git /x",
        ".git::$INDEX_ALLOCATION/config",
        "a/.Git:x",
        "a/\uff0egit/x",
    ],
)
def test_no_part_of_a_name_is_gits_own_folder_or_its_disguise(name: str) -> None:
    with pytest.raises(ValidationError):
        named(name)


def test_names_that_only_remind_of_git_or_of_what_is_written_anyway_are_fine() -> None:
    names = [
        "readme.md",
        "license",
        "Index.html",
        ".gitignore",
        "git",
        "a/.gitkeep",
        "git~/x",
        "digit~1",
        "my.git",
        ".github-notes.txt",
    ]
    assert named(*names) == names


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["a.csv", "A.csv"], "A.csv and a.csv are one name"),
        (["data/x", "Data/X"], "Data/X and data/x are one name"),
        (["ﬁ.txt", "fi.txt"], "fi.txt and ﬁ.txt are one name"),
        (["strasse", "straße"], "straße and strasse are one name"),
        (["index.html", "INDEX.html"], "INDEX.html and index.html are one name"),
        (["README.md/x"], "needs a folder where the file README.md is"),
        (["index.html/notes.txt"], "needs a folder where the file index.html is"),
        (["License/mit/a.txt"], "needs a folder where the file LICENSE is"),
        (["a/b/c", "A/b"], "a/b/c needs a folder where the file A/b is"),
        (["b", "b/c"], "b/c needs a folder where the file b is"),
    ],
)
def test_names_that_stand_in_each_others_way_are_refused(names: list[str], reason: str) -> None:
    with pytest.raises(ValidationError) as raised:
        named(*names)
    assert reason in str(raised.value)
    assert "; rename the " in str(raised.value)


def test_the_reason_fits_its_field_however_long_the_names_are() -> None:
    with pytest.raises(ValidationError) as raised:
        named("a" * 200, "A" * 200)
    (error,) = raised.value.errors()
    reason = str(error["ctx"]["error"])
    assert len(reason) <= 300
    assert reason.endswith("rename the first of them")


def test_what_a_page_has_anyway_may_be_attached_under_its_exact_name() -> None:
    names = ["README.md", "LICENSE", "index.html", "docs/readme.md", "data/a.csv", "data/b.csv"]
    assert named(*names) == names


def test_more_attachments_than_a_page_can_hold_are_refused() -> None:
    assert len(named(*(f"{number}.txt" for number in range(150)))) == 150
    with pytest.raises(ValidationError, match="151 attachments and at most 150"):
        named(*(f"{number}.txt" for number in range(151)))


@pytest.mark.parametrize(
    "name",
    [
        ".gitattributes",
        "data/.GitAttributes",
        ".gitmodules",
        "GITATT~1",
        "gi7eba~1",
        ".gitmodules ./x",
        ".gitattributes::$DATA",
        "CNAME",
        "cname/x.txt",
        "pagewright-commit.txt",
        "Pagewright-Commit.txt/x.txt",
    ],
)
def test_what_steers_git_or_the_page_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="rename it"):
        named(name)


def test_names_that_only_remind_of_those_are_fine() -> None:
    names = ["docs/CNAME", "gitattributes.txt", "a/pagewright-commit.txt", "my.gitmodules", "cname.txt"]
    assert named(*names) == names


def test_signs_that_other_systems_have_in_no_name_are_fine_as_far_as_they_can_be_stored() -> None:
    names = ["Screenshot 10:30.png", "data?.csv", '"a" <b>|*.txt', "100 %.csv", "aux.csv"]
    assert named(*names) == names
    with pytest.raises(ValidationError, match="too many of the signs"):
        named(":" * 90)
