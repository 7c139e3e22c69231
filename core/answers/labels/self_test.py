"""Which scores find planted wrong labels: the newest self-test of an audit."""

from __future__ import annotations

from ...experiments.self_test import SelfTest, stored_self_test
from ...store.metrics import read_metrics
from ..view.reader import Reader


def newest_self_test(reader: Reader) -> SelfTest | None:
    """As `hardlook selftest` kept it, None before it has."""
    return stored_self_test(reader.hub.runs, read_metrics(reader.hub))
