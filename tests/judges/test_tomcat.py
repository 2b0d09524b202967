"""tomcat.*: the connector as server.xml says it, and contexts that are deployed and answer."""

from dataclasses import replace
from typing import Any

import pytest

from seatrial.snapshot import FileFact, SlotFacts, Talk, Unreadable
from seatrial.spec.tomcat import TomcatSpec, beside
from seatrial.verdicts import Verdict

from .facts import (
    NO_RIGHT,
    SERVER_XML,
    SERVICE,
    TOMCAT,
    TOMCAT_ARGV,
    TOMCAT_MAIN,
    ask,
    facts,
    file,
    http,
    inside,
    listener,
    process,
    shell,
    tomcat,
    tomcat_files,
    within,
)

CONNECTOR, CONTEXT = "tomcat.connector", "tomcat.context[/gms]"
CATALINA = f"{TOMCAT}/conf/catalina.properties"


def based(**changed: FileFact | Unreadable) -> SlotFacts:
    """A slot in whose base some files are others."""
    return within(files={**inside().files, **tomcat_files(**changed)})


def configured(xml: bytes, properties: bytes | None = None, argv: tuple[str, ...] = TOMCAT_ARGV) -> Verdict:
    """The verdict about the connector with this server.xml."""
    files = tomcat_files(server_xml=file("x", xml, size=len(xml)))
    if properties is not None:
        files = {**files, CATALINA: file(CATALINA, properties, size=len(properties))}
    look = within(files={**inside().files, **files}, processes=(shell(), tomcat(argv=argv)))
    return ask(CONNECTOR, look)


def server(connector: str, attributes: str = "") -> bytes:
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><Server {attributes}><Service>{connector}</Service></Server>".encode()
    )


def spoken(received: bytes, odd: bytes | Unreadable | None = None, **more: Any) -> SlotFacts:
    """A slot whose context answers this.

    :param odd: what a path beside it is answered, 404 by default.
    """
    talk = Talk("172.17.0.4:8090", True, received=received, closed=True, queue_after=0)
    other = odd if isinstance(odd, Unreadable) else replace(talk, received=http(404, b"") if odd is None else odd)
    talks = {"tomcat:/gms": replace(talk, **more), f"tomcat:{beside('/gms')}": other}
    return within(talks={**inside().talks, **talks})


def test_a_healthy_tomcat_passes() -> None:
    assert ask(CONNECTOR).passed
    assert ask(CONTEXT).passed


def test_a_connector_on_another_port_is_told_with_the_one_that_is_there() -> None:
    xml = server("<Connector port='8005' protocol='AJP/1.3'/><!--<Connector port='8090'/>--><Connector port='8081'/>")
    verdict = configured(xml)
    assert verdict.outcome == "FAIL"
    assert f"{TOMCAT}/conf/server.xml has no HTTP connector 8090, but: 8081" in verdict.message


@pytest.mark.parametrize(
    "connector",
    [
        '<Connector port="8090"/>',
        '<Connector port="8090" protocol="org.apache.coyote.http11.Http11NioProtocol" SSLEnabled="true"/>',
        '<Connector port="${http.port:-8090}"/>',
        '<Connector port="${http.port:-1}" protocol="${p}"/>',
    ],
)
def test_http_connectors_are_known_by_protocol_and_variables_by_the_command_line(connector: str) -> None:
    argv = ("java", "-Dhttp.port=8090", "-Dp=HTTP/1.1", *TOMCAT_ARGV[1:])
    assert configured(server(connector), argv=argv).passed


def test_properties_of_the_base_replace_those_of_the_command_line() -> None:
    argv = ("java", "-Dhttp.port=8081", *TOMCAT_ARGV[1:])
    properties = b"# ports\nhttp.port : \\\n  8090\n"
    assert configured(server('<Connector port="${http.port}"/>'), properties, argv).passed


def test_a_port_offset_moves_every_connector() -> None:
    assert configured(server('<Connector port="8080"/>', "portOffset='10'")).passed


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b'<!DOCTYPE s [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]><Server port="&b;"/>', "document type (DTD)"),
        (b'<!DOCTYPE s SYSTEM "http://10.0.0.9/x.dtd"><Server/>', "document type (DTD)"),
        (b"<Server><Service>", "cannot be read as XML"),
        (b"<a>" * 500, "deep"),
        (server('<Connector port="${http.port}"/>'), "'${http.port}' cannot be told"),
        (b"\xff\xfe\x00", "cannot be read as XML"),
        (b'<?xml version="1.0" encoding="gb2312"?><Server/>', "cannot be read as XML"),
    ],
)
def test_a_server_xml_that_is_not_understood_is_unknown(xml: bytes, reason: str) -> None:
    verdict = configured(xml)
    assert verdict.outcome == "UNKNOWN"
    assert reason in verdict.message


def test_a_server_xml_that_is_missing_is_wrong_and_one_that_is_too_long_or_closed_is_unknown() -> None:
    path = f"{TOMCAT}/conf/server.xml"
    assert "does not exist" in ask(CONNECTOR, based(server_xml=FileFact(path, "missing"))).message
    assert ask(CONNECTOR, based(server_xml=FileFact(path, "directory"))).outcome == "FAIL"
    for fact in (file(path, SERVER_XML, size=70_000), file(path, None, problem="permission denied"), NO_RIGHT):
        assert ask(CONNECTOR, based(server_xml=fact)).outcome == "UNKNOWN"


def test_a_connector_that_nobody_or_somebody_else_holds_is_wrong_and_explains_its_contexts() -> None:
    silent = within(listeners=(), processes=(shell(), process(), tomcat(argv=("java", "-Dcatalina.base=/srv/t", "x"))))
    verdict = ask(CONNECTOR, silent)
    assert (
        "nothing listens on 8090/tcp; no Tomcat of /var/lib/tomcat10 runs, but pid 40 java (catalina.base=/srv/t)"
        in (verdict.message)
    )
    taken = within(listeners=(listener(8090),))
    assert f"8090/tcp is held by pid 12 python3, not by the Tomcat of {TOMCAT}" in ask(CONNECTOR, taken).message
    for look in (silent, taken):
        verdict = ask(CONTEXT, look)
        assert (verdict.outcome, verdict.because) == ("UNKNOWN", CONNECTOR)


def test_another_java_on_the_port_is_not_the_tomcat_even_where_it_has_its_base() -> None:
    other = tomcat(argv=("java", f"-Dcatalina.base={TOMCAT}", "Other"))
    assert "not by the Tomcat" in ask(CONNECTOR, within(processes=(shell(), other))).message
    assert ask(CONNECTOR, within(processes=(shell(), other)), tomcat={**SERVICE["tomcat"], "process": None}).passed


def test_the_base_is_the_home_where_no_base_is_given_and_a_slash_at_its_end_does_not_count() -> None:
    argv = ("java", f"-Dcatalina.home={TOMCAT}/", TOMCAT_MAIN)
    assert ask(CONNECTOR, within(processes=(shell(), tomcat(argv=argv)))).passed


@pytest.mark.parametrize(
    "changes",
    [
        {"listeners": NO_RIGHT},
        {"listeners": (listener(8090, owners=NO_RIGHT),)},
        {"processes": NO_RIGHT},
        {"processes": (shell(), tomcat(argv=NO_RIGHT))},
        {"processes": (shell(), tomcat(argv=("java", "@args")))},
    ],
)
def test_who_holds_the_port_is_unknown_where_it_cannot_be_seen(changes: dict[str, Any]) -> None:
    for check in (CONNECTOR, CONTEXT):
        assert ask(check, within(**changes)).outcome == "UNKNOWN"


@pytest.mark.parametrize("status", [200, 302, 401, 403])
def test_a_context_that_answers_is_deployed_whatever_it_asks_for(status: int) -> None:
    assert ask(CONTEXT, spoken(http(status, b""))).passed


@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_context_that_is_not_there_or_broken_is_wrong(status: int) -> None:
    verdict = ask(CONTEXT, spoken(http(status, b"")))
    assert verdict.outcome == "FAIL"
    assert f"GET /gms at 172.17.0.4:8090 answered {status}" in verdict.message


def test_a_context_that_is_silent_or_speaks_no_http_is_wrong() -> None:
    assert "gave no answer in 5 s" in ask(CONTEXT, spoken(b"", closed=False, error="timed out")).message
    assert "sent no HTTP answer but 'hello'" in ask(CONTEXT, spoken(b"hello")).message


def to(path: str, status: int = 302) -> bytes:
    return b"HTTP/1.1 %d Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, path.encode())


ODD = f"{beside('/gms')}/"


@pytest.mark.parametrize(
    ("own", "odd", "outcome"),
    [
        (http(200, b"index"), http(200, b"index"), "UNKNOWN"),
        (http(200, b"one"), http(200, b"two"), "UNKNOWN"),
        (to("/login"), to("/login"), "UNKNOWN"),
        (to("/gms/"), to(ODD), "UNKNOWN"),
        (http(200, b""), NO_RIGHT, "UNKNOWN"),
        (http(200, b""), b"", "UNKNOWN"),
        (to("http://[::1/gms/"), to("/x"), "UNKNOWN"),
        (to("/gms/"), http(200, b"index"), "PASS"),
        (to("http://localhost:8090/gms/"), to("/login"), "PASS"),
        (to("/gms/", 301), NO_RIGHT, "PASS"),
        (http(200, b"index"), http(404, b""), "PASS"),
        (http(200, b"index"), http(500, b""), "PASS"),
    ],
)
def test_an_answer_that_the_root_context_gives_for_every_path_is_none_of_the_context(
    own: bytes, odd: bytes | Unreadable, outcome: str
) -> None:
    assert ask(CONTEXT, spoken(own, odd)).outcome == outcome


def test_who_else_answers_is_told() -> None:
    message = ask(CONTEXT, spoken(http(200, b"index"), http(200, b"index"))).message
    assert f"GET /gms answered 200, as does {beside('/gms')}, which is not deployed: the root context" in message


def test_a_missing_page_is_wrong_whatever_the_root_context_answers() -> None:
    assert ask(CONTEXT, spoken(http(404, b""), http(200, b""))).outcome == "FAIL"


@pytest.mark.parametrize(
    "there",
    [{"folder": "directory"}, {"archive": "regular"}, {"descriptor": "regular"}],
    ids=lambda item: next(iter(item)),
)
def test_a_folder_an_archive_or_a_descriptor_deploys_a_context(there: dict[str, str]) -> None:
    gone = {name: FileFact(name, there.get(name, "missing")) for name in ("folder", "archive", "descriptor")}
    assert ask(CONTEXT, based(**gone)).passed


def test_a_context_that_nothing_deploys_is_wrong_though_something_answers() -> None:
    gone = {name: FileFact(name, "missing") for name in ("folder", "archive", "descriptor")}
    verdict = ask(CONTEXT, based(**gone))
    assert verdict.outcome == "FAIL"
    assert f"/gms is not deployed: there is none of {TOMCAT}/webapps/gms, {TOMCAT}/webapps/gms.war," in verdict.message
    assert ask(CONTEXT, based(**{**gone, "folder": FileFact("x", "regular")})).outcome == "FAIL"
    assert ask(CONTEXT, based(**{**gone, "archive": NO_RIGHT})).outcome == "UNKNOWN"


def test_a_context_behind_tls_is_not_asked() -> None:
    xml = server('<Connector port="8090"><SSLHostConfig/></Connector>')
    assert "speaks TLS" in ask(CONTEXT, based(server_xml=file("x", xml, size=len(xml)))).message


def test_a_conversation_that_was_not_held_is_unknown() -> None:
    for talks in ({}, {"tomcat:/gms": NO_RIGHT}):
        assert ask(CONTEXT, within(talks=talks)).outcome == "UNKNOWN"
    unreadable = facts(inside=NO_RIGHT)
    assert {ask(check, unreadable).outcome for check in (CONNECTOR, CONTEXT)} == {"UNKNOWN"}


def test_the_root_and_nested_contexts_have_names_of_their_own() -> None:
    spec = TomcatSpec.model_validate({"base": "/t/", "contexts": ["/", "/a/b"]})
    assert spec.deployments("/") == ("/t/webapps/ROOT", "/t/webapps/ROOT.war", "/t/conf/Catalina/localhost/ROOT.xml")
    assert spec.deployments("/a/b")[0] == "/t/webapps/a#b"


@pytest.mark.parametrize("contexts", [["gms"], ["/gms/"], ["/../x"], ["/a b"], ["/gms", "/gms"], ["//"]])
def test_a_context_path_that_is_none_or_twice_is_a_mistake(contexts: list[str]) -> None:
    with pytest.raises(ValueError, match="contexts"):
        TomcatSpec.model_validate({"base": "/t", "contexts": contexts})
