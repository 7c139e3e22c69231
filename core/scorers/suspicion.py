"""Suspicion: the chance that an image's label is wrong, and which evidence says so.

1. Three views judge each image from the other images alone: kernel regression (leave-one-out), Gaussians with one
   covariance (out of fold; the RMD) and the 20 nearest neighbours.
2. Each view is scaled to predict the given labels as well as it can; the views are averaged. A model's predictions
   are a fourth view, beside that average, with the weight at which both together predict the given labels best.
3. A K x K matrix of who is mistaken for whom and one temperature are fitted to the given labels.
4. Bayes' rule gives every image a belief about its true label.
5. Once more from 1, the other images now counting with these beliefs in place of their labels; at the end the matrix
   counts half where mistakes depend on the image, as people's do, and in full where they depend on the class alone.
6. Suspicion is one minus the belief in the given label.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import softmax

from ..errors import BadInput, command
from ..maths.arithmetic import NUMPY, Arithmetic
from ..maths.evidence import FOLDS, NEIGHBORS, all_evidence, joined, model_evidence, prepare
from ..maths.noise_channel import NoiseChannel, best_temper, fit_channel, matrix_weight, posterior, tells_labels
from ..maths.other_classes import likeliest_others
from ..types import HARDER_HIGH, UNLABELLED, Bools, Floats, Ints, OtherClasses, ScoreColumn
from ..wording import counted
from .inputs import Inputs, labelled_fit, lone, reasons, required_features
from .inputs.asks import COMPARES_CLASSES
from .registry import register

PASSES = 2
DOUBTS_ABOVE = 0.5
"""A label is doubted that is likelier wrong than right."""
MOST_OTHERS = 5
"""Other classes of each image that are kept with what is believed of them."""


@dataclass(frozen=True)
class Beliefs:
    """What the labels of n images are believed to be. Classes are those with a label to learn from, K of them.

    classes: (K,) int, their labels. prior: (n, K), P(true | image) before its label is heard.
    belief: (n, K), P(true | image, given label), the prior where there is none. evidence: view -> (n, K), scaled so
    that their sum is the log of the prior up to a constant. channel: who is mistaken for whom, among the K.
    matrix_weight: what the channel's matrix counts for in the belief. tells_labels: whether the evidence says more of
    the labels than how common each is.
    """

    classes: Ints
    prior: Floats
    belief: Floats
    evidence: dict[str, Floats]
    channel: NoiseChannel
    matrix_weight: float
    tells_labels: bool

    def places(self, labels: Ints) -> tuple[Ints, Bools]:
        """(n,) each: where labels stand among the classes, 0 for those that are none of them; and which are one."""
        return places_among(self.classes, labels)


def places_among(classes: Ints, labels: Ints) -> tuple[Ints, Bools]:
    """See `Beliefs.places`. classes: (K,) int, rising."""
    place = np.clip(np.searchsorted(classes, labels), 0, len(classes) - 1)
    known = np.asarray(classes[place] == labels)
    return np.where(known, place, 0), known


def believe(
    features: Floats,
    labels: Ints,
    fit: Bools,
    *,
    model: Floats | None = None,
    passes: int = PASSES,
    seed: int = 0,
    weight: float | None = None,
    on: Arithmetic = NUMPY,
) -> Beliefs:
    """Beliefs about true labels from features and given labels.

    features: (n, d) float. labels: (n,) int, UNLABELLED where there is none. fit: (n,) bool, labelled rows to learn
    from, of two classes at least. model: (n, n_classes) probabilities, NaN where it says nothing. passes: how often the
    images judge each other, 1 or more. weight: of the noise matrix in the last step, 0..1; by `matrix_weight` where it
    is None. on: where the nearest neighbours are searched for.
    """
    classes = np.unique(labels[fit])
    position, known = places_among(classes, labels)
    given = position[fit]
    views = prepare(features, labels, fit, seed, on)
    said = None if model is None else model_evidence(model, classes)

    def one_pass(targets: Floats) -> tuple[dict[str, Floats], Floats, NoiseChannel]:
        evidence = all_evidence(views, targets)
        tempers = {name: best_temper(values[fit], given) / len(evidence) for name, values in evidence.items()}
        evidence = {name: tempers[name] * values for name, values in evidence.items()}
        if said is not None:
            evidence = joined(evidence, said, position, known)
        total = np.sum(list(evidence.values()), axis=0)
        return evidence, total, fit_channel(total[fit], given)

    def heard(prior: Floats, channel: NoiseChannel, weight: float) -> Floats:
        return np.where(known[:, None], posterior(prior, channel.transition, position, weight), prior)

    targets = np.zeros((len(labels), len(classes)))
    targets[fit, given] = 1.0
    evidence, total, channel = one_pass(targets)
    tells = tells_labels(total[fit], given, channel)
    if weight is None:  # now: in later passes the evidence has heard what is believed of the labels
        weight = matrix_weight(total[fit], given, channel)
    for _ in range(passes - 1):
        evidence, total, channel = one_pass(heard(softmax(channel.temper * total, axis=1), channel, 1.0))
    prior = softmax(channel.temper * total, axis=1)
    belief = heard(prior, channel, weight)
    scaled = {name: channel.temper * values for name, values in evidence.items()}
    return Beliefs(classes, prior, belief, scaled, channel, weight, tells)


def drivers(beliefs: Beliefs, labels: Ints) -> tuple[Ints, dict[str, Floats]]:
    """The likeliest other class of each image, and what speaks for it against the given one, in nats.

    Returns (n,) labels and view -> (n,): each view's log-odds, and "noise", how usual the mistake is, at the
    weight it counts with. They add up to the log-odds of that class against the given label. NaN and UNLABELLED where
    a label is missing or unknown.
    """
    position, known = beliefs.places(labels)
    rows = np.arange(len(labels))
    others = beliefs.belief.copy()
    others[rows, position] = -1.0
    rival = others.argmax(axis=1)
    parts = {name: values[rows, rival] - values[rows, position] for name, values in beliefs.evidence.items()}
    log_transition = beliefs.matrix_weight * np.log(beliefs.channel.transition)
    parts["noise"] = log_transition[rival, position] - log_transition[position, position]
    parts = {name: np.where(known, values, np.nan) for name, values in parts.items()}
    return np.where(known, beliefs.classes[rival], UNLABELLED), parts


def other_classes(beliefs: Beliefs, labels: Ints, judged: Bools) -> OtherClasses:
    """The likeliest other classes of each image. labels: (n,) int. judged: (n,) bool, labels that can be."""
    position, known = beliefs.places(labels)
    found = likeliest_others(beliefs.belief, np.where(known, position, UNLABELLED), most=MOST_OTHERS)
    ruled_out = (~judged & (labels != UNLABELLED))[:, None] | (found.labels == UNLABELLED)
    return OtherClasses(
        np.where(ruled_out, UNLABELLED, beliefs.classes[found.labels]), np.where(ruled_out, np.nan, found.probabilities)
    )


def unheard_predictions(inputs: Inputs) -> tuple[Floats | None, str]:
    """A model's probabilities of images that it did not learn the labels of, (n, n_classes), NaN elsewhere; and of how
    many it says nothing, in words. None where no model was given. Raises BadInput where nothing is left of it.
    """
    if inputs.probabilities is None:
        return None, ""
    model = np.array(inputs.probabilities, np.float64)
    trained_on = np.zeros(len(model), bool) if inputs.trained_on is None else inputs.trained_on
    model[trained_on] = np.nan
    told = np.isfinite(model).all(axis=1)
    if not (told & (inputs.labels != UNLABELLED)).any():
        raise BadInput(
            f"The model says nothing that suspicion could use: of {counted(len(model), 'image')} it was trained on "
            f"{int(trained_on.sum()):,}, whose labels it repeats, and has no prediction for the others with a label.",
            "Give it predictions made out of fold, which no label of their own went into",
            command(None, "import-predictions", "FILE", "--trained-on", "none"),
        )
    return model, f"; a model's predictions of {int(told.sum()):,} of {counted(len(model), 'image')} beside them"


@register(
    "suspicion",
    needs={"features", "labels", "fit"},
    may_use={"probabilities", "trained_on", "arithmetic"},
    source="ours, docs/suspicion.md; after Patrini et al. 2017 (noise matrix) and Lee et al. 2018 (RMD's Gaussians)",
    direction=HARDER_HIGH,
    asks=COMPARES_CLASSES,
    form=3,
)
def suspicion(inputs: Inputs, passes: int = PASSES, seed: int = 0) -> list[ScoreColumn]:
    """The chance that the given label is wrong, from the other images alone.

    suspicion: a probability, 0..1, higher is harder; the suggested label is the likeliest other class, and doubted is a
    label above 0.5, which is likelier wrong than right. The five likeliest other classes are kept with their beliefs.
    suspicion_from_kernel, _rmd, _knn, _noise: what drove it, log-odds in nats for the likeliest other class against
    the given label; above 0 it speaks against the label. suspicion_from_model beside them where a model was given: its
    predictions of images that it was not trained on are a fourth view, weighted by how well they tell the given labels.
    """
    features, labels, fit = required_features(inputs, "suspicion"), inputs.labels, labelled_fit(inputs)
    labelled, alone = labels != UNLABELLED, lone(inputs)
    judged = labelled & ~alone
    model, untold = unheard_predictions(inputs)
    beliefs = believe(features, labels, fit, model=model, passes=passes, seed=seed, on=inputs.arithmetic)
    _, parts = drivers(beliefs, labels)
    position, _ = beliefs.places(labels)
    values = {"suspicion": 1.0 - beliefs.belief[np.arange(len(labels)), position]}
    values |= {f"suspicion_from_{name}": part for name, part in parts.items()}
    others = other_classes(beliefs, labels, judged)
    parameters: dict[str, object] = {
        "passes": passes, "folds": FOLDS, "neighbors": NEIGHBORS, "seed": seed, "doubts_above": DOUBTS_ABOVE,
        "matrix_weight": round(beliefs.matrix_weight, 2), "tells_labels": beliefs.tells_labels,
        "estimated_wrong": round(float(values["suspicion"][fit & judged].mean()), 4),
    }  # fmt: skip
    columns = [
        ScoreColumn(
            name=name,
            values=np.where(judged, column, np.nan).astype(np.float32),
            # How usual a mistake is depends on two classes alone, so it cannot order images by difficulty.
            direction=None if name == "suspicion_from_noise" else HARDER_HIGH,
            scorer="suspicion",
            parameters=parameters,
            fitted_on=f"{int(fit.sum())} labelled training images, each by the others{untold}",
            reason=reasons(unlabelled=~labelled, whose_class_has_no_other_image_to_learn_from=alone),
        )
        for name, column in values.items()
    ]
    first, *evidence = columns  # a part of the evidence suggests nothing
    doubted = first.values > DOUBTS_ABOVE
    return [replace(first, suggested_label=others.labels[:, 0], doubted=doubted, other_classes=others), *evidence]
