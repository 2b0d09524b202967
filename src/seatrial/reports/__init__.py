"""Telling the outcome: on the terminal, as ``results.json``, and in pytest-html's page."""
