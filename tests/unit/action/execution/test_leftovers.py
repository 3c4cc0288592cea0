"""Nothing in memory passes from one command to the next; what others use there stays."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from action.execution import leftovers
from action.execution.run import CommandRunner, Ended
from action.execution.sandbox import SHARED_MEMORY
from action.execution.workplace import other_user, workplace

PATH = f"{os.environ['PATH']}:/usr/local/bin:/usr/bin:/bin"
SHARED = Path(SHARED_MEMORY)
OBJECTS = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
assert min(libc.shmget(4711, 4096, 0o1600), libc.semget(4712, 1, 0o1600), libc.msgget(4713, 0o1600)) >= 0
"""


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    return Path("/tmp") if other_user() else tmp_path  # noqa: S108 - pytest's own folder is closed for others


def run(command: str, parent: Path) -> Ended:
    with workplace(parent, other_user()) as place:
        return CommandRunner(PATH, (), 100_000).run(command, place, 60)


def test_the_next_command_finds_no_file_in_shared_memory(parent: Path) -> None:
    names = ["left-by-a-test", ".folder-by-a-test", "link-by-a-test"]
    left, folder, link = names
    first = f"cd /dev/shm; echo x > {left}; mkdir -p {folder}/deep; ln -s /etc/hosts {link}; chmod 0 {folder}"
    assert run(first, parent).return_code == 0
    assert [name for name in names if os.path.lexists(SHARED / name)] == []
    assert Path("/etc/hosts").exists()
    assert run(f"cat /dev/shm/{left}", parent).return_code != 0


def test_nor_an_object_of_system_v(parent: Path) -> None:
    user = other_user()
    user_id = user.uid if user else os.getuid()
    before = set(leftovers.objects_of(user_id))
    ended = run(f"{sys.executable} -c '{OBJECTS}'" if not user else f"python3 -c '{OBJECTS}'", parent)
    assert ended.return_code == 0, ended.stderr.text()
    assert set(leftovers.objects_of(user_id)) == before


def test_nor_can_it_make_a_message_queue(parent: Path) -> None:
    assert run("ulimit -q", parent).stdout.text().strip() == "0"


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Path]:
    """A file of the same user that a running program uses, and that a command could take for its own."""
    path = tmp_path / "used"
    reading = f"import time; f = open({str(path)!r}, 'w'); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", reading], stdout=subprocess.PIPE) as program:
        assert program.stdout
        program.stdout.readline()
        yield path
        program.kill()


def test_what_a_running_program_uses_stays(another: Path) -> None:
    (another.parent / "unused").write_text("x")
    leftovers.remove_new(set(leftovers.objects_of(os.getuid())), os.getuid(), another.parent)
    assert [path.name for path in another.parent.iterdir()] == ["used"]


def test_what_was_there_before_stays(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("x")
    before = leftovers.things_of(os.getuid(), tmp_path)
    (tmp_path / "new").write_text("x")
    leftovers.remove_new(before, os.getuid(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
