"""Does the declared Tomcat listen, with its contexts deployed?"""

import pytest

from seatrial.verdicts import Verdict, must_pass


@pytest.mark.asks("tomcat.connector")
def test_the_connector_listens_where_the_server_xml_says(verdict: Verdict) -> None:
    """And the one who listens is the Tomcat of that base."""
    must_pass(verdict)


@pytest.mark.asks("tomcat.context")
def test_the_context_is_deployed_and_answers(verdict: Verdict) -> None:
    """Neither with 404 nor with an error of the server."""
    must_pass(verdict)
