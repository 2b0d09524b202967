"""What pytest shows of a user's own test holds no secret, and is pytest's own text in all else."""

from pathlib import Path

import pytest

from seatrial.sanitise import HIDDEN, redacted

pytest_plugins = ("pytester",)

TEST = """
    import logging
    import warnings

    import pytest

    FILE = "user = nobody\\n" * {more} + "db_password = hunter3hunter\\n"

    def test_equal():
        assert FILE == "ok"

    def test_bytes_in_a_list():
        assert [FILE.encode()] == [b"ok"]

    def test_parsed():
        raise ValueError(f"no number in {{FILE}}")

    def test_said():
        print(FILE)
        logging.warning(FILE)
        assert False

    def test_starts():
        assert FILE.startswith("x")

    def test_holds():
        assert "x" in FILE

    def test_warned(record_property):
        record_property("file", FILE)
        warnings.warn(FILE)

    def test_skipped():
        pytest.skip(FILE)

    def test_expected():
        pytest.xfail(FILE)

    def test_part(subtests):
        with subtests.test():
            print(FILE)
            assert FILE == "ok"
"""


def test_a_text_of_many_lines_stays_one_and_a_margin_hides_no_key() -> None:
    text = "E     - ok\nE     + password=two words\nplain\n"
    assert redacted(text) == f"E     - ok\nE     + password={HIDDEN}\nplain\n"


def test_each_line_of_a_private_key_is_hidden_and_none_after_it() -> None:
    begin, end = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
    lines = [f"E  + {line}" for line in (begin, "MIIabc", "bcd==", end, "more text")]
    assert redacted("\n".join(lines)).split("\n") == [*(f"E  + {HIDDEN}",) * 3, *lines[3:]]


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    """A deployment that holds of this machine whatever runs there."""
    file = tmp_path / "deployment.yaml"
    file.write_text("deployment: small\nservices: {here: {on: local, locate: {machine: true}}}\n")
    return file


@pytest.mark.parametrize("more", [0, 1, 2, 9, 40])
@pytest.mark.parametrize("args", [[], ["-vv", "-rA", "--showlocals"], ["--tb=native"], ["--tb=line"]])
def test_no_report_holds_a_secret_however_pytest_shortens_it(
    pytester: pytest.Pytester, deployment: Path, more: int, args: list[str]
) -> None:
    pytester.makepyfile(test_own=TEST.format(more=more))
    ran = pytester.runpytest_subprocess("--deployment", str(deployment), "-p", "no:cacheprovider", *args, "test_own.py")
    shown = ran.stdout.str() + ran.stderr.str()
    assert "test_own.py" in shown, shown
    assert HIDDEN in shown, shown
    written = {file.name: file.read_text() for file in pytester.path.glob("reports/small/*-*/*") if file.is_file()}
    assert {"junit.xml", "report.html", "journal.jsonl"} <= set(written)
    for name, text in {**written, "terminal": shown}.items():
        assert "hunter" not in text, (name, [line for line in text.splitlines() if "hunter" in line])


def test_all_else_is_shown_as_without_us(pytester: pytest.Pytester, deployment: Path) -> None:
    pytester.makepyfile(test_own="def test_it():\n    left = [1, 2]\n    assert left == [1, 3], 'wrong'\n")
    args = ("-q", "-p", "no:cacheprovider", "--color=yes", "test_own.py")
    plain = pytester.runpytest_subprocess(*args).stdout.str()
    ours = pytester.runpytest_subprocess(*args, "--deployment", str(deployment), "-k", "test_it").stdout.str()
    lines = [line for line in plain.splitlines() if line and "1 failed" not in line]
    assert len(lines) >= 12
    assert [line for line in lines if line not in ours] == []
