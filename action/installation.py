"""Where pip works, uv works: its index, proxy and certificates come from pip's settings, and a failure is explained.

Runs before anything is installed, so it uses the standard library only. `make install` and the runner share it.
"""

import ast
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

SECTIONS = ("global", "install", ":env:")  # of `pip config list`; the last one wins
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)  # where Linux has the system's certificates
CERTIFICATES_OF_PIP = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # besides its setting cert, and in this order
CERTIFICATES_OF_UV = ("SSL_CERT_FILE", "SSL_CERT_DIR")
NAMES_OF_UV = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "find-links": ("UV_FIND_LINKS",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "proxy": ("ALL_PROXY", "HTTPS_PROXY", "https_proxy"),
    "client-cert": ("SSL_CLIENT_CERT",),
    "timeout": ("UV_HTTP_TIMEOUT",),
    "default-timeout": ("UV_HTTP_TIMEOUT",),
}  # the first one is set, unless one of them is there already


class Explanation(NamedTuple):
    """What words in the output of pip, venv or uv mean."""

    words: str
    cause: str
    next_step: str


EXPLANATIONS = (
    Explanation(
        r"no space left|os error 28\b|errno 28\b|quota exceeded",
        "the disk is full.",
        "Free about 1 GB",
    ),
    Explanation(
        r"hash mismatch|do not match the hashes",
        "the index, or a proxy in between, gave other bytes than those that were locked.",
        "Use another index (PIP_INDEX_URL)",
    ),
    Explanation(
        r"certificate_verify_failed|certificate verify failed|invalid peer certificate|unknownissuer",
        "the index's certificate comes from an authority that this machine does not know, such as your company's.",
        "Add its certificate to those of the system, or name a file with it in PIP_CERT",
    ),
    Explanation(
        r"ensurepip is not|no module named '?(ensurepip|venv|pip)",
        "Python's own pip is not installed: on Debian and Ubuntu it is in a package of its own.",
        "sudo apt-get install python3-venv",
    ),
    Explanation(
        r"no such file or directory: 'uv'",
        "uv is not installed.",
        "Look at the log of the step that installs it",
    ),
    Explanation(
        r"permission denied|os error 13\b|errno 13\b|read-only file system|os error 30\b|errno 30\b",
        "a folder belongs to somebody else, or cannot be written.",
        "Use a checkout of your own",
    ),
    Explanation(
        r"connection|error sending request|name resolution|dns error|timed out|proxy|unreachable|from versions: none",
        "there is no network, or the package index cannot be reached or is not complete.",
        "Connect it, or name an index that you can reach in PIP_INDEX_URL (behind a proxy: HTTPS_PROXY)",
    ),
    Explanation(
        r"no matching distribution|no version of|unsatisfiable|not found in the package registry|no wheels",
        "the index does not have this version, or not for this machine and this Python.",
        "Use a complete index (PIP_INDEX_URL), or Python 3.11 to 3.13",
    ),
)
UNKNOWN = Explanation("", "it is in the words of the program above.", "Mend it")


class CannotInstall(Exception):
    """What happened, the likely cause and the next step, in one text."""


def run(command: list[str], environ: Mapping[str, str], again: str) -> None:
    """Run pip, venv or uv; show what it said when it fails. `again` is how to try once more. Raises CannotInstall."""
    try:
        done = subprocess.run(
            command,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        is_done, said = not done.returncode, done.stdout
    except OSError as error:
        is_done, said = False, str(error)
    if is_done:
        return
    sys.stderr.write(said.rstrip() + "\n")
    found, program = explanation_of(said), " ".join([Path(command[0]).name, *command[1:4]])
    raise CannotInstall(f"{program} failed. Likely cause: {found.cause} Next step: {found.next_step}, then {again}.")


def explanation_of(said: str) -> Explanation:
    """Return the explanation of the words that a program ended with."""
    return next((each for each in EXPLANATIONS if re.search(each.words, said, re.IGNORECASE)), UNKNOWN)


def environment_of_uv(python: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which uv installs what pip of the interpreter `python` would."""
    told = for_uv(settings_of_pip(python, environ), environ, system_certificates=system_has_certificates())
    return {**environ, **told}


def settings_of_pip(python: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return what pip is told by its files and its variables; nothing when there is no pip."""
    command = [python, "-I", "-m", "pip", "config", "list"]  # -I: no pip of the folder we are in
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    return read_settings(done.stdout) if not done.returncode else {}


def read_settings(listed: str) -> dict[str, str]:
    """Read the output of `pip config list`: lines such as global.index-url='https://…'."""
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if section in found:
            found[section][key.replace("_", "-")] = str(ast.literal_eval(value))
    return {key: value for section in SECTIONS for key, value in found[section].items()}


def for_uv(pip: Mapping[str, str], environ: Mapping[str, str], *, system_certificates: bool) -> dict[str, str]:
    """Return the variables that tell uv the same. What is said to uv already stays."""
    told = dict(translated(pip, environ))
    if system_certificates and not environ.get("UV_SYSTEM_CERTS") and not environ.get("UV_NATIVE_TLS"):
        told["UV_SYSTEM_CERTS"] = "true"
    named = next((environ[name] for name in CERTIFICATES_OF_PIP if environ.get(name)), "")
    if certificates := pip.get("cert") or ("" if any(map(environ.get, CERTIFICATES_OF_UV)) else named):
        told["SSL_CERT_DIR" if Path(certificates).is_dir() else "SSL_CERT_FILE"] = certificates
    if "UV_INDEX" in told:
        told["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip chooses; the hashes say that it is the right one
    return told


def translated(pip: Mapping[str, str], environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the variables of the settings that differ in nothing but their names."""
    for key, names in NAMES_OF_UV.items():
        if key in pip and not any(environ.get(name) for name in names):
            separator = "," if key == "find-links" else " "
            yield names[0], separator.join(pip[key].split())


def system_has_certificates() -> bool:
    """Whether uv will find certificates in the system: a small container may have none. macOS always has some."""
    known = (ssl.get_default_verify_paths().cafile, *BUNDLES)
    return not sys.platform.startswith("linux") or any(path and Path(path).exists() for path in known)
