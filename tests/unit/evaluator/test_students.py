"""Lists of students as instructors have them; what is wrong with one is said line by line, and no secret with it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from evaluator.errors import StudentsAreWrong
from evaluator.students import Student, StudentList, read_students, students_in

ANN = Student("ann@x.example", "https://ann.example/api", "ann-secret")


def test_a_plain_list_is_read(tmp_path: Path) -> None:
    path = tmp_path / "class.csv"
    path.write_text("email,endpoint,secret,task\nann@x.example,https://ann.example/api,ann-secret,\n\n,,,\n")
    assert read_students(path) == StudentList((ANN,))


def test_a_form_s_export_with_a_byte_order_mark_semicolons_and_other_names_is_read(tmp_path: Path) -> None:
    path = tmp_path / "class.csv"
    rows = (
        "Timestamp;Email Address;Secret;API_URL;Task\n1;Ann@X.example ; ann-secret;https://ann.example/api;bird-count\n"
    )
    path.write_bytes(b"\xef\xbb\xbf" + rows.encode())
    assert read_students(path).students == (
        Student("ann@x.example", "https://ann.example/api", "ann-secret", "bird-count"),
    )


def test_of_two_lines_for_one_student_the_last_one_counts__and_two_tasks_are_two_lines() -> None:
    lines = ["a@b.c,https://old.example,s1,", "A@b.c,https://new.example,s2,", "a@b.c,https://new.example,s2,other"]
    found = students_in("\n".join(["email,endpoint,secret,task", *lines]), "class.csv")
    assert [(each.endpoint, each.template) for each in found.students] == [
        ("https://new.example", ""),
        ("https://new.example", "other"),
    ]
    assert found.remarks == ("Line 3 is for a@b.c again and takes the place of the line before.",)


def test_a_student_may_have_a_deadline_of_their_own__an_empty_cell_is_none() -> None:
    lines = ["ann@x.example,https://a.example,s,2026-12-01T18:00+01:00", "bob@x.example,https://b.example,s,"]
    ann, bob = students_in("\n".join(["email,endpoint,secret,Deadline", *lines]), "class.csv").students
    assert (ann.deadline, bob.deadline) == (datetime(2026, 12, 1, 17, tzinfo=UTC).timestamp(), None)


def test_every_wrong_line_is_named__and_no_secret_is_shown() -> None:
    text = "email,endpoint,secret\nann,https://a.example,hidden-1\nb@c.d,ftp://b.example,hidden-2\nc@d.e,,hidden-3\n"
    with pytest.raises(StudentsAreWrong) as caught:
        students_in(text, "class.csv")
    said = str(caught.value)
    assert "line 2: email is no email address; line 3: endpoint is no http or https address" in said
    assert "line 4: endpoint is missing" in said
    assert "hidden" not in said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        ("\n\n", "it is empty"),
        (",,,\n", "it is empty"),
        (
            "email,endpoint,secret,deadline\na@b.c,https://a.example,s,01/12/26",
            "line 2: deadline is not a date and time",
        ),
        ("email;endpoint\na@b.c;https://a.example", "no column secret"),
        ("email,endpoint,secret\n", "there is no student in it"),
        ("email,endpoint,secret\na@b.c,https://[oops,s", "line 2: endpoint is no http"),
        ("email,endpoint,secret\na@b.c,https://a.example," + "s" * 3_000, "secret is longer than 2000"),
    ],
)
def test_what_no_list_is_said(text: str, reason: str) -> None:
    with pytest.raises(StudentsAreWrong, match=reason):
        students_in(text, "class.csv")


def test_a_list_in_another_encoding_or_place_is_said_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "class.csv"
    path.write_bytes("email,endpoint,secret\nä@b.c,https://a.example,s".encode("latin-1"))
    with pytest.raises(StudentsAreWrong, match="CSV UTF-8"):
        read_students(path)
    for place in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(StudentsAreWrong, match="cannot be read"):
            read_students(place)
    path.write_bytes("email,endpoint,secret\n".encode("utf-16"))
    with pytest.raises(StudentsAreWrong, match="CSV UTF-8"):
        read_students(path)


def test_a_student_is_shown_without_the_secret() -> None:
    assert "ann-secret" not in repr(ANN)
