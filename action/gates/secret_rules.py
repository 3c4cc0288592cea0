"""What keys of known services look like, where that is written down, and which keys are samples that everybody knows.

A pattern is matched where one of its beginnings stands: looking for those is a hundred times faster. All repetitions
are of one class of characters, so that the time grows with the length only.
"""

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass

from action.gates.known_values import mentions_reserved

GITLEAKS = "gitleaks, config/gitleaks.toml, rule "


@dataclass(frozen=True)
class Rule:
    """`pattern` begins with one of the `beginnings`. `source` says who describes the shape."""

    beginnings: tuple[bytes, ...]
    pattern: bytes
    source: str


RULES: dict[str, Rule] = {
    "github-token": Rule(
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
        rb"gh[pousr]_[A-Za-z0-9_.-]{36,255}|github_pat_[A-Za-z0-9_]{22,255}",
        "GitHub Docs, About authentication to GitHub, GitHub's token formats",
    ),
    "google-api-key": Rule(
        (b"AIza", b"AQ."),
        rb"(?:AIza[0-9A-Za-z_-]{35}|AQ\.[A-Z][A-Za-z0-9_-]{45,255})(?![0-9A-Za-z_-])",
        GITLEAKS + "gcp-api-key; AQ. as the Gemini API hands them out",
    ),
    "aws-access-key": Rule(
        (b"AKIA", b"ASIA", b"ABIA", b"ACCA"),
        rb"A[KSBC][IC]A[A-Z2-7]{16}(?![A-Za-z0-9])",
        "AWS IAM User Guide, IAM identifiers, unique ids; " + GITLEAKS + "aws-access-token",
    ),
    "aws-bedrock-key": Rule(
        (b"ABSK",), rb"ABSK[A-Za-z0-9+/]{109,269}", GITLEAKS + "aws-amazon-bedrock-api-key-long-lived"
    ),
    "private-key": Rule(
        (b"-----BEGIN ",),
        rb"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----\s{0,9}[A-Za-z0-9+/=:\s\\-]{40}",
        "RFC 7468, sections 10 and 11; RFC 4880, section 6.2",
    ),
    "age-key": Rule((b"AGE-SECRET-KEY-1",), rb"AGE-SECRET-KEY-1[A-Z0-9]{58}", GITLEAKS + "age-secret-key"),
    "slack-token": Rule(
        (b"xoxb-", b"xoxp-", b"xoxa-", b"xoxe-", b"xoxe.", b"xoxr-", b"xoxs-", b"xapp-"),
        rb"xox[abeprs][.-][0-9A-Za-z.-]{20,255}|xapp-[0-9]-[0-9A-Za-z-]{20,255}",
        "Slack API docs, Token types; " + GITLEAKS + "slack-*",
    ),
    "slack-webhook": Rule(
        (b"hooks.slack.com/",),
        rb"hooks\.slack\.com/(?:services|workflows|triggers)/T\w{6,20}/[BA]?\w{6,20}/\w{16,64}",
        "Slack API docs, Incoming webhooks; " + GITLEAKS + "slack-webhook-url",
    ),
    "discord-webhook": Rule(
        (b"discord.com/api/webhooks/", b"discordapp.com/api/webhooks/"),
        rb"discord(?:app)?\.com/api/webhooks/[0-9]{15,22}/[A-Za-z0-9_-]{60,90}",
        "Discord developer docs, Webhook resource",
    ),
    "telegram-token": Rule(
        (b":AA",),
        rb"(?<=[0-9]{8}):AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])",
        "Telegram Bot API, Authorizing your bot; " + GITLEAKS + "telegram-bot-api-token",
    ),
    "openai-key": Rule(
        (b"sk-",),
        rb"sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,255}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})",
        GITLEAKS + "openai-api-key",
    ),
    "openrouter-key": Rule((b"sk-or-v1-",), rb"sk-or-v1-[0-9a-f]{64}", "OpenRouter docs, Authentication"),
    "anthropic-key": Rule(
        (b"sk-ant-",), rb"sk-ant-[a-z]{3,8}[0-9]{2}-[A-Za-z0-9_-]{40,255}", GITLEAKS + "anthropic-api-key"
    ),
    "groq-key": Rule((b"gsk_",), rb"gsk_[A-Za-z0-9]{52}(?![A-Za-z0-9])", "GitHub Docs, Supported secret scanning"),
    "perplexity-key": Rule((b"pplx-",), rb"pplx-[A-Za-z0-9]{48}(?![A-Za-z0-9])", GITLEAKS + "perplexity-api-key"),
    "xai-key": Rule((b"xai-",), rb"xai-[A-Za-z0-9]{70,90}(?![A-Za-z0-9])", "GitHub Docs, Supported secret scanning"),
    "replicate-token": Rule((b"r8_",), rb"r8_[A-Za-z0-9]{37}(?![A-Za-z0-9])", "GitHub Docs, Supported secret scanning"),
    "hugging-face-token": Rule(
        (b"hf_", b"api_org_"),
        rb"(?:hf|api_org)_[A-Za-z0-9]{34,64}(?![A-Za-z0-9])",
        "Hugging Face docs, User access tokens; " + GITLEAKS + "huggingface-access-token",
    ),
    "stripe-key": Rule(
        (b"sk_live_", b"rk_live_", b"whsec_"),
        rb"(?:[sr]k_live|whsec)_[0-9A-Za-z+/]{20,255}",
        "Stripe docs, API keys; " + GITLEAKS + "stripe-access-token",
    ),
    "square-token": Rule(
        (b"sq0atp-", b"sq0csp-"), rb"sq0[ac][ts]p-[A-Za-z0-9_-]{22,60}", GITLEAKS + "square-access-token"
    ),
    "shopify-token": Rule(
        (b"shpat_", b"shpca_", b"shppa_", b"shpss_"), rb"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}", GITLEAKS + "shopify-*"
    ),
    "gitlab-token": Rule(
        (b"glpat-", b"gldt-", b"glrt-", b"glptt-", b"glft-", b"gloas-", b"glsoat-", b"glcbt-", b"glimt-", b"glagent-"),
        rb"gl(?:pat|dt|rt|ptt|ft|oas|soat|cbt|imt|agent)-[0-9A-Za-z_.-]{20,300}",
        "GitLab docs, Token overview, prefixes; " + GITLEAKS + "gitlab-*",
    ),
    "npm-token": Rule((b"npm_",), rb"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])", GITLEAKS + "npm-access-token"),
    "pypi-token": Rule(
        (b"pypi-AgE",), rb"pypi-AgE[A-Za-z0-9_-]{60,1000}", "PyPI help, API tokens; " + GITLEAKS + "pypi-upload-token"
    ),
    "rubygems-key": Rule((b"rubygems_",), rb"rubygems_[a-f0-9]{48}", GITLEAKS + "rubygems-api-token"),
    "sendgrid-key": Rule((b"SG.",), rb"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", GITLEAKS + "sendgrid-api-token"),
    "brevo-key": Rule((b"xkeysib-",), rb"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}", GITLEAKS + "sendinblue-api-token"),
    "digitalocean-token": Rule(
        (b"dop_v1_", b"doo_v1_", b"dor_v1_"), rb"do[opr]_v1_[a-f0-9]{64}", GITLEAKS + "digitalocean-*"
    ),
    "databricks-token": Rule((b"dapi",), rb"dapi[a-f0-9]{32}(?![A-Za-z0-9])", GITLEAKS + "databricks-api-token"),
    "doppler-token": Rule((b"dp.pt.",), rb"dp\.pt\.[A-Za-z0-9]{43}", GITLEAKS + "doppler-api-token"),
    "heroku-key": Rule((b"HRKU-AA",), rb"HRKU-AA[0-9A-Za-z_-]{58}", GITLEAKS + "heroku-api-key-v2"),
    "vault-token": Rule(
        (b"hvs.", b"hvb."), rb"hv[sb]\.[A-Za-z0-9_-]{90,300}", GITLEAKS + "vault-service-token, vault-batch-token"
    ),
    "notion-token": Rule((b"ntn_",), rb"ntn_[0-9]{11}[A-Za-z0-9]{35}", GITLEAKS + "notion-api-token"),
    "linear-key": Rule((b"lin_api_",), rb"lin_api_[A-Za-z0-9]{40}", GITLEAKS + "linear-api-key"),
    "postman-key": Rule((b"PMAK-",), rb"PMAK-[a-f0-9]{24}-[a-f0-9]{34}", GITLEAKS + "postman-api-token"),
    "planetscale-token": Rule(
        (b"pscale_tkn_", b"pscale_oauth_", b"pscale_pw_"),
        rb"pscale_(?:tkn|oauth|pw)_[A-Za-z0-9_=.-]{32,64}",
        GITLEAKS + "planetscale-*",
    ),
    "supabase-token": Rule(
        (b"sbp_", b"sb_secret_"),
        rb"sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{22,64}",
        "Supabase docs, API keys",
    ),
    "grafana-token": Rule(
        (b"glsa_",), rb"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}", GITLEAKS + "grafana-service-account-token"
    ),
    "sentry-token": Rule(
        (b"sntryu_", b"sntrys_"),
        rb"sntryu_[a-f0-9]{64}|sntrys_[A-Za-z0-9+/=_]{60,500}",
        GITLEAKS + "sentry-user-token, sentry-org-token",
    ),
    "atlassian-token": Rule((b"ATATT3",), rb"ATATT3[A-Za-z0-9_=-]{186}", GITLEAKS + "atlassian-api-token"),
    "web-token": Rule(
        (b"eyJ",),
        rb"(eyJ[A-Za-z0-9_-]{10,2000})\.(eyJ[A-Za-z0-9_-]{10,4000})\.[A-Za-z0-9_-]{20,2000}",
        "RFC 7515, section 7.1; RFC 7519, section 3",
    ),
}

# Words that nobody writes into a real key; by chance, one key in ten thousand has one.
SAMPLE_WORDS = re.compile(
    rb"(?i)example|sample|dummy|placeholder|your|change.?me|redacted|insert|replace|fake|test|demo|not.?real|x{4}|\*{3}"
    rb"|abcdef|0123456789|(.)\1{5}"
)
LEAST_ENTROPY = 1.2  # bits per character; below it a key repeats one or two of them

# SHA-256 of documented samples, of what stands behind the prefix where it comes with several. The first sixteen digits.
DOCUMENTED = frozenset(
    {
        "7e498f91828a193c",  # GitHub Docs, Authorizing OAuth apps: access_token of the answer
        # Google's sample keys, as gitleaks lists them under gcp-api-key
        *("f56e323494a6ffc2", "2037abcaffb2b777", "3f370c9dd8225c63", "e4a5542bb7fd7b67", "a19f89ab3555eac1"),
        *("0b476bdf9acf2123", "eb540d2b6ee2a0a4", "37f8f09bdf12c2f2", "8731261cb72d8626", "49f777db995e8260"),
        *("27a9a42931dff7eb", "dc0fcf046c616406", "4c98242dcadc8b29", "ea9bb1082cf95663", "3a8b61d0f636b007"),
        "a6c814bc555ae62c",
    }
)
# jwt.io: {"sub": "1234567890", "name": "John Doe", ...}; RFC 7519, section 3.1: {"iss": "joe", ...}
SAMPLE_CLAIMS = {"sub": {"1234567890"}, "name": {"john doe", "jane doe"}, "iss": {"joe"}}


def is_documented(key: bytes) -> bool:
    """Whether a key, or what stands behind its prefix, is a sample that its service has published."""
    forms = {key, key.partition(b"_")[2]}
    return any(hashlib.sha256(form).hexdigest()[:16] in DOCUMENTED for form in forms)


def is_signed_web_token(header: bytes, claims: bytes) -> bool:
    """Whether two parts with a dot are those of a signed JSON web token that says something of somebody."""
    try:
        read = [json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))) for part in (header, claims)]
    except (binascii.Error, ValueError, RecursionError):
        return False
    head, said = read
    if not isinstance(head, dict) or not isinstance(said, dict) or str(head.get("alg", "none")).lower() == "none":
        return False
    return not is_sample_of_claims(said)


def is_sample_of_claims(claims: dict[str, object]) -> bool:
    """Whether claims are those of a sample: of jwt.io, of the RFC, or of somebody at a reserved address."""
    if any(str(claims.get(name, "")).casefold() in values for name, values in SAMPLE_CLAIMS.items()):
        return True
    return any(mentions_reserved(f"{name} {value}") for name, value in claims.items())
