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
NOT_A_PROJECT = ErrorKind(
    404,
    "not-a-project",
    "There is a repository {name}, and Pagewright did not publish it; so nothing is written to it.",
    "It was made by hand, or another task has built in it.",
    "Bring the files to a project of another name.",
)
NOT_THE_TIP = ErrorKind(
    409,
    "not-the-tip",
    "The files were made for commit {base}, and the project is at {tip}.",
    "Somebody changed it in the meantime.",
    "Look at the newest version, put both together, and send them with its commit as base.",
)
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
STILL_RUNS = ErrorKind(
    409,
    "still-runs",
    "The build runs, so it cannot be run again.",
    "It was started a moment ago, or somebody else has run it again.",
    "Look at its status; send the same request again when it has ended.",
)
CANNOT_RUN_AGAIN = ErrorKind(
    409,
    "cannot-run-again",
    "GitHub does not run this build again.",
    "It is older than a month, or GitHub had refused its workflow file.",
    "Send the task again: it is the same build when email, task, round and nonce are the same.",
)
UNKNOWN_START = ErrorKind(
    404,
    "unknown-start",
    "GitHub has no run of the Generator or the Evaluator with this id.",
    "It was accepted a moment ago and its run is not listed yet, the id has a typing error, or the run was deleted.",
    "Take the id from the reply of POST /tasks or POST /evaluate, and ask again in ten seconds.",
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
NO_DATA_YET = ErrorKind(
    404,
    "no-data-yet",
    "Nothing can be listed yet: the runner repository has no branch dashboard-data.",
    "The workflow dashboard.yml has not run since it writes this branch, or is switched off.",
    "Wait for the first build to end, or start the workflow: gh workflow run dashboard.yml. Builds are under /status.",
)
UNKNOWN_TASK = ErrorKind(
    404,
    "unknown-task",
    "The data of {as_of} has no such task.",
    "GitHub may have it, and it is not collected yet: that happens when its build has ended. Or the key has a typing"
    " error: it has 20 hexadecimal digits.",
    "Ask /status/<build id> how its build is doing (POST /ready answered the id), or list /tasks.",
)
UNKNOWN_LOG = ErrorKind(
    404,
    "unknown-log",
    "This task has no such log, or the ledger does not keep it.",
    "The name has a typing error, or the log was too large to be kept.",
    "Take a name or a sha256 from /tasks/<key>/logs; the log of a build is under /logs?build=<build id>.",
)
UNKNOWN_MESSAGE_HERE = UNKNOWN_MESSAGE._replace(
    message="This task has no message with the id in after.",
    cause="The id has a typing error, belongs to another task, or the message is not collected yet.",
    next_step="Take the id from /tasks/<key>/messages, or leave after out.",
)
UNREADABLE_DATA = ErrorKind(
    503,
    "unreadable-data",
    "{path} is missing in the runner repository, larger than what is read here, or damaged.",
    "Something else than dashboard.yml wrote to the branch dashboard-data or ledger.",
    "The owner runs dashboard.yml by hand; after that, send the same request again.",
)
VERSION_TOO_LARGE = ErrorKind(
    413,
    "version-too-large",
    "This version is more than {limit}.",
    "It holds large files, or very many.",
    "Clone the repository, or fetch single files under /projects/<id>/versions/<commit>/files/.",
)
INVALID_QUERY = INVALID_REQUEST._replace(
    code="invalid-query",
    message="The query cannot be answered as it was sent; look at: {fields}.",
    cause="A value in the address is not of the right kind.",
    next_step="Correct the values listed in details; /openapi.json describes them.",
)
NO_SUCH_FILE = ErrorKind(
    404,
    "no-such-file",
    "This version has no file {path}.",
    "The path has a typing error, or names a folder or a link.",
    "/projects/<id>/versions/<commit> lists the files.",
)
FILE_TOO_LARGE = VERSION_TOO_LARGE._replace(
    code="file-too-large",
    message="{path} is larger than the 5 MB that are read here.",
    cause="It is a large file.",
    next_step="Clone the repository, or take the zip: /projects/<id>/versions/<commit>.zip.",
)
NOT_COLLECTED_YET = UNKNOWN_TASK._replace(
    message="No task has this id, as far as is collected: {as_of}.",
    next_step="Take the task_id from the answer of POST /upload_task, or list /get_tasks. A task that came another way"
    " is known once its first build is collected.",
)
NO_PROJECT_YET = ErrorKind(
    404,
    "no-project-yet",
    "This task has no code yet, and nothing says which project its code belongs to.",
    "Its first build has not ended, or published nothing.",
    "Wait for the build, or make a task with POST /upload_task and upload its code with POST /upload_code.",
)
NO_SUCH_VERSION = ErrorKind(
    404,
    "no-such-version",
    "The task {task_id} has no version {version}.",
    "The upload is not published yet (that takes a build), was refused, or the version has a typing error.",
    "/get_code/<task_id> lists the versions: 1, 2, 3, a commit, a build id and latest are all taken here.",
)
