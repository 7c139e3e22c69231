"""Ingest: look at every image once, keep what can be used, name what cannot."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from ..dataset import Dataset, IngestOptions, read_dataset, source_fingerprint
from ..errors import BadInput
from ..files.names import file_name_of
from ..images.filenames import to_text
from ..progress import Reporter
from ..store.audit import Audit
from ..store.beginning import begun_audit
from ..store.items import content_hashes_of, current_source, ingested, write_items
from ..store.paths import kind_of
from ..store.thumbnails import ThumbnailWriter, all_have_one
from ..wording import counted, some_of
from .ingest_plan import account, reading_lines
from .own_manifest import with_own_roots

SAMPLE_NOTE = (
    "Fashion-MNIST, 5,000 of its images. 8 % of the training labels (320) were planted wrong on purpose, half at "
    "random and half to a look-alike class; the true labels are kept apart and no scorer reads them."
)


def sample_path() -> Path:
    """The bundled data set, which lies beside `core` in a checkout and in an installed package."""
    return Path(__file__).resolve().parents[2] / "data" / "fashion-mnist-5k.parquet"


def sample_options() -> IngestOptions:
    """How the bundled data set is read."""
    return IngestOptions(true_label_key="true_label")


def ingest(
    source: str,
    reporter: Reporter,
    *,
    name: str | None = None,
    options: IngestOptions,
    note: str = "",
    folder: Path | None = None,
) -> Audit:
    """Read a data set into an audit, which is made if it is not there; a no-op if nothing changed.

    name: the audit's; the source's own name if None. folder: where the audit lies, if not among the others.
    Raises BadInput if the audit holds another source, or if no image at all can be used.
    """
    options = with_own_roots(source, options, reporter)
    with begun_audit(name or default_name(source), folder) as audit:
        _ingest_into(audit, source, reporter, options, note)
    return audit


def _ingest_into(audit: Audit, source: str, reporter: Reporter, options: IngestOptions, note: str) -> None:
    already = current_source(audit)
    identity = os.path.abspath(source) if os.path.exists(source) else source
    if already is not None and already != to_text(identity):
        raise BadInput(
            f"Audit {audit.name!r} holds the images of {already}, not of {identity}.",
            "Choose another name with --audit.",
        )
    fingerprint = source_fingerprint(source, options)
    if ingested(audit, fingerprint) and all_have_one(audit, content_hashes_of(audit)):
        reporter.say(f"ingest {audit.name}: nothing to do, {identity} has not changed since it was ingested")
        return
    with ThumbnailWriter(audit, reporter.warn) as thumbnails, reporter.bar("ingest") as advance:

        def progress(done: int, total: int) -> None:
            thumbnails.to_come = total - done
            advance(done, total)

        dataset = read_dataset(
            source, options, on_thumbnails=thumbnails.add, known_thumbnails=thumbnails.known(), progress=progress,
            workers=None,
        )  # fmt: skip
    _, new = write_items(audit, dataset, identity, asdict(options), fingerprint, note=note)
    reporter.say(f"ingest {audit.name}: {describe(dataset)}" + ("" if new else " (the same as before)"))
    for text in (*reading_lines(dataset.understood, dataset.passed_over), *dataset.notes, *refusals(dataset)):
        reporter.say(f"  {text}")
    kept = dataset.images.num_rows
    reporter.say(f"  {account(dataset.found, kept, len(dataset.refused), dataset.passed_over)}")


def default_name(source: str) -> str:
    """An audit's name from its source: the last part of the path, without what a name cannot hold.

    Raises BadInput on what no system takes for a path.
    """
    kind_of(Path(source), "Name a folder, a manifest, an archive or an array file.")
    stem = source.removeprefix("torchvision:") if source.startswith("torchvision:") else Path(source).resolve().stem
    return file_name_of(stem) or "audit"


def describe(dataset: Dataset) -> str:
    """One line of counts."""
    table = dataset.images
    unlabelled = table["label"].null_count
    splits = Counter(table["split"].to_pylist())
    parts = [counted(table.num_rows, "image"), counted(len(dataset.classes), "class", "classes")]
    parts.append(", ".join(f"{count:,} {split}" for split, count in splits.most_common()))
    if unlabelled:
        parts.append(f"{unlabelled:,} unlabelled")
    parts.append(f"{len(dataset.refused):,} refused")
    return " · ".join(parts)


def refusals(dataset: Dataset, shown: int = 5) -> list[str]:
    """Refused files by reason, with a few of their names; all of them are in the audit and on the Overview page."""
    lines = []
    for reason, _ in Counter(one.reason for one in dataset.refused).most_common():
        names = [one.key or one.path for one in dataset.refused if one.reason == reason]
        lines.append(f"refused, {reason}: {some_of(names, shown)}")
    return lines
