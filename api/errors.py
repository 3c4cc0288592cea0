"""What a caller of these routes can be told besides what the door says."""

from receiver.errors import ErrorKind

UNKNOWN_JOB = ErrorKind(
    404,
    "unknown-job",
    "GitHub has no run of such a job.",
    "The id has a typing error, the run was deleted, or it is older than the 90 days that GitHub keeps runs.",
    "Take the id from the reply of POST /execute; builds are under /status/<build id>.",
)
EXPIRED_JOB = ErrorKind(
    404,
    "expired-job",
    "The job has ended, and its result is no longer kept.",
    "Results are kept for seven days.",
    "Run the command again; the log of the old run is on its page for 90 days.",
)
UNKNOWN_MESSAGE = ErrorKind(
    404,
    "unknown-message",
    "GitHub's list of the last hundred runs has no such message.",
    "It was accepted a moment ago and its run is not listed yet, it is older, or the id has a typing error.",
    "Ask again in ten seconds; older messages are on the dashboard.",
)
NO_SUCH_PROJECT = ErrorKind(
    404,
    "no-such-project",
    "There is no project {name}: no public repository of this name that Pagewright has published.",
    "The name has a typing error, or the repository was deleted or made private.",
    "Look the name up on the dashboard, or in the repo_url of the task's callback.",
)
NO_SUCH_REF = NO_SUCH_PROJECT._replace(code="no-such-ref", message="{name} has no branch, tag or commit {ref}.")
IS_OVER = ErrorKind(
    409,
    "is-over",
    "The run is over, so there is nothing to cancel.",
    "It ended before this request came.",
    "Ask for its result with GET.",
)
NOT_LISTED_YET = ErrorKind(
    409,
    "not-listed-yet",
    "GitHub has the command, and does not list its run yet; so it cannot be cancelled.",
    "It was accepted a moment ago.",
    "Send the same request again in {retry_after_s} seconds.",
)
NOT_QUEUED_YET = NOT_LISTED_YET._replace(
    code="not-queued-yet",
    message="GitHub has not queued the run yet, so it cannot be cancelled.",
)
EXPLAIN_BUSY = ErrorKind(
    503,
    "explain-busy",
    "The checks could not be read in time.",
    "Others are being read, or these are very many or very long.",
    "Send fewer checks at once, or the same request again in {retry_after_s} seconds.",
)
INVALID_REQUEST = ErrorKind(
    422,
    "invalid-request",
    "The request cannot be answered as it was sent; look at: {fields}.",
    "A field is missing or holds something that cannot be accepted.",
    "Correct the fields listed in details and send it again; /openapi.json describes them.",
)
