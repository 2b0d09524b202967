"""What the user's own tests ask for: which slots they run for, and mistakes in asking, each told with what to do."""

from typing import Any

import pytest

from seatrial.errors import UsageError
from seatrial.journal import Stranger
from seatrial.own.slots import chosen
from seatrial.session import SESSION, Session, own_name

NAME = "seatrial-own-tests"
HOST = "seatrial.fixtures.testinfra"

WITHOUT = "needs a deployment: pytest --deployment deployment.yaml"
MARKER = "slots(*names): run a test that takes slot or host only for these services (relay) or slots (relay.0)"

_THEIRS = {
    "hosts": "--hosts",
    "connection": "--connection",
    "ssh_config": "--ssh-config",
    "ssh_extra_args": "--ssh-extra-args",
    "ssh_identity_file": "--ssh-identity-file",
    "sudo": "--sudo",
    "sudo_user": "--sudo-user",
    "ansible_inventory": "--ansible-inventory",
    "force_ansible": "--force-ansible",
    "nagios": "--nagios",
}
"""testinfra's options by their names in its own ``config.option``."""

_INSTEAD = {
    "--nagios": "its exit code would take the place of Seatrial's; leave it out",
    "--sudo": "write `with host.sudo():` in the test",
    "--sudo-user": 'write `with host.sudo("name"):` in the test',
}
_CHOOSE = 'host is that of each slot of the deployment; choose some with @pytest.mark.slots("relay", "gms.0")'


def join(config: pytest.Config) -> None:
    """Bring our ``host`` and the choice of slots into a session, after all other plugins, so that they win over them.

    Without a deployment testinfra keeps its own ``host``, for suites that name their hosts.

    :raises pytest.UsageError: where an option of testinfra's competes with the deployment.
    """
    config.addinivalue_line("markers", MARKER)
    config.pluginmanager.register(OwnTests(config), NAME)
    loaded, verifying = _testinfra_is_loaded(config), bool(config.getoption("--deployment"))
    given = _given(config) if loaded and verifying else []
    if given:
        texts = [f"{name} cannot go with --deployment: {_INSTEAD.get(name, _CHOOSE)}" for name in given]
        raise pytest.UsageError("\n".join(texts))
    if verifying or not loaded:
        config.pluginmanager.import_plugin(HOST)


class OwnTests:
    """The hooks that choose slots, and tell all mistakes at once when everything is collected."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._mistakes: dict[tuple[object, str], str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One item for each slot that a test is for, under the slot's stable name."""
        session = self._config.stash.get(SESSION, None)
        mistake = _theirs(metafunc) if session else _without(metafunc)
        if "_seatrial_slot" in metafunc.fixturenames:
            try:
                slots = _slots(metafunc, session) if session else ()
            except UsageError as error:
                slots, mistake = (), mistake or str(error)
            # A placeholder for what never runs, else pytest would say that a parameter is missing.
            names = slots or ("none",)
            metafunc.parametrize("_seatrial_slot", names, ids=names, scope="module", indirect=True)
        elif session and not mistake:
            mistake = _in_vain(metafunc, session)
        if mistake:
            self._mistakes[metafunc.definition.parent, metafunc.definition.name] = mistake

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Stop before anything runs: exit code 4, as for every wrong call; what was deselected does not count."""
        asked = [(item, self._mistakes.get((item.parent, getattr(item, "originalname", "")))) for item in items]
        wrong = {own_name(item).removesuffix("[none]"): mistake for item, mistake in asked if mistake}
        session = self._config.stash.get(SESSION, None)
        if session is not None:
            for test, mistake in wrong.items():
                session.journal.stranger(Stranger(test, "error", mistake, 0.0))
        if wrong:
            raise pytest.UsageError("\n".join(f"{test}: {mistake}" for test, mistake in wrong.items()))


def _testinfra_is_loaded(config: pytest.Config) -> bool:
    return any(getattr(plugin, "__name__", "") == "testinfra.plugin" for plugin in config.pluginmanager.get_plugins())


def _given(config: pytest.Config) -> list[str]:
    return [option for name, option in _THEIRS.items() if getattr(config.option, name, None)]


def _without(metafunc: pytest.Metafunc) -> str:
    """What is wrong with a test where no deployment is given: ours need one, and testinfra's host needs a name."""
    if "seatrial_session" in metafunc.fixturenames:
        return f"this test {WITHOUT}"
    if "_testinfra_host" not in metafunc.fixturenames:
        return ""
    option = metafunc.config.option
    named = option.hosts is not None or option.connection or option.ansible_inventory
    if named or hasattr(metafunc.module, "testinfra_hosts"):
        return ""
    return f"host {WITHOUT}; or name testinfra's own hosts, this machine as --hosts=local://"


def _theirs(metafunc: pytest.Metafunc) -> str:
    asks = "_seatrial_slot" in metafunc.fixturenames and "host" in metafunc.fixturenames
    if asks and hasattr(metafunc.module, "testinfra_hosts"):
        return f"testinfra_hosts cannot go with --deployment: {_CHOOSE}"
    return ""


def _in_vain(metafunc: pytest.Metafunc, session: Session) -> str:
    """What is wrong with choosing slots for a test that runs for none; its module may choose them for its others."""
    mark: Any = metafunc.definition.get_closest_marker("slots")
    if mark is None:
        return ""
    if mark in metafunc.definition.own_markers:
        return "it chooses slots and takes neither slot nor host, so it runs once: take one of them, or choose none"
    try:
        chosen(session.deployment, mark.args)
    except UsageError as error:
        return str(error)
    return ""


def _slots(metafunc: pytest.Metafunc, session: Session) -> tuple[str, ...]:
    mark: Any = metafunc.definition.get_closest_marker("slots")
    return chosen(session.deployment, mark.args if mark else None)
