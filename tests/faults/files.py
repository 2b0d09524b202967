"""The deployment files that the faults are held against: each is all green where nothing is broken."""

SERVICE = """
deployment: faults
services:
  app:
    locate: {{names: [{name}]}}
    image: seatrial-test/orderd:1
    container: {{max_restarts: 0}}
    processes:
      - script: /usr/local/bin/orderd
        user: appsvc
        pidfile: /run/app/orderd.pid
        argv: [/usr/bin/python3, /usr/local/bin/orderd, port=8080, env=prod]
    ports:
      - {{port: 8080, owner: orderd, published: true, answer: {{send: "PING\\n", expect: PONG}}}}
    logs:
      - {{path: /var/log/app/orderd.log, deny: [ERROR, FATAL], fresh: 10s, user: appsvc, not_empty: true}}
"""

WATCHED = """
deployment: faults
services:
  app:
    locate: {{names: [{name}]}}
    processes:
      - {{script: /usr/local/bin/orderd, user: appsvc}}
    ports: [{{port: 8080, owner: orderd}}]
    watchdog:
      script: /usr/local/bin/watchdog
      user: root
      watches: orderd
      heartbeat: {{file: /run/app/heartbeat, max_age: 3s, owner: root}}
"""

REGISTERED = """
deployment: faults
zookeeper: {{hosts: "{zookeeper}", timeout: {timeout}}}
services:
  app:
    locate: {{names: [{name}]}}
    processes: [{{script: /usr/local/bin/orderd}}]
    registered: {{path: {path}, data: "{{ip}}:8080"}}
"""

PROCESS = """
deployment: faults
services:
  app:
    locate: {{names: [{name}]}}
    processes: [{process}]
    ports: {ports}
    logs: {logs}
"""


def process_file(process: str, ports: str = "[]", logs: str = "[]") -> str:
    """A file about one process, and what else is given."""
    return PROCESS.replace("{process}", _quoted(process)).replace("{ports}", ports).replace("{logs}", _quoted(logs))


def _quoted(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
