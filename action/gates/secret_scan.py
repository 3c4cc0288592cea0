"""Finds what looks like a secret in files that are about to become public. A finding never contains the secret."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial

from action.gates.known_values import Needle, is_reserved, needles
from action.gates.secret_rules import LEAST_ENTROPY, RULES, SAMPLE_WORDS, is_documented, is_signed_web_token

KNOWN = "known-value"  # the rule for values that are private, whatever they look like; their case does not matter
TOO_MANY = "too-many"  # the rule for a file that has more to judge than there is time for
PRIVATE_KEY = "private-key"  # the one rule whose matches go on over many lines
MOST_JUDGED = 1_000  # matches of one rule in one file
LEAST_ENTROPY_OF_VALUE = 3.7  # bits per character; words and identifiers stay below it
LEAST_TURNS = 3  # between letters and digits: a name without quotes has one or two
MOST_LOOKS = 500  # for findings in what the task publishes
NO_BLOB = rb"(?<![A-Za-z0-9+/_=-]{64}%s)"  # with so much base64 in front of it, a key is no key

PATTERNS = {name: re.compile(rule.pattern) for name, rule in RULES.items()}
PASSWORD_IN_URL = re.compile(rb"://([^\s:/@\"'<>`,;]{1,64}):([^\s:/@\"'<>`,;]{4,64})@([\w.-]{1,250})")
VALUE = (
    rb"""["'`]?\s{0,4}(?::|=|=>|:=)\s{0,4}(["'`]?)(?:(?i:Bearer|Basic|Token)[ \t]{1,4})?"""
    rb"""([A-Za-z0-9_\-+/.~]{20,400}={0,3})(["'`]|(?![A-Za-z0-9_\-+/=.~(\[]))"""
)
KINDS_OF_KEYS = (b"api", b"access", b"auth", b"secret", b"private", b"client", b"encryption")
KEY = b"(?i:key(?:%s))" % b"|".join(b"(?<=%skey)|(?<=%s[_-]key)" % (kind, kind) for kind in KINDS_OF_KEYS)
CAPITAL_KEY = rb"KEY(?:(?<=[A-Z]_KEY)|(?<![A-Za-z0-9_]KEY))(?![A-Za-z0-9_])"
NAMES = (b"token", b"secret", b"passwd", b"password", b"passphrase", b"authorization")
# Names in front of secret values, by how they begin. In lower case they are looked for in a text in lower case.
ASSIGNMENTS = {
    beginning: re.compile(name + VALUE)
    for beginning, name in [*((name, b"(?i:%s)" % name) for name in NAMES), (b"key", KEY), (b"KEY", CAPITAL_KEY)]
}
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
        if found.rule in (KNOWN, TOO_MANY) or not self.looks:
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
    folded = body.lower()
    for needle in wanted:
        if needle.spelling in folded and (match := needle.pattern.search(folded)):
            yield Found(KNOWN, match.start("value"), needle.spelling, needle.kind)
    for rule, pattern in PATTERNS.items():
        keys = (
            key
            for each in RULES[rule].beginnings
            for key in matches(pattern, body, body, each, NO_BLOB % re.escape(each))
        )
        kind = f"it has the shape of a {rule.replace('-', ' ')}"
        yield from judged(keys, rule, kind, partial(is_key, rule))
    logins = PASSWORD_IN_URL.finditer(body)
    yield from judged(logins, "password-in-url", "an address with a password in it", is_login)
    for beginning, pattern in ASSIGNMENTS.items():
        values = matches(pattern, body, folded if beginning.islower() else body, beginning)
        kind = "a random value behind a name that says it is one"
        yield from judged(values, "assigned-secret", kind, is_random_value, group=2)


def matches(
    pattern: re.Pattern[bytes], body: bytes, sought_in: bytes, beginning: bytes, before: bytes = b""
) -> Iterator[re.Match[bytes]]:
    """Yield the matches of a pattern that begins so, those that begin in each other too."""
    offset = 0
    if beginning in sought_in:
        seeking = seeker(beginning, before, pattern.pattern)
        while seen := seeking.search(sought_in, offset):
            offset = seen.start() + 1
            if match := pattern.match(body, seen.start()):
                yield match


@cache
def seeker(beginning: bytes, before: bytes, pattern: bytes) -> re.Pattern[bytes]:
    """Return what finds where a pattern matches as fast as its beginning is found: it looks back from there."""
    literal = re.escape(beginning)
    return re.compile(literal + before + b"(?<=(?=" + pattern + b")" + literal + b")")


def judged(
    found: Iterable[re.Match[bytes]], rule: str, kind: str, is_secret: Callable[[re.Match[bytes]], bool], group: int = 0
) -> Iterator[Found]:
    """Yield what is a secret at a closer look. A text with more of it than there is time for does not pass."""
    for count, match in enumerate(found):
        if count == MOST_JUDGED:
            too_many = f"after {MOST_JUDGED:,} texts that may be one by the rule {rule}, the rest is not looked at"
            yield Found(TOO_MANY, match.start(group), match[group], too_many)
            return
        if is_secret(match):
            yield Found(rule, match.start(group), match[group], kind)


def is_key(rule: str, match: re.Match[bytes]) -> bool:
    """Whether a key is none that a service documents, and none that nobody can have."""
    if rule == "web-token":
        return is_signed_web_token(match[1], match[2])
    key = match[0][-40:] if rule == PRIVATE_KEY else match[0]
    return not SAMPLE_WORDS.search(key) and entropy(key) >= LEAST_ENTROPY and not is_documented(key)


def is_login(match: re.Match[bytes]) -> bool:
    """Whether user, password and host of an address may be somebody's."""
    user, password, host = match.groups()
    is_nobodys = is_reserved(host.decode(errors="replace")) or not re.search(rb"\.[A-Za-z]", host)
    return not is_nobodys and not PLACEHOLDER.search(password) and password not in MADE_UP | {user}


def is_random_value(match: re.Match[bytes]) -> bool:
    """Whether what stands behind a name is too random for a name or a sentence, and its quotes belong together."""
    quote, value, end = match.groups()
    return quote in (b"", end) and looks_random(value, is_quoted=bool(quote))


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
