"""Make the .venv that all targets share: pip installs uv, and uv the rest. What fails is said in three parts.

python -m embedded.install VENV [GROUP]: of requirements/GROUP.txt, else of dev.txt

Runs before anything is installed, so it uses the standard library only.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from action.installation import CannotInstall, environment_of_uv, run

REQUIREMENTS = Path(__file__).parents[1] / "requirements"
KEPT = ("cache", "tool_cache", "lock")  # what was downloaded is not downloaded again
INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX_STRATEGY")
LEAST_BYTES = 100_000_000  # pip and uv alone; what they install takes 0.6 GB, but may be in a cache already
AGAIN = "make the same again"


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Install, and return the exit code."""
    signal.signal(signal.SIGTERM, stop)
    venv, lock = Path(arguments[0]).resolve(), REQUIREMENTS / f"{(*arguments[1:], 'dev')[0]}.txt"
    try:
        with only_one(venv):
            if not is_complete(venv, lock):
                install(venv, lock, environ)
    except CannotInstall as error:
        print(f"Pagewright could not be installed: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Pagewright could not be installed: {explained(error, venv)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Nothing half-made is used: the next make begins again.", file=sys.stderr)
        return 130
    return 0


def stop(*_: object) -> NoReturn:
    """Let SIGTERM end what Ctrl-C ends."""
    raise KeyboardInterrupt


@contextmanager
def only_one(venv: Path) -> Iterator[None]:
    """Wait while another make installs into the same folder."""
    venv.mkdir(parents=True, exist_ok=True)
    with (venv / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_complete(venv: Path, lock: Path) -> bool:
    """Whether another make has installed everything meanwhile."""
    done = venv / "installed"
    wanted = (lock, REQUIREMENTS / "bootstrap.txt")
    return done.exists() and all(done.stat().st_mtime >= file.stat().st_mtime for file in wanted)


def install(venv: Path, lock: Path, environ: Mapping[str, str]) -> None:
    """Fill the folder; `installed` appears last and says where everything came from. Raises CannotInstall."""
    done, python, uv = venv / "installed", str(venv / "bin" / "python"), str(venv / "bin" / "uv")
    if not done.exists():
        clear(venv)
    if shutil.disk_usage(venv).free < LEAST_BYTES:
        raise CannotInstall(
            f"{venv} has too little room. Likely cause: the disk is full. Next step: free about 1 GB, then {AGAIN}."
        )
    done.unlink(missing_ok=True)
    run([sys.executable, "-m", "venv", str(venv)], environ, AGAIN)
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]
    run([*pip, "-r", str(REQUIREMENTS / "bootstrap.txt")], environ, AGAIN)
    told = {"UV_CACHE_DIR": str(venv / "cache"), **environment_of_uv(python, environ)}
    sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", python]
    run([*sync, str(lock)], told, AGAIN)
    done.write_text(json.dumps(source(told)))


def clear(venv: Path) -> None:
    """Remove what an installation left that was stopped, and keep what it downloaded."""
    for each in venv.iterdir():
        if each.name in KEPT:
            continue
        shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()


def source(told: Mapping[str, str]) -> dict[str, str]:
    """Return how the jobs on the embedded GitHub find the same packages, which are in uv's cache: no password."""
    return {name: re.sub(r"//[^/@\s]+@", "//", told[name]) for name in (*INDEX, "UV_CACHE_DIR") if told.get(name)}


def explained(error: OSError, venv: Path) -> str:
    """Return the three parts of an error of the file system."""
    return (
        f"{error.filename or venv} cannot be written ({error.strerror}). Likely cause: it belongs to somebody else, or "
        f"the disk is full. Next step: make room, or use a checkout of your own, then {AGAIN}."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
