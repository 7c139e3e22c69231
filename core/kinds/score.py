"""Scores: what a scorer says of each image, and the pairs of similar images it found on the way."""

from __future__ import annotations

from ..types import Run, RunSpec
from .option_text import option_text
from .registry import CommandWords, FirstStep, register

TABLES = {
    "score": "name VARCHAR, image_id INTEGER, value FLOAT, suggested_label INTEGER",
    "score_column": """name VARCHAR PRIMARY KEY, scorer VARCHAR, parameters JSON, encoder_run VARCHAR,
        model_run VARCHAR, direction INTEGER, fitted_on VARCHAR, reason VARCHAR""",
    "neighbor": "image_id INTEGER, rank INTEGER, neighbor_id INTEGER, similarity FLOAT",
}
"""Beside them, while a run is computed: VoG before it is normalised by class, by window, with the label followed."""

FOUND_BY_ITSELF = ("labels", "device", "checkpoints", "not_given", "form")
"""Parameters that the command fills in where no option says them."""


RERANKED = "reranked"
"""The score that people's reviews teach, which has a command of its own."""


@register(
    "score",
    tables=TABLES,
    scratch={"gradient_spread": "name VARCHAR, image_id INTEGER, value FLOAT, label INTEGER"},
    first=FirstStep(
        2, ("score", "rmd"), "Relative Mahalanobis distance: difficulty from embeddings, without training anything."
    ),
)
def score_again(run: Run | RunSpec) -> CommandWords:
    """`hardlook score SCORER` with its sources and parameters; `hardlook rerank` for what reviews taught."""
    if run.parameters.get("source") == "scores":
        return _import_scores(run)
    if run.name == RERANKED:
        base = str(run.parameters["base"]).rpartition(":")[2]
        note = "With the reviews and the scores as they were."
        return CommandWords(["rerank", "--base", base, "--seed", str(run.seed)], note)
    words = ["score", run.name]
    words += ["--encoder-run", run.inputs["embed"]] if "embed" in run.inputs else []
    words += ["--model", run.inputs["train"]] if "train" in run.inputs else []
    words += ["--device", str(run.parameters["device"])] if "device" in run.parameters else []
    for name, value in run.parameters.items():
        words += ["--set", f"{name}={option_text(value)}"] if name not in FOUND_BY_ITSELF else []
    return CommandWords(words)


def _import_scores(run: Run | RunSpec) -> CommandWords:
    asked = run.parameters
    words = ["import-scores", str(asked["file"]), "--name", run.name]
    words += ["--id-key", str(asked["id_key"])] if "id_key" in asked else []
    words += ["--by-order"] if asked["images"] == "by order" else []
    for column in asked.get("higher", ()):
        words += ["--higher-is-harder", str(column)]
    for column in asked.get("lower", ()):
        words += ["--lower-is-harder", str(column)]
    return CommandWords(words, "Where the file lies is not recorded.")
