"""Short versions of the soaks: a few rounds of each, with the same judgement."""

import pytest

from . import healthy, moments

pytestmark = [pytest.mark.docker, pytest.mark.once]
MOMENTS, RUNS, SEED = 5, 3, 20261125


def test_what_happens_at_a_random_moment_of_a_run_never_passes_unseen() -> None:
    rounds = moments.soak(MOMENTS, SEED)
    assert [moments.told(one) for one in rounds if one.mistakes()] == []


def test_a_healthy_deployment_is_green_again_and_again() -> None:
    assert [outcome.out for _, outcome in healthy.runs(RUNS) if not healthy.green(outcome)] == []
