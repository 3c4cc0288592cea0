"""Each planted fault of an owner's set-up is found and its mend named; a healthy one gets a few lines."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from doctor.runner import WORKFLOWS, known_variables
from embedded.github.apps import install_app, register_app
from embedded.github.repositories import create_repository
from embedded.github.store import Document
from receiver.errors import GitHubRefused
from receiver.github_errors import REFUSED
from tests.app_key import key_pair
from tests.unit.doctor.conftest import DISPATCH, OPENAI_KEY, PUBLISHING, RUNNER, Own, Plant

ROOT = Path(__file__).parents[3]


def without(permissions: dict[str, str], name: str) -> dict[str, str]:
    return {each: level for each, level in permissions.items() if each != name}


def in_days(days: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days, hours=1):%Y-%m-%dT%H:%M:%SZ}"


def give_to_lab(own: Own, **token: object) -> None:
    """Let an organisation own the target repositories; there is one already."""
    own.environ["TARGET_OWNER"] = "lab"
    own.change("variable", TARGET_OWNER="lab")
    create_repository(own.github, "lab", {"name": "page", "auto_init": True})
    own.change_token("TARGET_TOKEN", **token)


def publishing_without(name: str) -> Plant:
    return lambda own: own.make_token("TARGET_TOKEN", without(PUBLISHING, name))


def secret_missing(name: str) -> Plant:
    return lambda own: own.change("secret", **{name: None})


def refuse_the_receiver(own: Own) -> None:
    own.runner.refusal = GitHubRefused(REFUSED, asked="show the builds", status=401, why="expired", retry_after_s=1)


def make_private(own: Own) -> None:
    own.change_repository(private=True)
    own.make_token("TARGET_TOKEN", without(PUBLISHING, "actions"))


def use_an_app(own: Own, permissions: dict[str, str] | None = None, **more: Any) -> Document:
    """Let an App of the organisation lab take the place of both tokens; return its installation."""
    give_to_lab(own)
    granted = {**PUBLISHING, "actions": "write"} if permissions is None else permissions
    app = register_app(own.store, "lab", "pages", granted, key_pair()[1])
    here = install_app(own.store, app, "lab", more.pop("repositories", None))
    own.change("variable", APP_ID=str(app["id"]))
    own.change("secret", TARGET_TOKEN=None, APP_PRIVATE_KEY="kept")
    del own.environ["TARGET_TOKEN"]
    own.environ |= {"APP_ID": str(app["id"]), "APP_PRIVATE_KEY": key_pair()[0], **more}
    return here


def app_without(name: str) -> Plant:
    return lambda own: use_an_app(own, without(PUBLISHING, name))


def suspended(own: Own) -> None:
    here = use_an_app(own)
    own.store.put("installation", str(here["id"]), {**here, "suspended_at": "2026-11-20T05:36:22Z"})


def make_private_on_the_free_plan(own: Own) -> None:
    own.change_repository(private=True)
    own.store.delete("pages", RUNNER)


# what is broken, the check that finds it, words of what it says, and words of the mend
FAULTS: dict[str, tuple[Plant, str, str, str]] = {
    "no such repository": (
        lambda own: own.environ.update(RUNNER_REPOSITORY="alice/nope"),
        *("runner repository", "no repository alice/nope", "Correct RUNNER_REPOSITORY"),
    ),
    "renamed": (
        lambda own: setattr(own.hosts, "is_renamed", True),
        *("runner repository", "was renamed or moved", "Set RUNNER_REPOSITORY to the new name"),
    ),
    "dispatch token unknown": (
        lambda own: own.environ.update(GITHUB_TOKEN="github_pat_made_up"),
        *("dispatch token", "does not accept the dispatch token", "receiver's GITHUB_TOKEN"),
    ),
    "dispatch token expired": (
        lambda own: own.change_token("GITHUB_TOKEN", expires_at=in_days(-3)),
        *("dispatch token", "does not accept the dispatch token", "docs/own.md, step 2"),
    ),
    "dispatch token expires": (
        lambda own: own.change_token("GITHUB_TOKEN", expires_at=in_days(5)),
        *("dispatch token", "expires on", "docs/own.md, step 2"),
    ),
    "dispatch token without Contents": (
        lambda own: own.make_token("GITHUB_TOKEN", without(DISPATCH, "contents"), repositories=[RUNNER]),
        *("dispatch token", "lacks the permission Contents: write", "docs/own.md, step 2"),
    ),
    "dispatch token with Actions: read": (
        lambda own: own.make_token("GITHUB_TOKEN", {**DISPATCH, "actions": "read"}, repositories=[RUNNER]),
        *("dispatch token", "lacks the permission Actions: write", "docs/own.md, step 2"),
    ),
    "dispatch token without any permission": (
        lambda own: own.make_token("GITHUB_TOKEN", {}, repositories=[RUNNER]),
        *("dispatch token", "may change nothing in alice/runner", "docs/own.md, step 2"),
    ),
    "dispatch token for another repository": (
        lambda own: own.make_token("GITHUB_TOKEN", DISPATCH, repositories=["alice/other"]),
        *("dispatch token", "alice/runner. GitHub says", "docs/own.md, step 2"),
    ),
    "publishing token expired": (
        lambda own: own.change_token("TARGET_TOKEN", expires_at=in_days(-1)),
        *("publishing token", "does not accept the publishing token", "secret TARGET_TOKEN"),
    ),
    "publishing token expires": (
        lambda own: own.change_token("TARGET_TOKEN", expires_at=in_days(9)),
        *("publishing token", "in 9 days", "secret TARGET_TOKEN"),
    ),
    **{
        f"publishing token without {name}": (
            publishing_without(name),
            *("publishing token", f"lacks the permission {name.capitalize()}: write", "secret TARGET_TOKEN"),
        )
        for name in ("administration", "contents", "pages", "workflows")
    },
    "publishing token without Actions: read": (
        make_private,
        *("publishing token", "lacks the permission Actions: read", "secret TARGET_TOKEN"),
    ),
    "publishing token for selected repositories": (
        lambda own: own.make_token("TARGET_TOKEN", PUBLISHING, repositories=[RUNNER]),
        *("publishing token", "may not make repositories for alice", "All repositories"),
    ),
    "publishing token of somebody else": (
        lambda own: own.make_token("TARGET_TOKEN", PUBLISHING, login="bob"),
        *("publishing token", "belongs to bob", "Make the token as that user"),
    ),
    "no such target owner": (
        lambda own: own.change("variable", TARGET_OWNER="nobody"),
        *("publishing token", "no account nobody", "Correct the variable TARGET_OWNER"),
    ),
    "publishing token waits for approval": (
        lambda own: give_to_lab(own, awaits_approval=True),
        *("publishing token", "may change nothing in lab/page", "approve the token"),
    ),
    "Actions off": (
        lambda own: own.store.put("actions_permissions", RUNNER, {"enabled": False}),
        *("Actions", "switched off", "make setup"),
    ),
    "only own actions": (
        lambda own: own.store.put("actions_permissions", RUNNER, {"enabled": True, "allowed_actions": "local_only"}),
        *("Actions", "Only actions of this", "make setup"),
    ),
    "build.yml off": (
        lambda own: own.set_state("build.yml", "disabled_manually"),
        *("workflows", "build.yml is disabled_manually", "Enable workflow"),
    ),
    "60 quiet days": (
        lambda own: own.set_state("reconcile.yml", "disabled_inactivity"),
        *("workflows", "after 60 days without activity", "make setup"),
    ),
    "a fork's schedule": (
        lambda own: own.set_state("evaluate.yml", "disabled_fork"),
        *("workflows", "switches workflows off in forks", "make setup"),
    ),
    **{
        f"no secret {name}": (
            secret_missing(name),
            *("secrets", f"secret {name} is not set", "make setup"),
        )
        for name in ("STUDENT_SECRET", "GEMINI_API_KEY", "TARGET_TOKEN")
    },
    "a secret as a variable": (
        lambda own: own.change("variable", TARGET_TOKEN="github_pat_for_all"),
        *("variables", "TARGET_TOKEN is a variable", "Make a new value"),
    ),
    "a variable that is no number": (
        lambda own: own.change("variable", CALLBACK_WITHIN_S="ten"),
        *("variables", "CALLBACK_WITHIN_S is not a number", "Correct or delete"),
    ),
    "prices that are no JSON": (
        lambda own: own.change("variable", MODEL_PRICES="cheap"),
        *("variables", "MODEL_PRICES is not JSON", "Correct or delete"),
    ),
    "two target owners": (
        lambda own: own.environ.update(TARGET_OWNER="lab"),
        *("variables", "TARGET_OWNER is lab here, and not set", "make setup"),
    ),
    "Pages off": (
        lambda own: own.store.delete("pages", RUNNER),
        *("Pages", "Pages is off", "make setup"),
    ),
    "Pages from a branch": (
        lambda own: own.store.put("pages", RUNNER, {"build_type": "legacy"}),
        *("Pages", "from a branch", "GitHub Actions"),
    ),
    "a short secret": (
        lambda own: own.environ.update(STUDENT_SECRET="short"),
        *("shared secret", "shorter than 8", "16 random characters"),
    ),
    "broken keys": (
        lambda own: own.environ.update(KEYS='[{"name": "me@example.org", "rights": ["fly"]}]'),
        *("shared secret", "number 1, sha256: Field required", "Correct KEYS"),
    ),
    "a file of keys that is not there": (
        lambda own: own.environ.update(KEYS_FILE="/nowhere/keys.json"),
        *("shared secret", "KEYS_FILE cannot be read (No such file", "Correct KEYS"),
    ),
    "the receiver has another secret": (
        lambda own: own.environ.update(STUDENT_SECRET="another-of-sixteen"),
        *("receiver", "another STUDENT_SECRET", "Set the same value"),
    ),
    "no receiver": (
        lambda own: own.environ.update(RECEIVER_URL="http://nowhere"),
        *("receiver", "no receiver at http://nowhere", "docs/deploy.md"),
    ),
    "another program at its address": (
        lambda own: own.environ.update(RECEIVER_URL="http://model"),
        *("receiver", "no receiver at http://model (it answered 404)", "docs/deploy.md"),
    ),
    "the receiver's token is refused": (
        refuse_the_receiver,
        *("receiver", "cannot use GitHub: GitHub did not show the builds", "at the receiver's host"),
    ),
    "a wrong model key": (
        lambda own: own.environ.update(GEMINI_API_KEY="AIza-of-nobody"),
        *("model", "does not accept GEMINI_API_KEY", "Make a new key"),
    ),
    "a model that is not there": (
        lambda own: own.change("variable", GEMINI_MODEL="gemini-3.8-flash, gemini-1-nano"),
        *("model", "no model gemini-1-nano", "GEMINI_MODEL"),
    ),
    "a model of the other wire without its key": (
        lambda own: own.change("variable", GEMINI_MODEL="gemini-3.8-flash, openai:gpt-mini"),
        *("secrets", "secret OPENAI_API_KEY is not set", "make setup"),
    ),
    "a wrong key of the other wire": (
        lambda own: over_openai(own, OPENAI_API_KEY="sk-of-nobody"),
        *("model", "does not accept OPENAI_API_KEY", "a key of that server"),
    ),
    "a model that the other wire has not": (
        lambda own: over_openai(own, "openai:gpt-mini, openai:qwen, openai:gpt-maxi"),
        *("model", "no model openai:gpt-maxi", "GEMINI_MODEL"),
    ),
    "an address on whose way the key can be read": (
        lambda own: own.change("variable", OPENAI_BASE_URL="http://model.example/v1"),
        *("variables", "OPENAI_BASE_URL is no https address", "Correct or delete"),
    ),
}
FAULTS |= {
    f"App without {name}": (
        app_without(name),
        *("GitHub App", f"lacks the permission {name.capitalize()}", "accept the change"),
    )
    for name in PUBLISHING
} | {
    "App for some repositories": (
        lambda own: use_an_app(own, repositories=["lab/page"]),
        *("GitHub App", "for some repositories only", "All repositories"),
    ),
    "App suspended": (suspended, "GitHub App", "is suspended", "Unsuspend"),
    "App's key of another App": (
        lambda own: use_an_app(own, APP_PRIVATE_KEY=key_pair(1)[0]),
        *("GitHub App", "does not accept the App's key", "Compare APP_ID"),
    ),
    "App's key cut off": (
        lambda own: use_an_app(own, APP_PRIVATE_KEY=key_pair()[0][:200]),
        *("GitHub App", "not a whole private key", ".pem file"),
    ),
    "App not where the receiver needs it": (
        lambda own: use_an_app(own, GITHUB_TOKEN=""),
        *("GitHub App", "not installed on alice/runner", "Install it"),
    ),
    "App for a person": (
        lambda own: own.environ.update(APP_ID="1", APP_PRIVATE_KEY=key_pair()[0]),
        *("GitHub App", "alice is a person", "publishing token"),
    ),
    "App's key and no id": (
        lambda own: own.environ.update(APP_PRIVATE_KEY=key_pair()[0]),
        *("GitHub App", "APP_ID is not", "make setup"),
    ),
}


def test_an_app_in_place_of_the_publishing_token__is_well(own: Own) -> None:
    use_an_app(own, APP_PRIVATE_KEY=key_pair()[0].replace("\n", "\\n"))
    code, said = own.run("--json")
    assert code == 0, said
    assert "PRIVATE KEY" not in said
    assert [checks_of(said)[check]["state"] for check in ("GitHub App", "secrets")] == ["well", "well"]


def test_an_app_whose_key_is_not_here__is_not_looked_at(own: Own) -> None:
    use_an_app(own, APP_PRIVATE_KEY="")
    assert checks_of(own.run("--json")[1])["GitHub App"]["state"] == "skipped"


def over_openai(own: Own, models: str = "openai:gpt-mini", **environ: str) -> None:
    """Make it a set-up without anything of Gemini's."""
    own.change("secret", GEMINI_API_KEY=None, OPENAI_API_KEY="sealed")
    own.change("variable", GEMINI_MODEL=models, OPENAI_BASE_URL="http://model/v1", ALLOWED_HOSTS="model")
    own.environ.pop("GEMINI_API_KEY", "")
    own.environ |= {"OPENAI_API_KEY": OPENAI_KEY, **environ}


def checks_of(said: str) -> dict[str, dict[str, object]]:
    return {each["check"]: each for each in json.loads(said)["checks"]}


def test_a_healthy_set_up__is_said_in_a_few_lines(own: Own) -> None:
    code, said = own.run()
    assert (code, said) == (0, "All is well with alice/runner: 14 checks found no fault.")


def test_a_set_up_with_the_other_wire_only__lacks_nothing(own: Own) -> None:
    over_openai(own)
    assert own.run() == (0, "All is well with alice/runner: 14 checks found no fault.")


def test_a_server_of_ones_own_without_a_key__lacks_nothing(own: Own) -> None:
    over_openai(own)
    own.change("secret", OPENAI_API_KEY=None)
    assert checks_of(own.run("--json")[1])["secrets"]["findings"] == []


def test_a_server_without_a_list__says_nothing_about_its_models(own: Own) -> None:
    over_openai(own)
    own.change("variable", OPENAI_BASE_URL="http://model/v2")
    assert "v2/models answered 404" in str(checks_of(own.run("--json")[1])["model"]["reason"])


def test_at_least_20_faults_are_planted() -> None:
    assert len(FAULTS) >= 20


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault__is_found_and_its_mend_named(own: Own, fault: str) -> None:
    plant, check, what, mend = FAULTS[fault]
    plant(own)
    code, said = own.run("--json")
    found = [each for each in checks_of(said)[check]["findings"] if each["is_fault"]]  # type: ignore[attr-defined]
    assert code == 1
    assert len(found) == 1, found
    assert what in found[0]["what"]
    assert mend in found[0]["mend"]
    if fault == "renamed":  # what else is asked there is no fault of its own
        assert [name for name, each in checks_of(said).items() if each["state"] == "fault"] == [check]
    assert found[0]["breaks"]


@pytest.mark.parametrize("fault", ["publishing token without pages", "Actions off"])
def test_a_fault__people_read_what_breaks_and_where_to_mend_it(own: Own, fault: str) -> None:
    FAULTS[fault][0](own)
    code, said = own.run()
    assert code == 1
    assert "\n    breaks: " in said
    assert "\n    mend:   " in said
    assert "\n            http://github/" in said
    assert said.endswith("1 fault in the set-up of alice/runner; mend from the top.")


NOTES: dict[str, tuple[Plant, str, str]] = {
    "private": (lambda own: own.change_repository(private=True), "runner repository", "is private"),
    "private without Pages": (make_private_on_the_free_plan, "Pages", "GET /tasks"),
    "no dashboard": (lambda own: own.set_state("dashboard.yml", "disabled_manually"), "workflows", "Leave it, if"),
    "one token for both": (
        lambda own: one_token_for_both(own),
        *("dispatch token", "are the same"),
    ),
    "selected actions": (
        lambda own: own.store.put("actions_permissions", RUNNER, {"enabled": True, "allowed_actions": "selected"}),
        *("Actions", "Only selected actions"),
    ),
    "a variable that nothing reads": (
        lambda own: own.change("variable", GEMINI_MODELS="gemini-3.8-flash"),
        *("variables", "Is GEMINI_MODEL meant?"),
    ),
    "a place that is not served": (
        lambda own: own.change("variable", GEMINI_MODEL="far-away"),
        *("model", "does not serve this place"),
    ),
}


def one_token_for_both(own: Own) -> None:
    own.environ["GITHUB_TOKEN"] = own.environ["TARGET_TOKEN"]
    own.change_token("TARGET_TOKEN", permissions={**PUBLISHING, "actions": "write"})


@pytest.mark.parametrize("note", NOTES)
def test_what_an_owner_may_want__is_a_note_and_no_fault(own: Own, note: str) -> None:
    plant, check, what = NOTES[note]
    plant(own)
    code, said = own.run("--json")
    found = checks_of(said)[check]
    assert (code, found["state"]) == (0, "note")
    assert what in str(found["findings"])


def test_nothing_is_changed_by_looking(own: Own) -> None:
    kinds = ("secret", "variable", "pages", "actions_permissions", "workflow_state", "repo", "issue")
    before = {kind: own.store.find(kind) for kind in kinds}
    refs = own.github.git(own.store.get("repo", RUNNER) or {}).refs()
    own.run()
    assert {kind: own.store.find(kind) for kind in kinds} == before
    assert own.github.git(own.store.get("repo", RUNNER) or {}).refs() == refs


def test_what_is_not_set_here__is_not_looked_at_and_that_is_said(own: Own) -> None:
    for name in ("SETUP_TOKEN", "GITHUB_TOKEN", "GEMINI_API_KEY", "STUDENT_SECRET"):
        del own.environ[name]
    code, said = own.run()
    assert code == 0
    assert "All is well with alice/runner: 6 checks found no fault." in said
    assert "model (GEMINI_API_KEY not set here)" in said
    assert "receiver (it answers; whether it has the same secret needs STUDENT_SECRET)" in said


def test_without_a_configuration__the_next_step_is_said(own: Own) -> None:
    own.environ.clear()
    code, said = own.run()
    assert code == 2
    assert json.loads(own.run("--json")[1])["error"]["what"].startswith("There is no set-up to look at")
    assert said.startswith("There is no set-up to look at: RUNNER_REPOSITORY is not set.\nLikely cause: ")
    assert "\nNext step: Set what you have, for example: export RUNNER_REPOSITORY=" in said


def test_no_github__nothing_is_called_well(own: Own) -> None:
    del own.hosts.apps["github"]
    own.hosts.apps.pop("model")
    code, said = own.run()
    assert code == 2
    assert said.startswith("Nothing can be said about alice/runner")


def test_a_model_that_has_trouble__says_nothing_about_the_key(own: Own) -> None:
    own.change("variable", GEMINI_MODEL="busy")
    code, said = own.run("--json")
    assert (code, checks_of(said)["model"]["state"]) == (0, "skipped")
    assert "503" in str(checks_of(said)["model"]["reason"])


def test_an_organisation_without_a_repository__says_what_could_not_be_tried(own: Own) -> None:
    own.environ["TARGET_OWNER"] = "lab"
    own.change("variable", TARGET_OWNER="lab")
    code, said = own.run()
    assert code == 0
    assert "publishing token (lab has no repository yet in which the other permissions could be tried)" in said


def test_secrets_of_the_organisation_count(own: Own) -> None:
    own.change("secret", GEMINI_API_KEY=None)
    own.change("organization_secret", GEMINI_API_KEY="sealed")
    assert own.run()[0] == 0


def test_no_value_is_ever_told(own: Own) -> None:
    names = ("SETUP_TOKEN", "GITHUB_TOKEN", "TARGET_TOKEN", "GEMINI_API_KEY")
    held = {own.environ[name] for name in names}
    for fault, (plant, *_) in FAULTS.items():
        if not fault.startswith("App"):  # which has a key in place of a token
            plant(own)
    own.hosts.is_renamed = False
    said = own.run()[1] + own.run("--json")[1]
    held |= {own.environ[name] for name in (*names[:3], "OPENAI_API_KEY")}
    assert [value for value in held if value in said] == []


def test_clocks_that_differ(own: Own) -> None:
    own.hosts.skew = timedelta(minutes=5)
    code, said = own.run("--json")
    assert code == 1
    assert re.search(r"differs from GitHub's by (299|300) seconds", str(checks_of(said)["clock"]["findings"]))
    assert "receiver's clock differs" in str(checks_of(said)["receiver"]["findings"])


def test_each_scheduled_workflow__is_looked_at() -> None:
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        triggers = yaml.safe_load(path.read_text())[True]
        assert path.name in WORKFLOWS or path.name in {"ci.yml", "first-day.yml"}
        assert "schedule" not in triggers or path.name in WORKFLOWS


def test_each_variable_of_the_workflows__is_known_and_no_other() -> None:
    workflows = [path for path in (ROOT / ".github" / "workflows").glob("*.yml") if path.name != "first-day.yml"]
    text = "".join(path.read_text() for path in workflows)
    assert known_variables() == set(re.findall(r"vars\.([A-Z_]+)", text))
