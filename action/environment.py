"""Make the Python environment of a step: only what its job needs, made once per machine, shared by parallel jobs.

Runs before anything is installed, so it uses the standard library only, and little of it: it starts six times a build.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
COMMANDS = ("find", "build")
STEPS = tuple(sorted(path.stem for path in (ROOT / "action" / "steps").glob("[!_]*.py")))
RENDER = "render"  # of the dashboard: python -m dashboard
WITH_MODEL_OR_BROWSER = ("generate", "check", "make_task", "evaluate", "explain")
REQUIREMENTS = {**dict.fromkeys(WITH_MODEL_OR_BROWSER, "generate"), RENDER: "dashboard"}  # the others': publish


class Environment(NamedTuple):
    """`folder` appears with its final name only when it is complete, so that it exists means that it is ready."""

    folder: Path
    requirements: Path

    @property
    def python(self) -> Path:
        """The interpreter of the environment."""
        return self.folder / "bin" / "python"

    @property
    def is_ready(self) -> bool:
        """Whether it can be used as it is."""
        return self.python.exists()


def requirements_of(step: str, root: Path = ROOT) -> Path:
    """Return the locked requirements of a step: the publishing job needs no browser."""
    return root / "requirements" / f"{REQUIREMENTS.get(step, 'publish')}.txt"


def environment_for(step: str, environ: Mapping[str, str], root: Path = ROOT) -> Environment:
    """Return where the environment of a step is, or will be."""
    requirements = requirements_of(step, root)
    key = hashlib.sha256(requirements.read_bytes())
    key.update("\0".join([sys.version, os.uname().sysname, os.uname().machine]).encode())
    return Environment(cache_folder(environ) / key.hexdigest()[:20], requirements)


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return a folder that later jobs on this machine find again; else one that lives as long as this job."""
    for name in ("RUNNER_TOOL_CACHE", "RUNNER_TEMP"):
        if environ.get(name):
            folder = Path(environ[name], "pagewright")
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError:
                continue
            if os.access(folder, os.W_OK):
                return folder
    raise SystemExit("Neither RUNNER_TOOL_CACHE nor RUNNER_TEMP is a folder that can be written. Run this in a job.")


def build(environment: Environment, run: Callable[[list[str]], None]) -> None:
    """Install into a folder with a name of its own, then give it the final name: first come, first served."""
    import secrets
    import shutil

    if environment.is_ready:
        return
    draft = environment.folder.with_name(f".{environment.folder.name}-{secrets.token_hex(8)}")
    try:
        python = str(draft / "bin" / "python")
        run(["uv", "venv", "--quiet", "--relocatable", "--no-project", "--python", sys.executable, str(draft)])
        run(
            ["uv", "pip", "sync", "--quiet", "--require-hashes", "--python", python, str(environment.requirements)],
        )
        publish(draft, environment)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def publish(draft: Path, environment: Environment) -> None:
    """Rename the finished folder. Another job that was faster made the same one, so that is used."""
    import shutil

    if environment.folder.exists() and not environment.is_ready:
        shutil.rmtree(environment.folder)  # its interpreter is gone from this machine
    try:
        draft.rename(environment.folder)
    except OSError:
        if not environment.is_ready:
            raise


def install(environment: Environment, environ: Mapping[str, str]) -> None:
    """Make the environment with uv, as pip of this machine is configured; end with one sentence when it fails."""
    sys.path.insert(0, str(ROOT))  # this file is run alone, by its path
    from action.installation import CannotInstall, environment_of_uv, run

    told = environment_of_uv(sys.executable, environ)
    try:
        build(environment, lambda command: run(command, told, again="run the job again"))
    except CannotInstall as error:
        raise SystemExit(str(error)) from None


def announce(environment: Environment, environ: Mapping[str, str]) -> None:
    """Tell the next steps of the action where the interpreter is and whether it is ready."""
    lines = f"python={environment.python}\nready={'true' if environment.is_ready else 'false'}\n"
    if environ.get("GITHUB_OUTPUT"):
        with Path(environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
            file.write(lines)
    sys.stdout.write(lines)


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Run `environment.py find|build <step>`."""
    if sys.version_info < OLDEST_PYTHON:
        raise SystemExit(
            f"Python {sys.version.split()[0]} is too old: 3.11 or later is needed. Next step: use a runner with a "
            "newer python3, or put actions/setup-python before this action."
        )
    if len(arguments) != 2 or arguments[0] not in COMMANDS or arguments[1] not in (*STEPS, RENDER):
        raise SystemExit(f"Usage: environment.py {'|'.join(COMMANDS)} {'|'.join((*STEPS, RENDER))}")
    command, step = arguments
    environment = environment_for(step, environ)
    if command == "build":
        install(environment, environ)
    announce(environment, environ)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
