"""The runner repository: is it there, do Actions and each workflow run, has it its secrets, variables and Pages?"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from action.errors import InvalidConfiguration
from action.gates.http import REDIRECTS
from action.job.settings import Declared, Runner, Settings
from action.model.fallback import needed_keys
from action.steps.collect import CollectSettings
from action.steps.evaluate import EvaluateSettings
from action.steps.generate import GenerateSettings
from action.steps.publish import PublishSettings
from action.steps.tokens import TokensSettings
from doctor.context import Context
from doctor.findings import CannotLook, Finding

SECRETS = {
    "STUDENT_SECRET": "no build can open its request (E-REQUEST).",
    "GEMINI_API_KEY": "no page is written: the fallback page is published instead.",
    "OPENAI_API_KEY": "no page is written: the fallback page is published instead.",
    "TARGET_TOKEN": "nothing can be published (E-CONFIG).",
}
KEYS_OF_MODELS = ("GEMINI_API_KEY", "OPENAI_API_KEY")
APP_KEY = "APP_PRIVATE_KEY"
# Between them, they read every variable.
STEPS: tuple[type[Settings], ...] = (
    *(GenerateSettings, PublishSettings, CollectSettings),
    *(EvaluateSettings, TokensSettings),
)
OF_OTHERS = frozenset({"GOOGLE_GEMINI_BASE_URL", "APP_ID"})  # what the SDK and a workflow itself read
ANY = {**dict.fromkeys(("RUNNER_TEMP", "GITHUB_EVENT_PATH", "GITHUB_REPOSITORY", "PAGEWRIGHT_LEDGER"), "."),
       **dict.fromkeys((*SECRETS, "GITHUB_TOKEN"), "any value")}  # fmt: skip
NOT_VARIABLES = {*ANY, "CHROME"}
OF_RUNNERS = ("GITHUB_", "PAGEWRIGHT_")  # how the names begin that GitHub's runner and our own action set


@dataclass(frozen=True)
class Workflow:
    """A workflow that must run. `is_needed`: without it no task becomes a page."""

    breaks: str
    is_needed: bool = False


WORKFLOWS = {
    "build.yml": Workflow("no task is built, although the receiver answers 200.", is_needed=True),
    "reconcile.yml": Workflow("what failed or went down stays so, and nobody is told that a token expires."),
    "dashboard.yml": Workflow("there is no ledger and no dashboard."),
    "evaluate.yml": Workflow("live pages are not looked at again each week."),
    "feedback.yml": Workflow("feedback is taken and forgotten; no page is revised or restored."),
    "task.yml": Workflow("no task is made from a template or an idea."),
    "execute.yml": Workflow("POST /execute never answers with a result."),
}
REASONS = {
    "disabled_inactivity": "GitHub switched it off after 60 days without activity in the repository.",
    "disabled_fork": "GitHub switches workflows off in forks, the scheduled ones one by one.",
}


def repository(context: Context) -> Iterator[Finding]:
    """Look for the repository itself."""
    name, reply = context.settings.repository, context.reader.get(context.path())
    if reply.status == 401:
        raise CannotLook("GitHub does not accept the token that is asked with; see the checks of tokens")
    if reply.status in REDIRECTS:
        yield Finding(
            f"{name} was renamed or moved.",
            "tasks may be refused, and links lead to the old name.",
            "Set RUNNER_REPOSITORY to the new name at the receiver and here; the repository's page shows it.",
            context.web(),
        )
        return
    if reply.status != 200 or not isinstance(reply.body, dict):
        yield Finding(
            f"There is no repository {name}, or no token here may see it (GitHub answered {reply.status}).",
            "the receiver answers 503 to every task.",
            "Correct RUNNER_REPOSITORY, or give the tokens access to that repository.",
            context.web(),
        )
        return
    if reply.body.get("archived") or reply.body.get("disabled"):
        yield Finding(
            f"{name} is {'archived' if reply.body.get('archived') else 'disabled'}.",
            "no workflow runs in it.",
            "Bring it back under Settings, General, at the end of the page.",
            context.web("/settings"),
        )
    if reply.body.get("private"):
        yield Finding(
            f"{name} is private.",
            "Actions minutes are counted, and Pages for the dashboard needs a paid plan; GET /tasks reads it without.",
            "Nothing, if that is meant; docs/own.md, step 1, has the numbers.",
            context.web("/settings"),
            is_fault=False,
        )
    if not reply.body.get("has_issues", True):
        yield Finding(
            f"{name} has no issues.",
            "nobody is told by mail that a token expires.",
            "Switch Issues on under Settings, General, Features.",
            context.web("/settings"),
            is_fault=False,
        )


def actions(context: Context) -> Iterator[Finding]:
    """Look whether Actions run at all, and those that the workflows use."""
    reply = context.settings_of_runner("/actions/permissions", "Administration: read")
    allowed = reply.body if isinstance(reply.body, dict) else {}
    where = context.web("/settings/actions")
    if not allowed.get("enabled", True):
        yield Finding(
            "Actions are switched off.",
            "no task is built, although the receiver answers 200.",
            "make setup switches them on; or choose 'Allow all actions' yourself.",
            where,
        )
    elif allowed.get("allowed_actions") == "local_only":
        yield Finding(
            "Only actions of this repository's owner may be used.",
            "each run ends at once: the workflows use actions/* and astral-sh/setup-uv.",
            "make setup allows all; or allow those made by GitHub and astral-sh/setup-uv@*.",
            where,
        )
    elif allowed.get("allowed_actions") == "selected":
        yield Finding(
            "Only selected actions may be used.",
            "each run ends at once, unless those made by GitHub and astral-sh/setup-uv@* are among them.",
            "Look at the list, and add what is missing.",
            where,
            is_fault=False,
        )


def workflows(context: Context) -> Iterator[Finding]:
    """Look at the state of each workflow that must run."""
    states = workflow_states(context)
    where = context.web("/actions")
    if not states:
        yield Finding(
            "GitHub knows no workflow here.",
            "nothing runs, although the receiver answers 200.",
            "In a fork, press 'I understand my workflows, go ahead and enable them' in the Actions tab, once; else "
            "bring the code to the default branch.",
            where,
        )
        return
    for file, workflow in WORKFLOWS.items():
        state = states.get(file)
        if state is None:
            yield Finding(
                f"There is no workflow {file} on the default branch.",
                workflow.breaks,
                "Take it over from the project's repository.",
                where,
                is_fault=workflow.is_needed,
            )
        elif state != "active":
            yield Finding(
                f"The workflow {file} is {state}. {REASONS.get(state, 'Somebody switched it off.')}",
                workflow.breaks,
                f"make setup switches it on; or open it, and press 'Enable workflow'.{by_choice(state, workflow)}",
                f"{where}/workflows/{file}",
                is_fault=workflow.is_needed or state != "disabled_manually",
            )


def workflow_states(context: Context) -> dict[str, str]:
    """Return the state of each workflow by its file. Raises CannotLook, GitHubUnavailable."""
    reply = context.reader.get(context.path("/actions/workflows?per_page=100"))
    if reply.status != 200:
        raise CannotLook(f"GitHub answered {reply.status} to the list of workflows")
    return {str(each.get("path")).rpartition("/")[2]: str(each.get("state")) for each in reply.entries("workflows")}


def by_choice(state: str, workflow: Workflow) -> str:
    """Return what to say of a workflow that its owner may not want."""
    return "" if workflow.is_needed or state != "disabled_manually" else " Leave it, if that is meant."


def secrets(context: Context) -> Iterator[Finding]:
    """Look which secrets there are. Their values can be read by nobody, so that is all."""
    names = names_of(context, "/actions/secrets?per_page=100")
    wanted = wanted_secrets(context, context.variable("APP_ID", ""))
    if set(wanted) - names:
        names |= names_of(context, "/actions/organization-secrets?per_page=100")
    for name in sorted(set(wanted) - names):
        yield Finding(
            f"The secret {name} is not set.",
            wanted[name],
            f"make setup sets those of step 3 of docs/own.md; or add {name} yourself.",
            context.web("/settings/secrets/actions"),
        )


def wanted_secrets(context: Context, app_id: str) -> dict[str, str]:
    """Return the secrets that there must be, and what breaks without each.

    An App's key takes the token's place. Of the models' keys, those are wanted that the names of the models ask for.
    """
    keys = needed_keys(context.models, context.openai_url)
    wanted = {name: breaks for name, breaks in SECRETS.items() if name in keys or name not in KEYS_OF_MODELS}
    return {APP_KEY if app_id and name == "TARGET_TOKEN" else name: breaks for name, breaks in wanted.items()}


def names_of(context: Context, path: str) -> set[str]:
    """Return the names of secrets. Raises CannotLook."""
    reply = context.settings_of_runner(path, "Secrets: read")
    return {str(each.get("name")) for each in reply.entries("secrets")}


def variables(context: Context) -> Iterator[Finding]:
    """Look at the variables as the steps will read them."""
    given, where = context.variables, context.web("/settings/variables/actions")
    for name in sorted(set(given) & {*SECRETS, APP_KEY, "GITHUB_TOKEN", "SETUP_TOKEN"}):
        yield Finding(
            f"{name} is a variable. Variables can be read by everybody who may read the repository's runs.",
            "whoever reads it can use it.",
            f"Make a new value, set it as a secret (make setup), and delete the variable {name}.",
            where,
        )
    for problem in sorted({problem for step in STEPS for problem in misread_by(step, given)}):
        yield Finding(
            f"The variable {problem}.",
            "each build ends with E-CONFIG.",
            "Correct or delete it; docs/own.md, Variables, has the list.",
            where,
        )
    for name in sorted(set(given) - known_variables() - set(SECRETS)):
        if close := difflib.get_close_matches(name, known_variables(), 1, 0.8):
            yield Finding(
                f"There is a variable {name}, which nothing reads. Is {close[0]} meant?",
                "the default is used instead of it.",
                f"Rename it to {close[0]}.",
                where,
                is_fault=False,
            )
    here = context.settings.target_owner
    if here and here.lower() != (given.get("TARGET_OWNER") or context.settings.runner_owner).lower():
        yield Finding(
            f"TARGET_OWNER is {here} here, and {given.get('TARGET_OWNER') or 'not set'} in the runner repository.",
            "receiver and builds look for projects in different places.",
            "Set the same as a variable and at the receiver: make setup.",
            where,
        )


def misread_by(step: type[Settings], given: dict[str, str]) -> list[str]:
    """Return what a step would say about these variables."""
    try:
        step.from_environ({**{name: text for name, text in given.items() if name not in ANY}, **ANY})
    except InvalidConfiguration as error:
        return error.what.partition(": ")[2].rstrip(".").split("; ")
    return []


def known_variables() -> set[str]:
    """Return the names that some step reads."""
    models: list[type[Declared]] = [*STEPS, Runner]
    fields = [each for model in models for each in model.model_fields.values()]
    aliases = {str(each.validation_alias) for each in fields if each.validation_alias}
    return {name for name in aliases | OF_OTHERS if not name.startswith(OF_RUNNERS)} - NOT_VARIABLES


def pages(context: Context) -> Iterator[Finding]:
    """Look whether the dashboard has a site. An owner who switched its workflow off wants none."""
    states = workflow_states(context)
    reply, where = context.reader.get(context.path("/pages")), context.web("/settings/pages")
    repository = context.reader.get(context.path()).body
    if reply.status == 404 and isinstance(repository, dict) and repository.get("private"):
        yield Finding(
            "Pages is off in the runner repository, which is private.",
            "the dashboard is made and not served; for private repositories, Pages needs a paid plan.",
            "Nothing: GET /tasks of the receiver reads what the dashboard knows (docs/dashboard.md).",
            where,
            is_fault=False,
        )
    elif reply.status == 404:
        yield Finding(
            "Pages is off in the runner repository.",
            "the dashboard is made and not served.",
            "make setup switches it on; or choose 'GitHub Actions' as the source.",
            where,
            is_fault=states.get("dashboard.yml") != "disabled_manually",
        )
    elif reply.status != 200 or not isinstance(reply.body, dict):
        raise CannotLook(f"GitHub answered {reply.status} when it was asked for Pages")
    elif reply.body.get("build_type") == "legacy":
        yield Finding(
            "Pages is made from a branch in the runner repository.",
            "the dashboard cannot be deployed, and the branch is served instead.",
            "make setup changes that; or choose 'GitHub Actions' as the source.",
            where,
        )
