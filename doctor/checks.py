"""The table of checks, in the order in which they are made and told. A new check is a function, and a row here."""

from doctor import apps, runner, services, tokens
from doctor.findings import Check

CHECKS = (
    Check("runner repository", runner.repository),
    Check("clock", services.clock_here),
    Check("setup token", tokens.setup_token, ("SETUP_TOKEN",)),
    Check("dispatch token", tokens.dispatch_token, ("GITHUB_TOKEN",)),
    Check("publishing token", tokens.publishing_token, ("TARGET_TOKEN",)),
    Check("GitHub App", apps.github_app),
    Check("Actions", runner.actions, ("SETUP_TOKEN",)),
    Check("workflows", runner.workflows),
    Check("secrets", runner.secrets, ("SETUP_TOKEN",)),
    Check("variables", runner.variables, ("SETUP_TOKEN",)),
    Check("Pages", runner.pages),
    Check("shared secret", services.student_secret, ("STUDENT_SECRET",)),
    Check("model", services.model),
    Check("receiver", services.receiver, ("RECEIVER_URL",)),
)
