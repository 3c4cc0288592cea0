"""What `make up` prints: where everything is, a task to try, and how to stop."""

import os
import shlex
from pathlib import Path
from urllib.parse import urlsplit

from embedded.system.credentials import write_private
from embedded.system.system import System

TRY_FILE = "try.env"


def overview(system: System) -> str:
    """Return the overview as text."""
    addresses = system.addresses
    return f"""
Pagewright is up, with a GitHub of its own. Everything listens on this machine only. Open these in a browser:

  dashboard    {addresses.dashboard}   (there some seconds after this text)
  pages        {addresses.pages}/
  callbacks    {addresses.evaluator}/
  runs         {addresses.web}/{system.runner}/actions
  GitHub       {addresses.web}/{system.owner}
  receiver     {addresses.receiver}/
  model        {model_of(system)}

Tasks go to /ready of the receiver, with the secret {system.secret}
Addresses and secret are also in {shown(system.data.path / TRY_FILE)}, for your shell. A first task, ready to paste:

  . {shlex.quote(shown(system.data.path / TRY_FILE))}
  curl -sS "$EVALUATOR/tasks" -H 'Content-Type: application/json' -d '{{"task": "hello",
    "brief": "A page with the title \\"Hello\\" and a file named facts.json.", "checks": ["js: !!document.title"]}}'

It goes through the evaluation server, which adds the secret, a nonce and its own address for the callback.
The README has one that goes straight to the receiver. Everything is kept in {shown(system.data.path)}.
What happens is told below. Ctrl-C stops everything.
"""


def model_of(system: System) -> str:
    """Return where the model is, and which."""
    if system.model.url is None:
        return f"{system.own.model}/   (the built-in stand-in)"
    names = system.model.variables.get("GEMINI_MODEL", "the default")
    if system.model.url == system.own.model:
        return f"{system.own.model}/   ({names}, on this machine)"
    return f"{names} at {urlsplit(system.model.url).netloc}   (from your environment)"


def shown(path: Path) -> str:
    """Return a path as it is shortest from where the reader is."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def write_try_file(system: System) -> None:
    """Leave addresses and secret where a shell can read them: `. FILE`. Only the owner may."""
    addresses = system.addresses
    values = {"RECEIVER": addresses.receiver, "EVALUATOR": addresses.evaluator, "SECRET": system.secret}
    text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    write_private(system.data.path / TRY_FILE, text)
