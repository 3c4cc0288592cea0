"""Running a command for real: as nobody where the tests are run by root, and inside the fence wherever there is one."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from action.errors import CannotExecute
from action.execution import limits
from action.execution import sandbox as landlock
from action.execution.limits import descendants
from action.execution.output import Stream
from action.execution.run import CommandRunner, Ended, listen
from action.execution.workplace import Workplace, other_user, workplace

SECRET = "not-for-commands"
PATH = f"{os.environ['PATH']}:/usr/local/bin:/usr/bin:/bin"
needs_landlock = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")

Run = Callable[..., Ended]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    user = other_user()
    parent = Path("/tmp") if user else tmp_path  # noqa: S108 - pytest's own folder is closed for others
    with workplace(parent, user) as place:
        yield place
    assert not place.root.exists()


@pytest.fixture
def run(place: Workplace) -> Run:
    def run(command: str, seconds: float = 60, most_output: int = 100_000, working_dir: str = "") -> Ended:
        return CommandRunner(PATH, (Path.home(),), most_output).run(command, place, seconds, working_dir)

    return run


@pytest.fixture
def others() -> set[int]:
    """Return what other tests left: a `git gc` in the background, for example, becomes a child of this process."""
    return set(descendants(os.getpid()))


def output(ended: Ended) -> str:
    assert ended.return_code == 0, ended.stderr.text()
    return ended.stdout.text()


def test_it_runs_in_the_clone_and_says_how_it_ended(run: Run, place: Workplace) -> None:
    (place.project / "hello.sh").write_text("echo hello; echo oops >&2; exit 3\n")
    ended = run("pwd; bash hello.sh")
    assert ended.stdout.text() == f"{place.project}\nhello\n"
    assert (ended.stderr.text(), ended.return_code, ended.timed_out) == ("oops\n", 3, False)
    assert 0 < ended.seconds < 60
    assert {"privileges", "limits", "processes"} <= set(ended.isolation)


def test_it_starts_in_a_folder_of_the_clone__also_through_a_link_that_stays_inside(
    run: Run, place: Workplace
) -> None:  # R20
    (place.project / "sub" / "deep").mkdir(parents=True)
    (place.project / "link").symlink_to("sub/deep")
    for folder in (place.project / "sub", place.project / "sub" / "deep"):
        folder.chmod(0o755)
    assert output(run("pwd", working_dir="sub/deep")) == output(run("pwd", working_dir="link"))


@pytest.mark.parametrize("name", ["nothing", "file", "outside", "loop"])
def test_a_folder_that_is_not_there_or_leads_out_runs_nothing(run: Run, place: Workplace, name: str) -> None:  # R20
    (place.project / "file").write_text("x")
    (place.project / "outside").symlink_to("/etc")
    (place.project / "loop").symlink_to("loop")
    with pytest.raises(CannotExecute, match=f"no folder {name}, so the command was not run"):
        run("touch ran", working_dir=name)
    assert not (place.project / "ran").exists()


def test_its_environment_holds_what_it_needs_and_nothing_of_ours(
    run: Run, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "RUNNER_TEMP", "STUDENT_SECRET"):
        monkeypatch.setenv(name, SECRET)
    seen = dict(line.split("=", 1) for line in output(run("/usr/bin/env")).splitlines())
    by_bash = {"PWD", "SHLVL", "_", "OLDPWD"}
    assert {name: value for name, value in seen.items() if name not in by_bash} == {
        "PATH": PATH,
        "HOME": str(place.home),
        "TMPDIR": str(place.temporary),
        "LANG": "C.UTF-8",
        "CI": "true",
    }


def test_it_has_no_input_and_no_terminal_and_can_use_the_usual_names(run: Run) -> None:
    ended = run("cat; tty; echo again > /dev/stderr; cat <(echo piped); echo kept > $TMPDIR/a; cat $TMPDIR/a")
    assert ended.stdout.text() == "not a tty\npiped\nkept\n"
    assert ended.stderr.text() == "again\n"


@pytest.mark.parametrize(("command", "code"), [("kill -9 $$", 137), ("kill -TERM $$", 143), ("no-such-program", 127)])
def test_a_signal_is_told_as_shells_do(run: Run, command: str, code: int) -> None:
    assert run(command).return_code == code


def test_of_a_long_output_the_middle_is_left_out(run: Run) -> None:
    ended = run("head -c 3000000 /dev/zero | tr '\\0' x; echo end; echo short >&2", most_output=1000)
    assert (ended.stdout.is_truncated, ended.stderr.is_truncated) == (True, False)
    assert ended.stdout.text().endswith("xxxend\n")
    assert len(ended.stdout.text()) < 1100


def test_when_its_time_is_over_everything_ends_also_what_has_detached_itself(
    run: Run, place: Workplace, others: set[int]
) -> None:
    detached = 'setsid bash -c "(sleep 97.25 & echo \\$! > grandchild; exec sleep 97.5) & exec sleep 97.75"'
    ended = run(f"echo begun; ({detached} > /dev/null 2>&1 &); sleep 0.3; sleep 98", seconds=3)
    assert (ended.timed_out, ended.return_code, ended.stdout.text()) == (True, 124, "begun\n")
    assert 3 <= ended.seconds < 30
    assert "processes" in ended.isolation
    assert set(descendants(os.getpid())) <= others
    process = Path("/proc", (place.project / "grandchild").read_text().strip())
    assert not process.exists()


def test_what_it_leaves_running_ends_with_it_and_delays_nothing(run: Run, others: set[int]) -> None:
    started = time.monotonic()
    ended = run("sleep 97 & (setsid sleep 96 &); echo done")
    assert output(ended) == "done\n"
    assert time.monotonic() - started < 30
    assert set(descendants(os.getpid())) <= others


class Robbed(Stream):
    """A pipe that the command itself has read from, between our look at it and our reading."""

    times = 3

    def read(self) -> bool:
        if self.times:
            self.times -= 1
            raise BlockingIOError
        return super().read()


def test_output_that_somebody_else_has_read_is_waited_for() -> None:
    stream = Robbed(100)
    with subprocess.Popen(["sleep", "0.3"]) as process:
        os.write(stream.writer, b"here")
        assert listen(process, [stream], time.monotonic() + 20)
    assert (stream.times, stream.kept.text()) == (0, "here")
    stream.close(stream.reader, stream.writer)


@needs_landlock
def test_it_sees_programs_and_its_own_folder_and_no_other_files(run: Run, tmp_path: Path) -> None:
    ours = tmp_path / "credentials.json"
    ours.write_text(SECRET)
    ours.chmod(0o644)
    tmp_path.chmod(0o755)
    ended = run(f"cat {ours}; echo x > {tmp_path}/y; ls /tmp; ls {Path.home()}; cat /etc/hostname > /dev/null; ls /usr")
    assert ended.return_code == 0
    assert SECRET not in ended.stdout.text()
    assert ended.stderr.text().count("Permission denied") == 4
    assert not (tmp_path / "y").exists()
    assert "files" in ended.isolation


@needs_landlock
def test_it_can_neither_look_into_our_processes_nor_end_them(run: Run) -> None:
    environment = {"PATH": PATH, "TOKEN": SECRET}
    program = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(program, env=environment) as process:
        try:
            ended = run(f"cat /proc/{process.pid}/environ; kill -9 {process.pid}; cat /proc/$PPID/environ; echo on")
            assert ended.stdout.text() == "on\n"
            if "signals" in ended.isolation:
                assert process.poll() is None
        finally:
            process.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to hand over to")
def test_root_hands_over_to_nobody(run: Run, tmp_path: Path) -> None:
    ours = Path("/tmp", f"{tmp_path.name}-{os.getpid()}")  # noqa: S108
    ours.write_text(SECRET)
    try:
        ours.chmod(0o600)
        ended = run(f"id -un; id -G; cat {ours}; cat /etc/shadow")
    finally:
        ours.unlink()
    user = other_user()
    assert user
    assert ended.stdout.text().split() == ["nobody", str(user.gid)]
    assert "user" in ended.isolation


def test_no_program_can_give_it_rights(run: Run) -> None:
    assert "NoNewPrivs:\t1" in output(run("grep NoNewPrivs /proc/self/status"))


def test_it_is_limited_and_node_works_within_the_limits(run: Run) -> None:
    found = output(run("ulimit -c; ulimit -d; ulimit -n; ulimit -f")).split()
    assert found[:2] == ["0", str(limits.MOST_DATA // 1024)]
    assert int(found[2]) <= limits.MOST_FILES
    assert int(found[3]) <= limits.LARGEST_FILE // 512
    ended = run(f"head -c {limits.LARGEST_FILE + 1} /dev/zero > large; echo $?; stat -c %s large; rm large")
    assert ended.stdout.text().split()[1] == str(limits.LARGEST_FILE)


def test_lower_limits_than_ours_stay() -> None:
    program = (
        "import resource\nfrom action.execution import limits\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\nlimits.apply(limits.limits(1, 0))\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "(64, 64)\n"


def test_what_cannot_be_entered_is_removed_as_well(run: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    assert output(run(f"mkdir -p a/b/c; touch a/b/c/d; ln -s {outside} a/link; chmod 000 a/b; chmod 500 a")) == ""
    assert outside.stat().st_mode & 0o777 == 0o755
