"""Tests of the judges: facts in, verdicts out, nothing real is needed."""
