"""What labels are planted on: images of one embedding, the labels they start from, and what a plain model sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import softmax

from ...errors import ExtraMissing, TooFewRows, command
from ...maths.lone import lone_labels
from ...maths.noise_channel import best_temper
from ...progress import Reporter
from ...scorers.centroid import centroid_similarity
from ...scorers.inputs import Inputs
from ...scorers.registry import Scorer, all_scorers
from ...store import views
from ...store.audit import Audit
from ...store.held_out import fit_rows
from ...types import HARDER_HIGH, UNLABELLED, Bools, Floats, Ints, Run, ScoreColumn
from ...wording import count, counted, percent
from ..evaluation.choose_models import sample
from ..scoring.embeddings import knows_texts
from ..scoring.encoded import prompt_vectors
from ..scoring.score_any import NOT_MET
from ..training.labels import LabelsVersion

OF_IMAGES = frozenset({"features", "labels", "fit"})
TEXTS = "text_features"
FEWEST = 20
"""Images without which nothing is planted: one in twenty is then one."""


@dataclass(frozen=True)
class SelfTestData:
    """labels: (n,) in 0..K-1, positions among the classes that have two images or more. features: (n, d) float32.

    texts: (K, d) vectors of the class prompts, None where the encoder reads no text.
    """

    labels: Ints
    features: Floats
    texts: Floats | None

    @property
    def n_classes(self) -> int:
        """K."""
        return int(self.labels.max()) + 1

    @cached_property
    def seen(self) -> Floats:
        """(n, K) what a plain model makes of each image: how near it is to each class's centroid, itself left out.

        Softmax of cosine similarities, at the temperature that tells the labels best.
        """
        everything = np.ones(len(self.labels), bool)
        near = np.nan_to_num(centroid_similarity(self.features, self.labels, everything, self.n_classes), nan=-1.0)
        return np.asarray(softmax(best_temper(near, self.labels) * near, axis=1))

    def under(self, labels: Ints) -> Inputs:
        """What scorers read when the images have these labels. labels: (n,)."""
        everything = np.ones(len(labels), bool)
        return Inputs(labels, self.n_classes, everything, features=self.features, text_features=self.texts)

    def enough_for(self, scorer: Scorer) -> bool:
        """Whether what a scorer needs is here: class prompts may be missing."""
        return self.texts is not None or TEXTS not in scorer.needs

    def part(self, n: int) -> SelfTestData:
        """So many of the images, drawn at random."""
        rows = sample(np.ones(len(self.labels), bool), n, 0)
        present, labels = np.unique(self.labels[rows], return_inverse=True)
        return SelfTestData(labels, self.features[rows], None if self.texts is None else self.texts[present])


def read_data(audit: Audit, run: Run, version: LabelsVersion, images: int, reporter: Reporter) -> SelfTestData:
    """The images to learn from that have a label, a vector and company in their class; a sample of them above `images`.

    Raises TooFewRows below FEWEST images or two classes.
    """
    hub = views.open_hub(audit, [run])
    vectors, labels = views.vectors(hub, run.run_id), version.labels
    usable = (labels != UNLABELLED) & fit_rows(views.column(hub, "split")) & vectors.finite
    usable = _accompanied(labels, usable)
    drawn = sample(usable, images, 0)
    chosen = np.zeros(len(labels), bool)
    chosen[drawn] = True
    if len(drawn) < usable.sum():
        n = int(usable.sum())
        reporter.say(
            f"{count(len(drawn))} of {count(n)} images, drawn at random ({percent(len(drawn) / n)}): with all of them "
            "scores have more to learn from, and find more; --images takes more"
        )
        chosen = _accompanied(labels, chosen)
    present, positions = np.unique(labels[chosen], return_inverse=True)
    if chosen.sum() < FEWEST or len(present) < 2:
        raise TooFewRows(
            f"A self-test plants labels among {FEWEST} images or more of two classes or more, each with another image "
            f"of its class to compare with: {counted(int(chosen.sum()), 'image')} of "
            f"{counted(len(present), 'class', 'classes')} there.",
            "Label more images, take more with --images, or look at what each score needs",
            command(None, "scorers"),
        )
    texts = _prompts(audit, run, reporter)
    return SelfTestData(
        positions, np.asarray(vectors.where(chosen), np.float32), None if texts is None else texts[present]
    )  # fmt: skip


def _prompts(audit: Audit, run: Run, reporter: Reporter) -> Floats | None:
    """Vectors of the class prompts, None where there are none; where there should be some, it is said why not."""
    if not knows_texts(run):
        return None
    try:
        return prompt_vectors(audit, run, "cpu")
    except NOT_MET as error:
        error.name_audit(audit.name)
        reporter.warn(f"left out what reads class prompts: {error}")
        return None


def _accompanied(labels: Ints, rows: Bools) -> Bools:
    """(n,) bool: those of some rows whose class has another one among them."""
    among = np.where(rows, labels, UNLABELLED)
    return np.asarray(rows & ~lone_labels(among, rows, int(labels.max(initial=0)) + 1))


def scorers_of_labels(run: Run) -> list[Scorer]:
    """The scorers that hold an image against its label and need nothing but an embedding; class prompts, where it has
    such."""
    known = OF_IMAGES | ({TEXTS} if knows_texts(run) else set())
    return [scorer for scorer in all_scorers() if {"labels", "features"} <= scorer.needs <= known]


def installed(scorers: Sequence[Scorer]) -> tuple[list[Scorer], list[str]]:
    """Those that can run here, and of the others why not: tried on twenty rows of two classes."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 10)
    features = (rng.normal(size=(20, 4)) + 2 * labels[:, None]).astype(np.float32)
    tried = Inputs(labels, 2, np.ones(20, bool), features=features, text_features=features[[0, -1]])
    able, lacking = [], []
    for scorer in scorers:
        try:
            scorer.run(tried)
        except ExtraMissing as error:
            lacking.append(f"{scorer.name}: {error}")
        else:
            able.append(scorer)
    return able, lacking


def ranking_columns(columns: Sequence[ScoreColumn]) -> list[ScoreColumn]:
    """Of what a scorer gives, the columns that rank labels: those that say which they doubt, where any does.

    So a column that is part of another's evidence, or of a fit that knew the label, does not take part twice. Of a
    scorer that doubts no label, every column that is higher for harder images.
    """
    doubting = [column for column in columns if column.doubted is not None]
    return [column for column in doubting or columns if column.direction == HARDER_HIGH]
