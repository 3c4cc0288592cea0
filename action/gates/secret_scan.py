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

KNOWN = "known-value"  # the rule for values that are private, whatever they look like; their case does not matter
SHORTEST_KNOWN_VALUE = 6
LONGEST_READABLE_LINE = 2_000  # beyond it a line is minified code or data, where the generic rule sees ghosts
LEAST_ENTROPY = 3.7  # bits per character; words and identifiers stay below it

# A shape is matched only where one of its beginnings stands: looking for those is a hundred times faster.
SHAPES: dict[str, tuple[tuple[bytes, ...], bytes]] = {
    "github-token": (
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
        rb"gh[pousr]_[A-Za-z0-9_.-]{36,255}|github_pat_[A-Za-z0-9_]{22,255}",
    ),
    "google-api-key": ((b"AIza", b"AQ."), rb"(?:AIza[0-9A-Za-z_-]{35}|AQ\.[A-Z][A-Za-z0-9_-]{45,})(?![0-9A-Za-z_-])"),
    "aws-access-key": ((b"AKIA", b"ASIA", b"ABIA", b"ACCA"), rb"A[KSBC][IC]A[A-Z2-7]{16}(?![A-Za-z0-9])"),
    "private-key": (
        (b"-----BEGIN ",),
        rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----\s*[A-Za-z0-9+/=:\s\\-]{40}",
    ),
    "slack-token": ((b"xox",), rb"xox[abeprs]-[0-9A-Za-z-]{20,}"),
    "slack-webhook": ((b"hooks.slack.com/",), rb"hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{16,}"),
    "openai-key": (
        (b"sk-",),
        rb"sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})",
    ),
    "anthropic-key": ((b"sk-ant-",), rb"sk-ant-[a-z]{3,8}[0-9]{2}-[A-Za-z0-9_-]{40,}"),
    "stripe-key": ((b"sk_live_", b"rk_live_"), rb"[sr]k_live_[0-9A-Za-z]{20,}"),
    "gitlab-token": ((b"glpat-",), rb"glpat-[0-9A-Za-z_-]{20,}"),
    "npm-token": ((b"npm_",), rb"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    "hugging-face-token": ((b"hf_",), rb"hf_[A-Za-z]{34}(?![A-Za-z0-9])"),
    "pypi-token": ((b"pypi-AgE",), rb"pypi-AgE[A-Za-z0-9_-]{60,}"),
    "sendgrid-key": ((b"SG.",), rb"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    "web-token": ((b"eyJ",), rb"(eyJ[A-Za-z0-9_-]{10,2000})\.(eyJ[A-Za-z0-9_-]{10,4000})\.[A-Za-z0-9_-]{20,}"),
}
# No key begins in the middle of base64 or of another word; an address does.
START = rb"(?<![A-Za-z0-9+/_-])"
PATTERNS = {
    rule: (beginnings, re.compile((b"" if rule == "slack-webhook" else START) + rb"(?:" + pattern + rb")"))
    for rule, (beginnings, pattern) in SHAPES.items()
}
PASSWORD_IN_URL = re.compile(rb"://([^\s:/@\"'<>`,;]{1,64}):([^\s:/@\"'<>`,;]{4,64})@[\w.-]+\.[a-z]")
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
        line, before = 1, 0
        for offset, rule in sorted((offset, rule) for rule, offset in scan_body(body, needles)):
            line, before = line + body.count(b"\n", before, offset), offset
            findings.add(Finding(path, line, rule))
    return sorted(findings)


def scan_body(body: bytes, needles: list[bytes]) -> Iterator[tuple[str, int]]:
    """Yield the rule and the offset of each finding."""
    folded = body.lower() if needles else b""
    for needle in needles:
        if (offset := folded.find(needle.lower())) >= 0:
            yield KNOWN, offset
    for rule, (beginnings, pattern) in PATTERNS.items():
        for offset in (offset for beginning in beginnings for offset in offsets(body, beginning)):
            match = pattern.match(body, offset)
            if match and (rule != "web-token" or is_web_token(match)):
                yield rule, offset
    if b"\0" not in body[:8192]:
        yield from passwords_in_urls(body)
        yield from assignments(body)


def offsets(body: bytes, needle: bytes) -> Iterator[int]:
    """Yield where a needle stands."""
    offset = body.find(needle)
    while offset >= 0:
        yield offset
        offset = body.find(needle, offset + 1)


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
    matches = (PASSWORD_IN_URL.match(body, offset) for offset in offsets(body, b"://"))
    for match in filter(None, matches):
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
