"""Every fault by its name: where it happens, what is answered there, and how often unless a plan says otherwise.

`where` is a service, a method or `*`, and a path with its query, in which `*` stops at a slash and `**` does not.
The services: rest, git, artifacts, logs, identity, web (all of the embedded GitHub), pages, model, evaluation; and two
that have no requests: `run START owner/name/path-of-workflow`, and `deployment START owner/name`.
"""

from dataclasses import dataclass

from embedded.faults.exchange import (
    Effect,
    answer,
    change,
    cut,
    emptied,
    hang,
    kill,
    lose_answer,
    refuse_push,
    reset,
    stream,
    wait,
)
from embedded.faults.texts import (
    CONTENT,
    IN_THE_WAY,
    NO_BLOB,
    ORGANISATION,
    PRIMARY,
    PROTECTION,
    QUOTA,
    SECONDARY,
    UNICORN,
    WRONG_PASSWORD,
    google,
    says,
)

ALWAYS = 0
REST, WRITES = "rest * /**", "rest POST /**"
PUSH = "git POST /**/git-receive-pack"
OPENS_PUSH = "git GET /**/info/refs?service=git-receive-pack"
DEPLOYMENT = "rest GET /repos/*/*/pages/deployments/*"
ASKED = "model POST /**"
CALLED_BACK = "evaluation POST /notify"
SPENT = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "{until}"}
LEFT = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4979", "x-ratelimit-used": "21"}


@dataclass(frozen=True)
class Fault:
    """`does` is what is answered, or, for runs and deployments, how they end. `times` 0 means always."""

    where: str
    does: Effect | str
    times: int = 1
    seconds: float = 1.0


FAULTS: dict[str, Fault] = {
    # GitHub's API
    "rest-slow": Fault(REST, wait, times=3, seconds=5),
    "rest-reset": Fault(REST, reset),
    "rest-answer-lost": Fault(WRITES, lose_answer),
    "rest-cut": Fault("rest GET /**", cut),
    "rest-500": Fault(REST, answer(500, UNICORN)),
    "rest-502": Fault(REST, answer(502, UNICORN)),
    "rest-503": Fault(REST, answer(503, UNICORN, **LEFT)),
    "rest-503-with-time": Fault(REST, answer(503, UNICORN, retry_after="{seconds}")),
    "rest-not-json": Fault("rest GET /**", answer(200, UNICORN)),
    "limit-primary": Fault(REST, answer(403, PRIMARY, **SPENT)),
    "limit-secondary": Fault(REST, answer(403, SECONDARY, **LEFT)),
    "limit-secondary-with-time": Fault(REST, answer(429, SECONDARY, retry_after="{seconds}", **LEFT)),
    "limit-of-content": Fault(WRITES, answer(403, CONTENT, **LEFT)),
    "token-unknown": Fault(REST, answer(401, says("Bad credentials"))),
    "token-lacks": Fault(WRITES, answer(403, says("Resource not accessible by personal access token"))),
    "run-token-lacks": Fault(REST, answer(403, says("Resource not accessible by integration"))),
    "admin-needed": Fault("rest POST /**", answer(403, says("Must have admin rights to Repository."))),
    "organisation-refuses": Fault("rest POST /**/repos", answer(403, says(ORGANISATION))),
    "name-taken": Fault(
        "rest POST /user/repos",
        answer(
            422,
            {
                **says("Repository creation failed."),
                "errors": [
                    {
                        "resource": "Repository",
                        "code": "custom",
                        "field": "name",
                        "message": "name already exists on this account",
                    }
                ],
            },
        ),
    ),
    "new-repository-404": Fault("rest * /repos/*/*/**", answer(404, says("Not Found")), times=2),
    "repository-empty": Fault("rest * /repos/*/*/git/**", answer(409, says("Git Repository is empty."))),
    "creation-answer-lost": Fault("rest POST /user/repos", lose_answer),
    "dispatch-answer-lost": Fault("rest POST /repos/*/*/dispatches", lose_answer),
    "dispatch-vanishes": Fault("rest POST /repos/*/*/dispatches", answer(204, "")),
    "lists-late": Fault("rest GET /repos/*/*/actions/**runs?**", emptied, times=3),
    "lists-stale": Fault("rest GET /repos/*/*/actions/**runs?**", emptied, times=ALWAYS),
    # git
    "git-slow": Fault("git * /**", wait, seconds=5),
    "git-reset": Fault("git * /**", reset),
    "git-503": Fault("git * /**", answer(503, UNICORN)),
    "clone-404": Fault("git GET /**/info/refs?service=git-upload-pack", answer(404, "Repository not found.")),
    "fetch-cut": Fault("git POST /**/git-upload-pack", cut),
    "push-401": Fault(
        OPENS_PUSH, answer(401, WRONG_PASSWORD, www_authenticate='Basic realm="GitHub"', content_type="text/plain")
    ),
    "push-denied": Fault(
        OPENS_PUSH, answer(403, "Permission to OWNER/REPO.git denied to LOGIN.", content_type="text/plain")
    ),
    "push-not-granted": Fault(
        OPENS_PUSH, answer(403, "Write access to repository not granted.", content_type="text/plain")
    ),
    "push-classic-forbidden": Fault(
        OPENS_PUSH,
        answer(
            403,
            "Personal access tokens (classic) are forbidden from accessing this repository.",
            content_type="text/plain",
        ),
    ),
    "push-500": Fault(PUSH, answer(500, "Internal Server Error", content_type="text/plain")),
    "push-internal-error": Fault(PUSH, refuse_push("Internal Server Error\nRequest ID XXXX", "Internal Server Error")),
    "push-no-report": Fault(PUSH, refuse_push("Internal Server Error", "")),
    "push-protection": Fault(PUSH, refuse_push(PROTECTION, "push declined due to repository rule violations")),
    "push-too-large": Fault(
        PUSH,
        refuse_push(
            "error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.",
            "pre-receive hook declined",
        ),
    ),
    "push-protected-branch": Fault(
        PUSH,
        refuse_push(
            "error: GH006: Protected branch update failed for refs/heads/main.", "protected branch hook declined"
        ),
    ),
    "push-without-workflows": Fault(
        PUSH,
        refuse_push(
            "",
            "refusing to allow a Personal Access Token to create or update workflow `.github/workflows/pages.yml` "
            "without `workflow` scope",
        ),
    ),
    "push-behind": Fault(PUSH, refuse_push("", "fetch first")),
    "push-answer-lost": Fault(PUSH, lose_answer),
    # Actions
    "job-never-starts": Fault("run START **/build.yml", "never starts"),
    "pages-job-never-starts": Fault("run START **/pages.yml", "never starts"),
    "job-stays-queued": Fault("run START **/pages.yml", "stays queued"),
    "runner-dies": Fault("run START **/build.yml", "runner dies", seconds=2),
    "logs-missing": Fault("rest GET /repos/*/*/actions/jobs/*/logs", answer(404, says("Not Found")), times=ALWAYS),
    "logs-not-stored": Fault("logs GET /**", answer(404, NO_BLOB, content_type="application/xml"), times=ALWAYS),
    "upload-refused": Fault(
        "artifacts POST /**/CreateArtifact", answer(500, {"code": "internal", "msg": "Internal Server Error"})
    ),
    "upload-reset": Fault("artifacts PUT /**", reset),
    "download-missing": Fault("artifacts POST /**/ListArtifacts", answer(200, {"artifacts": []}), times=1),
    "artifact-expired": Fault(
        "rest GET /repos/*/*/actions/artifacts/*/zip", answer(410, says("Artifact has expired")), times=ALWAYS
    ),
    # Pages
    "pages-refused": Fault("rest POST /repos/*/*/pages", answer(503, UNICORN)),
    "pages-enabled-already": Fault("rest POST /repos/*/*/pages", answer(409, says("GitHub Pages is already enabled."))),
    "deployment-in-the-way": Fault("rest POST /repos/*/*/pages/deployments", answer(400, says(IN_THE_WAY))),
    "deployment-503": Fault("rest POST /repos/*/*/pages/deployments", answer(503, UNICORN)),
    "deployment-queued": Fault(DEPLOYMENT, change(status="deployment_queued"), times=4),
    "deployment-recovers": Fault(DEPLOYMENT, change(status="deployment_attempt_error"), times=2),
    "deployment-purging": Fault(DEPLOYMENT, change(status="purging_cdn"), times=2),
    "deployment-unreadable": Fault(DEPLOYMENT, answer(503, UNICORN), times=2),
    "deployment-stuck": Fault("deployment START **", "deployment_in_progress"),
    "deployment-failed": Fault("deployment START **", "deployment_failed"),
    "deployment-content-failed": Fault("deployment START **", "deployment_content_failed"),
    "deployment-cancelled": Fault("deployment START **", "deployment_cancelled"),
    "deployment-lost": Fault("deployment START **", "deployment_lost"),
    "page-404": Fault("pages GET /**", answer(404, "There isn't a GitHub Pages site here."), times=3),
    "page-stale": Fault("pages GET /**", answer(200, "<!doctype html><title>An older version</title>"), times=3),
    "page-reset": Fault("pages GET /**", reset),
    "page-503": Fault("pages GET /**", answer(503, UNICORN), times=2),
    "page-cut": Fault("pages GET /**", cut),
    # The model
    "model-slow": Fault(ASKED, wait, seconds=5),
    "model-silent": Fault(ASKED, hang, seconds=130),
    "model-reset": Fault(ASKED, reset),
    "model-cut": Fault(ASKED, cut),
    "model-closes": Fault(ASKED, stream("", "Here are the files."), times=1),
    "model-blocked": Fault(ASKED, stream("SAFETY", "I cannot")),
    "model-recites": Fault(ASKED, stream("RECITATION", "It was the best of times")),
    "model-prompt-blocked": Fault(
        ASKED,
        answer(
            200,
            'data: {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}\r\n\r\n',
            content_type="text/event-stream",
        ),
    ),
    "model-loops": Fault(ASKED, stream("MAX_TOKENS", *["<p>the same line again</p>\n" * 200] * 5)),
    "model-says-nothing": Fault(ASKED, stream("STOP", "")),
    "model-quota": Fault(ASKED, answer(429, QUOTA)),
    "model-busy": Fault(
        ASKED, answer(503, google(503, "UNAVAILABLE", "The model is overloaded. Please try again later."))
    ),
    "model-500": Fault(ASKED, answer(500, google(500, "INTERNAL", "An internal error has occurred."))),
    "model-region": Fault(
        ASKED,
        answer(400, google(400, "FAILED_PRECONDITION", "User location is not supported for the API use.")),
        times=ALWAYS,
    ),
    "model-key": Fault(
        ASKED,
        answer(400, google(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")),
        times=ALWAYS,
    ),
    # The evaluation server
    "callback-reset": Fault(CALLED_BACK, reset),
    "callback-hangs": Fault(CALLED_BACK, hang, seconds=40),
    "callback-refused": Fault(CALLED_BACK, answer(400, {"error": "the nonce is not known"})),
    "callback-redirected": Fault(CALLED_BACK, answer(302, "", location="/elsewhere")),
    "callback-500": Fault(CALLED_BACK, answer(500, "Internal Server Error"), times=3),
    "callback-busy": Fault(CALLED_BACK, answer(503, "busy", retry_after="{seconds}"), times=2),
    "callback-answer-lost": Fault(CALLED_BACK, lose_answer),
    # Processes: the plan says where with `where`
    "receiver-killed": Fault("rest POST /repos/*/*/dispatches", kill("receiver")),
    "receiver-killed-when-done": Fault("rest POST /repos/*/*/dispatches", kill("receiver", when_done=True)),
    "server-killed": Fault(REST, kill("server")),
    "server-killed-when-done": Fault(REST, kill("server", when_done=True)),
    "runner-killed": Fault(REST, kill("runner")),
    "runner-killed-when-done": Fault(REST, kill("runner", when_done=True)),
    "step-killed": Fault(REST, kill("step")),
    "step-killed-when-done": Fault(REST, kill("step", when_done=True)),
    "pages-step-killed": Fault("rest POST /repos/*/*/pages/deployments", kill("pages-step")),
    "pages-step-killed-when-done": Fault("rest POST /repos/*/*/pages/deployments", kill("pages-step", when_done=True)),
}
