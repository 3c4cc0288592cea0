"""Finds what looks like a secret in files that are about to become public. A finding never contains the secret."""

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

SHORTEST_KNOWN_VALUE = 6
LONGEST_READABLE_LINE = 2_000  # beyond it a line is minified code or data, where the generic rule sees ghosts
LEAST_ENTROPY = 3.7  # bits per character; words and identifiers stay below it

# No key may begin in the middle of base64 or of another word.
START = rb"(?<![A-Za-z0-9+/_-])"
SHAPES = {
    "github-token": START + rb"(?:gh[pousr]_[A-Za-z0-9_.-]{36,255}|github_pat_[A-Za-z0-9_]{22,255})",
    "google-api-key": START + rb"(?:AIza[0-9A-Za-z_-]{35}|AQ\.[A-Z][A-Za-z0-9_-]{45,})(?![0-9A-Za-z_-])",
    "aws-access-key": START + rb"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])",
    "private-key": rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----\s*[A-Za-z0-9+/=:\s\\-]{40}",
    "slack-token": START + rb"xox[abeprs]-[0-9A-Za-z-]{20,}",
    "slack-webhook": rb"hooks\.slack\.com/services/T[0-9A-Z]{6,}/B[0-9A-Z]{6,}/[0-9A-Za-z]{16,}",
    "openai-key": START + rb"sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})",
    "anthropic-key": START + rb"sk-ant-[a-z]{3,8}[0-9]{2}-[A-Za-z0-9_-]{40,}",
    "stripe-key": START + rb"(?:sk|rk)_live_[0-9A-Za-z]{20,}",
    "gitlab-token": START + rb"glpat-[0-9A-Za-z_-]{20,}",
    "npm-token": START + rb"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])",
    "hugging-face-token": START + rb"hf_[A-Za-z]{34}(?![A-Za-z0-9])",
    "pypi-token": START + rb"pypi-AgE[A-Za-z0-9_-]{60,}",
    "sendgrid-key": START + rb"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
    "telegram-token": START + rb"[0-9]{8,10}:AA[0-9A-Za-z_-]{33}(?![0-9A-Za-z_-])",
}
PATTERNS = {rule: re.compile(pattern) for rule, pattern in SHAPES.items()}
WEB_TOKEN = re.compile(START + rb"(eyJ[A-Za-z0-9_-]{10,})\.(eyJ[A-Za-z0-9_-]{10,})\.[A-Za-z0-9_-]{20,}")
PASSWORD_IN_URL = re.compile(
    rb"\b[a-z][a-z0-9+]{2,14}://([^\s:/@\"'<>`,;]{1,64}):([^\s:/@\"'<>`,;]{4,64})@[\w.-]+\.[a-z]"
)
ASSIGNMENT = re.compile(
    rb"(?i)(?:api|access|auth|secret|private|client|encryption)[_-]?(?:key|token|secret|password)|(?:secret|token|passwd|password)"
)
VALUE = re.compile(rb"""["']?\s{0,4}(?::|=|=>|:=)\s{0,4}["'`]([A-Za-z0-9_\-+/=.~]{20,120})["'`]""")
PLACEHOLDER = re.compile(
    rb"(?i)example|sample|dummy|placeholder|your|change.?me|xxxx|test|fake|insert|replace|redacted|password|0123456789"
    rb"|123456789|abcdefgh|\*\*\*|^sha\d{3}-|\$\{|\{\{|<"
)


@dataclass(frozen=True, order=True)
class Finding:
    """Where something looks like a secret, and which rule says so."""

    path: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}"


def scan(files: Mapping[str, bytes], known: Iterable[str] = ()) -> list[Finding]:
    """Return findings in order. `known` are exact values that must never appear, such as the build's own secrets."""
    needles = [needle for value in known if len(value) >= SHORTEST_KNOWN_VALUE for needle in spellings(value)]
    findings = set()
    for path, body in files.items():
        for rule, offset in scan_body(body, needles):
            findings.add(Finding(path, body.count(b"\n", 0, offset) + 1, rule))
    return sorted(findings)


def scan_body(body: bytes, needles: list[bytes]) -> Iterator[tuple[str, int]]:
    """Yield the rule and the offset of each finding."""
    for needle in needles:
        if (offset := body.find(needle)) >= 0:
            yield "known-value", offset
    for rule, pattern in PATTERNS.items():
        yield from ((rule, match.start()) for match in pattern.finditer(body))
    yield from (("web-token", match.start()) for match in WEB_TOKEN.finditer(body) if is_web_token(match))
    if b"\0" not in body[:8192]:
        yield from passwords_in_urls(body)
        yield from assignments(body)


def spellings(value: str) -> list[bytes]:
    """Return a value as it is, percent-encoded and in base64 at its beginning."""
    raw = value.encode()
    in_base64 = base64.b64encode(raw)[: len(raw) // 3 * 4]  # without the part that depends on what follows
    forms = [raw, quote(value, safe="").encode(), json.dumps(value)[1:-1].encode()]
    return list(dict.fromkeys([*forms, in_base64] if len(in_base64) >= 12 else forms))


def is_web_token(match: re.Match[bytes]) -> bool:
    """Whether three parts with dots are a signed JSON web token, and not merely similar."""
    try:
        header, claims = (
            json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))) for part in match.groups()
        )
    except (binascii.Error, ValueError):
        return False
    return isinstance(header, dict) and isinstance(claims, dict) and str(header.get("alg", "none")).lower() != "none"


def passwords_in_urls(body: bytes) -> Iterator[tuple[str, int]]:
    """Yield addresses that carry a user name and what does not look like a made-up password."""
    for match in PASSWORD_IN_URL.finditer(body):
        user, password = match.groups()
        if not PLACEHOLDER.search(password) and password not in {b"pass", b"pwd", b"secret", user}:
            yield "password-in-url", match.start()


def assignments(body: bytes) -> Iterator[tuple[str, int]]:
    """Yield `some_token = "..."` in readable lines where the value is too random for a name or a sentence."""
    start = 0
    for line in body.split(b"\n"):
        if len(line) <= LONGEST_READABLE_LINE:
            for name in ASSIGNMENT.finditer(line):
                value = VALUE.match(line, name.end())
                if value and looks_random(value[1]):
                    yield "assigned-secret", start + value.start(1)
        start += len(line) + 1


def looks_random(value: bytes) -> bool:
    """Whether a value mixes letters and digits with the entropy of a key, and is no placeholder, path or identifier."""
    if PLACEHOLDER.search(value) or value.count(b"/") > 2 or value.count(b".") > 2:
        return False
    has_both = re.search(rb"[0-9]", value) and re.search(rb"[A-Za-z]", value)
    return bool(has_both) and entropy(value) >= LEAST_ENTROPY


def entropy(value: bytes) -> float:
    """Return Shannon's entropy in bits per character."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
