"""POST /explain: what each check is read as, by the compiler in a process of its own."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from werkzeug.test import Client

from api.routes import explain

ROOT = Path(__file__).parents[4]


def test_each_check_is_answered_with_what_it_is_read_as(client: Client, owner: Any) -> None:
    sent = {
        "checks": ["#a exists", "js: document.title ===", {"odd": 1}],
        "brief": "A page.",
        "email": "s@mail.example",
    }
    response = client.post("/explain", json=sent, headers=owner)
    assert response.status_code == 200
    found = json.loads(response.data)["checks"]
    assert [each["check"] for each in found] == sent["checks"]
    assert found[0]["read_as"] == [
        {"kind": "element", "sentence": "The page has an element #a.", "executable": True, "gates": True}
    ]
    assert "syntax error" in found[1]["note"]


def test_without_the_secret_nothing_is_read(client: Client) -> None:
    assert client.post("/explain", json={"checks": ["#a exists"]}).status_code == 401


def test_what_is_no_request_is_refused_with_its_field(client: Client, owner: Any) -> None:
    bodies: tuple[dict[str, object], ...] = (
        {"checks": []},
        {"checks": ["x"], "attachments": [{"name": "../x", "url": "data:,x"}]},
    )
    for sent in bodies:
        response = client.post("/explain", json=sent, headers=owner)
        assert response.status_code == 422


def test_no_answer_in_time_is_503_and_the_next_one_has_its_turn(client: Client, owner: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(explain, "PROGRAM", (sys.executable, "-c", "import time; time.sleep(9)"))
    monkeypatch.setattr(explain, "SECONDS", 0.1)
    for _ in range(2):
        response = client.post("/explain", json={"checks": ["#a exists"]}, headers=owner)
        assert (response.status_code, json.loads(response.data)["error"]) == (503, "explain-busy")


def test_the_image_of_the_door_holds_what_the_compiler_needs(tmp_path: Path) -> None:
    for line in re.findall(r"^COPY (action.*|receiver receiver)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        *sources, target = line.split()
        for source in sources:
            place = tmp_path / (target if target.rstrip("/") == source else f"{target}{Path(source).name}")
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place)
            else:
                place.parent.mkdir(exist_ok=True)
                shutil.copy(ROOT / source, place)
    done = subprocess.run(
        explain.PROGRAM, input=b'{"checks": ["#a exists"]}', capture_output=True, cwd=tmp_path, env={}, check=False
    )
    assert json.loads(done.stdout)["checks"][0]["read_as"], done.stderr.decode()
