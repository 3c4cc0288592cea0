"""The evaluator as a program over real HTTP: scripted students, kill -9, and how it is stopped."""

import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from embedded.system.addresses import any_free_ports
from embedded.system.system import CHECKOUT
from evaluator.arguments import typed
from tests.embedded.lesson import SECRET, Class
from tests.embedded.scripted_students import Answer, Students, wait_for
from tests.embedded.senders import ENVIRONMENT

pytestmark = pytest.mark.timeout(900)
# Why each of them has no score, or not the full one, in round 1.
WHY = {
    "stranger": ("refused", r"^the endpoint answered 401 Unauthorized.*\(3 attempts; no more are made\)$"),
    "broken": ("refused", r"^the endpoint answered 500 Internal Server Error.*\(3 attempts; no more are made\)$"),
    "hangs": ("unreachable", r"^no answer: it took too long \(3 attempts; no more are made\)$"),
    "inside": ("unreachable", r"^no answer: its host is not on the public internet \(3 attempts"),
    "nowhere": ("unreachable", r"^no answer: its host name cannot be resolved \(3 attempts"),
    "down": ("unreachable", r"^no answer: no connection to its host was possible \(3 attempts"),
    "plain": (
        "unreachable",
        r"^no answer: its TLS certificate is not valid for this host, or no TLS is spoken there \(",
    ),
    "silent": ("no callback", r"^no callback came within 0\.2 minutes$"),
    "liar": ("callback refused", r"^a callback was refused: nonce does not match what was sent$"),
    "good": ("repository missing", r"^the repository cannot be read: .*; given 0 of 2; fails: .*notes\.txt exists"),
    "late": ("repository missing", r"fails: .*; other checks that fail: the callback came late"),
}


def test_students_of_all_kinds_get_what_they_deserve(tmp_path: Path) -> None:
    script = {
        "good": [Answer(calls_back_after=0.2)],
        "slow-start": [Answer(500), Answer(503), Answer(calls_back_after=0.2)],
        "works-before-it-answers": [Answer(seconds=1, calls_back_after=0.0)],
        "broken": [Answer(500)],
        "hangs": [Answer(seconds=30)],
        "silent": [Answer()],
        "late": [Answer(calls_back_after=7.5)],
        "liar": [Answer(calls_back_after=0.2, wrong=(("nonce", "made-up"),))],
        "stranger": [Answer(401)],
    }
    students = Students(script)
    try:
        people = [(f"{name}@x.example", f"{students.url}/api", f"{SECRET}-{name}") for name in script]
        people.append(("inside@x.example", "http://10.0.0.1/api", f"{SECRET}-inside"))
        down = any_free_ports(1)[0]
        for name, host in (("nowhere", "http://nowhere.invalid"), ("down", f"http://localhost:{down}")):
            people.append((f"{name}@x.example", f"{host}/api", f"{SECRET}-{name}"))
        people.append(("plain@x.example", f"https://localhost:{students.server_port}/api", f"{SECRET}-plain"))
        lesson = Class(
            tmp_path / "class",
            people,
            allowed_hosts=[f"localhost:{students.server_port}", f"localhost:{down}"],
            repository_server=students.url,
            seconds_for_answer=3,
            retry_after_minutes=[0.02, 0.02],
            minutes_for_callback=0.1,
            minutes_until_given_up=0.2,
            minutes_for_page=0.0001,
            browser=False,
        )
        looked = lesson.run("check-endpoints")
        assert not students.received, "nothing but a GET comes before the tasks"
        said = lesson.run("run")
    finally:
        students.close()
    assert "inside@x.example\tunreachable\tNo answer: its host is not on the public internet." in looked.splitlines()
    assert "9 students name it" in looked
    asked = {name: len(requests) for name, requests in students.received.items()}
    assert asked == {
        **dict.fromkeys(("good", "works-before-it-answers", "late"), 2),
        "slow-start": 4,
        **dict.fromkeys(("broken", "hangs", "stranger"), 3),
        **dict.fromkeys(("silent", "liar"), 1),
    }, said
    for requests in students.received.values():
        assert len({(each["round"], each["nonce"]) for each in requests}) == len({each["round"] for each in requests})
    summary = {(row["email"].partition("@")[0], row["round"]): row for row in lesson.table("summary")}
    assert {key: row["callback"] for key, row in summary.items()} == {
        **{(name, number): "in time" for name in ("good", "slow-start", "works-before-it-answers") for number in "12"},
        ("late", "1"): "late",
        ("late", "2"): "late",
        **{(name, "1"): "none" for name in WHY if name not in {"good", "late"}},
    }
    assert students.told["liar"] == [400]
    attempts = lesson.rows(
        "SELECT s.email, a.said FROM attempts a JOIN requests r ON r.id = a.request"
        " JOIN students s ON s.id = r.student ORDER BY a.id"
    )
    words = {
        name: [row["said"] for row in attempts if row["email"].startswith(name)]
        for name in ("broken", "hangs", "inside")
    }
    assert words["broken"] == ["500 Internal Server Error: {}"] * 3
    assert words["hangs"] == ["No answer: it took too long."] * 3
    assert words["inside"] == ["No answer: its host is not on the public internet."] * 3
    results = {(row["email"], row["round"], row["check"]): row for row in lesson.table("results")}
    public = results["good@x.example", "1", "The repository is public and has the commit of the callback"]
    assert public["state"] == "fail", public
    assert f"{typed('status', lesson.folder, '--failed')}\n" in said

    screen = [line.split("\t") for line in lesson.run("status", "--failed").splitlines()]
    shown = {(line[0].partition("@")[0], line[1]): line for line in screen if len(line) == 6}
    totals = {
        (row["email"].partition("@")[0], row["round"]): row for row in results.values() if row["origin"] == "total"
    }
    for name, (state, reason) in WHY.items():
        in_summary, in_results, on_screen = summary[name, "1"], totals[name, "1"], shown[name, "1"]
        assert in_summary["state"] == in_results["check"] == on_screen[2] == state, name
        assert in_summary["reason"] == in_results["reason"] == on_screen[5].partition(". -> ")[0], name
        assert re.search(reason, in_summary["reason"]), in_summary["reason"]
        assert on_screen[5].partition(". -> ")[2], f"{name} is not told what to do"
        assert bool(in_summary["score"]) == (state == "repository missing")

    lesson.run("report")
    page = (lesson.folder / "report.html").read_text(encoding="utf-8")
    assert all(f"{name}@x.example" in page for name in WHY)
    written = [
        path.read_text(encoding="utf-8")
        for path in lesson.folder.glob("*.[ch][st][vm]*")
        if path.name != "students.csv"
    ]
    assert len(written) == 4
    assert SECRET not in "".join(written)


def test_a_stop_says_what_to_type_to_go_on(tmp_path: Path) -> None:
    lesson = Class(tmp_path / "class", [("ann@x.example", "http://10.0.0.1/api", SECRET)])
    for step, number, code in (("run", signal.SIGINT, 130), ("serve", signal.SIGTERM, 0)):
        process = subprocess.Popen(
            lesson.command(step),
            cwd=CHECKOUT,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        assert any(line.startswith("Callbacks: ") for line in process.stdout)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert (said, process.returncode) == (f"Stopped. To go on, type: {typed(step, lesson.folder)}\n", code)


def test_kill_9_while_sending__nothing_that_was_answered_200_is_sent_again__and_nonces_stay(tmp_path: Path) -> None:
    names = [f"s{number}" for number in range(24)]
    students = Students({name: [Answer(seconds=0.3)] for name in names})
    try:
        people = [(f"{name}@x.example", f"{students.url}/api", SECRET) for name in names]
        lesson = Class(
            tmp_path / "class", people, allowed_hosts=[f"localhost:{students.server_port}"], requests_at_once=3
        )
        accepted = "SELECT nonce FROM tasks WHERE accepted_at IS NOT NULL"
        with lesson.running("run") as process:
            wait_for(lambda: len(lesson.rows(accepted)) >= 6, 120)
            process.send_signal(signal.SIGKILL)
            process.wait(30)
        before = {row["nonce"] for row in lesson.rows(accepted)}
        assert 6 <= len(before) < 24, "it was not killed in the middle"
        time.sleep(1)
        lesson.run("send")
    finally:
        students.close()
    counts = {name: [each["nonce"] for each in requests] for name, requests in students.received.items()}
    assert sorted(counts) == sorted(names)
    assert all(len(set(nonces)) == 1 for nonces in counts.values()), "a new nonce would be another task"
    assert {nonces[0] for nonces in counts.values() if len(nonces) > 1}.isdisjoint(before)
    assert sum(len(nonces) - 1 for nonces in counts.values()) <= 3, "only what was under way is sent again"
    assert len(lesson.rows(accepted)) == 24
    lesson.run("send")
    assert sum(map(len, students.received.values())) == sum(map(len, counts.values())), "nothing is left to be sent"
