"""Does a Tomcat listen where its server.xml says, and are its contexts deployed?"""

from functools import partial
from urllib.parse import urlsplit

from seatrial.errors import CouldNotLook
from seatrial.judges import explain
from seatrial.judges.case import Blind, Case
from seatrial.judges.http_answer import HttpAnswer, parse
from seatrial.judges.matching import DEAD, java_of
from seatrial.judges.on_port import ours_or_all
from seatrial.judges.talking import Findings, outcome_of
from seatrial.parsers.java_command import JavaCommand
from seatrial.parsers.java_properties import java_properties
from seatrial.parsers.tomcat import Connector, connectors
from seatrial.sanitise import clean
from seatrial.snapshot import FileFact, Listener, Process, Talk, Unreadable
from seatrial.spec.port import PortSpec
from seatrial.spec.process import ProcessSpec
from seatrial.spec.tomcat import TomcatSpec, beside, talk_key
from seatrial.verdicts import Verdict

_SHOWN = 80
_GONE = 404
_BROKEN = 500
_REDIRECTS = (301, 302, 303, 307, 308)
_KINDS = ("directory", "regular", "regular")
"""What a context's folder, archive and descriptor must be."""


def connector(case: Case) -> Verdict:
    """The server.xml says an HTTP connector with this port, which this Tomcat holds."""
    spec: TomcatSpec = case.check.expected
    case.must_run()
    configured, held = _configured(case, spec), _held(case, spec)
    wrong, unseen = [*configured[0], *held[0]], [*configured[1], *held[1]]
    return case.weigh(wrong, unseen, f"the HTTP connector {spec.connector} of {spec.base} listens")


def context(case: Case) -> Verdict:
    """It is among what is deployed, and itself answers an HTTP GET of its path, with neither 404 nor 5xx."""
    spec: TomcatSpec = case.check.expected
    case.must_run()
    path = case.check.detail
    wrong, unseen = _deployed(case, spec, path)
    not_ours = _held(case, spec)
    if not wrong and (not_ours[0] or not_ours[1]):
        raise Blind((*not_ours[0], *not_ours[1])[0], "tomcat.connector")
    talk = case.talk(talk_key(path))
    answer = _answered(case, spec, path, talk) if not any(not_ours) else ([], [])
    right = f"{path} is deployed, and answers at {talk.where}"
    return case.weigh([*wrong, *answer[0]], [*unseen, *answer[1]], right, received=clean(talk.received, 300))


def _configured(case: Case, spec: TomcatSpec) -> Findings:
    try:
        told = _connectors(case, spec)
    except LookupError as error:
        return [str(error.args[0])], []
    except CouldNotLook as error:
        return [], [f"{spec.server_xml}: {error}"]
    if any(each.http and each.port == spec.connector for each in told):
        return [], []
    unknown = [each.written for each in told if each.http and each.port is None]
    if unknown:
        return [], [f"{spec.server_xml} has an HTTP connector whose port {clean(unknown[0], _SHOWN)!r} cannot be told"]
    there = ", ".join(str(each.port) for each in told if each.http) or "none"
    return [f"{spec.server_xml} has no HTTP connector {spec.connector}, but: {there}"], []


def _connectors(case: Case, spec: TomcatSpec) -> tuple[Connector, ...]:
    """What the server.xml says.

    :raises LookupError: where it is not there.
    :raises CouldNotLook: where it cannot be read.
    """
    fact = case.file(spec.server_xml)
    if fact.kind != "regular":
        raise LookupError(f"{spec.server_xml} {f'is a {fact.kind}' if fact.exists else 'does not exist'}")
    return connectors(_whole(fact), partial(_value, case, spec))


def _whole(fact: FileFact) -> bytes:
    if fact.head is None:
        raise CouldNotLook(fact.problem or "nobody read it")
    if len(fact.head) < fact.size:
        raise CouldNotLook(f"of its {fact.size} bytes only the first {len(fact.head)} are read")
    return fact.head


def _value(case: Case, spec: TomcatSpec, name: str) -> str | None:
    """A system property: those of catalina.properties replace those of the command line (CatalinaProperties)."""
    try:
        fact = case.file(spec.properties_file)
        said = java_properties(_whole(fact)) if fact.exists else {}
    except CouldNotLook:
        return None
    if name in said:
        return said[name]
    commands = (java_of(process) for process in explain.everyone(case) if _is_it(process, spec))
    values = [command.system_property(name) for command in commands if isinstance(command, JavaCommand)]
    return next((value for value in values if isinstance(value, str)), None)


def _held(case: Case, spec: TomcatSpec) -> Findings:
    """Whether every listener on the connector's port is this Tomcat's."""
    try:
        found = ours_or_all(case, PortSpec(port=spec.connector))
        each = [_holder(case, spec, listener) for listener in found]
    except Blind as blind:
        return [], [str(blind)]
    if not found:
        return [f"nothing listens on {spec.connector}/tcp{_none_runs(case, spec)}"], []
    return [text for wrong, _ in each for text in wrong], [text for _, unseen in each for text in unseen]


def _holder(case: Case, spec: TomcatSpec, listener: Listener) -> Findings:
    at = f"{spec.connector}/tcp"
    if isinstance(listener.owners, Unreadable):
        return [], [f"who holds {at} cannot be seen: {listener.owners.reason}"]
    holders = [process for process in case.processes if process.pid in listener.owners]
    answers = [_meant(case, spec, process) for process in holders]
    if True in answers:
        return [], []
    if None in answers:
        return [], [f"whether {_who(holders[answers.index(None)])}, which holds {at}, is this Tomcat cannot be told"]
    others = ", ".join(_who(process) for process in holders[:5]) or "no process of its own"
    return [f"{at} is held by {others}, not by the Tomcat of {spec.base}"], []


def _meant(case: Case, spec: TomcatSpec, process: Process) -> bool | None:
    """Whether a process has this base, and is the declared one where one is declared."""
    is_it = _is_it(process, spec)
    declared: ProcessSpec | None = next((item for item in case.check.spec.processes if item.name == spec.process), None)
    if declared is None or is_it is False:
        return is_it
    found = case.matched(declared)
    if process.pid in found:
        return is_it
    return None if any(other.pid == process.pid for other in found.unclear) else False


def _is_it(process: Process, spec: TomcatSpec) -> bool | None:
    base = _base(process)
    return None if isinstance(base, Unreadable) else base.rstrip("/") == spec.base.rstrip("/")


def _base(process: Process) -> str | Unreadable:
    """The CATALINA_BASE of a process, empty where it is no Tomcat; without one it is the home (Bootstrap)."""
    command = java_of(process)
    if not isinstance(command, JavaCommand):
        return command or ""
    base = command.system_property("catalina.base")
    return (command.system_property("catalina.home") if base is None else base) or ""


def _who(process: Process) -> str:
    base = _base(process)
    which = f" (catalina.base={clean(base, _SHOWN)})" if isinstance(base, str) and base else ""
    return f"pid {process.pid} {process.comm}{which}"


def _none_runs(case: Case, spec: TomcatSpec) -> str:
    alive = [process for process in explain.everyone(case) if process.states and process.states[-1] not in DEAD]
    if any(_is_it(process, spec) is not False for process in alive):
        return ""
    others = [_who(process) for process in alive if _base(process)]
    return f"; no Tomcat of {spec.base} runs" + (f", but {', '.join(others[:5])}" if others else "")


def _deployed(case: Case, spec: TomcatSpec, path: str) -> Findings:
    places = spec.deployments(path)
    facts = [_fact(case, place) for place in places]
    if any(isinstance(fact, FileFact) and fact.kind == kind for fact, kind in zip(facts, _KINDS, strict=True)):
        return [], []
    unseen = [fact.reason for fact in facts if isinstance(fact, Unreadable)]
    return ([], unseen[:1]) if unseen else ([f"{path} is not deployed: there is none of {', '.join(places)}"], [])


def _fact(case: Case, path: str) -> FileFact | Unreadable:
    try:
        return case.file(path)
    except Blind as blind:
        return Unreadable(str(blind))


def _answered(case: Case, spec: TomcatSpec, path: str, talk: Talk) -> Findings:
    if _speaks_tls(case, spec):
        return [], [f"connector {spec.connector} speaks TLS, by which contexts are not asked"]
    wrong, unseen = outcome_of(talk)
    if wrong or unseen:
        return wrong, unseen
    page = parse(talk.received)
    if page is None:
        said = f"sent no HTTP answer but {clean(talk.received, _SHOWN)!r}"
        return [f"GET {path}: {talk.where} {said if talk.received else f'gave no answer in {spec.within:g} s'}"], []
    if page.status == _GONE or page.status >= _BROKEN:
        return [f"GET {path} at {talk.where} answered {page.status}"], []
    return [], _not_its_own(case, path, page)


def _not_its_own(case: Case, path: str, page: HttpAnswer) -> list[str]:
    """Why an answer may be that of the root context, which may answer for all paths (RewriteValve, a filter).

    A Tomcat itself sends who asks for a context to its root (``mapperContextRootRedirectEnabled``, Configuration
    Reference: Context); a root context that does so too does it for every path.
    """
    odd = beside(path)
    if not odd:
        return []
    its_own, other = _leads_to_root(page, path), _page(case, odd)
    if isinstance(other, Unreadable):
        return [] if its_own else [f"whether {path} itself answered cannot be told: {other.reason}"]
    same = _leads_to_root(other, odd) if its_own else other.status == page.status
    if not same:
        return []
    return [f"GET {path} answered {page.status}, as does {odd}, which is not deployed: the root context answers for it"]


def _leads_to_root(page: HttpAnswer, path: str) -> bool:
    try:
        return page.status in _REDIRECTS and urlsplit(page.location).path == f"{path}/"
    except ValueError:
        return False


def _page(case: Case, path: str) -> HttpAnswer | Unreadable:
    try:
        talk = case.talk(talk_key(path))
    except Blind as blind:
        return Unreadable(str(blind))
    page = parse(talk.received)
    return Unreadable(f"GET {path}: {talk.error or 'no HTTP answer came'}") if page is None else page


def _speaks_tls(case: Case, spec: TomcatSpec) -> bool:
    try:
        return any(each.tls for each in _connectors(case, spec) if each.port == spec.connector)
    except (LookupError, CouldNotLook):
        return False
