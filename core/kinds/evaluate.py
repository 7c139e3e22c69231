"""Evaluations: rows of metrics, of models, of scores, of grids, of the proof of effect and of self-tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..types import Run, RunSpec
from .json_types import NUMBERS, TABLE, TEXT, TEXTS, WHOLE, JsonType
from .option_text import names_text, numbers_text
from .proof import prove_again
from .registry import CommandWords, FirstStep, register

METRIC = """
    -- a row an estimate: a metric of a subject on a slice of the images
    name VARCHAR,     -- of the metric, by which its unit goes
    subject VARCHAR,  -- of what: the id of a model's run, a score as RUN:NAME, "items" for the data, or a comparison
    slice VARCHAR,    -- of which images: "all", a class, a decile, a corruption, a point of a curve
    value DOUBLE,     -- the estimate: a share as 0..1, loss and entropy in nats, the rest without a unit
    low DOUBLE,       -- lower end of its 95 % interval, in the same unit; NaN for none
    high DOUBLE,      -- upper end of its 95 % interval, in the same unit; NaN for none
    n BIGINT,         -- images, labels or seeds that it is from
    note VARCHAR      -- what a reader of the estimate needs to know besides
"""
CORRUPTED_RMD = "corrupted_rmd"
"""The images of difficulty checks one by one."""
OF_CORRUPTED = """
    -- a row an image that was corrupted, of difficulty checks
    image_id INTEGER,  -- of images.image_id
    kind VARCHAR,      -- of the corruption; "none" for the image as it is
    severity INTEGER,  -- 1 mild to 5 strong; 0 for the image as it is
    rmd FLOAT          -- to the given label's class, fitted to clean images; any sign, higher is harder
"""
HELD_OUT = "held-out"
"""What `--ood` takes for the classes held out of a model's training."""
HELD_OUT_SET, CORRUPTED_SET, NOISE_SET = "held-out classes", "corrupted images", "Gaussian noise"
"""What near-OOD detection calls images that are of no other data."""
CORRUPTIONS, GAUSSIAN_NOISE = "corruptions", "gaussian-noise"
"""What `--ood` takes for the last two."""
WORDS = "words"
"""What tells images from others: the name of such a run, and its parameter that is the list's fingerprint."""
WITHOUT_SCORES = "left out"
"""Parameter "scores" of an evaluation of a model alone."""

FITTED_ANEW = "fitted_anew"
"""Parameter of an evaluation by a model whose held-out images are among those that scores are fitted to: addresses of
the scores that it fitted to the model's own training images instead."""
DECILES_OF, FIFTHS_OF = "deciles_of", "fifths_of"
"""Parameters of an evaluation of a model: addresses of the scores in whose order images are taken."""
SPREAD = "checked_spread"
"""What a check is made from, while that is computed: VoG of images, or their label's probability after an epoch."""
ALTERED_TRAINING = "altered_training"
"""The parameter of a data map of altered labels: the per cent of them."""
CHECKED_HALVES = "checked_halves"
"""Whether models of halves of the images predict each rightly, epoch by epoch, while that is computed."""
PLANTED_FORGETTING = "planted_forgetting"
"""The parameter of what a model forgets of planted images: whether it is a first look."""
PLANTED = "planted"
"""The parameter of a self-test: the kinds of noise that it plants."""
EVALUATED_THEN = "Evaluates every score there is then; with other scores than now, the run gets another id."
VOG_THEN = "Compares every seed, and reads the VoG, there is then; with others than now, the run gets another id."

READS: Mapping[str, JsonType] = {
    "form": WHOLE, "images": WHOLE, "grid": TEXT, DECILES_OF: TEXT, FIFTHS_OF: TEXT, "levels": TABLE, "proof": TABLE,
    "pruning": TABLE, "asked": TABLE, PLANTED: TEXTS, "rates": NUMBERS, "seeds": WHOLE,
}  # fmt: skip


@register(
    "evaluate",
    tables={"metric": METRIC},
    reads=READS,
    scratch={
        SPREAD: "name VARCHAR, place INTEGER, value FLOAT",
        CHECKED_HALVES: "training VARCHAR, epoch INTEGER, image_id INTEGER, correct BOOLEAN",
    },
    further={CORRUPTED_RMD: OF_CORRUPTED},
    first=FirstStep(4, ("evaluate",), "Accuracy, calibration and each score's direction, with intervals."),
)
def evaluate_again(run: Run | RunSpec) -> CommandWords:
    """`hardlook evaluate` with its model and what was asked for by name, or the proof it is the end of.

    What it was is told by its parameters: a model may be called "corruptions".
    """
    again = next((how for told_by, how in AGAIN.items() if told_by in run.parameters), _itself_again)
    found = again(run)
    device = ["--device", str(run.parameters["device"])] if "device" in run.parameters else []
    return CommandWords([*found.words, *device], found.note)


def _proof_again(run: Run | RunSpec) -> CommandWords:
    return prove_again(run.parameters["asked"])


def _grid_again(run: Run | RunSpec) -> CommandWords:
    note = "Compares the evaluations there are then; with others than now, the run gets another id."
    return CommandWords(["evaluate", "--grid", str(run.parameters["grid"])], note)


def _difficulty_again(run: Run | RunSpec) -> CommandWords:
    embedding = ["--encoder-run", run.inputs["embed"]]
    return CommandWords(["evaluate", "--difficulty-checks", *embedding, *_images(run), *_kinds(run)], "")


def _vog_again(run: Run | RunSpec) -> CommandWords:
    check = str(run.parameters["vog_check"])
    words = ["evaluate", "--vog-checks", check, *_model(run), *_images(run)]
    return CommandWords(words, VOG_THEN if check == "stability" else "")


def _ood_again(run: Run | RunSpec) -> CommandWords:
    asked = run.parameters
    words = ["evaluate", "--ood", _against(run), "--model", run.inputs["train"], *_images(run)]
    words += _kinds(run) if "levels" in asked else []
    words += ["--odin-eps", str(asked["odin_eps"])] if "odin_eps" in asked else []
    words += ["--encoder-run", run.inputs["embed"]] if "embed" in run.inputs else []
    note = "Reads the model's newest VoG"
    note += "." if "vog" in run.inputs else "; there was none: with one, the run gets another id."
    note += "" if "embed" in run.inputs else " There was no embedding: with one, the run gets another id."
    return CommandWords(words, note)


def _corruptions_again(run: Run | RunSpec) -> CommandWords:
    words = ["evaluate", "--corruptions", "--model", run.inputs["train"], *_images(run), *_kinds(run)]
    return CommandWords(words, "")


def _itself_again(run: Run | RunSpec) -> CommandWords:
    alone = run.parameters.get("scores") == WITHOUT_SCORES
    words = ["evaluate", *_model(run), *(["--without-scores"] if alone else [])]
    return CommandWords(words, "" if alone else EVALUATED_THEN)


def _model(run: Run | RunSpec) -> list[str]:
    return ["--model", run.inputs["train"]] if "train" in run.inputs else []


def _words_again(run: Run | RunSpec) -> CommandWords:
    asked = run.parameters
    words = ["words", "--encoder-run", run.inputs["embed"], "--against", str(asked["against_others_of"])]
    words += ["--only", str(asked["only"])] if "only" in asked else ["--score", str(asked["score"])]
    words += ["--share", str(asked["share"])] if "share" in asked else []
    words += ["--label", str(asked["label"])] if "label" in asked else []
    words += ["--words", str(asked["word_list"])] if "word_list" in asked else []
    lies = f"In the folder where {asked['word_list']} lies. " if "word_list" in asked else ""
    note = "With another list of words, or where the selection holds other images by now, the run gets another id."
    return CommandWords(words, f"{lies}{note}")


def _self_test_again(run: Run | RunSpec) -> CommandWords:
    asked = run.parameters
    words = ["selftest", "--encoder-run", run.inputs["embed"], "--rates", numbers_text(asked["rates"])]
    words += ["--seeds", str(asked["seeds"]), *_images(run)]
    return CommandWords(words, "With the reviews as they were, and the scorers that can run then.")


def _data_map_again(run: Run | RunSpec) -> CommandWords:
    words = ["reproduce", "further", "--section", "data-map", *(["--quick"] if run.parameters["quick"] else [])]
    note = "Where the newest model is another one by now, the run gets another id."
    return CommandWords(words, note)


def _forgetting_again(run: Run | RunSpec) -> CommandWords:
    quick = ["--quick"] if run.parameters[PLANTED_FORGETTING] == "quick" else []
    words = ["reproduce", "further", "--section", "second-split-forgetting", *quick]
    return CommandWords(words, "Writes the report of that section as well.")


def _images(run: Run | RunSpec) -> list[str]:
    return ["--images", str(run.parameters["images"])] if "images" in run.parameters else []


def _kinds(run: Run | RunSpec) -> list[str]:
    return ["--kinds", names_text(list(run.parameters["levels"]))]


def _against(run: Run | RunSpec) -> str:
    asked = run.parameters
    if "others" in run.inputs:  # another audit may have any name
        return str(asked.get("path", asked["against"]))
    set_name = str(asked["against"]).partition(":")[0]
    return {HELD_OUT_SET: HELD_OUT, CORRUPTED_SET: CORRUPTIONS, NOISE_SET: GAUSSIAN_NOISE}[set_name]


AGAIN: Mapping[str, Callable[[Run | RunSpec], CommandWords]] = {
    "proof": _proof_again, "pruning": _proof_again, WORDS: _words_again, "evaluations": _grid_again,
    PLANTED: _self_test_again, ALTERED_TRAINING: _data_map_again, PLANTED_FORGETTING: _forgetting_again,
    "altered": _difficulty_again, "vog_check": _vog_again, "against": _ood_again, "levels": _corruptions_again,
}  # fmt: skip
"""A parameter that tells what an evaluation was of -> its command; the first that is there counts."""
