"""What a run tells of hosts: which server it is, and one cause once."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html import unescape
from pathlib import Path

NAMED = ", ".join(
    f"{name}: {{address: 127.0.0.{at}, port: 1}}" for at, name in enumerate(("first", "second", "third"), 1)
)
FILE = f"""
deployment: closed
hosts: {{named: {{{NAMED}}}}}
ssh: {{config: /dev/null, user: nobody, within: 2s}}
services: {{relay: {{on: ssh, locate: {{hosts: [second, first, third]}}, processes: [{{exe: relay}}]}}}}
"""
CHECKS = 3 * 9 + 1


def test_hosts_at_closed_ports_are_told_once_and_by_name(seatrial: Callable, tmp_path: Path):
    file = tmp_path / "deployment.yaml"
    file.write_text(FILE)
    ran = seatrial("run", file)
    assert ran.code == 1, ran.out
    assert "UNKNOWN relay.0/host.reach … and 2 more: relay.1 (first), relay.2 (third)\n" in ran.out
    assert ran.out.count("refused") == ran.out.count("UNKNOWN ") == 1
    assert "  relay.0 (second, 127.0.0.2): " in ran.out
    [folder] = tmp_path.glob("reports/closed/*-*")
    results = json.loads((folder / "results.json").read_text())["results"]
    assert len(results) == CHECKS
    assert {(one["slot"], one["host"], one["address"]) for one in results if one["host"]} == {
        ("relay.0", "second", "127.0.0.2"),
        ("relay.1", "first", "127.0.0.1"),
        ("relay.2", "third", "127.0.0.3"),
    }
    told = ET.parse(folder / "junit.xml").iter("property")
    assert {one.get("value") for one in told if one.get("name") == "host"} == {
        "first 127.0.0.1",
        "second 127.0.0.2",
        "third 127.0.0.3",
    }
    assert "<small>second 127.0.0.2</small>" in unescape((folder / "report.html").read_text())
