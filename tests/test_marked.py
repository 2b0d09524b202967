"""A command between its marks: what login shells print around it is not its output, and a missing mark is an error."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from seatrial.errors import CutShort, Refused
from seatrial.transports.leftovers import check_ended, ending_argv, new_mark, with_mark
from seatrial.transports.marked import marked_argv, marked_command, marked_stdin, new_nonce, unmarked

NASTY = ["printf", "%s|", "a b", "it's", '"$HOME"', "$(touch canary)", "`x`", "back\\slash", "two\nlines", "*", "", "ü"]
SHELLS = ["sh", "dash", "bash", "bash --norc", "ksh", "zsh", "busybox ash"]


def login(shell: str, command: str, stdin: bytes, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command line as sshd(8) does it: with ``-c`` by the shell of a user."""
    argv = shell.split()
    if shutil.which(argv[0]) is None:
        pytest.skip(f"no {argv[0]} here")
    return subprocess.run([*argv, "-c", command], input=stdin, capture_output=True, timeout=20, cwd=folder)


@pytest.mark.parametrize("shell", SHELLS)
class TestShells:
    def test_arguments_arrive_as_they_are_with_stdin_and_status(self, shell: str, tmp_path: Path) -> None:
        nonce = new_nonce()
        ran = login(shell, marked_command(NASTY), marked_stdin(nonce, b""), tmp_path)
        assert unmarked(nonce, ran.returncode, ran.stdout) == (0, "|".join([*NASTY[2:], ""]).encode())
        ran = login(shell, marked_command(["sh", "-c", "cat; exit 7"]), marked_stdin(nonce, b"in\n\0"), tmp_path)
        assert unmarked(nonce, ran.returncode, ran.stdout) == (7, b"in\n\0")
        assert list(tmp_path.iterdir()) == []

    def test_what_is_printed_before_and_after_is_left_out(self, shell: str, tmp_path: Path) -> None:
        nonce = new_nonce()
        noisy = (
            f"echo Welcome; printf '\\033[1mno line end 0123'; ({marked_command(['echo', 'mine'])}); echo; echo Bye 9"
        )
        ran = login(shell, noisy, marked_stdin(nonce, b""), tmp_path)
        assert ran.stdout.startswith(b"Welcome\n")
        assert unmarked(nonce, ran.returncode, ran.stdout) == (0, b"mine\n")

    def test_what_a_command_leaves_behind_is_ended_by_its_mark_alone(self, shell: str, tmp_path: Path) -> None:
        nonce, mark = new_nonce(), new_mark()
        decoy = subprocess.Popen(["sleep", "309"])
        try:
            script = "trap '' TERM HUP; sleep 308 & echo $!; setsid sleep 308 >/dev/null 2>&1 & echo $!; exit 3"
            command = with_mark(mark, marked_command(["sh", "-c", f"({script}) 2>/dev/null"]))
            pids = left_behind(shell, command, nonce, tmp_path)
            assert all(runs(pid) for pid in pids)
            ended = subprocess.run(ending_argv(mark), capture_output=True, timeout=20)
            check_ended(ended.returncode, ended.stdout)
            assert not any(runs(pid) for pid in pids)
            assert decoy.poll() is None
        finally:
            decoy.kill()
            decoy.wait()


def left_behind(shell: str, command: str, nonce: str, folder: Path) -> list[int]:
    """The pids that a command prints; its output goes to a file, since what it leaves would hold a pipe open."""
    argv = shell.split()
    if shutil.which(argv[0]) is None:
        pytest.skip(f"no {argv[0]} here")
    with (folder / "out").open("wb") as out:
        stdin = marked_stdin(nonce, b"")
        ran = subprocess.run([*argv, "-c", command], input=stdin, stdout=out, timeout=20)
    code, printed = unmarked(nonce, ran.returncode, (folder / "out").read_bytes())
    assert code == 3
    return [int(line) for line in printed.split()]


def runs(pid: int) -> bool:
    """Whether it runs a moment later still; one that is dead may wait for its parent."""
    for _ in range(50):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        time.sleep(0.01)
    return True


class TestMissing:
    def test_output_cut_anywhere_is_an_error(self) -> None:
        nonce = new_nonce()
        script = ["sh", "-c", "seq 30; exit 12"]
        ran = subprocess.run(marked_argv(script), input=marked_stdin(nonce, b""), capture_output=True, timeout=20)
        whole = b"Welcome\n" + ran.stdout
        assert unmarked(nonce, 0, whole) == (12, b"".join(b"%d\n" % n for n in range(1, 31)))
        for length in range(len(whole)):
            with pytest.raises(CutShort, match="no end mark"):
                unmarked(nonce, 0, whole[:length])

    def test_a_shell_that_never_began_is_quoted(self) -> None:
        with pytest.raises(CutShort) as told:
            unmarked(new_nonce(), 1, b"\x1b[31mThis account is currently not available.\r\n")
        assert "no end mark" in str(told.value)
        assert "exit code 1" in str(told.value)
        assert "it printed" in str(told.value)
        assert "This account is currently not available." in str(told.value)
        assert "\x1b" not in str(told.value)

    def test_a_session_without_an_exit_code_is_told(self) -> None:
        with pytest.raises(CutShort, match=r"after 0 bytes \(no exit code\): it was cut"):
            unmarked(new_nonce(), None, b"")
        nonce = new_nonce()
        assert unmarked(nonce, None, f"\n{nonce}\nfine\n{nonce} 0\n".encode()) == (0, b"fine")

    @pytest.mark.parametrize(
        "echo", ["{0}\n", "\n{0}\n", "\n{0}\n{0}\n", "unknown choice: {0}\n\n{0} \n", "\n{0}\n\n{0} x\n"]
    )
    def test_a_menu_that_repeats_what_it_is_told_makes_no_marks(self, echo: str) -> None:
        nonce = new_nonce()
        with pytest.raises(CutShort):
            unmarked(nonce, 0, echo.format(nonce).encode())

    def test_an_image_without_a_shell_is_refused_as_before(self) -> None:
        said = b'OCI runtime exec failed: exec: "sh": executable file not found in $PATH: unknown\r\n'
        with pytest.raises(Refused, match="the image has no shell"):
            unmarked(new_nonce(), 126, said)

    def test_a_command_that_kills_its_shell_has_no_end(self, tmp_path: Path) -> None:
        nonce = new_nonce()
        ran = login("sh", marked_command(["sh", "-c", "echo well; kill -9 $PPID"]), marked_stdin(nonce, b""), tmp_path)
        assert ran.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
        with pytest.raises(CutShort, match="it was cut, or the shell was killed"):
            unmarked(nonce, ran.returncode, ran.stdout)


def test_the_nonce_is_seen_by_nobody(tmp_path: Path) -> None:
    nonce = new_nonce()
    script = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; echo $n"
    ran = login("sh", marked_command(["sh", "-c", script]), marked_stdin(nonce, b""), tmp_path)
    assert nonce.encode() not in unmarked(nonce, ran.returncode, ran.stdout)[1]
    assert os.listdir(tmp_path) == []
