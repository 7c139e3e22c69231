"""A throwaway of each kind that CONTRIBUTING explains: what a newcomer writes, file by file.

A change maps a path to a new file's text, or to `After`: a line that is there, and what goes behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class After:
    """Lines put behind the one line of a file that begins with an anchor, pair by pair."""

    pairs: tuple[tuple[str, str], ...]


Change = Mapping[str, str | After]

SCORER: Change = {
    "core/scorers/class_mean.py": '''"""Distance to the mean vector of an image's class."""

from __future__ import annotations

import numpy as np

from ..types import HARDER_HIGH, UNLABELLED, ScoreColumn
from .inputs import Inputs, required_features
from .registry import register


@register("class_mean", needs={"features", "labels", "fit"}, source="a test of ours", direction=HARDER_HIGH)
def class_mean(inputs: Inputs) -> list[ScoreColumn]:
    """Distance to the mean vector of the image's class."""
    features = required_features(inputs, "class_mean")
    values = np.full(len(features), np.nan, np.float32)
    for label in np.unique(inputs.labels[inputs.labels != UNLABELLED]):
        rows = inputs.labels == label
        fitted = rows & inputs.fit if (rows & inputs.fit).any() else rows
        values[rows] = np.linalg.norm(features[rows] - features[fitted].mean(axis=0), axis=1)
    reason = "no label" if np.isnan(values).any() else ""
    return [ScoreColumn("class_mean", values, HARDER_HIGH, "class_mean", fitted_on="train split", reason=reason)]
''',
    "README.md": After(
        (("| `centroid` |", "| `class_mean` | distance to the mean of its class | labels, an embedding |"),)
    ),
}

EXPORTER: Change = {
    "core/export/key_list.py": '''"""A text file of keys, one a line."""

from __future__ import annotations

from pathlib import Path

from .registry import table
from .rows import Export


@table("keys", endings=(".txt",), labels=False)
def write_keys(export: Export, to: Path) -> int:
    """The keys of the images that are kept. Returns how many."""
    to.write_text("".join(f"{row.key}\\n" for row in export.kept), encoding="utf-8")
    return len(export.kept)
''',
    "docs/review.md": After((("| `journal` |", "| `keys` | file.txt | one key a line |"),)),
}

ENCODER: Change = {
    "core/encoders/families/mean_colour.py": '''"""`mean_colour`: red, green and blue of an image, averaged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ...errors import BadInput
from ..protocol import Encoder, Options, Pixels, Vectors
from ..registry import KnownModel, register


@dataclass(frozen=True)
class MeanColour:
    """See `Encoder`."""

    name: str
    image_size: int = 8
    dimension: int = 3
    layers: str = "last"
    fingerprint: str = "mean colour, 1"
    precision: str = "float32"
    has_text: bool = False
    batch_size: int = 64
    logit_scale: float = 1.0

    def prepare(self, image: Image.Image) -> Pixels:
        """(S, S, 3) uint8."""
        return np.asarray(image.resize((self.image_size, self.image_size)))

    def encode(self, batch: Pixels) -> Vectors:
        """(b, 3) float32."""
        return batch.mean(axis=(1, 2), dtype=np.float32)

    def encode_text(self, texts: list[str]) -> Vectors:
        """Raises BadInput."""
        raise BadInput(f"{self.name} reads no text.")


@register("mean_colour", form="mean_colour", known=(KnownModel("", 3, 8, "", "three numbers, no weights"),))
def load(spec: str, model: str, options: Options) -> Encoder:
    """The one encoder of this family."""
    return MeanColour(spec, options.image_size or 8)
''',
}

PAGE: Change = {
    "pages/wide_images.py": '''"""Wide images: how many are wider than tall."""

from __future__ import annotations

from core.answers.overview.wide_images import wide_images
from core.errors import command
from pages.components.layout import links
from pages.components.layout.empty import say_empty
from pages.components.layout.header import header
from pages.components.layout.loading import answer
from pages.components.widgets.table import Column, TableCell, TableRow, table


def main() -> None:
    """Pick, load, draw."""
    view = header("wide")
    if not view.reader.hub.runs:
        say_empty("Nothing was computed yet.", run=[command(view.audit.name, "embed")])
    found = answer(wide_images, view.reader)
    row = TableRow([TableCell("wider than tall"), TableCell(f"{found.wide:,} of {found.n:,}")])
    table((Column("images", wide=True), Column("how many")), [row], key="wide")
    links.go()


main()
''',
    "core/answers/overview/wide_images.py": '''"""How many images are wider than tall."""

from __future__ import annotations

from dataclasses import dataclass

from ...store import views
from ..view.reader import Reader


@dataclass(frozen=True)
class WideImages:
    """wide of n images are wider than tall."""

    wide: int
    n: int


def wide_images(reader: Reader) -> WideImages:
    """Counted over the whole audit."""
    wide = views.column(reader.hub, "width") > views.column(reader.hub, "height")
    return WideImages(int(wide.sum()), reader.n_images)
''',
    "pages/components/layout/listing.py": After(
        (('    ListedPage("runs",', '    ListedPage("wide", "Wide images", "wide_images", ("score",)),'),)
    ),
    "README.md": After((("| **Map** |", "| **Wide images** | How many images are wider than tall |"),)),
    "tests/pages/test_wide_images.py": '''"""The page of wide images."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.audits import build_audit
from tests.pages.conftest import components, text


def test_the_images_that_are_wide_are_counted(show: Callable[..., AppTest], tmp_path: Path) -> None:
    build_audit(tmp_path, n=20)
    app = show("wide_images")
    assert "<h1>Wide images</h1>" in text(app)
    assert "4 of 20" in str(components(app)["hardlook_table"])  # one of the five shapes is wide
''',
}

KIND: Change = {
    "core/kinds/length.py": '''"""Lengths of vectors."""

from __future__ import annotations

from ..types import Run, RunSpec
from .registry import CommandWords, register

LENGTH = """
    -- a row an image
    image_id INTEGER,  -- of images.image_id
    length FLOAT       -- Euclidean, of its vector
"""


@register("length", tables={"length": LENGTH})
def length_again(run: Run | RunSpec) -> CommandWords:
    """`hardlook length` with its embedding."""
    return CommandWords(["length", "--encoder-run", run.inputs["embed"]])
''',
    "core/pipeline/length.py": '''"""The length of each image's vector."""

from __future__ import annotations

import numpy as np

from ..progress import Reporter
from ..store import views
from ..store.audit import Audit
from ..store.writer import RunWriter
from ..types import RunSpec
from .steps import Done, compute


def length(audit: Audit, reporter: Reporter, *, encoder_run: str | None = None) -> Done:
    """Compute and store the lengths of an embedding, by name or id; the newest if None."""
    embedding = audit.latest("embed", encoder_run)

    def work(writer: RunWriter) -> None:
        lengths = np.linalg.norm(views.vectors(views.open_hub(audit, [embedding]), embedding.run_id), axis=1)
        ids = np.arange(len(lengths), dtype=np.int32)
        writer.commit("all", {"length": {"image_id": ids, "length": lengths}})

    inputs = {"items": audit.items_fingerprint, "embed": embedding.run_id}
    return compute(audit, RunSpec("length", "euclidean", inputs, {}), work, reporter)
''',
    "core/cli/length.py": '''"""The command `length`."""

from __future__ import annotations

from .console import make_reporter
from .options import AuditOption, EncoderRunOption, QuietOption, named_audit


def length(audit: AuditOption = None, encoder_run: EncoderRunOption = None, quiet: QuietOption = False) -> None:
    """Compute the length of every vector."""
    from ..pipeline.length import length as run

    reporter = make_reporter(quiet=quiet)
    run(named_audit(audit, reporter), reporter, encoder_run=encoder_run)
''',
    "core/cli/app.py": After(
        (
            ("from .images import", "from .length import length"),
            ('        project: "project', '        length: "length",'),
        )
    ),
    "README.md": After((("| `hardlook project` |", "| `hardlook length` | the length of every vector |"),)),
}

CHANGES: Mapping[str, Change] = {
    "A scorer": SCORER, "An export format": EXPORTER, "An encoder family": ENCODER, "A page": PAGE,
    "A kind of run": KIND,
}  # fmt: skip
"""By the heading under which CONTRIBUTING explains it."""
