"""An audit of what one has in Python: images, labels, vectors and probabilities in, an audit to read out."""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ...dataset.vectors.rows import RowFaults
from ...errors import BadInput
from ...images.filenames import from_text
from ...progress import Reporter
from ...store import views
from ...store.audit import Audit
from ...store.beginning import begun_audit
from ...types import Floats, Ints
from ..arguments.arrays import Rows, flag, text, whole
from ..arguments.features import read_features
from ..arguments.given import Given, read_given
from ..scores import read_probabilities
from .opened import OpenAudit

if TYPE_CHECKING:
    from ...pipeline.steps import Done

DEFAULT_NAME = "python"
PREDICTIONS = "pred_probs"


def audit(
    images: Any,
    labels: Any = None,
    *,
    features: Any = None,
    pred_probs: Any = None,
    splits: Any = None,
    true_labels: Any = None,
    classes: Any = None,
    name: str | None = None,
    encoder: str = "auto",
    image_size: int | None = None,
    layers: str | None = None,
    train: bool = True,
    model: str | None = None,
    epochs: int | None = None,
    trained_on: str = "none",
    seed: int = 0,
    device: str = "auto",
    download: bool = False,
    quiet: bool = False,
) -> OpenAudit:
    """Audit a data set as `hardlook audit` does, from what one has in Python; a second call computes nothing again.

    images: a folder or file that `hardlook ingest` reads, paths, arrays (n, H, W) or (n, H, W, C) of uint8, arrays or
    PIL images in a list, a pandas, polars or Arrow frame with a column of paths, a Hugging Face Dataset, or a torch
    Dataset of (image, label). labels, true_labels: (n,) text or whole numbers, None or -1 for none; a frame's own
    column where left out. splits: (n,) text, "train" for all by default. classes: (K,) names in order, then whole
    numbers are positions. features: (n, d), in place of embedding the images. pred_probs: (n, K) of a model, in place
    of training one; trained_on: a split, "all" or "none", the images that it learned from. name: the audit's, "python"
    by default. encoder, image_size, layers, train, model, epochs, seed, device, download: as the command's options.
    quiet: say nothing.
    Returns the audit, which lies where commands keep theirs. Raises BadInput.
    """
    if name is not None:
        text("name", name, "the name of an audit")
    probabilities = None if pred_probs is None else read_probabilities(pred_probs, name=PREDICTIONS)
    columns = None if probabilities is None else probabilities.shape[1]
    given = read_given(images, labels, splits, true_labels, classes, columns)
    vectors = None if features is None else _read_vectors(features)
    for argument, array in (("features", vectors), (PREDICTIONS, probabilities)):
        _refuse_length(argument, array, given.rows)
    settings = {
        "encoder": text("encoder", encoder, "'auto', or the name of an encoder"),
        "image_size": None if image_size is None else whole("image_size", image_size, 1),
        "layers": None if layers is None else text("layers", layers, "'last', or blocks before it as '4,6,last'"),
        "train_network": flag("train", train), "seed": whole("seed", seed, 0),
        "model": None if model is None else text("model", model, "the name of a model that Hardlook can train"),
        "epochs": None if epochs is None else whole("epochs", epochs, 1),
        "device": text("device", device, "'auto', 'cpu' or 'cuda'"), "download": flag("download", download),
    }  # fmt: skip
    text("trained_on", trained_on, "a split, 'all' or 'none'")
    return OpenAudit(_made(given, name, vectors, probabilities, trained_on, flag("quiet", quiet), settings))


def _read_vectors(features: Any) -> Floats:
    """(n, d) float32, checked as those of a file are: row by row."""
    vectors = read_features(features)
    faults = RowFaults()
    faults.add(vectors)
    faults.refuse("features", "Leave these images out, or give them vectors.")
    return vectors


def _made(
    given: Given, name: str | None, vectors: Floats | None, probabilities: Floats | None, trained_on: str, quiet: bool,
    settings: dict[str, Any],
) -> Audit:  # fmt: skip
    """Write what ingest reads, and audit it."""
    from ...answers.overview.summary import summary
    from ...cli.console import make_reporter
    from ...pipeline.audit import audit_everything

    passed: dict[str, Any] = {
        **settings, "reporter": make_reporter(quiet=quiet), "options": given.options, "summary": summary,
    }  # fmt: skip
    if vectors is not None:
        passed["vectors"] = partial(_keep_vectors, given, vectors)
    if probabilities is not None:
        passed["predictions"] = partial(_keep_predictions, given, probabilities, trained_on)
    with warnings.catch_warnings():  # of bars that the encoders' libraries would draw with widgets; none is drawn
        warnings.filterwarnings("ignore", "IProgress not found")
        if given.path:
            return audit_everything(given.path, name=name, **passed)
        with begun_audit(name or DEFAULT_NAME) as begun:
            return audit_everything(str(given.write(begun)), name=begun.name, **passed)


def _keep_vectors(given: Given, vectors: Floats, made: Audit, reporter: Reporter) -> Done:
    from ...pipeline.given import store_vectors

    return store_vectors(made, vectors[rows_of(made, given)], reporter)


def _keep_predictions(given: Given, probabilities: Floats, trained_on: str, made: Audit, reporter: Reporter) -> Done:
    from ...pipeline.given import store_probabilities

    names = views.classes(views.open_hub(made, ()))
    if len(names) != probabilities.shape[1]:
        raise BadInput(
            f"{PREDICTIONS} has {probabilities.shape[1]} columns, and the images are of {len(names)} classes.",
            "Give classes: the columns' names, in order.",
        )
    in_order = probabilities[rows_of(made, given)]
    return store_probabilities(made, in_order, names, reporter, name=PREDICTIONS, trained_on=trained_on)


def rows_of(audit: Audit, given: Given) -> Ints:
    """(n,) the row of what was given that each image of the audit was: order may change, and some be refused."""
    hub = views.open_hub(audit, ())
    if given.paths is None:
        return views.column(hub, "row").astype(np.int64)
    place = {path: row for row, path in reversed(list(enumerate(given.paths)))}
    return np.array([place[from_text(path)] for path in views.column(hub, "path").tolist()], np.int64)


def _refuse_length(name: str, array: Floats | None, like: Rows | None) -> None:
    if array is None:
        return
    if like is None:
        raise BadInput(
            f"{name} has {len(array):,} rows, and the images of a file or folder have no order of their own.",
            "Give images as a list of paths, in the order of the rows.",
        )
    if len(array) != like.n:
        raise BadInput(f"{name} has {len(array):,} rows, and {like.of} has {like.n:,}.", "Give one row an image.")
