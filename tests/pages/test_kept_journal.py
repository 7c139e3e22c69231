"""The journal that pages keep open knows the classes of the images that are in the audit now."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from core.answers.view.reader import open_reader
from core.reviews import Journal, class_names
from core.store.audit import Audit
from pages.components.review.outbox import load_journal
from tests.audits import build_audit

BEFORE, AFTER = ("shirt", "coat", "dress"), ("shirt", "coat", "dress", "boot")


def opened(audit: Audit) -> Journal:
    view: Any = SimpleNamespace(audit=audit, reader=open_reader(audit))
    journal = load_journal(view)
    assert load_journal(view) is journal
    return journal


def test_images_of_other_classes_ingested_meanwhile_are_reviewed_by_those(tmp_path: Path) -> None:
    """Else a page would offer the classes of before, and refuse those of the images that it shows."""
    audit = build_audit(tmp_path, n=12, classes=BEFORE, runs=False).audit
    other = build_audit(tmp_path / "other", n=12, classes=AFTER, runs=False).audit
    before = opened(audit)
    assert tuple(class_names(before)) == BEFORE
    os.replace(other.items_path, audit.items_path)
    after = opened(audit)
    assert tuple(class_names(after)) == AFTER
    before.close()
    after.close()
