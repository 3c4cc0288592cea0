"""Publishing: what is committed, what is refused, and what happens the second time."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from action.console import Console
from action.errors import (
    BundleInvalid,
    CannotBring,
    CannotPush,
    FilesRefused,
    SecretFound,
    TokenInsufficient,
    UserError,
)
from action.github.git import BUILD_FILE
from action.github.refusals import TipMoved
from action.github.repositories import BuildInRepository, Target
from action.github.target_api import AcceptedToken
from action.record import PAGES_WORKFLOW, BuildRecord, ContractRecord, Generation, Publication
from action.site.bundle import Bundle
from action.steps.publish import Tools, publish
from receiver.task import BuildRequest, Task
from receiver.task.upload import Upload
from tests.unit.action.conftest import make_request

NAME = "owner/sum-of-sales-c0ffee"
PAGE = "owner.pages.example/sum-of-sales-c0ffee"
WRITTEN = {"index.html": b"<h1>1</h1>", "README.md": b"# Sum\n", "data.csv": b"a,b\r\n1,2\r\n"}
NO_BUNDLE = BundleInvalid("There is no bundle of files to publish.", "c", "n")


@dataclass
class FakeTargets:
    """One repository."""

    target: Target
    owner: str = "owner"
    asked: list[BuildInRepository] = field(default_factory=list)
    token: AcceptedToken = field(default_factory=lambda: AcceptedToken(None))

    def check_token(self) -> AcceptedToken:
        return self.token

    def find_or_create(self, task: str, task_key: str, round_number: int, build: BuildInRepository) -> Target:
        self.asked.append(build)
        return self.target


class FakePages:
    """Pages that can be switched on."""

    def enable_pages(self, full_name: str, *, is_new: bool) -> str:
        return f"https://owner.pages.example/{full_name.split('/')[1]}/"


@dataclass
class FakeSignpost:
    """Remembers which repository leads where; raises `refusal` when there is one."""

    led: list[tuple[str, str]] = field(default_factory=list)
    refusal: UserError | None = None

    def lead_to(self, full_name: str, pages_url: str) -> None:
        self.led.append((full_name, pages_url))
        if self.refusal:
            raise self.refusal


@dataclass
class FakeGit:
    """A branch as a list of commits, each with its message and all of its files."""

    commits: list[tuple[str, dict[str, bytes]]] = field(default_factory=list)
    removed: tuple[str, ...] = ()
    refusals: list[Exception] = field(default_factory=list)
    patience: list[bool] = field(default_factory=list)

    def fetch(self) -> None:
        pass

    def tip(self) -> str | None:
        return str(len(self.commits)) * 40 if self.commits else None

    def commit_of(self, build_id: str) -> str | None:
        found = [n for n, (message, _) in enumerate(self.commits, 1) if f"Pagewright-Build: {build_id}\n" in message]
        return str(found[-1]) * 40 if found else None

    def files(self, commit: str) -> dict[str, str]:
        return dict.fromkeys(self.commits[int(commit[0]) - 1][1], "blob")

    def contents(self, commit: str, select: Callable[[Iterable[str]], Iterable[str]] = list) -> dict[str, bytes]:
        files = self.commits[int(commit[0]) - 1][1]
        return {path: files[path] for path in select(files)}

    def read(self, commit: str, path: str) -> bytes | None:
        return self.commits[int(commit[0]) - 1][1].get(path)

    def put(
        self, message: str, files: Mapping[str, bytes], removed: Iterable[str] = (), *, is_patient: bool = True
    ) -> str:
        self.patience.append(is_patient)
        if self.refusals:
            raise self.refusals.pop(0)
        before = self.commits[-1][1] if self.commits else {}
        self.removed = tuple(removed)
        self.commits.append((message, {**before, **files}))
        return self.tip() or ""

    @property
    def last(self) -> dict[str, bytes]:
        return self.commits[-1][1]


@pytest.fixture
def request_() -> BuildRequest:
    return make_request(email="student@mail.internal")  # an address that is reserved for examples is not private


@pytest.fixture
def git() -> FakeGit:
    return FakeGit([("Initial commit", {"README.md": b"# made by GitHub"})])


@pytest.fixture
def targets() -> FakeTargets:
    return FakeTargets(Target(NAME, "main", is_new=True))


@pytest.fixture
def signpost() -> FakeSignpost:
    return FakeSignpost()


@dataclass
class Publisher:
    """Publishes with doubles; `record` is the one of the last build."""

    tools: Tools
    record: BuildRecord | None = None

    def publish(self, request: BuildRequest, read_bundle: Callable[[], Bundle]) -> Publication:
        self.record = BuildRecord(
            build_id=request.build_id,
            task_key=request.task_key,
            round=request.task.round,
            received_at=request.received_at,
            revision=request.revision,
            restored=request.restore,
            brought=request.upload.by if request.upload else "",
            generation=Generation(files=3),
            contract=ContractRecord(),
        )
        return publish(request, self.record, self.tools, read_bundle)

    @property
    def problems(self) -> list[str]:
        return [failure.code for failure in self.record.failures] if self.record else []

    @property
    def is_other_candidate(self) -> bool:
        assert self.record is not None
        assert (self.record.generation is None) == (self.record.contract is None)
        return self.record.contract is None


@pytest.fixture
def publisher(git: Any, targets: Any, signpost: Any, console: Console) -> Publisher:
    pages: Any = FakePages()
    private = ("student@mail.internal", "nonce-4711-abcd")
    return Publisher(Tools(targets, pages, signpost, lambda _: git, console, "https://github.example", private))


@pytest.fixture
def bundle(record: BuildRecord) -> Callable[..., Callable[[], Bundle]]:
    def make(**files: bytes) -> Callable[[], Bundle]:
        return lambda: Bundle({**WRITTEN, **files}, (), record)

    return make


MakeBundle = Callable[..., Callable[[], Bundle]]


def no_bundle() -> Bundle:
    raise NO_BUNDLE


def test_one_commit_with_the_files_a_license_and_the_workflow(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    publication = publisher.publish(request_, bundle())
    assert publication == Publication(
        repository=NAME,
        repo_url=f"https://github.example/{NAME}",
        branch="main",
        pages_url="https://owner.pages.example/sum-of-sales-c0ffee/",
        commit_sha="2" * 40,
        is_new_repository=True,
        files=4,
        bytes=publication.bytes,
    )
    assert len(git.commits) == 2
    assert {path: git.last[path] for path in WRITTEN if path != "README.md"} == {
        path: body for path, body in WRITTEN.items() if path != "README.md"
    }
    assert git.last["README.md"].decode() == f"# Sum\n\n**Live page:** [{PAGE}](https://{PAGE}/)\n"
    assert git.commits[-1][0].startswith("Round 1: Add the numbers of data.csv\n\nPagewright-Build: ")
    assert b"MIT License" in git.last["LICENSE"]
    assert b"deploy-pages" in git.last[".github/workflows/pages.yml"]
    assert request_.build_id.encode() in git.last[".pagewright/build.json"]


def test_a_renamed_repository__its_owner_is_told_the_new_name(
    publisher: Publisher, targets: FakeTargets, request_: BuildRequest, bundle: MakeBundle, log: StringIO
) -> None:
    targets.target = Target("owner/page", "main", was_called="sum-of-sales-c0ffee")
    publication = publisher.publish(request_, bundle())
    told = "The repository sum-of-sales-c0ffee was renamed; it is owner/page now."
    assert publication.notes == [told]
    assert told in log.getvalue()


def test_nothing_private_is_committed(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    publisher.publish(request_, bundle())
    committed = git.commits[-1][0].encode() + b"".join(git.last.values())
    for value in ("student@mail.internal", "nonce-4711-abcd", "evaluation.example.org"):
        assert value.encode() not in committed


def test_the_same_build_again__nothing_is_pushed(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    first = publisher.publish(request_, bundle())
    second = publisher.publish(request_, no_bundle)
    assert second.was_published_before
    assert second.commit_sha == first.commit_sha
    assert second.superseded_by is None
    assert len(git.commits) == 2


def test_the_same_build_after_a_later_round__it_reports_its_own_commit(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    first = publisher.publish(request_, bundle())
    publisher.publish(request_.model_copy(update={"build_id": "e" * 20}), bundle())
    again = publisher.publish(request_, bundle())
    assert again.commit_sha == first.commit_sha
    assert again.superseded_by == "3" * 40


def test_the_same_build_again_after_a_plain_page__real_files_come_on_top(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    assert publisher.publish(request_, no_bundle).is_fallback
    again = publisher.publish(request_, bundle())
    assert (again.was_published_before, again.is_fallback, again.commit_sha) == (False, False, "3" * 40)
    assert git.last["index.html"] == WRITTEN["index.html"]
    titles = [message.partition("\n")[0] for message, _ in git.commits[-2:]]
    assert titles == ["Fallback page for round 1: Add the numbers of data.csv", "Round 1: Add the numbers of data.csv"]
    assert "is replaced" in again.notes[0]
    last = publisher.publish(request_, no_bundle)
    assert (last.was_published_before, last.is_fallback, last.commit_sha) == (True, False, "3" * 40)


def test_the_same_build_again_after_a_plain_page__without_files_it_stays_and_is_called_so(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, record: BuildRecord
) -> None:
    publisher.publish(request_, no_bundle)
    record.generation = Generation(fallback="No language model answered in time.")
    for read_bundle in (no_bundle, lambda: Bundle(WRITTEN, (), record)):
        again = publisher.publish(request_, read_bundle)
        assert (again.was_published_before, again.is_fallback) == (True, True)
    assert len(git.commits) == 2


def test_a_plain_page_stays_when_github_refuses_the_files_or_a_later_commit_is_there(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    publisher.publish(request_, no_bundle)
    git.refusals = [SecretFound("GitHub refused the push.", "c", "n")]
    assert publisher.publish(request_, bundle()).was_published_before
    git.commits.append(("by its owner", git.last))
    assert publisher.publish(request_, bundle()).superseded_by == "3" * 40


def test_the_same_build_again__whether_the_commit_is_of_this_bundle_is_known(
    publisher: Publisher, request_: BuildRequest, record: BuildRecord
) -> None:
    publisher.publish(request_, lambda: Bundle(WRITTEN, (), record, "1" * 64))
    publisher.publish(request_, lambda: Bundle(WRITTEN, (), record, "1" * 64))
    assert not publisher.is_other_candidate
    publisher.publish(request_, lambda: Bundle(WRITTEN, (), record, "2" * 64))
    assert publisher.is_other_candidate


def test_no_bundle__the_plain_page_is_published_and_the_record_says_why(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, log: StringIO
) -> None:
    publication = publisher.publish(request_, no_bundle)
    assert publication.is_fallback
    assert publisher.problems == [NO_BUNDLE.code]
    assert b"Add the numbers of data.csv." in git.last["index.html"]
    assert git.last["data.csv"] == WRITTEN["data.csv"]
    assert {"LICENSE", "README.md"} <= set(git.last)
    assert "::warning title=E-BUNDLE" in log.getvalue()


def test_a_bundle_that_is_the_plain_page_already_is_called_so(
    publisher: Publisher, request_: BuildRequest, record: BuildRecord
) -> None:
    record.generation = Generation(fallback="No language model answered in time.")
    publication = publisher.publish(request_, lambda: Bundle(WRITTEN, (), record))
    assert publication.is_fallback
    assert publication.notes == ["No language model answered in time."]


@pytest.mark.parametrize("value", ["nonce-4711-abcd", "gh" + "p_" + "a1B2c3D4e5" * 4])
def test_a_secret_in_a_written_file__the_plain_page_is_published(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle, value: str, log: StringIO
) -> None:
    publication = publisher.publish(request_, bundle(**{"app.js": f'const key = "{value}";'.encode()}))
    assert publication.is_fallback
    assert "app.js" not in git.last
    assert value.encode() not in b"".join(git.last.values())
    assert value not in log.getvalue()
    assert publisher.problems == [SecretFound.code]


def test_what_the_round_before_published_may_stay(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    git.commits.append(("Build round 1", {"index.html": b"<p>student@mail.internal"}))
    assert not publisher.publish(request_, bundle(**{"app.js": b"write to student@mail.internal"})).is_fallback
    assert git.last["app.js"] == b"write to student@mail.internal"


FAR = {"name": "far.csv", "url": "https://data.host.internal/far.csv"}
TOKEN = "gh" + "p_" + "a1B2c3D4e5" * 4


@pytest.mark.parametrize("value", ["student@mail.internal", "nonce-4711-abcd", TOKEN])
def test_a_file_under_the_name_of_an_attachment_is_looked_at_unless_it_was_fetched(
    publisher: Publisher, git: FakeGit, record: BuildRecord, value: str
) -> None:
    request = make_request(email="student@mail.internal", attachments=[FAR])
    files = {**WRITTEN, "far.csv": value.encode(), "index.html": f"<p>{value}".encode()}
    assert publisher.publish(request, lambda: Bundle(files, (), record)).is_fallback
    git.commits[:] = git.commits[:1]
    fetched = Bundle(files, (), record, fetched=frozenset({"far.csv", "index.html"}))
    assert not publisher.publish(request, lambda: fetched).is_fallback


def test_what_was_not_attached_cannot_be_called_fetched(
    publisher: Publisher, request_: BuildRequest, record: BuildRecord
) -> None:
    bundle = Bundle({**WRITTEN, "app.js": TOKEN.encode()}, (), record, fetched=frozenset({"app.js"}))
    assert publisher.publish(request_, lambda: bundle).is_fallback


def test_a_token_of_the_brief_is_published_also_a_round_later(
    publisher: Publisher, git: FakeGit, record: BuildRecord
) -> None:
    files = {**WRITTEN, "app.js": TOKEN.encode()}
    request = make_request(brief=f"Decode {TOKEN}")
    assert not publisher.publish(request, lambda: Bundle(files, (), record)).is_fallback
    later = make_request(round=2).model_copy(update={"build_id": "f" * 20})
    changed = {**files, "app.js": b"// " + TOKEN.encode()}
    assert not publisher.publish(later, lambda: Bundle(changed, (), record)).is_fallback
    assert git.last["app.js"].startswith(b"// ")


def test_a_brief_with_private_values_is_not_on_the_plain_page(
    publisher: Publisher, git: FakeGit, request_: BuildRequest
) -> None:
    task = request_.task.model_copy(update={"brief": "Send it to student@mail.internal"})
    publisher.publish(request_.model_copy(update={"task": task}), no_bundle)
    assert b"student@mail.internal" not in b"".join(git.last.values())


def test_a_brief_with_private_values_is_not_the_description(
    publisher: Publisher, targets: FakeTargets, request_: BuildRequest, bundle: MakeBundle
) -> None:
    task = request_.task.model_copy(update={"brief": "Show nonce-4711-abcd"})
    publisher.publish(request_.model_copy(update={"task": task}), bundle())
    assert targets.asked[0].description == "sum-of-sales"


def test_github_refuses_the_push_because_of_a_secret__the_plain_page_is_pushed(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    git.refusals = [SecretFound("GitHub refused the push.", "c", "n")]
    assert publisher.publish(request_, bundle()).is_fallback
    assert len(git.commits) == 2


def test_files_that_are_too_many_with_ours__the_plain_page_is_published(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    publication = publisher.publish(request_, bundle(**{f"{number}.txt": b"x" for number in range(196)}))
    assert publication.is_fallback
    assert publisher.problems == [FilesRefused.code]
    assert b"Add the numbers of data.csv." in git.last["index.html"]


def test_the_branch_moves_all_the_time(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    git.refusals = [TipMoved()]
    with pytest.raises(CannotPush):
        publisher.publish(request_, bundle())


def second_round(request_: BuildRequest) -> BuildRequest:
    task = Task.model_validate({**request_.task.model_dump(), "round": 2, "attachments": [], "checks": []})
    return request_.model_copy(update={"build_id": "e" * 20, "task": task})


def test_round_2__the_commit_goes_on_top_and_what_is_not_touched_stays(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, targets: FakeTargets, record: BuildRecord
) -> None:
    publisher.publish(request_, lambda: Bundle({**WRITTEN, "old.js": b"1"}, (), record))
    targets.target = Target(NAME, "main")
    publication = publisher.publish(
        second_round(request_), lambda: Bundle({"index.html": b"<h1>2</h1>"}, ("old.js",), record)
    )
    assert not publication.is_new_repository
    assert git.last["index.html"] == b"<h1>2</h1>"
    assert git.last["data.csv"] == WRITTEN["data.csv"]
    assert git.removed == ("old.js",)


def test_round_2__no_bundle__the_page_of_round_1_stays_with_a_note(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle, targets: FakeTargets
) -> None:
    publisher.publish(request_, bundle())
    targets.target = Target(NAME, "main")
    publication = publisher.publish(second_round(request_), no_bundle)
    assert publication.is_fallback
    assert git.last["index.html"] == WRITTEN["index.html"]
    assert git.last["README.md"].startswith(b"# Sum\n")
    assert b"## Round 2" in git.last["README.md"]


def test_round_2_without_a_round_1__that_is_noted(
    publisher: Publisher, request_: BuildRequest, bundle: MakeBundle, targets: FakeTargets
) -> None:
    targets.target = Target(NAME, "main", is_new=True, is_first_round_missing=True)
    assert "No repository of an earlier round" in publisher.publish(request_, bundle()).notes[0]


def test_an_attached_license_wins(publisher: Publisher, git: FakeGit, request_: BuildRequest) -> None:
    url = "data:text/plain;base64,dGhlaXJz"
    task = Task.model_validate(
        {**request_.task.model_dump(), "checks": [], "attachments": [{"name": "LICENSE", "url": url}]}
    )
    publisher.publish(request_.model_copy(update={"task": task}), no_bundle)
    assert git.last["LICENSE"] == b"theirs"


OWN = ".github/workflows/own.yml"
DEPLOYING = b"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/deploy-pages@v4\n"


def test_a_site_that_deploys_itself_goes_without_ours__also_in_later_rounds(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    publication = publisher.publish(request_, bundle(**{OWN: DEPLOYING}))
    assert (publication.workflows, publication.deploying_workflow) == ([OWN], OWN)
    assert PAGES_WORKFLOW not in git.last
    assert git.removed == (PAGES_WORKFLOW,)
    again = publisher.publish(request_, no_bundle)
    assert again.was_published_before
    assert again.deploying_workflow == OWN
    git.commits[-1] = ("another build", git.last)
    later = publisher.publish(request_, bundle())
    assert (PAGES_WORKFLOW in git.last, later.deploying_workflow) == (False, OWN)


def test_a_workflow_that_does_not_deploy_leaves_that_to_ours(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    publication = publisher.publish(request_, bundle(**{OWN: DEPLOYING.replace(b"push", b"workflow_dispatch")}))
    assert (publication.workflows, publication.deploying_workflow) == ([OWN], PAGES_WORKFLOW)
    assert PAGES_WORKFLOW in git.last


def asked_by_message(request: BuildRequest, restore: str = "") -> BuildRequest:
    return request.model_copy(update={"project": "sum-of-sales-c0ffee", "revision": "e" * 20, "restore": restore})


def test_a_revision__its_commit_names_the_message(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    publisher.publish(asked_by_message(request_), bundle())
    message = git.commits[-1][0]
    assert message.startswith("Revision of round 1: ")
    assert f"\nPagewright-Revision: {'e' * 20}\n" in message
    assert "Restored" not in message


def test_a_restore__its_commit_names_the_version__and_its_license_stays(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    publisher.publish(asked_by_message(request_, "d" * 40), bundle(LICENSE=b"theirs"))
    message = git.commits[-1][0]
    assert message.startswith("Restore the files of ddddddd\n\n")
    assert f"\nPagewright-Restored: {'d' * 40}\n" in message
    assert "Revision" not in message
    assert git.last["LICENSE"] == b"theirs"


@pytest.mark.parametrize("restore", ["", "d" * 40])
def test_a_change_that_a_message_asked_for__no_bundle__nothing_is_pushed(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle, restore: str
) -> None:
    publisher.publish(request_, bundle())
    git.commits[-1] = ("another build", git.last)
    before = len(git.commits)
    with pytest.raises(BundleInvalid):
        publisher.publish(asked_by_message(request_, restore), no_bundle)
    assert len(git.commits) == before


def test_the_repository_leads_to_its_page(
    publisher: Publisher, signpost: FakeSignpost, request_: BuildRequest, bundle: MakeBundle
) -> None:
    publisher.publish(request_, bundle())
    assert signpost.led == [(NAME, f"https://{PAGE}/")]


def test_the_repository_cannot_lead_to_its_page__the_page_is_published_and_the_reason_said(
    publisher: Publisher, signpost: FakeSignpost, request_: BuildRequest, bundle: MakeBundle, log: StringIO
) -> None:
    signpost.refusal = TokenInsufficient("No permission.", "c", "n")
    publication = publisher.publish(request_, bundle())
    assert publication.commit_sha == "2" * 40
    assert publication.notes == ["The repository's homepage or topics could not be set."]
    assert "No permission." in log.getvalue()


def test_a_readme_that_came_with_the_task_or_comes_back_stays_byte_for_byte(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    publisher.publish(asked_by_message(request_, "d" * 40), bundle())
    assert git.last["README.md"] == WRITTEN["README.md"]
    attached = [{"name": "README.md", "url": "data:text/markdown,%23%20Sum%0A"}]
    task = Task.model_validate({**request_.task.model_dump(), "attachments": attached})
    publisher.publish(request_.model_copy(update={"task": task, "build_id": "e" * 20}), bundle())
    assert git.last["README.md"] == WRITTEN["README.md"]


def test_a_later_round_without_files__the_title_says_that_the_page_stays(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    publisher.publish(request_, bundle())
    task = request_.task.model_copy(update={"round": 2})
    publisher.publish(request_.model_copy(update={"task": task, "build_id": "e" * 20}), no_bundle)
    assert git.commits[-1][0].startswith("Round 2: the page stays as it was\n")


def test_files_that_are_read_endlessly_give_the_plain_page(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless() -> Bundle:
        while True:
            pass

    monkeypatch.setattr("action.steps.publish.SECONDS_FOR_READING", 0.2)
    publication = publisher.publish(request_, endless)
    assert publication.is_fallback
    assert publisher.problems == ["E-HUNG"]
    assert b"The written files could not be published." in git.last["index.html"]


def test_a_token_that_expires_soon__the_record_says_when_and_the_run_warns(
    publisher: Publisher, targets: FakeTargets, request_: BuildRequest, bundle: MakeBundle, log: StringIO
) -> None:
    for days, warns in ((60, False), (9, True)):
        targets.token = AcceptedToken(datetime.now(UTC) + timedelta(days=days, hours=1))
        publisher.publish(request_, bundle())
        assert publisher.record
        assert publisher.record.token_expires_at == targets.token.expires_at
        assert ("::warning title=E-TOKEN::The publishing token expires on" in log.getvalue()) is warns


def brought(request: BuildRequest, **more: Any) -> BuildRequest:
    upload = Upload.of({"index.html": WRITTEN["index.html"]}, "coder", **more)
    return request.model_copy(update={"project": "site", "upload": upload})


def test_files_that_somebody_brought__their_commit_says_so__and_theirs_is_not_touched(
    publisher: Publisher, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    publisher.publish(brought(request_), bundle(LICENSE=b"theirs"))
    message = git.commits[-1][0]
    assert not message.startswith("Round")
    assert "\nPagewright-Brought-By: coder\n" in message
    assert git.last["README.md"] == WRITTEN["README.md"]
    assert git.last["LICENSE"] == b"theirs"


@pytest.mark.parametrize("what", ["foreign", "another task", "no bundle", "moved"])
def test_files_that_somebody_brought__nothing_is_pushed_where_it_must_not_be(
    what: str, publisher: Publisher, targets: FakeTargets, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    targets.target = Target(NAME, "main")
    key = {"foreign": None, "another task": "0" * 20}.get(what, request_.task_key)
    git.commits.append(("x", {BUILD_FILE: json.dumps({"task_key": key}).encode()} if key else {}))
    request = brought(request_, base="f" * 40 if what == "moved" else "")
    with pytest.raises((CannotBring, BundleInvalid)):
        publisher.publish(request, no_bundle if what == "no bundle" else bundle())
    assert len(git.commits) == 2


def test_files_that_somebody_brought__the_tip_that_they_were_made_for(
    publisher: Publisher, targets: FakeTargets, git: FakeGit, request_: BuildRequest, bundle: MakeBundle
) -> None:
    targets.target = Target(NAME, "main")
    git.commits.append(("x", {BUILD_FILE: json.dumps({"task_key": request_.task_key}).encode()}))
    publisher.publish(brought(request_, base="2" * 40), bundle())
    assert len(git.commits) == 3
    assert git.patience == [False]
