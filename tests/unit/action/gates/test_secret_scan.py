"""The secret scan: what it finds, what it leaves alone. The secrets here are made when the tests run."""

import base64
import json
import random
import string

import pytest

from action.gates.secret_scan import Finding, scan

LETTERS = string.ascii_letters + string.digits


def made_up(length: int, alphabet: str = LETTERS) -> str:
    return "".join(random.Random(length).choices(alphabet, k=length))


def web_token(algorithm: str = "HS256") -> str:
    parts = [json.dumps({"alg": algorithm, "typ": "JWT"}), json.dumps({"sub": "17", "name": "Somebody"})]
    encoded = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, made_up(43)])


SECRETS = {
    "github-token": ["ghp_" + made_up(36), "ghs_" + made_up(36), "github_pat_" + made_up(82)],
    "google-api-key": ["AIza" + made_up(35), "AQ." + "Ab" + made_up(48)],
    "aws-access-key": ["AKIA" + made_up(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")],
    "private-key": [f"-----BEGIN {kind}PRIVATE KEY-----\n{made_up(64)}" for kind in ("", "RSA ", "OPENSSH ", "EC ")],
    "slack-token": ["xoxb-" + "1234567890-" + made_up(24)],
    "slack-webhook": [
        "https://hooks.slack.com/services/" + f"T{made_up(9, '0A1B2C')}/B{made_up(9, '0A1B2C')}/{made_up(24)}"
    ],
    "openai-key": ["sk-proj-" + made_up(60), "sk-" + made_up(20) + "T3Blbk" + "FJ" + made_up(20)],
    "anthropic-key": ["sk-ant-" + "api03-" + made_up(80)],
    "stripe-key": ["sk_" + "live_" + made_up(24)],
    "gitlab-token": ["glpat-" + made_up(20)],
    "npm-token": ["npm_" + made_up(36)],
    "hugging-face-token": ["hf_" + made_up(34, string.ascii_letters)],
    "pypi-token": ["pypi-" + "AgE" + made_up(80)],
    "sendgrid-key": ["SG." + made_up(22) + "." + made_up(43)],
    "web-token": [web_token()],
    "password-in-url": ["postgres://admin:" + "h7Tz9qLw@db.host.org/x"],
}


@pytest.mark.parametrize(("rule", "secret"), [(rule, secret) for rule, found in SECRETS.items() for secret in found])
def test_known_shapes_are_found_by_rule_and_line(rule: str, secret: str) -> None:
    body = f"// a comment\nconst x = '{secret}';\n".encode()
    assert Finding("app.js", 2, rule) in scan({"app.js": body})


@pytest.mark.parametrize(
    "line",
    [
        'const apiKey = "{}";',
        "API_KEY: '{}'",
        '{{"client_secret": "{}"}}',
        'auth_token => "{}"',
        'password = "{}"',
    ],
)
def test_a_random_value_assigned_to_a_telling_name_is_found(line: str) -> None:
    assert [finding.rule for finding in scan({"config.js": line.format(made_up(32)).encode()})] == ["assigned-secret"]


@pytest.mark.parametrize(
    "line",
    [
        'const apiKey = "YOUR_API_KEY_GOES_HERE_12345";',
        'const token = "xxxxxxxxxxxxxxxxxxxxxxxx";',
        'const token = params.get("token") ?? "";',
        'password: "correct-horse-battery-staple"',
        'const secretMessage = "Meet me at the old bridge tonight";',
        'localStorage.setItem("github-user-token-cache", value)',
        '<input type="password" placeholder="Password" autocomplete="current-password">',
        '<link rel="stylesheet" href="x.css" integrity="sha384-' + made_up(64) + '">',
        "const tokenPattern = /gh[pousr]_[A-Za-z0-9]{36}/;",
        '"secret": "src/components/secret/index.js12345"',
        "https://user:password@example.org/",
        "http://localhost:8000/a@b.c",
        '<a href="https://example.org:443/x">mail@host.org</a>',
        "data:image/png;base64," + base64.b64encode(random.Random(1).randbytes(3000)).decode(),
        'key: "Enter", code: "KeyA", tokens: [1,2,3]',
        "-----BEGIN PUBLIC KEY-----\n" + made_up(64),
        "The header begins with -----BEGIN PRIVATE KEY----- in such files.",
        "task-cf8d5f0e9b7a4d3c",
        "var e=" + ",".join(f"{name}=function(token){{return token}}" for name in "abcdefgh") * 200,
    ],
)
def test_what_only_resembles_a_secret_is_left_alone(line: str) -> None:
    assert scan({"page.html": line.encode()}) == []


def test_minified_code_with_a_random_looking_constant_is_left_alone() -> None:
    minified = "!function(){" + "var a=1;" * 400 + f'token="{made_up(40)}"' + "}();"
    assert scan({"lib.min.js": minified.encode()}) == []


def test_random_bytes_hold_no_secret() -> None:
    source = random.Random(7)
    files = {f"{number}.bin": source.randbytes(300_000) for number in range(5)}
    files["text.txt"] = base64.b64encode(source.randbytes(1_000_000))
    assert scan(files) == []


def test_an_unsigned_or_broken_web_token_is_left_alone() -> None:
    assert scan({"a.txt": web_token("none").encode()}) == []
    broken = "eyJ" + made_up(30) + "." + "eyJ" + made_up(30) + "." + made_up(30)
    assert scan({"a.txt": broken.encode()}) == []


@pytest.mark.parametrize("spelling", ["plain", "percent", "base64", "json"])
def test_known_values_are_found_in_several_spellings(spelling: str) -> None:
    value = 'our "secret" välue!'
    forms = {
        "plain": value,
        "percent": "our%20%22secret%22%20v%C3%A4lue%21",
        "base64": base64.b64encode(value.encode()).decode(),
        "json": json.dumps({"a": value}),
    }
    assert scan({"x.txt": f"first\n{forms[spelling]}".encode()}, known=[value]) == [Finding("x.txt", 2, "known-value")]


def test_very_short_known_values_are_not_looked_for() -> None:
    assert scan({"x.txt": b"a 12345 b"}, known=["12345", ""]) == []


def test_a_finding_never_holds_the_secret() -> None:
    secret = SECRETS["github-token"][0]
    (finding,) = scan({"a.js": secret.encode()})
    assert secret not in repr(finding)


def test_findings_are_sorted_and_not_repeated() -> None:
    body = (SECRETS["stripe-key"][0] + "\n").encode() * 2
    assert [(finding.path, finding.line) for finding in scan({"b": body, "a": body})] == [
        ("a", 1),
        ("a", 2),
        ("b", 1),
        ("b", 2),
    ]


def test_the_case_of_a_known_value_does_not_matter() -> None:
    files = {"x.txt": b"first\nMe@EXAMPLE.org"}
    assert scan(files, known=["me@Example.org"]) == [Finding("x.txt", 2, "known-value")]
