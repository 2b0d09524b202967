"""known_hosts as sshd(8) describes it, held to what ssh-keygen writes and finds."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ssh.keys import KeyPair, key_pair

from seatrial.errors import CouldNotLook
from seatrial.ssh.identity import kinds_known, objection
from seatrial.ssh.known import Entry, HostKey, KnownHosts, about
from seatrial.ssh.settings import Settings


def entries(folder: Path, text: str) -> tuple[Entry, ...]:
    file = folder / "known_hosts"
    file.write_text(text)
    return KnownHosts().entries([str(file)])


def key(pair: KeyPair) -> HostKey:
    import base64

    kind, blob = pair.public.split()
    return HostKey(kind, base64.b64decode(blob))


PAIR, OTHER = key_pair(), key_pair()


@pytest.mark.parametrize(
    ("patterns", "name", "fits"),
    [
        ("box", "box", True),
        ("BOX", "box", True),
        ("a,box,b", "box", True),
        ("*.example.com", "x.example.com", True),
        ("*.example.com,!y.example.com", "y.example.com", False),
        ("10.0.0.?", "10.0.0.7", True),
        ("[10.0.0.7]:2222", "[10.0.0.7]:2222", True),
        ("[10.0.0.7]:2222", "10.0.0.7", False),
        ("[*]:2222", "[10.0.0.7]:2222", True),
        ("0.0.0.7", "10.0.0.7", False),
    ],
)
def test_a_line_is_about_the_hosts_that_its_patterns_fit(tmp_path: Path, patterns: str, name: str, fits: bool):
    assert bool(about(entries(tmp_path, f"{patterns} {PAIR.public} comment\n"), name)) is fits


def test_a_hashed_name_is_found(tmp_path: Path):
    file = tmp_path / "known_hosts"
    file.write_text(f"box {PAIR.public}\n[box]:2222 {OTHER.public}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, stderr=subprocess.DEVNULL)
    known = KnownHosts().entries([str(file)])
    assert "box" not in file.read_text()
    assert [entry.key for entry in about(known, "[box]:2222")] == [key(OTHER)]


def test_what_is_no_entry_is_passed_over(tmp_path: Path):
    text = f"\n# box {PAIR.public}\nbox\nbox ssh-ed25519 !!!\n|1|x box\nbox {PAIR.public}\n"
    assert [entry.where for entry in about(entries(tmp_path, text), "box")] == [f"{tmp_path}/known_hosts:6"]


def test_a_fingerprint_is_told_as_ssh_keygen_tells_it(tmp_path: Path):
    file = tmp_path / "key.pub"
    file.write_text(PAIR.public)
    told = subprocess.run(["ssh-keygen", "-l", "-f", str(file)], check=True, capture_output=True, text=True).stdout
    assert key(PAIR).fingerprint == told.split()[1]


def test_a_file_that_changes_is_read_again(tmp_path: Path):
    known, file = KnownHosts(), tmp_path / "known_hosts"
    assert known.entries([str(file)]) == ()
    file.write_text(f"box {PAIR.public}\n")
    assert len(known.entries([str(file)])) == 1


def test_a_file_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path):
    with pytest.raises(CouldNotLook, match="cannot be read"):
        KnownHosts().entries([str(tmp_path)])


def test_a_key_that_is_known_without_the_port_counts_as_for_openssh(tmp_path: Path):
    known = entries(tmp_path, f"10.0.0.7 {PAIR.public}\n")
    assert objection(Settings("box", "10.0.0.7", 2222, "me"), known, key(PAIR)) is None


def test_a_key_that_is_revoked_without_the_port_is_wrong_as_for_openssh(tmp_path: Path):
    known = entries(tmp_path, f"@revoked 10.0.0.7 {PAIR.public}\n10.0.0.7 {PAIR.public}\n")
    found = objection(Settings("box", "10.0.0.7", 2222, "me"), known, key(PAIR))
    assert found is not None
    assert (found.wrong, "which is revoked" in found.said) == (True, True)


def test_many_that_ask_at_the_same_moment_have_a_file_read_once(tmp_path: Path):
    known, file = KnownHosts(), tmp_path / "known_hosts"
    file.write_text("".join(f"box-{at} {PAIR.public}\n" for at in range(20_000)))
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: known.entries([str(file)]), range(16)))
    assert len({id(read[0]) for read in found}) == 1


def test_another_key_that_is_known_without_the_port_is_no_changed_one(tmp_path: Path):
    known = entries(tmp_path, f"10.0.0.7 {OTHER.public}\n")
    found = objection(Settings("box", "10.0.0.7", 2222, "me"), known, key(PAIR))
    assert found is not None
    assert (found.stage, found.wrong) == ("host.identity", False)


def test_one_of_several_keys_is_enough(tmp_path: Path):
    known = entries(tmp_path, f"box {OTHER.public}\nbox {PAIR.public}\n")
    assert objection(Settings("box", "box", 22, "me"), known, key(PAIR)) is None


def test_a_changed_key_names_both_and_the_line(tmp_path: Path):
    known = entries(tmp_path, f"box {OTHER.public}\n")
    found = objection(Settings("box", "box", 22, "me"), known, key(PAIR))
    assert found is not None
    assert found.wrong
    assert found.said.startswith(
        f"box shows {PAIR.fingerprint}, expected {OTHER.fingerprint} ({tmp_path}/known_hosts:1)"
    )


def test_the_kinds_that_are_known_are_asked_for_first(tmp_path: Path):
    known = entries(tmp_path, f"box {key_pair('ecdsa').public}\n")
    assert kinds_known(Settings("box", "box", 22, "me"), known) == ("ecdsa-sha2-nistp256",)
