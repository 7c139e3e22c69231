"""docs/papers.md: nothing of both papers lacks its row, and of a hyper-parameter it says what the code does."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from core.cli.app import app
from core.corruptions import SEVERITIES
from core.maths.gaussians import DEFAULT_RIDGE
from core.metrics.calibration.binned import expected_calibration_error
from core.metrics.difficulty import error_by_group
from core.metrics.ranking import fpr_of
from core.pipeline.evaluation.vog_checks import blobs, memorisation
from core.scorers.registry import get_scorer
from core.training import losses
from core.training.config import KEPT_AT_ENDS, TrainConfig, learning_rate
from core.training.objective import make_objective
from core.training.readouts import odin
from core.training.weights import difficulty_weights
from core.training.windows import TARGETS, spread_names

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "papers.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]

PLACES = {
    "A": [
        *(f"equation {i}" for i in range(1, 11)),
        *(f"figure {i}" for i in ("1a", "1b", "2", "4", "5", "6", "7", "10", "11", "12")),
        *(f"table {i}" for i in range(1, 11)),
    ],
    "B": [
        *(f"equation {i}" for i in range(1, 4)),
        *(f"figure {i}" for i in ("1", "4", "5a", "5b", "5c", "8", "9", "11b")),
        "table 1",
        "table 3",
        "section 2",
        "section 3",
        "section 4",
    ],
}
"""What of the papers measures something, as counted from the papers and not from the document."""


def table_rows(start: str, end: str) -> list[list[str]]:
    """The cells of the rows between two headings."""
    part = TEXT.split(start, 1)[1].split(end, 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ") and "---" not in line]
    return [[cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in lines[1:]]


def places(cell: str) -> Iterator[str]:
    """`Figures 5a and 5b`: figure 5a, figure 5b; `Equations 1 to 3`: equations 1, 2, 3."""
    kind, *_ = cell.split(", ")[0].split(" ")
    numbers = re.findall(r"\d+[a-c]?", cell.split(", ")[0])
    if " to " in cell:
        numbers = [str(i) for i in range(int(numbers[0]), int(numbers[1]) + 1)]
    yield from (f"{kind.lower().removesuffix('s')} {number}" for number in numbers)


@pytest.mark.parametrize("paper", PLACES)
def test_every_equation_figure_and_table_has_a_row(paper: str) -> None:
    rows = {
        "A": table_rows("## Paper A:", "### Hyper-parameters of paper A"),
        "B": table_rows("## Paper B:", "### Hyper-parameters of paper B"),
    }[paper]
    found = {place for row in rows for place in places(row[0])}
    assert not set(PLACES[paper]) - found


def default(function: Callable[..., Any], name: str) -> Any:
    """What a parameter is where nothing is said."""
    return inspect.signature(function).parameters[name].default


def of_command(name: str, option: str) -> Any:
    return next(one.default for one in COMMANDS[name].params if f"--{option}" in one.opts)


CONFIG = TrainConfig("resnet8", epochs=350, image_size=32)
A: dict[str, Any] = {
    "encoder": "embedded",
    "features": of_command("embed", "feature").value,
    "ridge of both covariances": DEFAULT_RIDGE,
    "components of RMD": default(get_scorer("rmd").run, "pca"),
    "augmented runs": f"0; {default(get_scorer('augmented_rmd').run, 'passes')}",
    "α of difficulty-aware training": default(losses.difficulty_aware_entropy_loss, "alpha"),
    "temperature T": default(difficulty_weights, "temperature"),
    "c": default(difficulty_weights, "c"),
    "scale of the difficulty": default(difficulty_weights, "normalise"),
    "α of ER": default(losses.entropy_regularisation, "alpha"),
    "ε of label smoothing": default(losses.label_smoothing, "epsilon"),
    "γ of the focal loss": default(losses.focal, "gamma"),
    "λ of the L1 norm": default(losses.l1_logits, "lambda_"),
    "ε of Poly-1": default(losses.poly1, "epsilon"),
    "weight of CRL's ranking term": default(losses.crl, "weight"),
    "model": "by image size",
    "momentum of SGD": CONFIG.momentum,
    "weight decay": "0.0001" if CONFIG.weight_decay == 1e-4 else CONFIG.weight_decay,
    "crop": "up to an eighth of the side" if CONFIG.pad == 32 // 8 else CONFIG.pad,
    "flip": "random" if CONFIG.flip else "never",
    "seeds": of_command("train", "seeds"),
    "bins of ECE": default(expected_calibration_error, "n_bins"),
    "true positive rate of FPR": f"{default(fpr_of, 'tpr'):.0%}".replace("%", " %"),
    "size of a group": default(error_by_group, "size"),
    "severities of a corruption": len(SEVERITIES),
}
"""A paper's hyper-parameter: what it is here where nothing is said, read from the code."""
B: dict[str, Any] = {
    "epochs": "in proportion to the data" if of_command("train", "epochs") is None else "",
    "checkpoints": of_command("train", "checkpoints"),
    "learning rate": f"a half cosine from {learning_rate(CONFIG, 1)}" if CONFIG.schedule == "cosine" else "",
    "early and late": KEPT_AT_ENDS,
    "activation": "both" if {"logit", "probability"} == set(TARGETS) else "",
    "label": "both" if {"logit_late", "logit_late_predicted"} <= set(spread_names()) else "",
    "normalisation": "over all images of the class" if not default(get_scorer("vog").run, "by_split") else "",
    "ODIN's step, of pixels from 0 to 1": odin.EPS,
    "form of equation 3": default(get_scorer("vog").run, "form"),
    "share of altered labels": f"{memorisation.SHARE} %",
    "toy: points, deviation, hidden units": f"{blobs.POINTS}, {blobs.DEVIATION:g}, {blobs.HIDDEN}",
    "toy: learning rate, epochs": f"{blobs.LEARNING_RATE}, {blobs.EPOCHS}",
}
ROWS = {
    "A": table_rows("### Hyper-parameters of paper A", "## Paper B"),
    "B": table_rows("### Hyper-parameters of paper B", "## Beyond"),
}
EVERY = [(paper, row) for paper, rows in ROWS.items() for row in rows]


@pytest.mark.parametrize(("paper", "known"), [("A", A), ("B", B)])
def test_every_hyper_parameter_has_one_row(paper: str, known: dict[str, Any]) -> None:
    assert sorted(row[0] for row in ROWS[paper]) == sorted(known)


@pytest.mark.parametrize(("paper", "row"), EVERY, ids=lambda value: value if isinstance(value, str) else value[0])
def test_it_is_here_what_its_row_says(paper: str, row: list[str]) -> None:
    name, _, here, _, place = row
    value = {"A": A, "B": B}[paper][name]
    said = f"{value:g}" if isinstance(value, float) else str(value)
    assert re.match(rf"{re.escape(said)}(?![\d.])", here), (said, here)
    assert (ROOT / place.strip("`")).is_file()


@pytest.mark.parametrize(
    "row", [row for _, row in EVERY if row[3] != "fixed"], ids=lambda row: row[0] if isinstance(row, list) else row
)
def test_its_command_sets_something_that_is_there(row: list[str]) -> None:
    _, name, *words = shlex.split(row[3].strip("`"))
    context = COMMANDS[name].make_context(name, list(words))  # unknown options are refused
    for pair in context.params.get("settings") or ():
        assert pair.split("=")[0] in inspect.signature(get_scorer(words[0]).run).parameters
    for pair in context.params.get("loss_set") or ():
        parameter, value = pair.split("=")
        make_objective(context.params["loss"] or "difficulty_aware_entropy", {parameter: float(value)})
