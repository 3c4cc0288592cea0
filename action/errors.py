"""Everything that can go wrong for a reason outside the code: one class and one exit code for each kind.

A `UserError` is shown as it is, in the same words, in the annotation, the job summary and the log. All else is a bug.
"""

from typing import ClassVar

SEND_AGAIN = "Send the task to the receiver again; a build is started by its dispatch, not by hand."


class UserError(Exception):
    """A message in three parts. `code` is stable and can be searched for; `exit_code` is unique to the class."""

    code: ClassVar[str] = "E-PAGEWRIGHT"
    exit_code: ClassVar[int] = 2

    def __init__(self, what: str, cause: str, next_step: str) -> None:
        super().__init__(what, cause, next_step)
        self.what = what
        self.cause = cause
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what} Likely cause: {self.cause} Next step: {self.next_step}"


class Defect(UserError):
    """A defect of this program. What it was is in the traceback, which the log has."""

    code = "E-DEFECT"
    exit_code = 70  # what sysexits.h calls an internal software error


class InvalidConfiguration(UserError):
    """Secrets, variables or inputs are missing, empty or malformed."""

    code = "E-CONFIG"
    exit_code = 10


class UnreadableRequest(UserError):
    """The event carries no request, or its envelope cannot be opened."""

    code = "E-REQUEST"
    exit_code = 11


class OutOfTime(UserError):
    """The deadline passed."""

    code = "E-DEADLINE"
    exit_code = 12


class StepHung(UserError):
    """A step, or a part of it, did not come to an end, and the watchdog stopped it."""

    code = "E-HUNG"
    exit_code = 14


class AttachmentUnavailable(UserError):
    """An attachment could not be fetched or decoded."""

    code = "E-ATTACHMENT"
    exit_code = 13


class ModelKeyRefused(UserError):
    """The model's provider does not accept the key."""

    code = "E-MODEL-KEY"
    exit_code = 20


class ModelRegionRefused(UserError):
    """The model's provider does not serve the place that the build runs in."""

    code = "E-MODEL-REGION"
    exit_code = 26


class ModelUnavailable(UserError):
    """No model of the list answered in time."""

    code = "E-MODEL-UNAVAILABLE"
    exit_code = 21


class BudgetSpent(ModelUnavailable):
    """The build has asked the model as often as it may."""

    code = "E-BUDGET"
    exit_code = 25


class DailyBudgetSpent(UserError):
    """The builds of this day have cost as much as the owner allows."""

    code = "E-DAILY-BUDGET"
    exit_code = 27


class ModelBlocked(UserError):
    """The provider's safety rules stopped the prompt or the answer."""

    code = "E-MODEL-BLOCKED"
    exit_code = 22


class UnusableReply(UserError):
    """The model answered, but not with files that can be published."""

    code = "E-REPLY"
    exit_code = 23


class FilesRefused(UserError):
    """The file policy does not allow these files."""

    code = "E-FILE-POLICY"
    exit_code = 30


class SecretFound(UserError):
    """A file contains what looks like a secret."""

    code = "E-SECRET"
    exit_code = 31


class CannotRestore(UserError):
    """The version whose files should come back is not there, or its files cannot be published."""

    code = "E-RESTORE"
    exit_code = 33


class CannotBring(UserError):
    """The files that somebody brought cannot be published, or the project is not what they were made for."""

    code = "E-BRING"
    exit_code = 36


class TooManyRevisions(UserError):
    """The page was revised as often as the owner allows."""

    code = "E-REVISIONS"
    exit_code = 34


class TaskNotOpen(UserError):
    """The task is closed or archived, so nothing is built for it."""

    code = "E-CLOSED"
    exit_code = 35


class BundleInvalid(UserError):
    """The files that arrived in the publishing job are not those that the generating job made."""

    code = "E-BUNDLE"
    exit_code = 32


class TokenInsufficient(UserError):
    """The publishing token is expired, or lacks a permission."""

    code = "E-TOKEN"
    exit_code = 40


class CannotCreateRepository(UserError):
    """GitHub refused to create the target repository."""

    code = "E-REPOSITORY"
    exit_code = 41


class RepositoryMissing(UserError):
    """A later round came for a task whose repository cannot be found."""

    code = "E-REPOSITORY-MISSING"
    exit_code = 42


class RepositoryUnreadable(UserError):
    """The target repository exists, but its files cannot be read now."""

    code = "E-REPOSITORY-READ"
    exit_code = 45


class RepositoryArchived(UserError):
    """The target repository is archived: nobody can change it."""

    code = "E-ARCHIVED"
    exit_code = 49


class CannotPush(UserError):
    """Git did not accept the commit."""

    code = "E-PUSH"
    exit_code = 43


class CannotEnablePages(UserError):
    """GitHub Pages could not be switched on."""

    code = "E-PAGES"
    exit_code = 44


class GitHubUnavailable(UserError):
    """GitHub's API did not answer, answered with its own error, or its rate limit is used up."""

    code = "E-GITHUB"
    exit_code = 46


class RateLimitReached(GitHubUnavailable):
    """The token has no requests left in this hour, or sent too many in a short time."""

    code = "E-RATE-LIMIT"
    exit_code = 47


class RunRefused(UserError):
    """GitHub does not start or cancel a run that is as it is now."""

    code = "E-RUN"
    exit_code = 55


class LedgerNotWritten(UserError):
    """The branch of the ledger could not be read or written."""

    code = "E-LEDGER"
    exit_code = 48


class DataNotWritten(UserError):
    """The branch with the dashboard's JSON could not be written; what it showed before stays."""

    code = "E-DASHBOARD-DATA"
    exit_code = 58


class PageNeverAppeared(UserError):
    """The commit was not live in time."""

    code = "E-PAGE-NOT-LIVE"
    exit_code = 50


class PageDiffers(UserError):
    """The page serves other bytes than the commit holds."""

    code = "E-PAGE-DIFFERS"
    exit_code = 51


class LivePageDiffers(UserError):
    """The live page does not do what its files did before they were published."""

    code = "E-LIVE-DIFFERS"
    exit_code = 52


class WorkflowFailed(UserError):
    """A workflow of the site's own did not succeed; the page is published nevertheless."""

    code = "E-WORKFLOW"
    exit_code = 53


class ActionsRefused(UserError):
    """GitHub does not start the jobs of an account."""

    code = "E-ACTIONS"
    exit_code = 56


def no_job_started(repository: str, said: str) -> ActionsRefused:
    """Return the error of a run without a job; `said` are GitHub's words."""
    return ActionsRefused(
        f'GitHub started no job in {repository}: "{said}"',
        "the account that owns it is locked, has a payment or a spending limit to settle, or was flagged.",
        "Look at that account's Settings, Billing and licensing, or ask GitHub's support; then 'Re-run failed jobs'.",
    )


class DashboardNotDeployed(UserError):
    """GitHub Pages did not take the dashboard."""

    code = "E-DASHBOARD"
    exit_code = 54


class CallbackFailed(UserError):
    """The evaluation server did not accept the callback."""

    code = "E-CALLBACK"
    exit_code = 60


def missing_project(name: str) -> RepositoryMissing:
    """Return the error of a change to a project that is not there."""
    return RepositoryMissing(
        f"There is no project {name} whose page this task may change.",
        "its repository was deleted or made private, or another task has built in it since.",
        "Name a project that the dashboard lists.",
    )


class NoSuchProject(UserError):
    """The repository is not there, or Pagewright did not publish it."""

    code = "E-PROJECT"
    exit_code = 81


class CannotExecute(UserError):
    """A command could not be run."""

    code = "E-EXECUTE"
    exit_code = 82


class UnreadableChecks(UserError):
    """A file that shall hold checks cannot be read."""

    code = "E-CHECKS"
    exit_code = 83


class NoBrowser(UserError):
    """There is no Chrome or Chromium, or it does not start."""

    code = "E-BROWSER"
    exit_code = 24
