"""Real JVMs of this machine: what a launcher makes of its command line is what we read from it."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from seatrial.judges.matching import fits, java_of
from seatrial.parsers.java_command import JavaCommand
from seatrial.snapshot import Process
from seatrial.spec.java import size_in_bytes
from seatrial.spec.process import Matcher

JAVA, JAVAC = shutil.which("java"), shutil.which("javac")
MAIN = "com.p2p.relay.Main"
WITHIN_S = 60
SOURCE = """package com.p2p.relay;

public class Main {
    public static void main(String[] args) throws Exception {
        var vm = java.lang.management.ManagementFactory.getPlatformMXBean(
            com.sun.management.HotSpotDiagnosticMXBean.class);
        System.out.println(vm.getVMOption("MaxHeapSize").getValue());
        System.out.println(vm.getVMOption("InitialHeapSize").getValue());
        System.out.println(System.getProperty("port"));
        System.out.println(String.join(" ", args));
        System.out.flush();
        System.in.read();
    }
}
"""

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(JAVA is None or JAVAC is None, reason="there is no JDK on this machine"),
]


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a class that tells what it was started with, a jar of it, a module of it, and files of options."""
    folder = tmp_path_factory.mktemp("java")
    (folder / "Main.java").write_text(SOURCE)
    (folder / "module-info.java").write_text("module p2p.relay { requires jdk.management; requires java.management; }")
    run(str(JAVAC), "-d", "classes", "Main.java", folder=folder)
    run(str(JAVAC), "-d", "mods/p2p.relay", "Main.java", "module-info.java", folder=folder)
    run(str(Path(str(JAVAC)).with_name("jar")), "cfe", "relay.jar", MAIN, "-C", "classes", ".", folder=folder)
    (folder / "relay.args").write_text(f"-Dport=1 -cp classes {MAIN}")
    (folder / "vm.options").write_text("-Dport=7 -Xmx96m")
    return folder


def run(*argv: str, folder: Path) -> None:
    subprocess.run(argv, cwd=folder, check=True, timeout=WITHIN_S)


class Started:
    """A JVM: what it says of itself, and the process as it is seen from outside."""

    def __init__(self, arguments: tuple[str, ...], folder: Path) -> None:
        argv = [str(JAVA), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *arguments]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder) as jvm:
            assert jvm.stdout
            lines = [jvm.stdout.readline().rstrip("\n") for _ in range(4)]
            self.process = seen(jvm.pid)
        self.largest, self.first, self.port, self.arguments = int(lines[0]), int(lines[1]), lines[2], lines[3]


def seen(pid: int) -> Process:
    proc = Path("/proc", str(pid))
    argv = tuple(proc.joinpath("cmdline").read_text().rstrip("\0").split("\0"))
    comm, exe = proc.joinpath("comm").read_text().strip(), str(proc.joinpath("exe").readlink())
    return Process(pid, 1, 1, 1.0, ("S",), 0, 0, comm, argv, exe)


def means(process: Process, **declared: str) -> bool | None:
    return fits(Matcher.model_validate({"java": declared}), process)


@pytest.mark.parametrize(
    "arguments",
    [
        ("-Xms16m", "-Xmx64m", "-Dport=8080", "-cp", "classes", MAIN, "-Dport=1", "-Xmx1g"),
        ("-Xmx1g", "-mx96M", "-ms16m", "-Dport=1", "-Dport=8081", "--class-path", "classes", MAIN, "a"),
        ("-XX:InitialHeapSize=16777216", "-XX:MaxHeapSize=64m", "-Xmx80m", "-Dport", "-classpath", "classes", MAIN),
        (
            "-Xms16m",
            "-Xmx70m",
            "-Dport=",
            "-p",
            "mods",
            "--add-modules",
            "java.sql",
            "-m",
            f"p2p.relay/{MAIN}",
            "-Xmx1g",
        ),
        ("-Xms16m", "-Xmx64m", "-Dport=x", "--module-path=mods", f"--module=p2p.relay/{MAIN}", "b", "c"),
        ("-Xms16m", "-Dport=8080", "-cp", "classes", "-Xmx64m", MAIN, "@none"),
    ],
    ids=["class", "twice", "long", "module", "module=", "own @argument"],
)
def test_class_heap_and_properties_are_read_as_the_launcher_reads_them(
    classes: Path, arguments: tuple[str, ...]
) -> None:
    jvm = Started(arguments, classes)
    command = java_of(jvm.process)
    assert isinstance(command, JavaCommand)
    assert means(jvm.process, main=MAIN) is True
    assert means(jvm.process, jar="relay.jar") is False
    assert size(command.heap("-Xmx", "-mx", "-XX:MaxHeapSize=")) == jvm.largest
    assert size(command.heap("-Xms", "-ms", "-XX:InitialHeapSize=")) == jvm.first
    assert command.system_property("port") == jvm.port


def size(told: Any) -> int:
    assert isinstance(told, str), told
    return size_in_bytes(told)


@pytest.mark.parametrize("arguments", [("-jar", "relay.jar", "a"), ("-jar", "-Dport=8080", "./relay.jar", "a")])
def test_a_jar_is_what_stands_behind_the_options(classes: Path, arguments: tuple[str, ...]) -> None:
    jvm = Started(arguments, classes)
    assert jvm.arguments == "a"
    assert means(jvm.process, jar="relay.jar") is True
    assert means(jvm.process, main=MAIN) is False


@pytest.mark.parametrize("arguments", [("@relay.args", "x"), ("-Dport=2", "@relay.args")])
def test_what_stands_in_an_argument_file_is_not_seen_from_outside(classes: Path, arguments: tuple[str, ...]) -> None:
    jvm = Started(arguments, classes)
    command = java_of(jvm.process)
    assert isinstance(command, JavaCommand)
    assert jvm.port == "1"
    assert command.hidden == "@relay.args"
    assert means(jvm.process, main=MAIN) is None


def test_a_file_of_options_counts_where_it_stands(classes: Path) -> None:
    behind = Started(("-Xmx64m", "-XX:VMOptionsFile=vm.options", "-cp", "classes", MAIN), classes)
    before = Started(("-XX:VMOptionsFile=vm.options", "-Xmx64m", "-Dport=8", "-cp", "classes", MAIN), classes)
    assert (behind.largest, behind.port) == (96 << 20, "7")
    assert (before.largest, before.port) == (64 << 20, "8")
    told = [java_of(jvm.process) for jvm in (behind, before)]
    assert all(isinstance(command, JavaCommand) for command in told)
    assert not isinstance(told[0].heap("-Xmx"), str)
    assert told[1].heap("-Xmx") == "64m"
