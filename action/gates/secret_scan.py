"""Finds what looks like a secret in files that are about to become public. A finding never contains the secret."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from action.gates.known_values import Needle, is_reserved, needles
from action.gates.secret_rules import LEAST_ENTROPY, RULES, SAMPLE_WORDS, is_documented, is_signed_web_token

KNOWN = "known-value"  # the rule for values that are private, whatever they look like; their case does not matter
LEAST_ENTROPY_OF_VALUE = 3.7  # bits per character; words and identifiers stay below it
LEAST_TURNS = 3  # between letters and digits: a name without quotes has one or two
MOST_LOOKS = 500  # for findings in what the task publishes
BLOB = 64  # characters: so much base64 in front of a key means that it is no key

PATTERNS = {
    rule: (beginnings, re.compile(pattern))
    for rule, (beginnings, pattern) in {name: (rule.beginnings, rule.pattern) for name, rule in RULES.items()}.items()
}
NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/_=-]")
PASSWORD_IN_URL = re.compile(rb"://([^\s:/@\"'<>`,;]{1,64}):([^\s:/@\"'<>`,;]{4,64})@([\w.-]{1,250})")
ASSIGNMENT = re.compile(
    rb"(?i)(?:api|access|auth|secret|private|client|encryption)[_-]?(?:key|token|secret|password)"
    rb"|(?:secret|token|passwd|password|passphrase|authorization)|(?-i:[A-Z]_KEY|(?<![A-Za-z0-9_])KEY)(?![A-Za-z0-9_])"
)
VALUE = re.compile(
    rb"""["'`]?\s{0,4}(?::|=|=>|:=)\s{0,4}(["'`]?)(?:(?:Bearer|Basic|Token)[ \t]{1,4})?"""
    rb"""([A-Za-z0-9_\-+/.~]{20,400}={0,3})(["'`]|(?![A-Za-z0-9_\-+/=.~(\[]))"""
)
PLACEHOLDER = re.compile(
    rb"(?i)example|sample|dummy|placeholder|your|change.?me|xxxx|test|fake|insert|replace|redacted|password|0123456789"
    rb"|123456789|abcdefgh|a1b2c3|\*\*\*|^sha\d{3}-|\$\{|\{\{|<"
)
MADE_UP = frozenset({b"pass", b"pwd", b"secret"})
TURN = re.compile(rb"[A-Za-z](?=[0-9])|[0-9](?=[A-Za-z])")


@dataclass(frozen=True, order=True)
class Finding:
    """Where something looks like a secret, and which rule says so. Line 0 is the file's name, with the secret masked.

    `kind` says to people and models what was found.
    """

    path: str
    line: int
    rule: str
    kind: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}" if self.line else f"{self.path}: its name: {self.rule}"

    @property
    def told(self) -> str:
        """The finding in words that say what to change."""
        if self.line:
            return f"line {self.line} of {self.path} {self.does}; remove it ({self.kind})"
        return f"the name of the file {self.path} {self.does}; delete it, and choose another name ({self.kind})"

    @property
    def does(self) -> str:
        """What is wrong there."""
        return "repeats a private value" if self.rule == KNOWN else "looks like a secret"


@dataclass(frozen=True)
class Found:
    """What is at an offset of a text. `value` never leaves this file."""

    rule: str
    start: int
    value: bytes = field(repr=False)
    kind: str = ""


@dataclass
class Said:
    """What the task itself publishes. Each look through its texts takes its time, so there are not many."""

    texts: tuple[bytes, ...]
    looks: int = MOST_LOOKS

    def __contains__(self, found: Found) -> bool:
        if found.rule == KNOWN or not self.looks:
            return False
        self.looks -= 1
        return any(found.value in text for text in self.texts)


def scan(files: Mapping[str, bytes], known: Iterable[str] = (), public: Iterable[bytes] = ()) -> list[Finding]:
    """Return findings in order, those in the names of files too.

    `known` are exact values that must never appear, such as the build's own secrets. What the texts in `public` hold is
    published by the task itself, and no finding of a rule; a known value is one all the same.
    """
    values, texts = tuple(known), tuple(public)
    in_files, said, names = needles(values), Said(texts), telling_names(files, values, texts)
    findings = {found for each in names.values() for found in each}
    for path, body in files.items():
        shown = names[path][0].path if path in names else path
        line, before = 1, 0
        for each in sorted(scan_text(body, in_files), key=lambda each: each.start):
            if each not in said:
                line, before = line + body.count(b"\n", before, each.start), each.start
                findings.add(Finding(shown, line, each.rule, each.kind))
    return sorted(findings)


def telling_names(
    paths: Iterable[str], known: Iterable[str] = (), public: Iterable[bytes] = ()
) -> dict[str, list[Finding]]:
    """Return what is found in the names of files, by the names that hold something."""
    wanted, said, findings = needles(known, in_names=True), Said(tuple(public)), dict[str, list[Finding]]()
    for path in paths:
        name = path.encode(errors="replace")
        if found := [each for each in scan_text(name, wanted) if each not in said]:
            shown = masked(name, [each.value for each in found])
            findings[path] = [Finding(shown, 0, each.rule, each.kind) for each in found]
    return findings


def without_secrets(text: str, known: Iterable[str] = ()) -> str:
    """Return a line, such as one with a file's name in it, without known values and what looks like a secret."""
    line = text.encode(errors="replace")
    return masked(line, [each.value for each in scan_text(line, needles(known, in_names=True))])


def masked(name: bytes, values: Iterable[bytes]) -> str:
    """Return a file's name without some values, in whatever case."""
    for value in values:
        while (offset := name.lower().find(value.lower())) >= 0:
            name = name[:offset] + b"***" + name[offset + len(value) :]
    return name.decode(errors="replace")


def scan_text(body: bytes, wanted: list[Needle]) -> Iterator[Found]:
    """Yield everything that is to be found in a text."""
    folded = body.lower() if wanted else b""
    for needle in wanted:
        for offset in needle.places(folded):
            yield Found(KNOWN, offset, needle.spelling, needle.kind)
            break
    yield from shaped(body)
    yield from passwords_in_urls(body)
    yield from assignments(body)


def shaped(body: bytes) -> Iterator[Found]:
    """Yield keys that can be told by their shape, without samples and what is so by chance in other data."""
    for rule, (beginnings, pattern) in PATTERNS.items():
        for offset in (offset for beginning in beginnings for offset in offsets(body, beginning)):
            match = None if is_in_a_blob(body, offset) else pattern.match(body, offset)
            if match and not is_sample(rule, match):
                yield Found(rule, offset, match[0], f"it has the shape of a {rule.replace('-', ' ')}")


def offsets(body: bytes, needle: bytes) -> Iterator[int]:
    """Yield where a needle stands."""
    offset = body.find(needle)
    while offset >= 0:
        yield offset
        offset = body.find(needle, offset + 1)


def is_in_a_blob(body: bytes, offset: int) -> bool:
    """Whether so much base64 stands in front that this is a part of it."""
    return offset >= BLOB and not NO_BASE64.search(body, offset - BLOB, offset)


def is_sample(rule: str, match: re.Match[bytes]) -> bool:
    """Whether a key is one that a service documents, or that nobody can have."""
    if rule == "web-token":
        return not is_signed_web_token(match[1], match[2])
    key = match[0][-40:] if rule == "private-key" else match[0]
    return bool(SAMPLE_WORDS.search(key)) or entropy(key) < LEAST_ENTROPY or is_documented(key)


def passwords_in_urls(body: bytes) -> Iterator[Found]:
    """Yield addresses that carry a user name and what does not look like a made-up password."""
    for match in filter(None, (PASSWORD_IN_URL.match(body, offset) for offset in offsets(body, b"://"))):
        user, password, host = match.groups()
        is_nobodys = is_reserved(host.decode(errors="replace")) or not re.search(rb"\.[A-Za-z]", host)
        if not is_nobodys and not PLACEHOLDER.search(password) and password not in MADE_UP | {user}:
            yield Found("password-in-url", match.start(), match[0], "an address with a password in it")


def assignments(body: bytes) -> Iterator[Found]:
    """Yield `some_token = "..."`, with quotes or without, where the value is too random for a name or a sentence."""
    for name in ASSIGNMENT.finditer(body):
        value = VALUE.match(body, name.end())
        if value and is_quoted_well(value) and looks_random(value[2], is_quoted=bool(value[1])):
            yield Found("assigned-secret", value.start(2), value[2], "a random value behind a name that says it is one")


def is_quoted_well(value: re.Match[bytes]) -> bool:
    """Whether the quotes around a value belong together."""
    return value[1] == value[3] or not value[1]


def looks_random(value: bytes, *, is_quoted: bool) -> bool:
    """Whether a value mixes letters and digits with the entropy of a key, and is no placeholder, path or identifier."""
    if PLACEHOLDER.search(value) or value.count(b"/") > 2 or value.count(b".") > 2:
        return False
    has_both = re.search(rb"[0-9]", value) and re.search(rb"[A-Za-z]", value)
    is_name = not is_quoted and len(TURN.findall(value)) < LEAST_TURNS
    return bool(has_both) and not is_name and entropy(value) >= LEAST_ENTROPY_OF_VALUE


def entropy(value: bytes) -> float:
    """Return Shannon's entropy in bits per character."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
