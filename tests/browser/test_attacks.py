"""A short run of what `python -m tests.attacks.dashboard.reviewing` does at length."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.attacks.dashboard.reviewing import SCENARIOS, Stage, staged

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One server for all of them."""
    with staged(tmp_path_factory.mktemp("stage"), browser, seed=1, patient=False) as made:
        yield made


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.__name__)
def test_nothing_shown_as_saved_is_lost_nothing_counts_twice_and_what_is_said_is_true(
    stage: Stage, scenario: Callable[[Stage], None]
) -> None:
    try:
        scenario(stage)
    finally:
        stage.line.state = "open"
        stage.set_clock(0)
