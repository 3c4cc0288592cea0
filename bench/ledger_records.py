"""Build records of every kind, as texts in which ids and times are still to be filled in."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from action.ledger.layout import canonical
from action.record import (
    AssertionRecord,
    AttemptRecord,
    BuildRecord,
    CallbackAttempt,
    ContractRecord,
    Deployment,
    Failure,
    Generation,
    LiveCheck,
    ModelCall,
    Parity,
    PhaseRecord,
    Publication,
    Run,
    Subject,
)

BASE = datetime(2030, 1, 1, tzinfo=UTC)
# Stand in for what differs from record to record.
KEY, BUILD, COMMIT = "a0" * 10, "b1" * 10, "c2" * 20
NAME, RECIPIENT, RUN = "name-of-the-task", "d3" * 6, "987654321"
KINDS = ("live", "undecided", "checks_fail", "refused", "fallback", "failed", "not_live", "held_back")
TASKS = (
    (
        "meter-readings",
        "Show the readings of the attached meters as a chart, with the highest day marked and a total below it",
    ),
    (
        "tip-splitter",
        "Split a bill between friends, with a tip in per cent and shares that are rounded up to the next five cents",
    ),
    ("harbour-card", "A card for the harbour master with opening hours, a map drawn as SVG and a telephone link"),
    ("field-notes", "Turn the attached Markdown notes into a page with a table of contents and highlighted code"),
    (
        "lights-out",
        "The puzzle Lights Out on a board of five by five, with a counter of moves and a new game that can be solved",
    ),
    ("seed-catalogue", "List the seeds of the attached CSV, filter by month of sowing, and sort by every column"),
    (
        "river-quiz",
        "A quiz on rivers with ten questions, one at a time, and a summary that says which answers were right",
    ),
    (
        "rain-report",
        "Summarise a week of rain from data.json, as bars and as a sentence for people who cannot see them",
    ),
    ("slug-library", "A page that shows how titles become slugs, with tests that run in the page"),
    ("rowing-club", "Results of the rowing club by boat and year, with links to all races and a search field"),
    ("kitchen-units", "Convert kitchen units both ways, and remember the last ones that were used"),
    ("trail-signs", "Draw three trail signs as SVG files, and a page that shows them next to what they mean"),
)
BRIEF = (
    "{title}.\n\nThe page works without a network: everything it needs lies beside it. Write the numbers with two "
    "decimals, and say in one sentence where they come from. On a phone nothing may be wider than the screen.\n\n"
    "Questions about this task go to the list of the course."
)
SENT = (
    "js: document.title.includes('the name of the task')",
    "js: Number(document.querySelector('#total').textContent) === 412.5",
    "The table has one row for each line of the attachment",
    "js: choose('#filter', 'low') !== choose('#filter', 'high')",
    "The page reads well aloud",
)
CHECKS = (
    ("given", "js", "document.title contains the name of the task"),
    ("given", "js", "#total shows the sum of all values"),
    ("given", "js", "the table has one row for each line of the attachment"),
    ("given", "js", "choosing another filter changes what is shown"),
    ("base", "page_loads", "The page loads and is not blank"),
    ("base", "no_console_errors", "There is no error on the console"),
    ("base", "license", "LICENSE is the MIT license"),
    ("base", "readme", "README.md says how to use the page and how its code works"),
    ("inferred", "page_words", "The page names its data's source"),
    ("inferred", "advice", "On a phone nothing is wider than the screen"),
)
FAILING = {("held_back", 1), ("fallback", 1), ("checks_fail", 1), ("checks_fail", 3)}
FOUND = {1: "412.50 was expected, and #total shows 0", 3: "the same 14 rows are shown for both filters"}
STATES = ("fail pass pass", "fail fail pass", "pass pass pass", "fail pass pass", "pass pass pass", "fail pass pass",
          "pass pass pass", "pass pass pass", "unclear pass pass", "fail fail fail")  # fmt: skip


@cache
def record_text(kind: str, task: int, round_number: int, *, is_revision: bool = False) -> str:
    """Return the JSON of a record; the same for the same arguments."""
    record = BuildRecord(
        build_id=BUILD,
        task_key=KEY,
        round=round_number,
        received_at=BASE,
        subject=Subject(task=NAME, recipient=RECIPIENT, title=TASKS[task][1]),
        wants_callback=not is_revision,
        brief=BRIEF.format(title=TASKS[task][1]),
        checks=[] if is_revision else list(SENT if kind == "undecided" else SENT[:4]),
        run=Run(
            repository="owner/pagewright",
            run_id=int(RUN),
            url=f"https://github.com/owner/pagewright/actions/runs/{RUN}",
        ),
        phases=[phase("generate", 14, 52, "5 files, 3 calls"), phase("publish", 71, 6, "5 files, one commit")],
        generation=generation(kind),
    )
    if kind == "failed":
        record.failures = [refused()]
        record.phases[1].outcome = "failed"
    else:
        publish(record, kind)
    record.callbacks = [] if is_revision else callbacks(kind)
    return canonical(record).decode()


def after(seconds: float) -> datetime:
    """Return a time of the build."""
    return BASE + timedelta(seconds=seconds)


def phase(name: str, start: float, seconds: float, verdict: str) -> PhaseRecord:
    """Return a phase that went well."""
    log = [f"{name}: {verdict} ({seconds:.1f} s)"]
    return PhaseRecord(name=name, started_at=after(start), seconds=seconds, verdict=verdict, log=log)


def generation(kind: str) -> Generation:
    """Return what the model was asked."""
    if kind == "fallback":
        call = ModelCall(model="gemini-3.8-flash", outcome="429 RESOURCE_EXHAUSTED", seconds=0.4)
        return Generation(calls=[call], fallback="No model answered: the quota of today is used up.")
    purposes = (("write", 5_210, 7_930, 31.2), ("repair", 9_480, 2_210, 11.8), ("repair", 9_920, 1_640, 8.9))
    calls = [
        ModelCall(model="gemini-3.8-flash", purpose=p, outcome="STOP", seconds=s, input_tokens=i, output_tokens=o)
        for p, i, o, s in purposes
    ]
    return Generation(
        calls=calls, files=5, bytes=14_820, notes=["A script from another host was left out: it is not pinned."]
    )


def contract(kind: str) -> ContractRecord:
    """Return the contract after three attempts."""
    assertions = []
    for number, ((origin, sort, sentence), states) in enumerate(zip(CHECKS, STATES, strict=True)):
        seen = states.split()
        state = "fail" if (kind, number) in FAILING else seen[-1]
        found = "" if state == "pass" else FOUND.get(number, "the table is 412 px wide on a screen of 390 px")
        fields: dict[str, Any] = {
            "id": f"{sort}-{number:010x}",
            "kind": sort,
            "origin": origin,
            "sentence": sentence,
            "round": 1,
        }
        fields |= {"checks": [number + 1] if origin == "given" else []}
        assertions.append(AssertionRecord(**fields, states=[*seen[:-1], state], state=state, found=found))
    counts = [sum(each.states[place] == "pass" for each in assertions) for place in range(3)]
    attempts = [
        AttemptRecord(number=n, headline=f"{count} of {len(CHECKS)} assertions", seconds=1.7, is_kept=n == 3)
        for n, count in enumerate(counts, start=1)
    ]
    return ContractRecord(attempts=attempts, assertions=assertions, is_held_back=kind == "held_back")


def publish(record: BuildRecord, kind: str) -> None:
    """Add what is there after the files were pushed."""
    repository, is_live = f"owner/{NAME}-{KEY[:10]}", kind != "not_live"
    record.contract = contract(kind)
    record.publication = Publication(
        repository=repository,
        repo_url=f"https://github.com/{repository}",
        branch="main",
        pages_url=f"https://owner.github.io/{repository.partition('/')[2]}/",
        commit_sha=COMMIT,
        is_fallback=kind == "fallback",
        files=5,
        bytes=14_820,
    )
    detail = "live (run success, deployment succeed)" if is_live else "out of time (run in_progress, no deployment)"
    record.deployment = Deployment(is_live=is_live, commits=[COMMIT], seconds=27, detail=detail)
    record.phases.append(phase("deploy", 78, 27, detail))
    record.parity = Parity(compared=5, identical=5 if is_live else 0, marker_is_current=is_live)
    record.phases.append(phase("verify", 106, 2, "5 of 5 files are served as committed"))
    record.phases.append(phase("notify", 109, 3, "accepted"))
    record.live = LiveCheck(headline="9 of 10 assertions", compared=10, failing=1, seconds=2.2)


def callbacks(kind: str) -> list[CallbackAttempt]:
    """Return the attempts to deliver the result: the first one met a server that was busy."""
    detail = "the evaluation server answered 503 with 31 bytes"
    busy = CallbackAttempt(at=after(110), status=503, detail=detail, said="upstream is busy, try again")
    if kind == "refused":
        said = '{"error": "unknown nonce ***", "hint": "send the values of the request back as they were"}'
        detail = f"the evaluation server answered 400 with {len(said)} bytes"
        return [
            busy.model_copy(update={"said": ""}),
            CallbackAttempt(at=after(112), status=400, detail=detail, said=said),
        ]
    accepted = CallbackAttempt(at=after(112), status=200, detail="200 OK", delivered=True)
    return [busy] if kind == "failed" else [busy, accepted]


def refused() -> Failure:
    """Return a failure in its three parts."""
    return Failure(
        phase="publish",
        code="E-TOKEN",
        what="GitHub refused the publishing token.",
        cause="it has expired, or it may not create repositories.",
        next_step="Make a new token, and set it as the secret TARGET_TOKEN.",
    )
