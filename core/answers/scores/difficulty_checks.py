"""Difficulty checks as they were measured, and one image made worse: its pictures, made on the spot, and its RMD."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from ...errors import BadInput, ExtraMissing, Unreachable
from ...images.data_uri import picture_uri
from ...images.pixels import PixelSource
from ...kinds.evaluate import CORRUPTED_RMD
from ...store import lookups
from ...types import Estimate, Run
from ..estimates import measured
from ..image.roots import outside_roots
from ..view.reader import Reader

CLEAN = "none"


@dataclass(frozen=True)
class MeanSteps:
    """Mean RMD step by step. names: of the steps, the clean image or the given label first. trend: within an image."""

    title: str
    names: tuple[str, ...]
    means: tuple[Estimate, ...]
    trend: Estimate | None


@dataclass(frozen=True)
class DifficultyChecks:
    """What was measured of one embedding. corruptions: in the order they were made. subject: the embedding's run.

    shares, distances: labels altered, and replaced by ever more distant classes; None where that was not measured, as
    in runs of before.
    """

    subject: str
    corruptions: tuple[MeanSteps, ...]
    shares: MeanSteps | None
    distances: MeanSteps | None


def difficulty_checks(reader: Reader) -> list[DifficultyChecks]:
    """Of every embedding that has them, oldest first."""
    names = ("rmd_by_corruption", "rmd_corruption_trend", "rmd_by_altered_labels", "rmd_altered_labels_trend",
             "rmd_by_label_distance", "rmd_label_distance_trend")  # fmt: skip
    tables = {
        name: {subject: {part: row.estimate for part, row in rows.items()}
               for subject, rows in measured(reader, name).items()}
        for name in names
    }  # fmt: skip
    subjects = list(dict.fromkeys(subject for found in tables.values() for subject in found))
    return [_of_embedding(subject, *(tables[name].get(subject, {}) for name in names)) for subject in subjects]


def _of_embedding(subject: str, *tables: dict[str, Estimate]) -> DifficultyChecks:
    by_severity, severity_trend, by_share, share_trend, by_rank, rank_trend = tables
    clean = by_severity.get(f"{CLEAN} 0")
    kinds = dict.fromkeys(part.rpartition(" ")[0] for part in by_severity if not part.startswith(CLEAN))
    corruptions = []
    for kind in kinds:
        rows = {part.rpartition(" ")[2]: one for part, one in by_severity.items() if part.rpartition(" ")[0] == kind}
        if clean:
            means = (clean, *rows.values())
            corruptions.append(MeanSteps(kind, ("clean", *rows), means, severity_trend.get(kind)))
    return DifficultyChecks(
        subject, tuple(corruptions), _steps("share of labels altered", by_share, "altered ", share_trend),
        _steps("rank of the class by distance from the image's own", by_rank, "rank ", rank_trend),
    )  # fmt: skip


def _steps(title: str, rows: dict[str, Estimate], prefix: str, along: dict[str, Estimate]) -> MeanSteps | None:
    if not rows:
        return None
    return MeanSteps(title, tuple(part.removeprefix(prefix) for part in rows), tuple(rows.values()), along.get("all"))


@dataclass(frozen=True)
class CorruptedImages:
    """The images whose RMD was kept. run: of the checks. keys: of the images, in the order of their RMD when clean."""

    run: Run
    keys: tuple[str, ...]


def corrupted_images(reader: Reader, subject: str) -> CorruptedImages | None:
    """Those of the newest checks of an embedding; None where none of its checks kept any."""
    for run in reversed(reader.hub.runs):
        if run.kind != "evaluate" or run.inputs.get("embed") != subject or not _keeps(reader, run):
            continue
        query = f"SELECT image_id FROM {reader.hub.alias(run.run_id)}.{CORRUPTED_RMD} WHERE kind = ? ORDER BY rmd"
        ids = [row["image_id"] for row in reader.hub.rows(query, [CLEAN])]
        return CorruptedImages(run, tuple(row["key"] for row in lookups.image_rows(reader.hub, ids)))
    return None


def _keeps(reader: Reader, run: Run) -> bool:
    query = "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND table_name = ?"
    return bool(reader.hub.rows(query, [reader.hub.alias(run.run_id), CORRUPTED_RMD]))


@dataclass(frozen=True)
class WorsePicture:
    """source: a data-URI. severity: 0 for the image as it is. size: in pixels."""

    severity: int
    source: str
    size: tuple[int, int]
    rmd: float


@dataclass(frozen=True)
class WorseImage:
    """One image at every severity of a kind. refusal: why there are no pictures, "" where there are."""

    key: str
    given: str
    pictures: tuple[WorsePicture, ...]
    refusal: str = ""


def worse_image(reader: Reader, run_id: str, key: str, kind: str) -> WorseImage:
    """The image of that key as difficulty checks showed it to the encoder, with the RMD that each was given."""
    from ...corruptions.scaled import worsened  # its filters take longer to import than a page to draw

    run, image_id = reader.run(run_id), lookups.image_id_of(reader.hub, key)
    embedding = reader.run(run.inputs["embed"]) if run else None
    if run is None or embedding is None or image_id is None:
        return WorseImage(key, "", (), "The checks, or the embedding that they are of, are no longer there.")
    (row,) = lookups.image_rows(reader.hub, [image_id])
    query = (
        f"SELECT severity, rmd FROM {reader.hub.alias(run_id)}.{CORRUPTED_RMD} WHERE image_id = ? AND kind IN (?, ?) "
        "ORDER BY severity"
    )
    values = {each["severity"]: each["rmd"] for each in reader.hub.rows(query, [image_id, CLEAN, kind])}
    given = reader.class_name(row["label"])
    try:
        image = _stored(reader, image_id)
    except (BadInput, Unreachable, ExtraMissing) as error:
        error.name_audit(reader.hub.audit.name)
        return WorseImage(key, given, (), str(error))
    side, identity = int(embedding.parameters["image_size"]), row["content_hash"]
    made = [
        (severity, worsened(image, kind, severity, side=side, seed=run.seed, identity=identity)) for severity in values
    ]
    return WorseImage(key, given, tuple(_picture(severity, one, values[severity]) for severity, one in made))


def _stored(reader: Reader, image_id: int) -> Image.Image:
    """The image itself. Raises as `PixelSource.read`, and BadInput outside the folders of the audit."""
    row = lookups.whole_image_row(reader.hub, image_id) or {}
    if elsewhere := outside_roots(reader.hub, row["path"]):
        raise BadInput(elsewhere)
    return PixelSource([row["path"]], [row["row"]], [row["content_hash"]]).rgb(0)


def _picture(severity: int, image: Image.Image, rmd: float) -> WorsePicture:
    out = BytesIO()
    image.save(out, "PNG")
    return WorsePicture(severity, picture_uri(out.getvalue()), image.size, rmd)


def rising(steps: Sequence[MeanSteps]) -> tuple[int, int]:
    """For how many of these RMD rises along the steps (the interval of the trend lies above 0), of how many."""
    trends = [one.trend for one in steps if one.trend is not None]
    return sum(one.low > 0 for one in trends), len(trends)
