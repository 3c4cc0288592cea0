"""What goes wrong on somebody's first day is said with its cause and the next step, and never with a traceback."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pip
import pytest

from action.installation import CannotInstall, run
from embedded.system.system import CHECKOUT
from tests.embedded.company_index import PACKAGE, CompanyIndex
from tests.embedded.senders import ENVIRONMENT

UV = str(Path(sys.executable).parent / "uv")
PIP = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
DEBIAN = "The virtual environment was not created successfully because ensurepip is not\navailable.  On Debian"
QUICK = {"PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1", "UV_NO_CACHE": "1", "PIP_NO_INDEX": "0"}


def failing(*command: str, **environ: str) -> str:
    """Run a command that must fail, and return what it says."""
    done = subprocess.run(
        command, cwd=CHECKOUT, env={**ENVIRONMENT, **environ}, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode not in (0, 70)
    assert "Traceback" not in done.stderr + done.stdout
    return done.stderr


def make_install(folder: Path, **environ: str) -> str:
    """Run `make install` into a folder of its own."""
    return failing(
        "make", "install", f"VENV={folder / 'venv'}", HOME=str(folder), PIP_CONFIG_FILE=os.devnull, **environ
    )


def program(folder: Path, name: str, script: str) -> str:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)


def test_no_python(tmp_path: Path) -> None:
    assert "Next step: install Python 3.11 or later" in make_install(tmp_path, PYTHON="python-of-nobody")


def test_an_old_python(tmp_path: Path) -> None:
    (tmp_path / "older.py").write_text(
        "import sys\nsys.version_info, sys.version = (3, 9, 18), '3.9.18 (main)'\nexec(sys.argv[2])\n"
    )
    python = program(tmp_path, "python3.9", f'exec {sys.executable} {tmp_path}/older.py "$@"')
    said = make_install(tmp_path, PYTHON=python)
    assert "Pagewright needs Python 3.11 or later; this is 3.9.18. Next step:" in said
    assert not (tmp_path / "venv").exists()


def test_a_python_without_venv(tmp_path: Path) -> None:
    (tmp_path / "venv.py").write_text(f"import sys\nprint({DEBIAN!r})\nsys.exit(1)\n")
    said = make_install(tmp_path, PYTHON=sys.executable, PYTHONPATH=str(tmp_path))
    assert "Next step: sudo apt-get install python3-venv, then make the same again." in said


QUICK_VENV = f"""
import sys
from pathlib import Path
python = Path(sys.argv[1]) / "bin" / "python"
python.parent.mkdir(parents=True)
(python.parent / "pip").symlink_to("{Path(pip.__file__).parent}")
python.write_text(f'#!/bin/sh\\nPYTHONPATH={{python.parent}} exec {sys.executable} -S "$@"\\n')
python.chmod(0o755)
"""


def test_no_network__nothing_half_made_looks_complete(tmp_path: Path) -> None:
    """The environment is there at once, with nothing but the pip of this one: a true one takes ten seconds."""
    (tmp_path / "venv.py").write_text(QUICK_VENV)
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PYTHONPATH": str(tmp_path)}
    said = make_install(tmp_path, PYTHON=sys.executable, **nowhere, **QUICK)
    assert "Likely cause: there is no network" in said
    assert (tmp_path / "venv" / "bin" / "python").exists()
    assert not (tmp_path / "venv" / "installed").exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "venv").write_text("a file in its place")
    assert "Next step: make room, or use a checkout of your own" in make_install(tmp_path, PYTHON=sys.executable)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 1 MB, which only root can make."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs root, with the right to mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_small_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        assert "Next step: free about 1 GB" in make_install(disk, PYTHON=sys.executable)
        said = failing(sys.executable, "-m", "embedded", "up", "--data", str(disk / "data"))
        assert "the disk is full" in said
        with pytest.raises(CannotInstall, match="the disk is full"):
            run(
                [UV, "venv", str(disk / "env"), "--seed"], {**ENVIRONMENT, "UV_CACHE_DIR": str(disk / "cache")}, "again"
            )


INSTALLERS = pytest.mark.parametrize("installer", [PIP, [UV, "pip", "install"]], ids=["pip", "uv"])


@INSTALLERS
@pytest.mark.parametrize(
    ("what", "cause"),
    [("closed", "there is no network"), ("unknown", "does not know"), ("other bytes", "gave other bytes")],
)
def test_the_words_of_pip_and_uv_are_explained(
    tmp_path: Path, index: CompanyIndex, installer: list[str], what: str, cause: str
) -> None:
    url = "https://127.0.0.1:9/simple" if what == "closed" else index.url
    certificates = {"SSL_CERT_FILE": str(index.certificate), "PIP_CERT": str(index.certificate)}
    (tmp_path / "wanted.txt").write_text(f"{PACKAGE}==1 --hash=sha256:{'0' * 64}\n")
    command = [*installer, "-r", str(tmp_path / "wanted.txt"), "--require-hashes", "--target", str(tmp_path / "target")]
    environ = {**ENVIRONMENT, **QUICK, "PIP_CONFIG_FILE": os.devnull, "HOME": str(tmp_path)}
    environ |= {"PIP_INDEX_URL": url, "UV_DEFAULT_INDEX": url, **(certificates if what == "other bytes" else {})}
    with pytest.raises(CannotInstall, match=rf"failed\. Likely cause: .*{cause}.* Next step: .*, then again\."):
        run(command, environ, "again")


def up(*arguments: str, **environ: str) -> str:
    return failing(sys.executable, "-m", "embedded", "up", *arguments, **environ)


def test_no_git(tmp_path: Path) -> None:
    said = up("--data", str(tmp_path), PATH=str(tmp_path))
    assert "There is no git." in said
    assert "sudo apt-get install git" in said


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    assert 'say another folder: make up ARGS="--data DIR"' in up("--data", str(tmp_path / "a file" / "data"))


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert f"Port {port} is taken" in up("--data", str(tmp_path), "--port", port)
        (tmp_path / "students.csv").write_text("email,endpoint,secret\na@example.edu,https://a.example.edu,a-secret\n")
        evaluator = [sys.executable, "-m", "embedded", "evaluator"]
        init = [*evaluator, "init", str(tmp_path / "class"), str(tmp_path / "students.csv")]
        subprocess.run(init, cwd=CHECKOUT, env=ENVIRONMENT, check=True, capture_output=True)
        said = failing(*evaluator, "serve", str(tmp_path / "class"), "--port", port)
        assert f"Nothing can listen on 127.0.0.1:{port}" in said
        assert "say another port with --port" in said
