"""What a command line of a Java launcher says: options of the JVM, what runs, and its own arguments.

As the launcher itself reads it (java(1); OpenJDK, libjli: ``ParseArguments`` of java.c, and args.c), and jsvc as the
manual of Apache Commons Daemon says.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from seatrial.unreadable import Unreadable

_WITH_A_VALUE = re.compile(
    r"-cp|-classpath|--class-path|-p|--module-path|--upgrade-module-path|--add-modules|--limit-modules|--add-exports"
    r"|--add-opens|--add-reads|--patch-module|--enable-native-access|--source|--describe-module|-d"
)
"""Options of the launcher whose value is the next argument."""

_WITH_A_VALUE_OF_JSVC = re.compile(
    r"-jvm|-cp|-classpath|-home|-java-home|-user|-cwd|-outfile|-errfile|-pidfile|-wait|-restarts|-umask|-procname"
)
_MODULE = ("-m", "--module")
_MORE_IN_A_FILE = ("-XX:VMOptionsFile=", "-XX:Flags=")
_STARTERS = ("WrapperSimpleApp", "WrapperStartStopApp", "WrapperJarApp")
"""Main classes of the Java Service Wrapper, which start what their first argument names."""

_WRAPPER = ("org.tanukisoftware.wrapper.", "org.silveregg.wrapper.")


@dataclass(frozen=True, slots=True)
class JavaCommand:
    """A Java command line.

    :param options: those of the JVM, in order.
    :param main: the class, ``module/class`` or source file that runs, or what a service wrapper is told to run.
    :param jar: the jar that runs, instead of a class.
    :param hidden: an argument that stands for others, which cannot be seen (``@file``); nothing behind it is told.
    """

    options: tuple[str, ...]
    main: str = ""
    jar: str = ""
    hidden: str = ""

    def last(self, value_in: Callable[[str], str | None]) -> str | Unreadable | None:
        """The value that counts, which is the last one; None where no option gives it.

        :param value_in: the value that an option gives, None where it gives none.
        """
        if self.hidden:
            return Unreadable(f"{self.hidden} stands for arguments that cannot be seen")
        for option in reversed(self.options):
            if (value := value_in(option)) is not None:
                return value
            if option.startswith(_MORE_IN_A_FILE):
                return Unreadable(f"{option} may say it")
        return None

    def system_property(self, name: str) -> str | Unreadable | None:
        """What ``-Dname=value`` gives; a name alone gives the empty text."""
        return self.last(lambda option: _after(f"-D{name}", option))

    def heap(self, *prefixes: str) -> str | Unreadable | None:
        """What one of these options gives, whose value follows without a blank: ``-Xmx``, ``-XX:MaxHeapSize=``."""
        return self.last(lambda option: _behind(prefixes, option))


def java_command(argv: tuple[str, ...]) -> JavaCommand:
    """Read the command line of ``java``; what cannot be seen of it is said in ``hidden``."""
    options: list[str] = []
    in_jar = False
    arguments = iter(argv[1:])
    for argument in arguments:
        if _is_file(argument):
            return JavaCommand(tuple(options), hidden=argument)
        if not argument.startswith("-"):
            return _running(options, in_jar, argument, arguments)
        name, sign, value = argument.partition("=")
        if name in _MODULE:
            return _running(options, False, value if sign else next(arguments, ""), arguments)
        in_jar = in_jar or argument == "-jar"
        options.append(argument)
        if _WITH_A_VALUE.fullmatch(argument):
            value = next(arguments, "")
            if _is_file(value):
                return JavaCommand(tuple(options), hidden=value)
            options.append(value)
    return JavaCommand(tuple(options))


def jsvc_command(argv: tuple[str, ...]) -> JavaCommand:
    """Read the command line of ``jsvc``, which takes a class and no ``@file``."""
    options: list[str] = []
    arguments = iter(argv[1:])
    for argument in arguments:
        if not argument.startswith("-"):
            return JavaCommand(tuple(options), main=argument)
        options.append(argument)
        if _WITH_A_VALUE_OF_JSVC.fullmatch(argument):
            options.append(next(arguments, ""))
    return JavaCommand(tuple(options))


def _running(options: list[str], in_jar: bool, what: str, arguments: Iterator[str]) -> JavaCommand:
    starter = what.rpartition(".")[2]
    if what.startswith(_WRAPPER) and starter in _STARTERS:
        in_jar, what = starter == "WrapperJarApp", next(arguments, what)
    return JavaCommand(tuple(options), jar=what) if in_jar else JavaCommand(tuple(options), main=what)


def _is_file(argument: str) -> bool:
    """Whether the launcher reads arguments from a file instead; ``@@`` begins a plain one."""
    return argument.startswith("@") and not argument.startswith("@@")


def _after(name: str, option: str) -> str | None:
    before, _, value = option.partition("=")
    return value if before == name else None


def _behind(prefixes: tuple[str, ...], option: str) -> str | None:
    found = next((prefix for prefix in prefixes if option.startswith(prefix) and option != prefix), None)
    return None if found is None else option.removeprefix(found)
