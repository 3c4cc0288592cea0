"""The secret scan: what it finds, what it leaves alone. The secrets here are made when the tests run."""

import base64
import json
import random
import string

import pytest

from action.gates.secret_rules import RULES
from action.gates.secret_scan import MOST_JUDGED, TOO_MANY, Finding, scan
from action.github.runs import without_secrets

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def made_up(length: int, alphabet: str = LETTERS) -> str:
    return "".join(random.Random(length).choices(alphabet, k=length))


def web_token(algorithm: str = "HS256", claims: dict[str, object] | None = None) -> str:
    claims = claims or {"sub": "17", "name": "Somebody"}
    parts = [json.dumps({"alg": algorithm, "typ": "JWT"}), json.dumps(claims)]
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
    "hugging-face-token": ["hf_" + made_up(34, string.ascii_letters), "hf_" + made_up(34)],
    "pypi-token": ["pypi-" + "AgE" + made_up(80)],
    "sendgrid-key": ["SG." + made_up(22) + "." + made_up(43)],
    "web-token": [web_token()],
    "aws-bedrock-key": ["AB" + "SK" + made_up(120)],
    "age-key": ["AGE-SECRET-" + "KEY-1" + made_up(58, string.ascii_uppercase)],
    "discord-webhook": ["https://discord.com/api/" + "webhooks/" + made_up(18, "23456789") + "/" + made_up(68)],
    "telegram-token": [made_up(10, "123456789") + ":" + "AA" + made_up(33)],
    "openrouter-key": ["sk-or-" + "v1-" + made_up(64, HEX)],
    "groq-key": ["gs" + "k_" + made_up(52)],
    "perplexity-key": ["ppl" + "x-" + made_up(48)],
    "xai-key": ["xa" + "i-" + made_up(80)],
    "replicate-token": ["r" + "8_" + made_up(37)],
    "square-token": ["sq0" + "atp-" + made_up(22)],
    "shopify-token": ["shp" + "at_" + made_up(32, HEX)],
    "rubygems-key": ["ruby" + "gems_" + made_up(48, HEX)],
    "brevo-key": ["xkey" + "sib-" + made_up(64, HEX) + "-" + made_up(16)],
    "digitalocean-token": ["dop_" + "v1_" + made_up(64, HEX)],
    "databricks-token": ["da" + "pi" + made_up(32, HEX)],
    "doppler-token": ["dp." + "pt." + made_up(43)],
    "heroku-key": ["HRKU" + "-AA" + made_up(58)],
    "vault-token": ["hv" + "s." + made_up(95)],
    "notion-token": ["nt" + "n_" + made_up(11, string.digits) + made_up(35)],
    "linear-key": ["lin_" + "api_" + made_up(40)],
    "postman-key": ["PM" + "AK-" + made_up(24, HEX) + "-" + made_up(34, HEX)],
    "planetscale-token": ["pscale_" + "tkn_" + made_up(43)],
    "supabase-token": ["sb" + "p_" + made_up(40, HEX), "sb_" + "secret_" + made_up(31)],
    "grafana-token": ["gl" + "sa_" + made_up(32) + "_" + made_up(8, HEX)],
    "sentry-token": ["sntr" + "yu_" + made_up(64, HEX)],
    "atlassian-token": ["ATA" + "TT3" + made_up(186)],
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


def test_every_rule_has_a_secret_here_and_a_source() -> None:
    assert set(SECRETS) == {*RULES, "password-in-url"}
    assert [name for name, rule in RULES.items() if len(rule.source) < 10] == []


@pytest.mark.parametrize("before", ["x", "https://host.org/", "token-", "my_", "9"])
def test_what_stands_in_front_of_a_key_does_not_hide_it(before: str) -> None:
    hidden = {
        rule
        for rule, (secret, *_) in SECRETS.items()
        if rule not in {"password-in-url", "private-key", "telegram-token"}
        and rule not in {found.rule for found in scan({"a.js": f"see {before}{secret} ".encode()})}
    }
    assert hidden == set()


@pytest.mark.parametrize("around", ["\0{}", "a" * 3_000 + ";{}", "{}" + " " * 5_000, "\0\1\2" * 3_000 + "\n{}"])
def test_zero_bytes_and_long_lines_switch_no_rule_off(around: str) -> None:
    lines = [f'token="{made_up(40)}"', SECRETS["password-in-url"][0], SECRETS["github-token"][0]]
    found = [scan({"lib.min.js": around.format(line).encode()})[0].rule for line in lines]
    assert found == ["assigned-secret", "password-in-url", "github-token"]


@pytest.mark.parametrize(
    "line",
    [
        "aws_secret_access_key = {}",
        "api_key: {}",
        "KEY={}",
        "export SERVICE_KEY={} # mine",
        "?access_token={}&x=1",
        "Authorization: Bearer {}",
        "curl -H 'Authorization: Bearer {}' https://host.org",
        "client_secret={};",
        "<meta name=x>password={}</p>",
    ],
)
def test_a_random_value_without_quotes_is_found(line: str) -> None:
    assert [finding.rule for finding in scan({"a.env": line.format(made_up(40)).encode()})] == ["assigned-secret"]


@pytest.mark.parametrize(
    "line",
    [
        "const token = createTokenForUser2Session1(name);",
        "secret: process.env.CLIENT_SECRET_FOR_STAGE_2,",
        "password = document.getElementById2_password.value",
        "const accessToken = response.data.accessToken2Value;",
        "API_KEY=$MY_OTHER_API_KEY_NUMBER_1",
        "token: string | undefined | TokenOfKind2AndMore",
        "auth_token = request_headers_authorization_v2_value",
    ],
)
def test_code_that_computes_a_value_is_left_alone(line: str) -> None:
    assert scan({"app.js": line.encode()}) == []


@pytest.mark.parametrize("name", ["notes-{}.txt", "{}", "a/{}/b.csv"])
@pytest.mark.parametrize("value", ["some-long-secret", "sender@students.example", SECRETS["github-token"][0]])
def test_the_names_of_files_are_scanned_and_masked(name: str, value: str) -> None:
    (finding,) = scan(
        {name.format(value.upper() if "-" in value else value): b""}, ["some-long-secret", "sender@students.example"]
    )
    assert finding.line == 0
    assert finding.path.startswith(name.partition("{")[0] + "***")  # what follows a key could belong to it
    assert value.lower() not in (repr(finding) + str(finding) + finding.told).lower()


DOCUMENTED = [
    "AKIA" + "IOSFODNN7" + "EXAMPLE",
    "ASIA" + "IOSFODNN7" + "EXAMPLE",
    "aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",
    "gho_" + "16C7e42F292c6912E7710c" + "838347Ae178B4a",
    "ghp_" + "16C7e42F292c6912E7710c" + "838347Ae178B4a",
    "ghp_" + "x" * 36,
    "ghp_" + "1234567890abcdefghijklmnopqrstuvwxyz",
    "AIza" + "Sy" + "YOUR_API_KEY_HERE_" + made_up(15),
    "sk-proj-" + "your-key-goes-here-" + "0" * 30,
    "sk-ant-" + "api03-" + "this-is-not-a-real-key-" + "q" * 40,
    "https://hooks.slack.com/services/" + "T00000000/B00000000/" + "X" * 24,
    "xoxb-" + "0000000000-0000000000-" + "x" * 24,
    "https://admin:h7Tz9qLw@host.example/",
    "https://admin:h7Tz9qLw@db.example.com/x",
    "postgres://app:h7Tz9qLw@localhost/x",
    "https://someone:h7Tz9qLw@127.0.0.1:8000/simple/",
]


@pytest.mark.parametrize("line", DOCUMENTED)
def test_documented_samples_are_left_alone(line: str) -> None:
    assert scan({"page.html": f"<code>{line}</code>".encode()}) == []


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "1234567890", "name": "John Doe", "iat": 1516239022},
        {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True},
        {"sub": "4711", "name": "Jane Doe"},
        {"sub": "a", "email": "somebody@mail.example.org"},
        {"iss": "https://login.test", "sub": "8"},
    ],
)
def test_sample_web_tokens_are_left_alone(claims: dict[str, object]) -> None:
    assert scan({"page.html": web_token(claims=claims).encode()}) == []


def test_what_the_task_itself_publishes_is_no_finding_but_a_known_value_is() -> None:
    token, secret = web_token(), "the-secret-of-this-build"
    body = {"app.js": f"const sample = '{token}';\n// {secret}".encode()}
    assert [found.rule for found in scan(body, [secret], [f"Decode {token} and {secret}".encode()])] == ["known-value"]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("password", '<input type="password" name="password" autocomplete="current-password">'),
        ("password", 'const password = "password"; if (type === "password") show()'),
        ("secret", "<p>The secret of good bread</p>"),
        ("student", 'role: "student"'),
        ("portfolio", '<a href="#portfolio">My Portfolio</a>'),
        ("password123", "placeholder=password123"),
        ("12345678", '<a href="tel:+4912345678">0491 2345678, 12345678</a>'),
        ("20261128", "<time>20261128</time>"),
        ("1700000000000", "id-91700000000000"),
        ("s@mail.org", "contacts@mail.org and s@mail.organic"),
        ("student@example.com", 'placeholder="student@example.com"'),
        ("user@mail.test", "user@mail.test"),
        ("https://httpbin.org/post", 'fetch("https://httpbin.org/post")'),
        ("https://example.com/notify", "https://example.com/notify"),
    ],
)
def test_values_that_are_on_every_other_page_are_left_alone(value: str, line: str) -> None:
    assert scan({"page.html": line.encode()}, [value]) == []


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("password", 'const secret = "password";'),
        ("portfolio", "{'student_secret': 'portfolio'}"),
        ("12345678", "nonce: 12345678"),
        ("12345678", '{"nonce":"12345678"}'),
        ("1700000000000", "id-1700000000000"),
        ("qzxkvwpj", "<p>It is qzxkvwpj.</p>"),
        ("s@mail.org", "mailto:s@mail.org"),
        ("https://webhook.site/0c5e8b1e-7d3a-4f7b-9b1e", "https://webhook.site/0c5e8b1e-7d3a-4f7b-9b1e"),
        ("https://eval.host.org/notify", "https://eval.host.org/notify"),
    ],
)
def test_values_are_found_where_nothing_else_can_be_meant(value: str, line: str) -> None:
    assert [found.rule for found in scan({"page.html": line.encode()}, [value])] == ["known-value"]


def test_people_are_told_the_place_and_the_kind() -> None:
    files = {"a.js": f"1\n2\n'{SECRETS['stripe-key'][0]}' me@host.org".encode()}
    told = [found.told for found in scan(files, ["me@host.org"])]
    assert told == [
        "line 3 of a.js repeats a private value; remove it (the sender's email address)",
        "line 3 of a.js looks like a secret; remove it (it has the shape of a stripe key)",
    ]


def test_more_than_there_is_time_to_judge_does_not_pass__also_where_the_task_publishes_it() -> None:
    sample = b"gh" + b"p_EXAMPLE" + b"a1B2" * 9 + b"\n"
    assert scan({"a.txt": sample * MOST_JUDGED}) == []
    crowd = scan({"a.txt": sample * (MOST_JUDGED + 1)}, public=[sample])
    assert crowd == [Finding("a.txt", MOST_JUDGED + 1, TOO_MANY)]
    assert "github-token" in crowd[0].told
    log = (sample * (MOST_JUDGED + 1)).decode() + "and what follows"
    assert without_secrets(log).splitlines()[-1] == "***"


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
    files = {"x.txt": b"first\nMe@HOST.org"}
    assert scan(files, known=["me@Host.org"]) == [Finding("x.txt", 2, "known-value")]
