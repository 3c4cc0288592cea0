"""A small ledger of three tasks, as the collector would write it: for tests of whatever reads one.

* `sum-of-sales`: two rounds, a revision that the evaluator asked for, a commit by somebody else, screenshots;
* `trail-signs`: a page that code wrote because no model answered, live, with a failing required check;
* `lights-out`: a build that failed before anything was published.
"""

import base64
import hashlib
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from action.ledger.layout import (
    build_folder,
    canonical,
    command_path,
    file_path,
    fixed_files,
    message_path,
    record_path,
    version_path,
)
from action.ledger.models import Command, KeptText, Log, Message, Version, VersionFile
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
    LiveDifference,
    ModelCall,
    Parity,
    PhaseRecord,
    Publication,
    Run,
    Subject,
)

SERVER, RUNNER = "https://github.example", "owner/runner"
START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
SALES, SIGNS, LIGHTS = "5a1e5" + "0" * 15, "519c5" + "0" * 15, "119475" + "0" * 14
# One pixel each: smaller pictures that browsers show do not exist.
DESKTOP = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
MOBILE = base64.b64decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
PAGE_1 = b"<!DOCTYPE html>\n<title>Sales</title>\n<h1>Total: <output id=total>12</output></h1>\n"
PAGE_2 = PAGE_1.replace(b"<h1>", b"<p>Two currencies</p>\n<h1>") + b'<script src="app.js"></script>\n'
PAGE_3 = PAGE_2.replace(b"Two currencies", b"Euros &amp; <b>dollars</b>")
SCRIPT = b'document.title = "Sales </script> & more";\n'
PICTURE = bytes(range(256)) * 4


def commit_id(name: str) -> str:
    """Return a made-up commit."""
    return hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()


def opaque(name: str) -> str:
    """Return a made-up id."""
    return hashlib.sha256(name.encode()).hexdigest()[:20]


def run(number: int, attempt: int = 1) -> Run:
    """Return a run of the runner repository."""
    url = f"{SERVER}/{RUNNER}/actions/runs/{number}"
    return Run(repository=RUNNER, run_id=number, attempt=attempt, url=url)


def assertion(
    number: int, sentence: str, *states: str, origin: str = "given", round_number: int = 1
) -> AssertionRecord:
    """Return an assertion with its state in each attempt; the last attempt is the one that is kept."""
    return AssertionRecord(
        id=f"a{number}",
        kind="text",
        origin=origin,
        round=round_number,
        sentence=sentence,
        states=list(states),
        state=states[-1],
        found="" if states[-1] == "pass" else "<p>nothing</p> was found",
    )


def contract(*assertions: AssertionRecord) -> ContractRecord:
    """Return a contract; each assertion has as many states as there were attempts."""
    number = len(assertions[0].states)
    attempts = [
        AttemptRecord(number=n + 1, headline=f"attempt {n + 1}", seconds=4.5, is_kept=n + 1 == number)
        for n in range(number)
    ]
    return ContractRecord(attempts=attempts, assertions=list(assertions), kept=[a.id for a in assertions])


def publication(name: str, commit: str, *, is_fallback: bool = False) -> Publication:
    """Return a publication in a repository of the owner."""
    return Publication(
        repository=f"owner/{name}",
        repo_url=f"{SERVER}/owner/{name}",
        branch="main",
        pages_url=f"https://owner.pages.example/{name}/",
        commit_sha=commit,
        is_fallback=is_fallback,
        files=4,
        bytes=2_345,
    )


def record(task_key: str, subject: Subject, round_number: int, at: datetime, build_run: Run) -> BuildRecord:
    """Return the record of a build that has only begun."""
    return BuildRecord(
        build_id=opaque(f"{subject.task} build {build_run.run_id}"),
        task_key=task_key,
        round=round_number,
        received_at=at,
        subject=subject,
        run=build_run,
    )


def finish(build: BuildRecord, published: Publication, checked: ContractRecord, *, seconds: float) -> BuildRecord:
    """Add what a build that ended well has."""
    at = build.received_at
    for name, start, length in (("generate", 5, 60), ("publish", 70, 9), ("deploy", 80, 30), ("verify", 111, 4)):
        entry = PhaseRecord(
            name=name,
            started_at=at + timedelta(seconds=start),
            seconds=length,
            verdict=f"{name} went well",
            log=[f"{name}: the first line", f"{name}: the last line"],
        )
        build.phases.append(entry)
    build.generation = Generation(
        calls=[
            ModelCall(model="gemini-3.8-flash", outcome="stop", seconds=40.5, input_tokens=5_000, output_tokens=8_000)
        ],
        files=4,
        bytes=2_345,
        notes=["script.min.js was left out: it is not referred to"],
    )
    build.contract, build.publication = checked, published
    build.deployment = Deployment(
        is_live=True, commits=[published.commit_sha], seconds=30, run_url=f"{SERVER}/r/1", detail="live"
    )
    build.parity = Parity(compared=4, identical=4, marker_is_current=True)
    build.callbacks = [
        CallbackAttempt(at=at + timedelta(seconds=seconds - 2), status=503, detail="503: try later"),
        CallbackAttempt(at=at + timedelta(seconds=seconds), status=200, detail="200", delivered=True),
    ]
    build.live = LiveCheck(headline="2 of 2 hold", compared=2, seconds=3.5)
    build.checked_attempt = 1
    build.phases.append(
        PhaseRecord(name="check", started_at=at + timedelta(seconds=seconds + 20), seconds=11, verdict="good")
    )
    return build


def version(
    task_key: str, name: str, commit: str, parent: str, at: datetime, files: dict[str, bytes], **more: object
) -> tuple[Version, dict[str, bytes]]:
    """Return a version and what it keeps in the ledger."""
    entries = [
        VersionFile(
            path=path,
            size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
            is_kept=True,
            is_text=b"\0" not in body,
        )
        for path, body in sorted(files.items())
    ]
    fields = {"task_key": task_key, "project": f"owner/{name}", "sha": commit, "parent": parent, "committed_at": at}
    made = Version.model_validate({**fields, "files": entries, **more})
    kept = {file_path(task_key, entry.sha256): files[entry.path] for entry in entries}
    return made, {version_path(task_key, commit): canonical(made), **kept}


def sales_files() -> dict[str, bytes]:
    """Return the task with everything in it."""
    name, key = f"sum-of-sales-{SALES[:10]}", SALES
    subject = Subject(
        task="sum-of-sales", recipient="0123456789ab", title="Add up the sales of <data.csv> & show the total"
    )
    initial, first, second, third, foreign = (commit_id(f"sales {n}") for n in range(5))
    later = START + timedelta(hours=2)
    one = finish(
        record(key, subject, 1, START, run(101)),
        publication(name, first),
        contract(
            assertion(1, "The page shows the total in #total", "fail", "pass"),
            assertion(2, "README.md has a section on usage", "pass", "pass", origin="base"),
        ),
        seconds=118,
    )
    one.screenshots = ["desktop.webp", "mobile.webp"]
    two = finish(
        record(key, subject, 2, later, run(140, 2)),
        publication(name, second),
        contract(
            assertion(1, "The page shows the total in #total", "pass"),
            assertion(3, "The page names two currencies", "pass", round_number=2),
        ),
        seconds=95,
    )
    revised = finish(
        record(key, subject, 2, later + timedelta(hours=1), run(155)),
        publication(name, third),
        contract(assertion(1, "The page shows the total in #total", "pass")),
        seconds=70,
    )
    feedback = Message(
        id=opaque("feedback"),
        task_key=key,
        project=f"owner/{name}",
        role="evaluator",
        at=later + timedelta(minutes=50),
        text="The page holds what it promised.\n\nPlease <b>name</b> the currencies.",
        metrics={"passed": 2.0, "failed": 0.0, "score": 0.925},
        revise=True,
        build_id=revised.build_id,
        run=run(154),
    )
    revised.revision = feedback.id
    idea = Message(
        id=opaque("idea"),
        task_key=key,
        role="generator",
        at=START - timedelta(seconds=30),
        text="From the template sum-of-sales with the seed 7.",
        build_id=one.build_id,
        run=run(100),
    )
    files = {"LICENSE": b"MIT License\n", "README.md": b"# Sales\n\n## Usage\n\nOpen it.\n", "index.html": PAGE_1}
    all_files: dict[str, bytes] = {}
    for commit, parent, minutes, content, more in (
        (initial, "", 1, {"README.md": b"# sum-of-sales\n"}, {"subject": "Initial commit", "is_ours": True}),
        (first, initial, 2, files, {"subject": "Round 1", "build_id": one.build_id, "round": 1, "is_ours": True}),
        (
            second,
            first,
            122,
            {**files, "index.html": PAGE_2, "app.js": SCRIPT, "logo.bin": PICTURE},
            {"subject": "Round 2", "build_id": two.build_id, "round": 2, "is_ours": True},
        ),
        (
            third,
            second,
            182,
            {**files, "index.html": PAGE_3, "app.js": SCRIPT, "logo.bin": PICTURE},
            {"subject": "Round 2", "build_id": revised.build_id, "round": 2, "is_ours": True},
        ),
        (
            foreign,
            third,
            200,
            {**files, "index.html": PAGE_3, "app.js": b"// by hand\n" + SCRIPT},
            {"subject": "Correct a <title> by hand", "is_ours": False},
        ),
    ):
        all_files |= version(key, name, commit, parent, START + timedelta(minutes=minutes), content, **more)[1]
    pictures = {"desktop.webp": DESKTOP, "mobile.webp": MOBILE}
    folder = build_folder(key, one.build_id)
    return {
        **all_files,
        **{record_path(build, build.run): canonical(build) for build in (one, two, revised) if build.run},
        **{message_path(message): canonical(message) for message in (feedback, idea)},
        **{f"{folder}/{picture}": body for picture, body in pictures.items()},
    }


def signs_files() -> dict[str, bytes]:
    """Return the task whose page code wrote, because no model answered."""
    name, key, commit = f"trail-signs-{SIGNS[:10]}", SIGNS, commit_id("signs 1")
    subject = Subject(task="trail-signs", recipient="0123456789ab", title="Draw three trail signs as SVG")
    build = finish(
        record(key, subject, 1, START + timedelta(days=1), run(120)),
        publication(name, commit, is_fallback=True),
        contract(assertion(1, "signs/hut.svg is well-formed", "fail")),
        seconds=400,
    )
    build.phases[0].outcome = "degraded"
    if build.generation and build.live:
        build.generation.fallback = "No model answered in time."
        build.generation.calls[0].outcome = "429"
        build.live.failing = 1
        build.live.differences = [
            LiveDifference(id="a2", sentence="The page loads", before="pass", live="fail", found="404")
        ]
    at = START + timedelta(days=1, minutes=3)
    ours = {"subject": "Round 1", "build_id": build.build_id, "round": 1, "is_ours": True}
    files = version(key, name, commit, "", at, {"index.html": b"<h1>Trail signs</h1>\n"}, **ours)[1]
    return {**files, **said_about_signs(key, name, commit, at), record_path(build, run(120)): canonical(build)}


def said_about_signs(key: str, name: str, commit: str, at: datetime) -> dict[str, bytes]:
    """Return three results, one with a log, two commands, and that the task is closed."""
    log, output = b"epoch 1\nepoch 2\nall 3 signs are drawn\n", b"hut.svg is not well-formed\n"
    about = {"task_key": key, "project": f"owner/{name}", "run": run(170)}
    measured = (
        {"accuracy": 0.5, "loss": 1.25, "runtime": 12.0},
        {"accuracy": 0.75, "loss": 0.5},
        {"accuracy": 0.7, "loss": 0.25, "runtime": 10.5, "signs": 3.0},
    )
    texts = {
        **about,
        "kind": "result",
        "role": "tester",
        "text": "Measured on the page.",
    }
    said = [
        Message(id=opaque(f"result {at_hour}"), at=at + timedelta(hours=at_hour), metrics=metrics, **texts)
        for at_hour, metrics in enumerate(measured, start=1)
    ]
    said[-1].log = Log(name="training.log", **KeptText.of(log).model_dump())
    closes = {**texts, "kind": "state", "state": "closed", "text": "Nobody needs more signs."}
    said.append(Message(id=opaque("closed"), at=at + timedelta(hours=9), **closes))
    commands = [
        Command(
            job_id=opaque("xmllint"),
            at=at + timedelta(hours=4),
            command="xmllint --noout signs/*.svg",
            commit=commit,
            return_code=1,
            seconds=1.5,
            stderr=KeptText.of(output),
            **about,
        ),
        Command(job_id=opaque("npm"), at=at + timedelta(hours=5), command="npm test", error="No such ref.", **about),
    ]
    return {
        **{message_path(message): canonical(message) for message in said},
        **{command_path(command): canonical(command) for command in commands},
        **{file_path(key, hashlib.sha256(body).hexdigest()): body for body in (log, output)},
    }


def lights_files() -> dict[str, bytes]:
    """Return the task of which nothing was published."""
    subject = Subject(task="lights-out", recipient="ba9876543210", title="A game of lights")
    build = record(LIGHTS, subject, 1, START + timedelta(days=2), run(130))
    started = build.received_at + timedelta(seconds=4)
    build.phases = [
        PhaseRecord(name="publish", started_at=started, seconds=2, outcome="failed", verdict="E-TOKEN: refused")
    ]
    build.failures = [
        Failure(
            phase="publish",
            code="E-TOKEN",
            what="GitHub refused the publishing token.",
            cause="it has expired.",
            next_step="Make a new one and set TARGET_TOKEN.",
        )
    ]
    return {record_path(build, run(130)): canonical(build)}


def example_files() -> dict[str, bytes]:
    """Return the whole ledger, by path."""
    return {**fixed_files(), **sales_files(), **signs_files(), **lights_files()}


def write_example(folder: Path) -> Path:
    """Write the ledger into a folder, and return it."""
    for path, body in example_files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(body)
    return folder


if __name__ == "__main__":
    write_example(Path(sys.argv[1]))
