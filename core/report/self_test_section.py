"""Which score finds planted wrong labels on this data."""

from __future__ import annotations

from ..answers.labels.self_test import newest_self_test
from ..errors import command
from ..experiments.self_test_tables import READING, short_tables, what_was_tested
from .blocks import Missing, Section
from .subject import Subject

TITLE = "Self-test on planted noise"


def planted(subject: Subject) -> Section:
    """What `hardlook selftest` found, a table for each kind of noise."""
    tested = newest_self_test(subject.reader)
    if tested is None:
        return Section(
            TITLE, (), (Missing("No labels were planted yet.", str(command(subject.audit.name, "selftest"))),)
        )
    return Section(TITLE, (f"{tested.verdict}.", READING, what_was_tested(tested)), tuple(short_tables(tested)))
