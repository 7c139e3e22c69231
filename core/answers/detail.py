"""Everything known of one image, and the image itself at full size."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from ..errors import BadInput
from ..images import PixelSource
from ..store import lookups
from ..store.tallies import BUILT_IN
from ..types import UNLABELLED
from .choices import ScoreChoice
from .reader import Reader
from .wording import percent, percentile, place, size, three

LARGEST_SIDE = 1024
"""Pixels; what is sent is always encoded anew at no more than this."""

ENLARGED_SIDE = 512
"""Small images are enlarged by a whole factor towards this, with hard pixels."""


@dataclass(frozen=True)
class ScoreLine:
    """One score of the image. percentile: of its class and split, "–" where it has no score."""

    label: str
    value: str
    percentile: str
    suggested: str


@dataclass(frozen=True)
class ModelLine:
    """What one model says. top: its likeliest labels, the first is its prediction."""

    model: str
    predicted: str
    wrong: bool | None
    confidence: str
    loss: str
    top: str
    trained_on: bool


@dataclass(frozen=True)
class Detail:
    """One image. picture: encoded bytes, empty where it cannot be read; then `refusal` says why."""

    image_id: int
    key: str
    given: str
    split: str
    facts: tuple[tuple[str, str], ...]
    scores: tuple[ScoreLine, ...]
    models: tuple[ModelLine, ...]
    picture: bytes
    refusal: str


def find_image(reader: Reader, key: str) -> int | None:
    """The image of that key, None if there is none: keys outlive a new ingest, ids do not."""
    return lookups.image_id_of(reader.hub, key)


def detail(reader: Reader, image_id: int, scores: list[ScoreChoice]) -> Detail | None:
    """All that is known of one image; None if there is no such image."""
    row = lookups.whole_image_row(reader.hub, image_id)
    if row is None:
        return None
    metadata = [(name, str(value)) for name, value in row.items() if name not in BUILT_IN and value is not None]
    facts = [
        ("key", row["key"]), ("split", row["split"]), ("size", f"{row['width']} × {row['height']} pixels"),
        ("stored as", f"{row['format']}, {row['mode']}, {size(row['bytes'])}"),
        ("file", place(row["path"]) + ("" if row["row"] is None else f", row {row['row']}")),
        ("content hash", row["content_hash"]), *metadata,
    ]  # fmt: skip
    picture, refusal = read_picture(row["path"], row["row"], row["content_hash"])
    return Detail(
        image_id=image_id, key=row["key"], given=reader.class_name(row["label"]), split=row["split"],
        facts=tuple(facts), scores=_score_lines(reader, image_id, scores), models=_model_lines(reader, image_id),
        picture=picture, refusal=refusal,
    )  # fmt: skip


def read_picture(path: str, row: int | None, content_hash: str) -> tuple[bytes, str]:
    """The stored image as PNG (small) or WebP of at most LARGEST_SIDE pixels, or why it cannot be shown.

    Only paths that the store holds are ever passed, and what is read must still be what was ingested.
    """
    try:
        image = PixelSource([path], [row], [content_hash]).rgb(0)
    except BadInput as error:
        return b"", str(error)
    longest = max(image.size)
    out = BytesIO()
    if longest * 2 <= ENLARGED_SIDE:
        factor = ENLARGED_SIDE // longest
        image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST).save(out, "PNG")
    else:
        image.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
        image.save(out, "WEBP", quality=92, exif=b"", icc_profile=b"", xmp=b"")
    return out.getvalue(), ""


def _score_lines(reader: Reader, image_id: int, scores: list[ScoreChoice]) -> tuple[ScoreLine, ...]:
    by_run: dict[str, dict[str, ScoreChoice]] = {}
    for choice in scores:
        run_id, name = choice.address.split(":", 1)
        by_run.setdefault(run_id, {})[name] = choice
    lines = []
    for run_id, columns in by_run.items():
        for row in lookups.scores_of(reader.hub, run_id, image_id):
            if row["name"] not in columns:
                continue
            known = row["value"] is not None and row["value"] == row["value"]  # NaN differs from itself
            share = 100 * row["at_or_below"] / row["among"] if known and row["among"] else float("nan")
            suggested = row["suggested_label"]
            lines.append(
                ScoreLine(
                    columns[row["name"]].label,
                    three(row["value"]),
                    percentile(share),
                    reader.class_name(UNLABELLED if suggested is None else suggested),
                )
            )
    return tuple(lines)


def _model_lines(reader: Reader, image_id: int) -> tuple[ModelLine, ...]:
    lines = []
    for run in reader.hub.runs:
        said = lookups.prediction_of(reader.hub, run.run_id, image_id) if run.kind == "train" else None
        if said is None:
            continue
        correct = said["correct"]
        lines.append(
            ModelLine(
                run.name,
                reader.class_name(said["predicted"]),
                None if correct is None else not correct,
                percent(said["confidence"]),
                three(said["loss"]),
                ", ".join(reader.class_name(label) for label in said["top5"] or []),
                bool(said["trained_on"]),
            )
        )
    return tuple(lines)
