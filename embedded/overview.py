"""What `make up` prints: where everything is, a task to try, and how to stop."""

import json

from embedded.system import System

TASK = {
    "task": "hello",
    "brief": 'A page with the title "Hello" and a file named facts.json.',
    "checks": [{"js": "!!document.title"}],
}


def overview(system: System) -> str:
    """Return the overview as text."""
    addresses = system.addresses
    model = "the built-in stand-in" if system.model.url is None else "from your environment"
    return f"""
Pagewright is up, with a GitHub of its own. Everything listens on this machine only.

  receiver     {addresses.receiver}/ready   (the secret: {system.secret})
  dashboard    {addresses.dashboard}
  runs         {addresses.web}/{system.runner}/actions
  GitHub       {addresses.web}   (its API: {addresses.api})
  pages        {addresses.pages}
  model        {addresses.model}   ({model})
  evaluation   {addresses.evaluator}/callbacks
  kept in      {system.data.path}

Send a task through the evaluation server, which adds the secret, a nonce and its own address for the callback:

  curl -s {addresses.evaluator}/tasks -H 'Content-Type: application/json' -d '{json.dumps(TASK)}'

Then look at the runs, and at {addresses.evaluator}/callbacks. Ctrl-C stops everything.
"""
