"""What GitHub means when it refuses, in the words that it was seen to use."""

import pytest

from action.errors import CannotPush, FilesRefused, RepositoryArchived, SecretFound, TokenInsufficient
from action.github.refusals import TipMoved, explain_git, is_passing

DASHES = "—" * 41
BLOCK = """remote:
remote:       —— {rule} ——————————————————————————————————
remote:        locations:
remote:          - commit: 5477a7dd26384ed3c8b3814ee677f755ad27a597
remote:            path: {place}
remote:
remote:        (?) To push, remove secret from commit(s) or follow this URL to allow the secret.
remote:        https://github.com/owner/site/security/secret-scanning/unblock-secret/2gakJrAududURpxlhIZdNlX14ZZ
"""
PROTECTION = f"""remote: error: GH013: Repository rule violations found for refs/heads/main.
remote:
remote: - GITHUB PUSH PROTECTION
remote:   {DASHES}
remote:     Resolve the following violations before pushing again
remote:
remote:     - Push cannot contain secrets
remote:
remote:
remote:      (?) Learn how to resolve a blocked push
remote:      https://docs.github.com/code-security/secret-scanning/working-with-push-protection
remote:
"""
REJECTED = """To https://github.com/owner/site.git
 ! [remote rejected] main -> main (push declined due to repository rule violations)
error: failed to push some refs to 'https://github.com/owner/site.git'
"""


def test_push_protection__rule_and_place_of_each_secret_are_named() -> None:
    places = {"DeepSeek API Key": ".env:6", "GitHub Personal Access Token": "src/api/github.ts:34"}
    blocks = "".join(BLOCK.format(rule=rule, place=place) for rule, place in places.items())
    found = explain_git(PROTECTION + blocks + REJECTED)
    assert isinstance(found, SecretFound)
    assert "DeepSeek API Key in .env:6; GitHub Personal Access Token in src/api/github.ts:34" in found.what
    assert not is_passing(PROTECTION + blocks + REJECTED)


def test_push_protection__very_many_secrets_are_counted() -> None:
    blocks = "".join(BLOCK.format(rule="AWS Key", place=f"a.js:{line}") for line in range(1, 31))
    found = explain_git(PROTECTION + blocks + REJECTED)
    assert isinstance(found, SecretFound)
    assert "a.js:10 (and 20 more)" in found.what


def test_push_protection__without_a_block() -> None:
    assert isinstance(explain_git(PROTECTION + REJECTED), SecretFound)


RULESET = """remote: error: GH013: Repository rule violations found for refs/heads/main.
remote: Review all repository rules at https://github.com/owner/site/rules?ref=refs%2Fheads%2Fmain
remote:
remote: - Changes must be made through a pull request.
remote:
"""
PROTECTED = """remote: error: GH006: Protected branch update failed for refs/heads/main.
remote: error: Changes must be made through a pull request.
 ! [remote rejected] main -> main (protected branch hook declined)
"""
LARGE = """remote: error: Trace: 654c8d72f32f9965c4734092a2fb75d32fe2a39f6d10881c1465db48addc3ea4
remote: error: See https://gh.io/lfs for more information.
remote: error: File film.mp4 is 301.74 MB; this exceeds GitHub's file size limit of 100.00 MB
remote: error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.
 ! [remote rejected] main -> main (pre-receive hook declined)
"""
ACCESS = "fatal: unable to access 'https://github.com/owner/site.git/': The requested URL returned error: 403"


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (RULESET + REJECTED, CannotPush, "refuses the push: Changes must be made through a pull request"),
        (PROTECTED, CannotPush, "refuses the push: Changes must be made through a pull request"),
        (LARGE, FilesRefused, "File film.mp4 is 301.74 MB"),
        (f"remote: This repository was archived so it is read-only.\n{ACCESS}", RepositoryArchived, "is archived"),
        (f"remote: Write access to repository not granted.\n{ACCESS}", TokenInsufficient, "Write access to repository"),
        (f"remote: Permission to owner/site.git denied to someone.\n{ACCESS}", TokenInsufficient, "Contents: write"),
        (
            f"remote: Personal access tokens (classic) are forbidden from accessing this repository.\n{ACCESS}",
            TokenInsufficient,
            "takes no classic tokens",
        ),
    ],
)
def test_a_refused_push__is_told_as_what_it_is_and_not_tried_again(
    said: str, kind: type[TokenInsufficient], words: str
) -> None:
    found = explain_git(said)
    assert type(found) is kind
    assert words in found.what
    assert not is_passing(said)


@pytest.mark.parametrize(
    "why",
    [
        "remote: Internal Server Error\n ! [remote rejected] main -> main (Internal Server Error)",
        "remote: Internal Server Error\n ! [remote failure] main -> main (remote failed to report status)",
        "remote: fatal error in commit_refs\n ! [remote rejected] main -> main (failure)",
        "fatal: unable to access 'https://github.com/owner/site.git/': The requested URL returned error: 500",
    ],
)
def test_a_push_that_failed_for_githubs_own_trouble_is_tried_again_and_named(why: str) -> None:
    said = f"{why}\nerror: failed to push some refs to 'https://github.com/owner/site.git'"
    assert is_passing(said)
    found = explain_git(said)
    assert isinstance(found, CannotPush)
    assert why.splitlines()[-1].strip() in found.what


def test_another_push_was_faster__also_when_github_locks_the_ref() -> None:
    said = " ! [remote rejected] main -> main (cannot lock ref 'refs/heads/main': is at 6697e41 but expected dec6933)"
    assert isinstance(explain_git(said), TipMoved)
    assert not is_passing(said)
