"""A real Tomcat, as Debian packages it, healthy and broken, read from /proc and through the engine's exec."""

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from faults.judging import VEHICLES, Judged, judged

pytestmark = [pytest.mark.docker, pytest.mark.once]

IMAGE = "seatrial-test/tomcat:1"
FOLDER = Path(__file__).parent / "tomcat" / "image"
BASE = "/var/lib/tomcat10"
WITHIN_S = 90
FILE = """
deployment: gms
services:
  gms:
    locate: {{name: {name}}}
    processes:
      - name: tomcat
        java: {{main: org.apache.catalina.startup.Bootstrap}}
        user: tomcat
        properties: {{env: prod, catalina.base: /var/lib/tomcat10, java.awt.headless: true}}
        heap: {{max: 96m, min: 32m}}
    ports: [{{port: 8080, owner: tomcat}}]
    tomcat: {{base: /var/lib/tomcat10, process: tomcat, contexts: [/, /gms]}}
    logs: [{{path: /var/log/tomcat10/catalina.out, deny: [SEVERE, Exception]}}]
"""
SITUATIONS = {
    "healthy": "true",
    "undeployed": f"rm -r {BASE}/webapps/gms",
    "port": f'sed -i \'s/port="8080"/port="${{http.port}}"/\' {BASE}/conf/server.xml'
    f" && echo http.port = 8081 >>{BASE}/conf/catalina.properties",
    "broken": f"mkdir {BASE}/webapps/gms/WEB-INF && echo '<web-app><servlet>' >{BASE}/webapps/gms/WEB-INF/web.xml",
    "root answers": f"mkdir -p {BASE}/webapps/gms/WEB-INF {BASE}/webapps/ROOT/WEB-INF {BASE}/webapps/ROOT/META-INF"
    f" && echo '<web-app><listener><listener-class>no.such.Listener</listener-class></listener></web-app>'"
    f" >{BASE}/webapps/gms/WEB-INF/web.xml"
    f" && echo '<Context><Valve className=\"org.apache.catalina.valves.rewrite.RewriteValve\"/></Context>'"
    f" >{BASE}/webapps/ROOT/META-INF/context.xml"
    f" && printf 'RewriteCond %%{{REQUEST_FILENAME}} !-f\\nRewriteRule ^/(.*)$ /index.html\\n'"
    f" >{BASE}/webapps/ROOT/WEB-INF/rewrite.config",
    "heap": "export CATALINA_OPTS='-Xmx96m -Xms32m -Xmx1g -Denv=test'",
}

Look = Callable[[str], Judged]


@pytest.fixture(scope="module")
def tomcats(docker_client: docker.DockerClient, run_id: str) -> Iterator[dict[str, Any]]:
    """A container in each situation, all started at the same time."""
    docker_client.images.build(path=str(FOLDER), tag=IMAGE, rm=True)
    made: dict[str, Any] = {}
    try:
        for name, before in SITUATIONS.items():
            made[name] = docker_client.containers.run(
                IMAGE,
                ["sh", "-c", f"{before} && exec start-tomcat"],
                name=f"st-{run_id}-tomcat-{name.replace(' ', '-')}",
                labels={"seatrial.test": run_id},
                detach=True,
                init=True,
            )
        for container in made.values():
            wait_until_started(container)
        yield made
    finally:
        for container in made.values():
            container.remove(force=True, v=True)


def wait_until_started(container: Any) -> None:
    until = time.monotonic() + WITHIN_S
    while container.exec_run(["grep", "-q", "Server startup in", "/var/log/tomcat10/catalina.out"])[0]:
        assert time.monotonic() < until, container.logs().decode()
        time.sleep(0.2)


@pytest.fixture(params=VEHICLES)
def look(tomcats: dict[str, Any], tmp_path: Path, request: pytest.FixtureRequest) -> Look:
    """The verdicts about the container in one situation."""
    if request.param == "proc" and os.geteuid() != 0:
        pytest.skip("the host's /proc tells the inside of containers to root only")

    def at(situation: str) -> Judged:
        file = tmp_path / "deployment.yaml"
        file.write_text(FILE.format(name=tomcats[situation].name))
        return judged(file, request.param)

    return at


def test_a_healthy_tomcat_is_all_green(look: Look) -> None:
    found = look("healthy")
    assert found.not_passing == {}
    assert {"gms.0/tomcat.connector", "gms.0/tomcat.context[/]", "gms.0/tomcat.context[/gms]"} < set(found.passing_ids)
    assert "gms.0/process.java[tomcat]" in found.passing_ids


def test_a_context_that_is_not_deployed_is_told_by_its_files_and_by_its_answer(look: Look) -> None:
    found = look("undeployed")
    assert set(found.not_passing) == {"gms.0/tomcat.context[/gms]"}
    message = found.not_passing["gms.0/tomcat.context[/gms]"]
    assert f"/gms is not deployed: there is none of {BASE}/webapps/gms, {BASE}/webapps/gms.war" in message
    assert "GET /gms at " in message
    assert "answered 404" in message


def test_a_connector_on_another_port_is_told_with_the_one_that_is_configured(look: Look) -> None:
    found = look("port")
    message = found.not_passing["gms.0/tomcat.connector"]
    assert f"{BASE}/conf/server.xml has no HTTP connector 8080, but: 8081; nothing listens on 8080/tcp" in message
    because = [found.verdicts[f"gms.0/tomcat.context[{path}]"].because for path in ("/", "/gms")]
    assert because == ["tomcat.connector"] * 2


def test_a_context_that_cannot_start_is_deployed_but_not_there_and_each_trace_is_one_finding(look: Look) -> None:
    found = look("broken")
    assert set(found.not_passing) == {"gms.0/tomcat.context[/gms]", "gms.0/log.clean[/var/log/tomcat10/catalina.out]"}
    context = found.not_passing["gms.0/tomcat.context[/gms]"]
    assert "answered 404" in context
    assert "not deployed" not in context
    log = found.not_passing["gms.0/log.clean[/var/log/tomcat10/catalina.out]"]
    assert re.search(r"4 lines and 2 traces \(\d+ lines\) with 'SEVERE', 'Exception' in catalina.out", log)


def test_a_broken_context_for_which_the_root_context_answers_is_not_taken_for_a_sound_one(look: Look) -> None:
    found = look("root answers")
    context = found.verdicts["gms.0/tomcat.context[/gms]"]
    assert (context.outcome, "the root context answers for it" in context.message) == ("UNKNOWN", True)
    assert found.verdicts["gms.0/tomcat.context[/]"].passed


def test_a_heap_and_a_property_that_are_given_twice_count_as_they_were_given_last(look: Look) -> None:
    found = look("heap")
    assert set(found.not_passing) == {"gms.0/process.java[tomcat]"}
    message = found.not_passing["gms.0/process.java[tomcat]"]
    assert "env is test, expected prod" in message
    assert "-Xmx is 1g, expected 96m" in message
    assert "-Xms" not in message
