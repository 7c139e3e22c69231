"""c. A model's predictions as a fourth view: fitted against equal weight, a strong, a weak and a useless model."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import numpy as np

import core.scorers.suspicion as product
from core.maths.noise_channel import best_temper
from core.types import Bools, Floats, Ints

from .features import BEST, Seen
from .measures import auroc, both, number, table
from .sets import CIFAR, Case, DevelopmentSet, of_pixels
from .work import Fit, Job, Results, fit, fit_job

MODELS = ("strong", "weak", "useless")
CONFIRMED = "errors confirmed by people"
OF_PEOPLE = f"{CIFAR}, people, 1 of 10"
FLOOR = 1e-6


def equally(evidence: dict[str, Floats], model: Floats, given: Ints, known: Bools) -> dict[str, Floats]:
    """What `joined` would be with one weight for every view."""
    n = len(evidence) + 1
    said = best_temper(model[known], given[known]) / n * model
    return {name: (n - 1) / n * values for name, values in evidence.items()} | {"model": said}


def equal_fit(folder: Path, case: Case, seen: Seen, model: Floats) -> Fit:
    with patch.object(product, "joined", equally):
        return fit(folder, case, seen, model)


def confirmed_case(data: DevelopmentSet, wrong: Bools) -> Case:
    """All test images with the labels that CIFAR-10 gives them; the true ones of the wrong are not asked for."""
    other = np.where(wrong, (data.truth + 1) % data.n_classes, data.truth)
    return Case(CIFAR, CONFIRMED, np.arange(len(wrong)), data.truth, other)


def models_of(data: DevelopmentSet, case: Case, strong: Floats | None) -> dict[str, Floats]:
    """Probabilities by model, (n, K). strong: for every image of the set, in its order."""
    labels = data.truth.copy()
    labels[case.rows] = case.labels
    useless = np.random.default_rng(0).dirichlet(np.ones(data.n_classes), len(case.rows))
    models = {} if strong is None else {"strong": strong[case.rows]}
    return models | {"weak": of_pixels(data, labels)[case.rows], "useless": useless}


def cases_of(cases: list[Case], data: DevelopmentSet | None, wrong: Bools | None) -> list[Case]:
    if data is None:
        return []
    return ([] if wrong is None else [confirmed_case(data, wrong)]) + [case for case in cases if case.name == OF_PEOPLE]


def jobs(folder: Path, cases: list[Case], data: DevelopmentSet, strong: Floats | None) -> list[Job]:
    asked = []
    for case in cases:
        asked.append(fit_job(folder, case, BEST))
        for name, model in models_of(data, case, strong).items():
            asked.append(Job(("model", case.name, name, "alone"), margin, (model, case)))
            asked.append(Job(("model", case.name, name, "fitted"), fit, (folder, case, BEST, model)))
            asked.append(Job(("model", case.name, name, "equal"), equal_fit, (folder, case, BEST, model)))
    return asked


def margin(model: Floats, case: Case) -> Floats:
    """(n,) how far the best other class is above the given one, in nats."""
    logs = np.log(np.clip(model.astype(np.float64), FLOOR, None))
    every = np.arange(len(logs))
    given = logs[every, case.labels]
    logs[every, case.labels] = -np.inf
    return np.asarray(logs.max(axis=1) - given)


def section(results: Results, cases: list[Case]) -> str:
    rows, shortfall = [], []
    for case in cases:
        features = results["fit", case.name, str(BEST)].suspicion()
        rows.append([case.name, "none", "", both(features, case.wrong), "", ""])
        for name in MODELS:
            if ("model", case.name, name, "alone") not in results:
                continue
            alone = results["model", case.name, name, "alone"]
            fitted, equal = (results["model", case.name, name, how].suspicion() for how in ("fitted", "equal"))
            better = max(auroc(alone, case.wrong), auroc(features, case.wrong))
            shortfall.append(better - auroc(fitted, case.wrong))
            rows.append(["", name, both(alone, case.wrong), "", both(fitted, case.wrong), both(equal, case.wrong)])
    head = ["case", "model", "its margin alone", "features alone", "fitted weight", "equal weight"]
    rare = f"{int(cases[0].wrong.sum())} of {len(cases[0].rows):,}"
    verdict = "within" if max(shortfall) <= 0.01 else "beyond"
    return f"""## A model's predictions as a view

AUROC / AP at {BEST}. *strong*: out-of-fold predictions of a deep model, made from the test labels as CIFAR-10 gives
them, so that on people's mistakes it has seen better labels than those given here. *weak*: a linear model of 12 × 12
pixels, out of fold, from the given labels. *useless*: random probabilities.

{table(head, rows)}

At the fitted weight suspicion falls short of the better of the two alone by {number(max(max(shortfall), 0.0))} AUROC
at most, {verdict} the .01 that is aimed at. Equal weight makes a strong model one voice of four.
By AP, which asks for the first few images, it can fall short by more: see the confirmed errors, {rare}."""
