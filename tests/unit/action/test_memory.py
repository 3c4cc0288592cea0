"""The limit of a process: what takes too much gets a MemoryError, and what it starts has the same limit."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CODE = """
from action.deadline import limit_memory
limit_memory(256 * 1024 ** 2)
try:
    bytearray(512 * 1024 ** 2)
except MemoryError:
    print("refused")
import subprocess
print(subprocess.run(["sh", "-c", "ulimit -d"], capture_output=True, text=True).stdout.strip())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not know the limit")
def test_too_much_memory_is_refused__and_processes_that_are_started_inherit_the_limit() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["refused", str(256 * 1024)]
