"""Stands in for actions/setup-node: uses the Node.js of this machine."""

import re
import shutil

from embedded.actions.standins.programs import version_of
from embedded.actions.standins.runner import fail, inputs, output, say


def main() -> None:
    """Check that there is a Node.js; steps find it on PATH already."""
    node = shutil.which("node")
    if not node:
        fail("There is no node on PATH. Install Node.js on this machine, or do without it in the workflow.")
    version, wanted = version_of(str(node)), re.match(r"\d+", inputs()["node-version"])
    if wanted and not version.startswith(f"{wanted[0]}."):
        say(f"::warning::Node.js {wanted[0]} is not on this machine; this step uses {version} instead.")
    output("node-version", f"v{version}")
    output("cache-hit", "false")
