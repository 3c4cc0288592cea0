"""A class in a folder with a task of its own, and the evaluator's program that works on it."""

import csv
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from embedded.__main__ import parse
from embedded.system.addresses import any_free_ports
from embedded.system.system import CHECKOUT
from evaluator.commands import run_step
from evaluator.settings import write_example
from tests.embedded.senders import ENVIRONMENT

TEMPLATE = """
id: bird-count
kind: single page
about: A task for the test of the evaluator.
variables:
  larks: {between: [100, 999]}
rounds:
- brief: Publish a page with the title "Birds ${larks}" that shows the numbers in birds.csv, and write notes.txt too.
  attachments: [{name: birds.csv, text: "bird,number\\nlark,${larks}\\n"}]
  checks: ["js: document.title === \\"Birds ${larks}\\"", notes.txt exists, The page is a joy to look at]
- brief: Keep the page as it is and add the file trees.json with the numbers of the trees, and the file leaves.txt.
  checks: [trees.json is valid JSON, leaves.txt exists, index.html exists]
"""
IN_ONE_ROUND = TEMPLATE.replace("bird-count", "birds-once").partition("- brief: Keep")[0]
SECRET = "a-secret-of-the-students"


class Class:
    """A class in a folder, and the program that works on it. A student: email, endpoint, secret, and maybe the task."""

    def __init__(self, folder: Path, students: Sequence[tuple[str, ...]], **settings: Any) -> None:
        self.folder = folder
        self.port = any_free_ports(1)[0]
        (folder / "templates").mkdir(parents=True)
        (folder / "templates" / "bird-count.yaml").write_text(TEMPLATE)
        (folder / "templates" / "birds-once.yaml").write_text(IN_ONE_ROUND)
        write_example(folder / "evaluator.toml")
        self.set(port=self.port, task_folder="templates", tasks=["bird-count"], **settings)
        rows = "".join(",".join((*student, "")[:4]) + "\n" for student in students)
        (folder / "students.csv").write_text("email,endpoint,secret,task\n" + rows)
        self.run("init", str(folder / "students.csv"), "--public-url", f"http://localhost:{self.port}")

    def set(self, **settings: Any) -> None:
        """Change lines of evaluator.toml, as an instructor does with an editor."""
        path = self.folder / "evaluator.toml"
        text = path.read_text()
        for name, value in settings.items():
            line = f"{name} = {json.dumps(value)}".replace("\\", r"\\")
            text, changed = re.subn(rf"(?m)^{name} = .*$", line, text)
            assert changed == 1, name
        path.write_text(text)

    def command(self, step: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "embedded", "evaluator", step, str(self.folder), *arguments]

    def run(self, step: str, *arguments: str, **environ: str) -> str:
        """Run a step to its end in this process, which saves two seconds of imports, and return what it printed."""
        chosen = parse(["evaluator", step, str(self.folder), *arguments])
        printed = StringIO()
        with redirect_stdout(printed), redirect_stderr(printed):
            code = run_step(chosen, {**ENVIRONMENT, **environ})
        said = printed.getvalue()
        assert code == 0, said
        assert SECRET not in said
        return said

    @contextmanager
    def running(self, step: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
        """Run a step in the background; in the end it is gone."""
        process = subprocess.Popen(
            self.command(step, *arguments), cwd=CHECKOUT, env=ENVIRONMENT, stdout=subprocess.DEVNULL, text=True
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait(30)

    def rows(self, query: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.folder / "evaluator.sqlite3", timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]

    def table(self, name: str) -> list[dict[str, str]]:
        with (self.folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
