"""Seatrial: a deployment verification harness on pytest.

PYTEST_DONT_REWRITE: there is no assert in here that pytest would have to explain.
"""

__version__ = "0.1.0"
