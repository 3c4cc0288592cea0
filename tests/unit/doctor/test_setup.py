"""make setup: from a bare repository to one that doctor calls well; what is refused is said, and the rest done."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.app_key import key_pair
from tests.unit.doctor.conftest import KEY, RUNNER, SECRET, SETUP, Own

LINES_OF_A_HEALTHY_ONE = """\
✓ secret STUDENT_SECRET: replaced
✓ secret GEMINI_API_KEY: replaced
✓ secret TARGET_TOKEN: replaced
✓ variable DISPATCH_TOKEN_EXPIRES: as it was
✓ variable GOOGLE_GEMINI_BASE_URL: as it was
✓ variable RECEIVER_URL: as it was
✓ Actions: on
✓ workflows: 7 of 7 are there
✓ Pages: made by the workflow
Only you can do these:
  - then look whether all is well: make doctor"""


@pytest.fixture
def bare_own(own: Own) -> Own:
    """A repository of which nothing is set up; what its owner knows is in the environment."""
    for kind in ("secret", "variable", "pages"):
        own.store.delete(kind, RUNNER)
    own.store.put("actions_permissions", RUNNER, {"enabled": False})
    own.set_state("reconcile.yml", "disabled_fork")
    own.set_state("build.yml", "disabled_manually")
    own.set_state("dashboard.yml", "disabled_manually")
    return own


def test_all_that_the_api_can_do__is_done(bare_own: Own) -> None:
    code, said = bare_own.run("setup")
    assert code == 0
    assert bare_own.store.get("secret", RUNNER) == {
        "STUDENT_SECRET": SECRET,
        "GEMINI_API_KEY": KEY,
        "TARGET_TOKEN": bare_own.environ["TARGET_TOKEN"],
    }
    variables = bare_own.store.get("variable", RUNNER) or {}
    ends = datetime.now(UTC) + timedelta(days=90)
    assert variables.pop("DISPATCH_TOKEN_EXPIRES").startswith(f"{ends:%Y-%m-%d}")
    assert variables == {"GOOGLE_GEMINI_BASE_URL": "http://model", "RECEIVER_URL": "http://receiver"}
    assert "workflow dashboard.yml: off, as somebody wanted it" in said
    assert "workflow build.yml: switched on" in said
    assert "Actions: switched on" in said
    code, found = bare_own.run()
    assert (code, "All is well with alice/runner" in found) == (0, True)
    assert not any(value in said for value in (SECRET, KEY, bare_own.environ["TARGET_TOKEN"]))


def test_again__nothing_changes_but_the_secrets(own: Own) -> None:
    own.run("setup")
    before = own.store.find("variable"), own.store.find("pages"), own.store.find("workflow_state")
    assert own.run("setup") == (0, LINES_OF_A_HEALTHY_ONE)
    assert (own.store.find("variable"), own.store.find("pages"), own.store.find("workflow_state")) == before


def test_a_changed_variable_and_a_site_from_a_branch__are_changed(own: Own) -> None:
    own.change("variable", RECEIVER_URL="http://old")
    own.store.put("pages", RUNNER, {"build_type": "legacy"})
    code, said = own.run("setup")
    assert (code, "variable RECEIVER_URL: http://receiver" in said) == (0, True)
    assert (own.store.get("variable", RUNNER) or {})["RECEIVER_URL"] == "http://receiver"
    assert (own.store.get("pages", RUNNER) or {})["build_type"] == "workflow"


def test_when_the_dispatch_token_expires__is_kept_as_long_as_it_is_so(own: Own) -> None:
    own.run("setup")
    assert "DISPATCH_TOKEN_EXPIRES" in (own.store.get("variable", RUNNER) or {})
    own.change_token("GITHUB_TOKEN", expires_at=None)
    assert "variable DISPATCH_TOKEN_EXPIRES: deleted" in own.run("setup")[1]
    assert "DISPATCH_TOKEN_EXPIRES" not in (own.store.get("variable", RUNNER) or {})


def test_what_is_not_in_the_environment__is_asked_for(bare_own: Own) -> None:
    del bare_own.environ["GEMINI_API_KEY"]
    bare_own.typed["GEMINI_API_KEY"] = "AIza-typed"
    bare_own.run("setup")
    assert (bare_own.store.get("secret", RUNNER) or {})["GEMINI_API_KEY"] == "AIza-typed"


def test_nothing_is_typed__secrets_stay(own: Own) -> None:
    for name in ("STUDENT_SECRET", "GEMINI_API_KEY", "TARGET_TOKEN"):
        del own.environ[name]
    before = own.store.get("secret", RUNNER)
    code, said = own.run("setup")
    assert (code, "✓ secrets: none given, all left as they are" in said) == (0, True)
    assert own.store.get("secret", RUNNER) == before


def test_a_permission_is_missing__that_part_is_refused_and_the_rest_done(bare_own: Own) -> None:
    own = bare_own
    own.make_token(
        "SETUP_TOKEN", {name: level for name, level in SETUP.items() if name != "secrets"}, repositories=[RUNNER]
    )
    code, said = own.run("setup")
    assert code == 1
    assert "✗ SETUP_TOKEN lacks Secrets: write on alice/runner: Resource not accessible" in said
    assert own.store.get("pages", RUNNER)


def test_a_variable_that_builds_would_refuse__is_not_written(own: Own) -> None:
    own.environ["MAX_MODEL_CALLS"] = "many"
    code, said = own.run("setup")
    assert code == 1
    assert "✗ variables: none written, because MAX_MODEL_CALLS is not a number that can be used" in said
    assert "MAX_MODEL_CALLS" not in (own.store.get("variable", RUNNER) or {})


def test_without_its_token__the_form_for_one_is_named(own: Own) -> None:
    del own.environ["SETUP_TOKEN"]
    code, said = own.run("setup")
    assert code == 2
    assert "http://github/settings/personal-access-tokens/new?name=pagewright+setup&target_name=alice" in said
    assert "&secrets=write&actions_variables=write" in said


@pytest.mark.parametrize("broken", ["unknown", "elsewhere"])
def test_its_token_is_no_good__that_is_said_before_anything_is_done(own: Own, broken: str) -> None:
    own.environ["SETUP_TOKEN" if broken == "unknown" else "RUNNER_REPOSITORY"] = "alice/nope"
    code, said = own.run("setup")
    assert code == 2
    assert ("does not accept the setup token" in said) == (broken == "unknown")
    assert "Next step: " in said


def test_links__for_what_only_a_person_can_do(own: Own) -> None:
    for name in ("GITHUB_TOKEN", "TARGET_TOKEN", "GEMINI_API_KEY", "RECEIVER_URL"):
        del own.environ[name]
    own.environ["TARGET_OWNER"] = "lab"
    said = own.run("setup")[1].partition("Only you can do these:")[2]
    new = "http://github/settings/personal-access-tokens/new?name=pagewright+"
    assert f"{new}dispatch&target_name=alice&expires_in=366&contents=write&actions=write" in said
    assert f"{new}publishing&target_name=lab&expires_in=366&administration=write&contents=write" in said
    assert "workflows=write&actions=read" in said
    assert "http://github/organizations/lab/settings/personal-access-token-requests" in said
    assert "https://aistudio.google.com/apikey" in said
    assert "docs/deploy.md" in said


def test_a_set_up_with_models_of_the_other_wire__is_asked_for_that_key_only(bare_own: Own) -> None:
    del bare_own.environ["GEMINI_API_KEY"]
    bare_own.environ["GEMINI_MODEL"] = "openai:gpt-mini"
    bare_own.typed |= {"GEMINI_API_KEY": "not asked for", "OPENAI_API_KEY": "typed-key"}
    code, said = bare_own.run("setup")
    secrets = bare_own.store.get("secret", RUNNER) or {}
    assert (code, secrets["OPENAI_API_KEY"], "GEMINI_API_KEY" in secrets) == (0, "typed-key", False)
    assert "a key for the model, as OPENAI_API_KEY; then make setup again" in said


def test_an_app__its_key_takes_the_place_of_the_publishing_token(bare_own: Own) -> None:
    del bare_own.environ["TARGET_TOKEN"]
    bare_own.environ |= {"APP_ID": "7", "APP_PRIVATE_KEY": key_pair()[0]}
    code, said = bare_own.run("setup")
    assert code == 0
    assert (bare_own.store.get("secret", RUNNER) or {})["APP_PRIVATE_KEY"] == key_pair()[0].strip()
    assert "TARGET_TOKEN" not in (bare_own.store.get("secret", RUNNER) or {})
    assert (bare_own.store.get("variable", RUNNER) or {})["APP_ID"] == "7"
    assert "publishing token" not in said
