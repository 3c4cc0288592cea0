"""`python -m tests.live`: the first day on the embedded GitHub, so that its tests are known to work before they cost.

The tests run as they do on github.com, in a process of their own: only addresses and the token differ.
"""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from embedded.github.tokens import token_key
from embedded.system.bootstrap import OWNER, RECEIVER_PERMISSIONS, TARGET_PERMISSIONS
from embedded.system.system import System
from tests.embedded.senders import CallbackServer

OF_AN_OWNER = {"secrets": "write", "variables": "write", "actions": "write"}


def main(arguments: list[str]) -> int:
    """Bring an embedded GitHub up, run the tests against it, and return their exit code."""
    callbacks = CallbackServer()
    try:
        with tempfile.TemporaryDirectory() as folder, System(Path(folder), os.environ) as system:
            told = {**os.environ, **environment_of(system), "LIVE_EVALUATION_URL": callbacks.url}
            options = ["-m", "live", "-x", "-p", "no:randomly", "tests/live"]
            command = [sys.executable, "-m", "pytest", *options, *arguments]
            return subprocess.run(command, env=told, check=False).returncode
    finally:
        callbacks.close()


def environment_of(system: System) -> dict[str, str]:
    """Return what the tests are told about an account of the embedded GitHub."""
    token = "gh" + "p_" + secrets.token_hex(18)
    permissions = {**TARGET_PERMISSIONS, **RECEIVER_PERMISSIONS, **OF_AN_OWNER}
    rights = {"login": OWNER, "kind": "pat", "permissions": permissions, "repositories": "all"}
    system.store.put("token", token_key(token), {**rights, "run_id": None, "expires_at": None})
    of_the_runner = system.store.get("variable", system.runner) or {}
    told = {name: of_the_runner[name] for name in of_the_runner if name not in {"TARGET_OWNER", "RECEIVER_URL"}}
    live = {"LIVE_OWNER": OWNER, "LIVE_TOKEN": token, "LIVE_GEMINI_API_KEY": system.model.key}
    where = {"GITHUB_API_URL": system.addresses.api, "GITHUB_SERVER_URL": system.addresses.web}
    return {**told, **live, **where, "NO_PROXY": "localhost,127.0.0.1"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
