"""Scores: what a scorer says of each image, and the pairs of similar images it found on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..types import Run, RunSpec
from .option_text import option_text
from .registry import CommandWords, FirstStep, register

TABLES = {
    "score": """
        -- a row an image and score, score by score
        name VARCHAR,            -- of the score, as in score_column
        image_id INTEGER,        -- of images.image_id
        value FLOAT,             -- in the unit of its score; score_column.direction says which way; NaN for none
        suggested_label INTEGER, -- the likeliest class but the given one; NULL where the score suggests none
        doubted BOOLEAN          -- whether the score takes the given label for wrong; NULL: where another is suggested
    """,
    "score_column": """
        -- a row a score of this run
        name VARCHAR PRIMARY KEY,  -- of the score
        scorer VARCHAR,            -- what computed it, or the file that it was read from
        parameters JSON,           -- that the scorer was given
        encoder_run VARCHAR,       -- id of the run whose vectors it read; empty for none
        model_run VARCHAR,         -- id of the run whose model it read; empty for none
        direction INTEGER,         -- 1: higher is harder, -1: lower is harder, NULL: not known on this data
        fitted_on VARCHAR,         -- the images that its statistics were fitted on, in words
        reason VARCHAR             -- why some images have no value, in words; empty where all have one
    """,
    "neighbor": """
        -- a row a pair of similar images, of scorers that keep them
        image_id INTEGER,     -- of images.image_id
        rank INTEGER,         -- from 0, the most similar first
        neighbor_id INTEGER,  -- images.image_id of the other
        similarity FLOAT      -- cosine of their vectors, -1..1, higher is more similar
    """,
}
"""Beside them, while a run is computed: VoG before it is normalised by class, by window, with the label followed; and
whether each image is predicted rightly, epoch by epoch, by models of halves of the images."""

HALVES = "trained_on_halves"

OTHER_CLASS = "other_class"
"""More suggestions than one, of scores that have a probability of each class."""

OTHER_CLASSES = """
    -- a row an image and class that it may be of, but the given one; of scores that have a probability of each
    name VARCHAR,      -- of the score, as in score_column
    image_id INTEGER,  -- of images.image_id
    rank INTEGER,      -- from 0, the likeliest first, which score.suggested_label is
    label INTEGER,     -- of the class
    probability FLOAT  -- that the image is of it, 0..1, by the score
"""

AS_PRINTED = "eq3"
"""Parameter "form" of a run of VoG by equation 3 as it is printed: an option, which nothing takes for VoG itself."""

FOUND_BY_ITSELF = ("labels", "device", "checkpoints", "not_given", "learn", "go_on")
"""Parameters that the command fills in where no option says them."""


OF_SHARDS = "shards"
"""The source of scores that a lens has from the whole that it is a part of."""

RERANKED = "reranked"
"""The score that people's reviews teach, which has a command of its own."""


@register(
    "score",
    tables=TABLES,
    scratch={
        "gradient_spread": "name VARCHAR, image_id INTEGER, value FLOAT, label INTEGER",
        HALVES: "training VARCHAR, epoch INTEGER, image_id INTEGER, correct BOOLEAN",
    },
    further={OTHER_CLASS: OTHER_CLASSES},
    first=FirstStep(
        2, ("score", "rmd"), "Relative Mahalanobis distance: difficulty from embeddings, without training anything."
    ),
)
def score_again(run: Run | RunSpec) -> CommandWords:
    """`hardlook score SCORER` with its sources and parameters; `hardlook rerank` for what reviews taught."""
    if run.parameters.get("source") == "scores":
        return _import_scores(run)
    if run.parameters.get("source") == OF_SHARDS:
        asked = run.parameters
        words = ["lens", str(asked["folder"]), "--images", str(asked["images"]), "--by", ",".join(asked["by"])]
        words += ["--seed", str(asked["seed"])] if asked["seed"] else []
        return CommandWords(words, "Where the shards lie, and as long as they are there.")
    if run.name == RERANKED:
        base = str(run.parameters["base"]).rpartition(":")[2]
        note = "With the reviews and the scores as they were."
        return CommandWords(["rerank", "--base", base, "--seed", str(run.seed)], note)
    words = ["score", run.name]
    words += ["--encoder-run", run.inputs["embed"]] if "embed" in run.inputs else []
    words += ["--model", run.inputs["train"]] if "train" in run.inputs else []
    words += ["--device", str(run.parameters["device"])] if "device" in run.parameters else []
    for name, value in asked_for(run.parameters).items():
        words += ["--set", f"{name}={option_text(value)}"]
    return CommandWords(words)


def asked_for(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a run that somebody gave: neither what the command fills in, nor a number as the scorer's form,
    which is raised when the same parameters give other columns."""
    return {
        name: value
        for name, value in parameters.items()
        if name not in FOUND_BY_ITSELF and not (name == "form" and isinstance(value, int))
    }


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
